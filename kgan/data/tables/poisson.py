"""Batches of rows that are in each with one chance, as differential privacy counts them."""

import math

import numpy as np
import tensorflow as tf

from kgan.data import calls
from kgan.data import order as orders
from kgan.data.tables.columns import Table
from kgan.data.tables.privacy import TOO_LARGE, Privacy

__all__ = ["PoissonRows", "room_for", "training"]

_STREAM = 3  # of the secret, beside those of reading the table


class PoissonRows:
    """Draws batches in which each row is with one chance, and what drawn rows are asked for.

    The condition of a row is a column of it, each as likely; that of a generated row comes from the counts that the
    table has, which are noisy, and from no row.

    Args:
        table: The columns, with their privacy.
        rows: Encoded rows `(n, table.row_dim)`.
        indices: Which of them there are to draw.
        secret: What nobody may know who is given the model: the noise in the gradients follows from it.
    """

    def __init__(self, table: Table, rows: np.ndarray, indices: np.ndarray, secret: int):
        if table.privacy is None:
            raise ValueError("Expected a table with its privacy. Received: one without.")
        self._table, self._rows, self._indices, self._secret = table, rows, indices, secret
        self._rate, self.room = table.privacy.rate, room_for(table.privacy)
        places = [place for place, _ in table.blocks]
        self._of_block = np.array([table.conditional.index(place) for place in places], np.int64)
        counts = [np.asarray(table.columns[place].counts, np.float64) for place in table.conditional]
        self._passed = [np.cumsum(one) / one.sum() for one in counts]

    def draw(self, *numbers: int) -> tuple[np.ndarray, ...]:
        """A batch.

        Args:
            *numbers: What tells this draw from another: epoch and batch.

        Returns:
            Rows `(room, row_dim)` float32, zeros where there is none; which blocks are the condition of each
            `(room, blocks)` bool; which rows there are `(room,)` bool; codes that generated rows are asked for, and
            which blocks these are, `(room, blocks)` float32 and bool; a seed of the noise, `(2,)` int64.
        """
        random = np.random.default_rng([self._secret, _STREAM, *numbers])
        count = random.binomial(len(self._indices), self._rate)
        at = random.choice(len(self._indices), min(count, self.room), replace=False)
        rows = np.zeros((self.room, self._table.row_dim), np.float32)
        rows[: len(at)] = self._rows[self._indices[at]]
        asked = np.zeros((self.room, len(self._of_block)), np.float32)
        block = 0
        for place, passed in zip(self._table.conditional, self._passed, strict=True):
            column = self._table.columns[place]
            codes = np.searchsorted(passed, random.random(self.room), side="right").clip(0, column.size - 1)
            digits = [codes] if len(column.blocks) == 1 else divmod(codes, column.base)
            for digit in digits:
                asked[:, block] = digit
                block += 1
        chosen, of_asked = (self._columns(random) for _ in range(2))
        noise = random.integers(2**62, size=2)
        return rows, chosen, np.arange(self.room) < len(at), asked, of_asked, noise

    def _columns(self, random: np.random.Generator) -> np.ndarray:
        """One column of each row, as blocks."""
        if not self._passed:
            return np.zeros((self.room, 0), bool)
        columns = random.integers(len(self._passed), size=self.room)
        return columns[:, None] == self._of_block


def room_for(privacy: Privacy) -> int:
    """Rows that a batch has room for: more come with a chance below 1e-12, by Bernstein's inequality.

    The rate was worked out for a number of rows with noise, less those held out on average, so the mean is perhaps a
    little more than `batch`: by eight standard deviations at most.
    """
    more = privacy.table_noise + 0.5 * math.sqrt(privacy.batch / privacy.rate)
    mean, log = privacy.batch + 8.0 * privacy.rate * more, -math.log(TOO_LARGE)
    return math.ceil(mean + (log / 3.0 + math.sqrt(log**2 / 9.0 + 2.0 * mean * log)))


def training(drawn: PoissonRows, table: Table, number: int) -> tf.data.Dataset:
    """Endless only in epochs: batches as `PoissonRows.draw` gives them, `number` in each epoch."""
    order, called = orders.Order(), calls.from_threads(lambda epoch, batch: drawn.draw(int(epoch), int(batch)))
    blocks, types = len(table.blocks), (tf.float32, tf.bool, tf.bool, tf.float32, tf.bool, tf.int64)
    widths = [(drawn.room, table.row_dim), (drawn.room, blocks), (drawn.room,)]
    shapes = [*widths, (drawn.room, blocks), (drawn.room, blocks), (2,)]

    def one(epoch, batch):
        parts = tf.numpy_function(called, [epoch, batch], types, stateful=False)
        return tuple(tf.ensure_shape(part, shape) for part, shape in zip(parts, shapes, strict=True))

    def batches_of(epoch):
        return tf.data.Dataset.range(number).map(lambda batch: one(epoch, batch))

    dataset = order.batches(batches_of).apply(tf.data.experimental.assert_cardinality(number))
    return orders.attach(dataset.prefetch(tf.data.AUTOTUNE), order)
