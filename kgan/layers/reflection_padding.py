"""Padding with the mirrored edge."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["ReflectionPadding2D"]


@keras.saving.register_keras_serializable("kgan")
class ReflectionPadding2D(keras.layers.Layer):
    """Widens images on all four sides by their own mirrored pixels; the outermost ones are not repeated.

    A convolution behind it sees no edge of zeros, which translators of styles would draw as a frame.

    Args:
        padding: Pixels on each side. Defaults to `1`.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, height + 2 * padding, width + 2 * padding, channels)`.

    Raises:
        ValueError: if `padding` is less than 1; when it is called, if a side has no more than `padding` pixels.

    Examples:
        >>> row = np.arange(3.0).reshape(1, 1, 3, 1).repeat(2, axis=1)
        >>> kgan.layers.ReflectionPadding2D()(row)[0, 0, :, 0].numpy().tolist()
        [1.0, 0.0, 1.0, 2.0, 1.0]
    """

    mixes_batch = False

    def __init__(self, padding: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = whole("padding", padding, 1)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        self._check(inputs.shape)
        sides = [self.padding, self.padding]
        return ops.pad(inputs, [[0, 0], sides, sides, [0, 0]], mode="reflect")

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        self._check(input_shape)
        batch, height, width, channels = input_shape
        return (batch, *(None if side is None else side + 2 * self.padding for side in (height, width)), channels)

    def _check(self, shape) -> None:
        if len(shape) != 4 or any(side is not None and side <= self.padding for side in shape[1:3]):
            raise ValueError(
                f"Expected images (batch, height, width, channels) with sides of more than padding={self.padding} "
                f"pixels to mirror. Received: shape {tuple(shape)}. Pass larger images, or a smaller padding."
            )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding}
