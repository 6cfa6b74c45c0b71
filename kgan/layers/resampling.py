"""Upsampling and downsampling that can be differentiated twice."""

import keras
import tensorflow as tf
from keras import ops

__all__ = ["Downsample2D", "Upsample2D"]


class _Resampling(keras.layers.Layer):
    """Doubles or halves height and width with the filter [1, 2, 1], the bilinear one.

    Written as a depthwise convolution, because TensorFlow's own bilinear resizing has no second derivative: a gradient
    penalty through it would silently leave every weight behind it alone.
    """

    mixes_batch = False

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 4:
            raise ValueError(f"Expected images (batch, height, width, channels). Received: {tuple(input_shape)}.")

    @staticmethod
    def _filter(x, strides, gain):
        row = ops.convert_to_tensor([1.0, 2.0, 1.0], dtype=x.dtype) / 4.0
        kernel = gain * ops.tile(ops.reshape(ops.outer(row, row), (3, 3, 1, 1)), (1, 1, x.shape[-1], 1))
        return ops.depthwise_conv(x, kernel, strides=strides, padding="valid")


@keras.saving.register_keras_serializable("kgan")
class Upsample2D(_Resampling):
    """Doubles height and width by bilinear interpolation.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, 2 height, 2 width, channels)`.

    Reference:
        Zhang, 2019, Making Convolutional Networks Shift-Invariant Again. arXiv:1904.11486
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        _, height, width, channels = inputs.shape
        padded = ops.concatenate([inputs, inputs[:, -1:]], axis=1)
        padded = ops.concatenate([padded, padded[:, :, -1:]], axis=2)  # the edge repeats
        zeros = ops.zeros_like(padded)
        spread = ops.stack([ops.stack([padded, zeros], 3), ops.stack([zeros, zeros], 3)], 2)
        spread = ops.reshape(spread, (-1, 2 * (height + 1), 2 * (width + 1), channels))
        spread = ops.pad(spread, ((0, 0), (1, 0), (1, 0), (0, 0)))
        return self._filter(spread, 1, gain=4.0)[:, : 2 * height, : 2 * width]

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], 2 * input_shape[1], 2 * input_shape[2], input_shape[3])


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
        return self._filter(padded, 2, gain=1.0)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], -(-input_shape[1] // 2), -(-input_shape[2] // 2), input_shape[3])
