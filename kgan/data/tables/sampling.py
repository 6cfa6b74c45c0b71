"""Training by sampling: conditions are drawn first, then rows that hold them."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kgan.data import calls
from kgan.data import order as orders
from kgan.data.splits import TooFewSamplesError
from kgan.data.tables.columns import Table

__all__ = ["Conditions", "held_out", "training"]

_PARTS = 0.2  # of the rows, whose condition may be of parts of ranked columns


class Conditions:
    """Draws rows and what of them is their condition.

    A column is drawn, each as likely as another; a code of it, by the logarithm of one more than the rows that have it;
    a row that has that code. Its code is the row's condition, and rare values come often. With `joint`, some rows have
    further columns in their condition, which are those of the same row. Parts of ranked columns are conditions of a
    fifth of the rows alone, because networks keep them less sharply than values; where there are no other columns, the
    rest has none.

    Args:
        table: The columns.
        rows: Encoded rows `(n, table.row_dim)`.
        indices: Which of them there are to draw.
        joint: Share of the rows whose condition has further columns: each with a chance that is drawn for the row.
        seed: Of the draws.

    Reference:
        Xu et al., 2019, Modeling Tabular data using Conditional GAN, section 4.3. arXiv:1907.00503
    """

    def __init__(self, table: Table, rows: np.ndarray, indices: np.ndarray, joint: float, seed: int):
        self._rows, self._indices = rows, indices
        self._joint, self._seed = joint, seed
        self._columns = table.conditional
        self._plain = np.array([not table.columns[place].ranked for place in self._columns], bool)
        places = [place for place, _ in table.blocks]
        self._of_block = np.array([self._columns.index(place) for place in places], np.int64)
        self._weights, self._starts, self._ordered = [], [], []
        for place in self._columns:
            codes = codes_in(table, rows, place, indices)
            counts = np.bincount(codes, minlength=table.columns[place].size)
            ordered = np.argsort(codes, kind="stable").astype(np.int32 if len(codes) < 2**31 else np.int64)
            self._weights.append(np.cumsum(np.log1p(counts)))
            self._starts.append(np.concatenate([[0], np.cumsum(counts)]))
            self._ordered.append(ordered)

    def draw(self, count: int, *numbers: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows, and which blocks of each are its condition.

        Args:
            count: How many.
            *numbers: What tells this draw from another: epoch and batch.

        Returns:
            float32 `(count, table.row_dim)` and bool `(count, blocks)`.
        """
        random = np.random.default_rng([self._seed, *numbers])
        if not self._columns:
            chosen = np.zeros((count, 0), bool)
            return np.asarray(self._rows[self._indices[random.integers(len(self._indices), size=count)]]), chosen
        columns, shares = random.integers(len(self._columns), size=count), random.random((count, 2))
        allowed = np.ones((count, len(self._columns)), bool)
        if not self._plain.all():
            plain = random.random(count) >= _PARTS
            allowed[plain] = self._plain
            if self._plain.any():
                others = np.flatnonzero(self._plain)
                columns[plain] = others[random.integers(len(others), size=plain.sum())]
        at = np.empty(count, np.int64)
        for place in range(len(self._columns)):
            mine = np.flatnonzero(columns == place)
            weights, starts = self._weights[place], self._starts[place]
            codes = np.searchsorted(weights, shares[mine, 0] * weights[-1], side="right")
            first, number = starts[codes], starts[codes + 1] - starts[codes]
            at[mine] = self._ordered[place][first + (shares[mine, 1] * number).astype(np.int64)]
        if not self._plain.any():  # no value to ask for: rows as often as the table has them
            at[plain] = random.integers(len(self._indices), size=plain.sum())
        chosen = columns[:, None] == np.arange(len(self._columns))
        if self._joint:
            among = random.random(count) < self._joint
            chosen |= among[:, None] & (random.random(chosen.shape) < random.random((count, 1)))
        chosen &= allowed
        return np.asarray(self._rows[self._indices[at]]), chosen[:, self._of_block]


def codes_in(table: Table, rows: np.ndarray, place: int, indices: np.ndarray) -> np.ndarray:
    """The codes of a column in encoded rows, int64 `(len(indices),)`."""
    column, first = table.columns[place], len(table.continuous)
    at = [first + number for number, (owner, _) in enumerate(table.blocks) if owner == place]
    codes = np.asarray(rows[indices, at[0]]).astype(np.int64)
    return codes if len(at) == 1 else codes * column.base + np.asarray(rows[indices, at[1]]).astype(np.int64)


def training(conditions: Conditions, count: int, batch_size: int, table: Table) -> tf.data.Dataset:
    """Endless only in epochs: batches `(rows, chosen)`, which depend on the seed, the epoch and their number alone.

    Raises:
        DataError: if a batch is larger than the data.
    """
    if not 1 <= batch_size <= count:
        raise TooFewSamplesError(batch_size, count, "training rows")
    order, number = orders.Order(), count // batch_size
    drawn = _pipelined(lambda epoch, batch: conditions.draw(batch_size, int(epoch), int(batch)), table, batch_size)

    def batches_of(epoch):
        return tf.data.Dataset.range(number).map(lambda batch: drawn(epoch, batch))

    dataset = order.batches(batches_of).apply(tf.data.experimental.assert_cardinality(number))
    return orders.attach(dataset.prefetch(tf.data.AUTOTUNE), order)


def held_out(rows: np.ndarray, indices: np.ndarray, batch_size: int, table: Table, seed: int) -> tf.data.Dataset:
    """Batches `(rows, chosen)` in a fixed order, the last one short; one column of values of each is its condition."""
    places = np.array([place for place, _ in table.blocks], np.int64)
    columns = np.array([place for place in table.conditional if not table.columns[place].ranked], np.int64)

    def batch(number, _):
        mine = indices[int(number) * batch_size : (int(number) + 1) * batch_size]
        random = np.random.default_rng([seed, int(number)])
        drawn = columns[random.integers(len(columns), size=len(mine))] if len(columns) else np.full(len(mine), -1)
        return np.asarray(rows[mine]), drawn[:, None] == places[None]

    drawn = _pipelined(batch, table, None)
    number = -(-len(indices) // batch_size)
    dataset = tf.data.Dataset.range(number).map(lambda place: drawn(place, place))
    return dataset.apply(tf.data.experimental.assert_cardinality(number)).prefetch(tf.data.AUTOTUNE)


def _pipelined(draw: Callable, table: Table, batch_size: int | None) -> Callable:
    """A function of NumPy as one of a pipeline."""
    called = calls.from_threads(draw)

    def drawn(*numbers):
        rows, chosen = tf.numpy_function(called, list(numbers), (tf.float32, tf.bool), stateful=False)
        rows = tf.ensure_shape(rows, (batch_size, table.row_dim))
        return rows, tf.ensure_shape(chosen, (batch_size, len(table.blocks)))

    return drawn
