"""What a generator of rows gives in training: numbers as they are, codes drawn by Gumbel's softmax."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from kgan.data.tables.columns import Table
from kgan.data.tables.ranks import BOUND, knots

__all__ = ["LOG_PROBABILITIES", "ROWS", "RowActivation", "activation", "as_seen", "row_generator", "with_parts"]

ROWS, LOG_PROBABILITIES = "rows", "log_probabilities"
_TEMPERATURE = 0.2
_FARTHEST = 100.0  # standard deviations, which no score is away


@keras.saving.register_keras_serializable("kgan")
class RowActivation(keras.layers.Layer):
    """Draws the codes of rows such that a gradient passes: `softmax((s + g) / tau)` over each block.

    Numbers of ranked columns are four times as large as encoded: `arcsinh` of robust standard deviations. The parts
    that they lie in follow from them and are zeros, so that a discriminator looks at numbers. Scores of such a block
    say whether a cell is missing. In place of the logarithm of a part's probability stands what the number is outside
    of it, in standard deviations, below 0: a cross-entropy of parts would draw numbers to the middle of each.

    Args:
        blocks: Sizes of the blocks of scores, which stand behind the numbers.
        temperature: tau; the smaller, the nearer to a one among zeros.
        ranked: Of ranked columns, by the number of the block, as text: `number`, the place of the column among those of
            numbers, and `edges`, the scores between its parts.
        turn: What turned the scores, as `kgan.data.Table.turn` gives it; `None` where no column is ranked.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `[row, noise]`, `(batch, numbers + sum(blocks))` and `(batch, sum(blocks))` of Gumbel's distribution -> rows
        `(batch, numbers + sum(blocks))`, and the logarithms of probabilities `(batch, sum(blocks))`.

    Reference:
        Jang et al., 2017, Categorical Reparameterization with Gumbel-Softmax. arXiv:1611.01144
    """

    def __init__(
        self,
        blocks: Sequence[int],
        temperature: float = _TEMPERATURE,
        ranked: "Mapping[str, Mapping[str, Any]] | None" = None,
        turn: "Mapping[str, Any] | None" = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.blocks = [int(size) for size in blocks]
        self.temperature = float(temperature)
        self.ranked = {name: dict(one) for name, one in (ranked or {}).items()}
        self.turn = None if turn is None else dict(turn)

    def call(self, inputs: Any) -> tuple[tf.Tensor, tf.Tensor]:
        row, noise = inputs
        at = row.shape[-1] - sum(self.blocks)
        seen = row[:, :at] if self.turn is None else BOUND * row[:, :at]
        rows, logarithms, start = [seen], [], 0
        numbers = None if self.turn is None else _normal_scores(ops.cast(row[:, :at], "float32"), self.turn)
        for block, size in enumerate(self.blocks):
            scores = ops.cast(row[:, at + start : at + start + size], "float32")
            gumbel = ops.cast(noise[:, start : start + size], "float32")
            ranked = self.ranked.get(str(block))
            if ranked is None:
                drawn, logarithm = ops.softmax((scores + gumbel) / self.temperature, axis=-1), ops.log_softmax(scores)
            else:
                drawn, logarithm = self._part(numbers[:, ranked["number"]], scores, gumbel, ranked["edges"])
            rows.append(ops.cast(drawn, row.dtype))
            logarithms.append(logarithm)
            start += size
        return ops.concatenate(rows, axis=-1), ops.concatenate(logarithms, axis=-1)

    def _part(self, number: Any, scores: Any, gumbel: Any, edges: Sequence[float]) -> tuple[Any, Any]:
        """Zeros in place of parts, and whether the cell is missing; and how far each part is from the number."""
        ends = np.concatenate([[-_FARTHEST], edges, [_FARTHEST]]).astype(np.float32)
        parts = len(ends) - 1
        away = -ops.relu(ends[:-1] - number[:, None]) - ops.relu(number[:, None] - ends[1:])  # (b, parts)
        if scores.shape[-1] == parts:
            return ops.zeros_like(away), away
        there = ops.stack([ops.logsumexp(scores[:, :parts], axis=-1), scores[:, parts]], axis=1)
        drawn = ops.softmax((there + ops.stack([gumbel[:, 0], gumbel[:, parts]], axis=1)) / self.temperature, axis=-1)
        logarithm = ops.log_softmax(there, axis=-1)
        return (
            ops.concatenate([ops.zeros_like(away), drawn[:, 1:]], axis=1),
            ops.concatenate([away + logarithm[:, :1], logarithm[:, 1:]], axis=1),
        )

    def compute_output_shape(self, input_shape: Any) -> tuple:
        row, noise = input_shape
        return tuple(row), tuple(noise)

    def get_config(self) -> dict[str, Any]:
        own = {"blocks": self.blocks, "temperature": self.temperature, "ranked": self.ranked, "turn": self.turn}
        return {**super().get_config(), **own}


def _normal_scores(numbers: Any, turn: Mapping[str, Any]) -> Any:
    """Normal scores of encoded numbers `(batch, numbers)`: `sinh(4 e) c R`."""
    size, places = len(turn["scales"]), list(turn["places"])
    rotation = np.eye(size, dtype=np.float32)
    if places:
        rotation[np.ix_(places, places)] = turn["rotation"]
    return ops.sinh(BOUND * numbers) * np.asarray(turn["scales"], np.float32) @ rotation


def _ranked(table: Table) -> dict[str, dict[str, Any]]:
    """What `RowActivation` is told of the blocks of ranked columns."""
    places = [place for place, one in enumerate(table.columns) if one.is_continuous]
    found = {}
    for block, (place, _) in enumerate(table.blocks):
        column = table.columns[place]
        if column.ranked:
            scores = knots(column.quantiles, column.counts)[0].reshape(len(column.quantiles), -1)
            edges = [round(one, 6) for one in scores[1:, 0].tolist()]
            found[str(block)] = {"number": places.index(place), "edges": edges}
    return found


def as_seen(table: Table, spread: tf.Tensor) -> tf.Tensor:
    """Spread rows of the table as `RowActivation` gives generated ones: parts of ranked columns are zeros.

    Args:
        table: The columns.
        spread: `(batch, table.spread_dim)`.
    """
    if table.turn is None:
        return spread
    count = len(table.continuous)
    kept = np.ones(table.spread_dim, np.float32)
    kept[:count] = BOUND
    start = count
    for place, size in table.blocks:
        if table.columns[place].ranked:
            kept[start : start + len(table.columns[place].means)] = 0.0
        start += size
    return spread * kept


def with_parts(table: Table, seen: tf.Tensor) -> tf.Tensor:
    """Rows as `as_seen` and `RowActivation` give them, with a one for the part that each number lies in.

    Args:
        table: The columns.
        seen: `(batch, table.spread_dim)`.
    """
    if table.turn is None:
        return seen
    count, ranked = len(table.continuous), _ranked(table)
    scores = _normal_scores(seen[:, :count] / BOUND, table.turn.to_dict())
    found, start = [seen[:, :count]], count
    for number, (_, size) in enumerate(table.blocks):
        block, one = seen[:, start : start + size], ranked.get(str(number))
        if one is not None:
            edges = np.asarray(one["edges"], np.float32)
            places = tf.reduce_sum(tf.cast(scores[:, one["number"], None] >= edges, tf.int32), axis=1)
            parts = tf.one_hot(places, len(edges) + 1)
            missing = block[:, len(edges) + 1 :]
            block = tf.concat([parts * (1.0 - tf.reduce_sum(missing, axis=1, keepdims=True)), missing], axis=1)
        found.append(block)
        start += size
    return tf.concat(found, axis=1)


def activation(table: Table) -> RowActivation:
    """The layer that draws the codes of rows of a table."""
    turn = None if table.turn is None else table.turn.to_dict()
    blocks = [size for _, size in table.blocks]
    return RowActivation(blocks, ranked=_ranked(table), turn=turn, name="drawn", dtype="float32")


def row_generator(network: keras.Model, table: Table) -> keras.Model:
    """The generator side of a `kgan.Tabular`: the network, and what draws codes by its scores.

    Args:
        network: From latents, or `[latents, condition]`, to rows of numbers and scores.
        table: The columns.

    Returns:
        A model from the network's inputs, and noise `(batch, sum(blocks))` where there are blocks, to a dictionary:
        `"rows"`, and `"log_probabilities"` where there are blocks.
    """
    blocks = [size for _, size in table.blocks]
    inputs = [keras.Input(one.shape[1:], name=one.name) for one in network.inputs]
    row = network(inputs[0] if len(inputs) == 1 else inputs)
    if not blocks:
        seen = row if table.turn is None else keras.layers.Rescaling(BOUND, name="drawn", dtype="float32")(row)
        return keras.Model(inputs, {ROWS: seen}, name="rows")
    noise = keras.Input((sum(blocks),), name="noise")
    drawn, logarithms = activation(table)([row, noise])
    return keras.Model([*inputs, noise], {ROWS: drawn, LOG_PROBABILITIES: logarithms}, name="rows")
