"""Channels to pixels."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["PixelShuffle2D"]


@keras.saving.register_keras_serializable("kgan")
class PixelShuffle2D(keras.layers.Layer):
    """Makes of each pixel's channels a block of pixels: a convolution before it upsamples without overlaps.

    Channel `(i * factor + j) * c + k` of a pixel becomes channel k of the block's pixel (i, j).

    Args:
        factor: Pixels of a block's side. Defaults to `2`.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, factor^2 * c)` -> `(batch, factor * height, factor * width, c)`.

    Raises:
        ValueError: if `factor` is less than 1; when it is built, if `factor^2` does not divide the channels.

    Examples:
        >>> kgan.layers.PixelShuffle2D()(np.arange(4.0).reshape(1, 1, 1, 4))[0, :, :, 0].numpy().tolist()
        [[0.0, 1.0], [2.0, 3.0]]

    Reference:
        Shi et al., 2016, Real-Time Single Image and Video Super-Resolution. arXiv:1609.05158
    """

    mixes_batch = False

    def __init__(self, factor: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = whole("factor", factor, 1)

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 4 or input_shape[-1] % self.factor**2:
            raise ValueError(
                f"Expected images (batch, height, width, channels) whose channels {self.factor**2} divides, factor "
                f"squared. Received: {tuple(input_shape)}."
            )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        _, height, width, channels = ops.shape(inputs)
        r, c = self.factor, channels // self.factor**2
        x = ops.reshape(inputs, (-1, height, width, r, r, c))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (b, h, r, w, r, c)
        return ops.reshape(x, (-1, height * r, width * r, c))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, height, width, channels = input_shape
        sides = (None if side is None else self.factor * side for side in (height, width))
        return (batch, *sides, channels // self.factor**2)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}
