"""The learned picture that a generator starts from."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kgan._support.checks import whole

__all__ = ["LearnedBasis"]


@keras.saving.register_keras_serializable("kgan")
class LearnedBasis(keras.layers.Layer):
    """Makes a grid of a vector: a learned one, whose every channel is multiplied by that of the vector.

    `y[h, w, c] = basis[h, w, c] * x[c]`; the basis starts from N(0, 1).

    Args:
        grid: `(height, width)` of the basis, each 1 or more.
        seed: Of the initial basis.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, channels)` -> `(batch, height, width, channels)`.

    Raises:
        ValueError: if `grid` is not two whole numbers from 1 on; when it is built, if the input is no vector.

    Reference:
        Huang et al., 2024, The GAN is dead; long live the GAN! A Modern Baseline GAN. arXiv:2501.05441
    """

    mixes_batch = False

    def __init__(self, grid: Sequence[int], seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if len(grid) != 2:
            raise ValueError(f"Expected grid as (height, width). Received: grid={grid}.")
        self.grid = tuple(whole("grid", side, 1) for side in grid)
        self.seed = seed

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 2:
            raise ValueError(f"Expected vectors (batch, channels). Received: {tuple(input_shape)}.")
        self.basis = self.add_weight(
            name="basis",
            shape=(*self.grid, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=self.seed),
        )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return self.basis * inputs[:, None, None, :]

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], *self.grid, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "grid": self.grid, "seed": self.seed}
