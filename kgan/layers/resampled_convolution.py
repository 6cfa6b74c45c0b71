"""A convolution and the resampling beside it in one, by fewer products.

A kernel of k x k that slides over an image doubled by nearest neighbours meets each pixel several times: its taps on
the same pixel can be added up before. So can those of a kernel behind which an average is taken. Either pair is then a
strided convolution, or a transposed one, of k + 1 taps a side: 16 products in place of 36 for k = 3.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._kernels import strided_convolution
from kgan.layers.convolution import Conv2D

__all__ = ["ConvAveragePool2D", "UpsampleConv2D"]

_TWO = (2, 2)


class _Resampled(Conv2D):
    """A convolution of stride 1 with `padding="same"` and an odd kernel, beside which sizes change by two."""

    def __init__(self, filters: int, kernel_size: int | tuple[int, int], **settings: Any):
        settings.setdefault("padding", "same")
        super().__init__(filters, kernel_size, **settings)
        given = {"strides": self.strides, "dilation_rate": self.dilation_rate, "groups": self.groups}
        plain = {"strides": (1, 1), "dilation_rate": (1, 1), "groups": 1}
        if self.padding != "same" or self.data_format != "channels_last" or given != plain:
            raise ValueError(
                f"Expected padding='same', data_format='channels_last' and neither strides, dilation nor groups. "
                f"Received: padding={self.padding!r}, data_format={self.data_format!r}, {given}."
            )
        if not all(side % 2 for side in self.kernel_size):
            raise ValueError(f"Expected kernel_size odd. Received: kernel_size={self.kernel_size}.")


@keras.saving.register_keras_serializable("kgan")
class UpsampleConv2D(_Resampled):
    """`UpSampling2D(2)` and `Conv2D(filters, kernel_size, padding="same")` in one: the same to a rounding error.

    The kernel is that of the convolution. A side takes (k + 1) / 2 products for each output where the two layers take
    k.

    Shapes:
        `(batch, height, width, n)` -> `(batch, 2 height, 2 width, filters)`.

    Args:
        filters: Channels that come out.
        kernel_size: Odd.
        **settings: As of `keras.layers.Conv2D`, but for strides, dilation and groups.

    Raises:
        ValueError: if the kernel is even, or there are strides, dilation, groups or another padding than "same".

    Examples:
        >>> layer = kgan.layers.UpsampleConv2D(32, 3)
        >>> tuple(layer(np.zeros((1, 8, 8, 16), np.float32)).shape), tuple(layer.kernel.shape)
        ((1, 16, 16, 32), (3, 3, 16, 32))
    """

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, _ = input_shape
        return batch, *(None if side is None else 2 * side for side in (height, width)), self.filters

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        mirrored = tf.reverse(ops.convert_to_tensor(kernel), [0, 1])
        spread = tf.transpose(_met(mirrored), (0, 1, 3, 2))  # (k + 1, k + 1, filters, n)
        if None in inputs.shape[1:]:
            sides = tf.shape(inputs)
            shape = (sides[0], 2 * sides[1], 2 * sides[2], self.filters)
            return tf.nn.conv2d_transpose(inputs, spread, shape, _TWO, "SAME")
        size = (2 * inputs.shape[1], 2 * inputs.shape[2])
        if strided_convolution.is_sooner():
            return strided_convolution.convolve_transposed(inputs, spread, _TWO, size)
        return tf.nn.conv2d_transpose(inputs, spread, (tf.shape(inputs)[0], *size, self.filters), _TWO, "SAME")


@keras.saving.register_keras_serializable("kgan")
class ConvAveragePool2D(_Resampled):
    """`Conv2D(filters, kernel_size, padding="same")` and `AveragePooling2D(2)` in one: the same to a rounding error.

    The kernel is that of the convolution. A side takes (k + 1) / 2 products for each of the pooled positions' inputs
    where the two layers take k. An activation acts on what was pooled.

    Shapes:
        `(batch, height, width, n)` -> `(batch, height / 2, width / 2, filters)`, even sides only.

    Args:
        filters: Channels that come out.
        kernel_size: Odd.
        **settings: As of `keras.layers.Conv2D`, but for strides, dilation and groups.

    Raises:
        ValueError: if the kernel is even, there are strides, dilation, groups or another padding than "same", or a side
            of the images is odd.

    Examples:
        >>> layer = kgan.layers.ConvAveragePool2D(32, 3)
        >>> tuple(layer(np.zeros((1, 8, 8, 16), np.float32)).shape), tuple(layer.kernel.shape)
        ((1, 4, 4, 32), (3, 3, 16, 32))
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if any(side is not None and side % 2 for side in input_shape[1:3]):
            raise ValueError(
                f"Expected images of even sides. Received: height and width {input_shape[1]} x {input_shape[2]}. "
                "Pool by keras.layers.AveragePooling2D(2, padding='same') behind a convolution."
            )
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, _ = input_shape
        return batch, *(None if side is None else side // 2 for side in (height, width)), self.filters

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        spread = 0.25 * _met(ops.convert_to_tensor(kernel))
        if strided_convolution.is_sooner() and None not in inputs.shape[1:]:
            return strided_convolution.convolve(inputs, spread, _TWO)
        return tf.nn.conv2d(inputs, spread, _TWO, "SAME")


def _met(kernel: tf.Tensor) -> tf.Tensor:
    """The taps that meet at one pixel added up, along both sides: `(k, l, n, m)` -> `(k + 1, l + 1, n, m)`."""
    for axis in (0, 1):
        first, last = ([(0, 0)] * 4 for _ in range(2))
        first[axis], last[axis] = (0, 1), (1, 0)
        kernel = tf.pad(kernel, first) + tf.pad(kernel, last)
    return kernel
