"""Upsampling and downsampling that can be differentiated twice."""

import keras
import tensorflow as tf
from keras import ops

__all__ = ["Downsample2D", "Upsample2D"]


class _Resampling(keras.layers.Layer):
    """Doubles or halves height and width with the filter [1, 2, 1], the bilinear one.

    Written as averages over 2 x 2 pixels, two of which in a row are that filter: TensorFlow's own bilinear resizing has
    no second derivative, so that a gradient penalty through it would silently leave every weight behind it alone, and a
    depthwise convolution takes XLA ten times as long.
    """

    mixes_batch = False

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 4:
            raise ValueError(f"Expected images (batch, height, width, channels). Received: {tuple(input_shape)}.")


@keras.saving.register_keras_serializable("kgan")
class Upsample2D(_Resampling):
    """Doubles height and width by bilinear interpolation.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, 2 height, 2 width, channels)`.

    Reference:
        Zhang, 2019, Making Convolutional Networks Shift-Invariant Again. arXiv:1904.11486
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = ops.repeat(ops.repeat(inputs, 2, axis=1), 2, axis=2)  # (b, 2h, 2w, c)
        x = ops.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)), mode="symmetric")  # the edge repeats
        return ops.average_pool(x, 2, strides=1, padding="valid")

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        sides = (None if side is None else 2 * side for side in input_shape[1:3])
        return (input_shape[0], *sides, input_shape[3])


@keras.saving.register_keras_serializable("kgan")
class Downsample2D(_Resampling):
    """Halves height and width behind a bilinear low-pass filter.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, height / 2, width / 2, channels)`, odd sides rounded up.

    Reference:
        Zhang, 2019, Making Convolutional Networks Shift-Invariant Again. arXiv:1904.11486
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        padded = ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
        return ops.average_pool(ops.average_pool(padded, 2, strides=1), 2, strides=2)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        sides = (None if side is None else -(-side // 2) for side in input_shape[1:3])
        return (input_shape[0], *sides, input_shape[3])
