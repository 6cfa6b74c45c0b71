"""What a network that draws its input again needs: a corner of it, and how far off it is."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

__all__ = ["Quadrant", "ReconstructionError"]


@keras.saving.register_keras_serializable("kgan")
class Quadrant(keras.layers.Layer):
    """Cuts one corner out of each image: the top left one of the first, then top right, bottom left, bottom right.

    As batches are drawn in another order in each epoch, each image is seen by all of its corners in time.

    Args:
        size: `(height, width)` of the corner.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, *size, channels)`.

    Raises:
        ValueError: when it is built, if the images are smaller than `size`.
    """

    mixes_batch = False

    def __init__(self, size: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        self.size = tuple(int(side) for side in size)

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 4 or any(a < b for a, b in zip(input_shape[1:3], self.size, strict=True)):
            raise ValueError(f"Expected images of at least {self.size} pixels. Received: {tuple(input_shape)}.")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        (_, height, width, _), (rows, columns) = inputs.shape, self.size
        number = ops.arange(ops.shape(inputs)[0]) % 4
        which = ops.cast(ops.one_hot(number, 4), inputs.dtype)
        cut = 0.0
        for corner, (top, left) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            y, x = top * (height - rows), left * (width - columns)
            cut = cut + which[:, corner, None, None, None] * inputs[:, y : y + rows, x : x + columns]
        return cut

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], *self.size, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("kgan")
class ReconstructionError(keras.layers.Layer):
    """The mean absolute difference of two images, for each sample: called on `[image, reconstruction]`.

    Shapes:
        Two of `(batch, height, width, channels)` -> `(batch, 1)`.

    Raises:
        ValueError: when it is built, if the two have different shapes.
    """

    mixes_batch = False

    def build(self, input_shape: list[tuple]) -> None:
        first, second = (tuple(shape) for shape in input_shape)
        if first != second:
            raise ValueError(f"Expected two images of the same shape. Received: {first} and {second}.")

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        image, reconstruction = inputs
        return ops.mean(ops.abs(image - reconstruction), axis=(1, 2, 3))[:, None]

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return (input_shape[0][0], 1)
