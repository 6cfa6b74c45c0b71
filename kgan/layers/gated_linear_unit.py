"""Channels that weigh others."""

import keras
import tensorflow as tf
from keras import ops

__all__ = ["GatedLinearUnit"]


@keras.saving.register_keras_serializable("kgan")
class GatedLinearUnit(keras.layers.Layer):
    """The first half of the channels times the sigmoid of the second: `x[:c] * sigmoid(x[c:])`.

    Shapes:
        `(batch, ..., 2 * c)` -> `(batch, ..., c)`.

    Raises:
        ValueError: when it is built, if the number of channels is odd.

    Reference:
        Dauphin et al., 2017, Language Modeling with Gated Convolutional Networks. arXiv:1612.08083
    """

    mixes_batch = False

    def build(self, input_shape: tuple) -> None:
        if input_shape[-1] is None or input_shape[-1] % 2:
            raise ValueError(f"Expected an even number of channels. Received: {tuple(input_shape)}.")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        half = inputs.shape[-1] // 2
        return inputs[..., :half] * ops.sigmoid(inputs[..., half:])

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], input_shape[-1] // 2)
