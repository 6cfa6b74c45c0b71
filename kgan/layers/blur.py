"""The low-pass filter of StyleGAN2, [1, 3, 3, 1]."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["Blur2D", "BlurredUpsample2D", "boxes"]


def boxes(x: tf.Tensor, count: int, padding: int, strides: int = 1) -> tf.Tensor:
    """Means of 2 x 2 pixels, taken `count` times over zeros around the image; the last time with the strides.

    Three are the filter [1, 3, 3, 1] in both directions, two are [1, 2, 1]. With XLA this takes a tenth of the
    processor time of a depthwise convolution, without XLA as much.

    Args:
        x: `(batch, height, width, channels)`.
        count: How often, 1 or more.
        padding: Zeros on each side.
        strides: Of the last.
    """
    x = ops.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    for number in range(count):
        x = ops.average_pool(x, 2, strides if number == count - 1 else 1, padding="valid")
    return x


@keras.saving.register_keras_serializable("kgan")
class Blur2D(keras.layers.Layer):
    """Filters each channel with [1, 3, 3, 1] / 8 in both directions; around the image lie zeros.

    Args:
        padding: Zeros on each side: 1 with `strides=2` halves the image, 2 goes before a 3x3 convolution with strides 2
            and no padding of its own, which then halves it.
        strides: 1, or 2 to keep every other pixel.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, (height + 2 * padding - 4) // strides + 1, ..., channels)`.

    Raises:
        ValueError: if `padding` is negative, or `strides` is less than 1.

    Examples:
        >>> kgan.layers.Blur2D(padding=1, strides=2)(np.ones((1, 8, 6, 3), "float32")).shape
        TensorShape([1, 4, 3, 3])

    Reference:
        Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, appendix B. arXiv:1912.04958
    """

    mixes_batch = False

    def __init__(self, padding: int = 1, strides: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = whole("padding", padding, 0)
        self.strides = whole("strides", strides, 1)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return boxes(inputs, 3, self.padding, self.strides)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, height, width, channels = input_shape
        return (batch, *((side + 2 * self.padding - 4) // self.strides + 1 for side in (height, width)), channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "strides": self.strides}


@keras.saving.register_keras_serializable("kgan")
class BlurredUpsample2D(keras.layers.Layer):
    """Doubles height and width: zeros between the pixels, then the filter [1, 3, 3, 1] / 4 in both directions.

    Computed as each pixel four times, which is the first box of the filter, and two boxes more.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, 2 height, 2 width, channels)`.

    Examples:
        >>> kgan.layers.BlurredUpsample2D()(np.ones((1, 4, 3, 2), "float32")).shape
        TensorShape([1, 8, 6, 2])

    Reference:
        Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, appendix B. arXiv:1912.04958
    """

    mixes_batch = False

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        _, height, width, channels = inputs.shape
        doubled = ops.broadcast_to(
            inputs[:, :, None, :, None], (ops.shape(inputs)[0], height, 2, width, 2, channels)
        )  # each pixel four times
        return boxes(ops.reshape(doubled, (-1, 2 * height, 2 * width, channels)), 2, padding=1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], 2 * input_shape[1], 2 * input_shape[2], input_shape[3])
