"""What a generator of rows gives in training: numbers as they are, codes drawn by Gumbel's softmax."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

__all__ = ["LOG_PROBABILITIES", "ROWS", "RowActivation", "row_generator"]

ROWS, LOG_PROBABILITIES = "rows", "log_probabilities"
_TEMPERATURE = 0.2


@keras.saving.register_keras_serializable("kgan")
class RowActivation(keras.layers.Layer):
    """Draws the codes of rows such that a gradient passes: `softmax((s + g) / tau)` over each block.

    Args:
        blocks: Sizes of the blocks of scores, which stand behind the numbers.
        temperature: tau; the smaller, the nearer to a one among zeros.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `[row, noise]`, `(batch, numbers + sum(blocks))` and `(batch, sum(blocks))` of Gumbel's distribution -> rows
        `(batch, numbers + sum(blocks))`, and the logarithms of probabilities `(batch, sum(blocks))`.

    Reference:
        Jang et al., 2017, Categorical Reparameterization with Gumbel-Softmax. arXiv:1611.01144
    """

    def __init__(self, blocks: Sequence[int], temperature: float = _TEMPERATURE, **kwargs: Any):
        super().__init__(**kwargs)
        self.blocks = [int(size) for size in blocks]
        self.temperature = float(temperature)

    def call(self, inputs: Any) -> tuple[tf.Tensor, tf.Tensor]:
        row, noise = inputs
        at = row.shape[-1] - sum(self.blocks)
        rows, logarithms, start = [row[:, :at]], [], 0
        for size in self.blocks:
            scores = ops.cast(row[:, at + start : at + start + size], "float32")
            drawn = (scores + ops.cast(noise[:, start : start + size], "float32")) / self.temperature
            rows.append(ops.cast(ops.softmax(drawn, axis=-1), row.dtype))
            logarithms.append(ops.log_softmax(scores, axis=-1))
            start += size
        return ops.concatenate(rows, axis=-1), ops.concatenate(logarithms, axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        row, noise = input_shape
        return tuple(row), tuple(noise)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "blocks": self.blocks, "temperature": self.temperature}


def row_generator(network: keras.Model, blocks: Sequence[int]) -> keras.Model:
    """The generator side of a `kgan.Tabular`: the network, and what draws codes by its scores.

    Args:
        network: From latents, or `[latents, condition]`, to rows of numbers and scores.
        blocks: Sizes of the blocks; none where there are numbers alone.

    Returns:
        A model from the network's inputs, and noise `(batch, sum(blocks))` where there are blocks, to a dictionary:
        `"rows"`, and `"log_probabilities"` where there are blocks.
    """
    inputs = [keras.Input(one.shape[1:], name=one.name) for one in network.inputs]
    row = network(inputs[0] if len(inputs) == 1 else inputs)
    if not blocks:
        return keras.Model(inputs, {ROWS: row}, name="rows")
    noise = keras.Input((sum(blocks),), name="noise")
    drawn, logarithms = RowActivation(blocks, name="drawn", dtype="float32")([row, noise])
    return keras.Model([*inputs, noise], {ROWS: drawn, LOG_PROBABILITIES: logarithms}, name="rows")
