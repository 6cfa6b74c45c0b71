"""Convolution by kernels that a network makes for each pixel.

Reference:
    Niklaus et al., 2017, Video Frame Interpolation via Adaptive Separable Convolution. arXiv:1708.01692
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["AdaptiveSeparableConv2D"]


@keras.saving.register_keras_serializable("kgan")
class AdaptiveSeparableConv2D(keras.layers.Layer):
    """Each pixel becomes a weighted mean of those around it, by weights of its own.

    The weights of a pixel are the softmax of `2 * reach + 1` logits over rows, then the softmax of as many over
    columns: where all weight is on one place, what was there moves here (Finn et al., 2016, 1605.07157). All channels
    of an image move alike. Beyond the edge images are mirrored, as by `ReflectionPadding2D`.

    Args:
        reach: Pixels in each direction that a value may come from, 1 or more.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `[images, logits]` -> as `images`: `(batch, height, width, channels)` and
        `(batch, height, width, 2 * (2 * reach + 1))`, of rows first.

    Raises:
        ValueError: if `reach` is less than 1; when it is called, if logits are not of that shape, or a side has no more
            than `reach` pixels.

    Examples:
        >>> row = np.arange(3.0).reshape(1, 1, 3, 1).repeat(2, axis=1)
        >>> from_the_left = np.tile([0.0, 99.0, 0.0, 99.0, 0.0, 0.0], (1, 2, 3, 1))
        >>> kgan.layers.AdaptiveSeparableConv2D(reach=1)([row, from_the_left])[0, 0, :, 0].numpy().tolist()
        [1.0, 0.0, 1.0]
    """

    mixes_batch = False

    def __init__(self, reach: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.reach = whole("reach", reach, 1)

    def call(self, inputs: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        images, logits = inputs
        self._check(images.shape, logits.shape)
        channels = images.shape[-1]
        _, height, width, _ = ops.shape(images)
        x = images if channels == 1 else ops.transpose(images, (0, 3, 1, 2))
        x = ops.reshape(x, (-1, height, width, 1))  # (b * c, h, w, 1)
        for axis, part in enumerate(ops.split(logits, 2, axis=-1), start=1):
            weights = ops.softmax(part, axis=-1)[:, None]  # (b, 1, h, w, 2 * reach + 1)
            near = ops.reshape(self._shifted(x, axis), (-1, channels, height, width, 2 * self.reach + 1))
            x = ops.reshape(ops.sum(near * weights, axis=-1), (-1, height, width, 1))
        if channels == 1:
            return x
        return ops.transpose(ops.reshape(x, (-1, channels, height, width)), (0, 2, 3, 1))

    def _shifted(self, x: tf.Tensor, axis: int) -> tf.Tensor:
        """What is `-reach` to `reach` pixels away along an axis, as channels: one convolution by shifted ones."""
        count = 2 * self.reach + 1
        widened = [[0, 0]] * 4
        widened[axis] = [self.reach, self.reach]
        kernel = np.eye(count, dtype=np.float32).reshape((count, 1, 1, count) if axis == 1 else (1, count, 1, count))
        return ops.conv(ops.pad(x, widened, mode="reflect"), ops.cast(kernel, x.dtype), padding="valid")

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        self._check(*input_shape)
        return tuple(input_shape[0])

    def _check(self, images, logits) -> None:
        count = 2 * (2 * self.reach + 1)
        if len(images) != 4 or len(logits) != 4 or tuple(images[1:3]) != tuple(logits[1:3]) or logits[-1] != count:
            raise ValueError(
                f"Expected images (batch, height, width, channels), and {count} logits for each pixel, because "
                f"reach={self.reach}. Received: shapes {tuple(images)} and {tuple(logits)}. Give the convolution that "
                f"makes the logits {count} filters."
            )
        if any(side is not None and side <= self.reach for side in images[1:3]):
            raise ValueError(
                f"Expected sides of more than reach={self.reach} pixels. Received: shape {tuple(images)}. Pass larger "
                f"images, or a smaller reach."
            )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "reach": self.reach}
