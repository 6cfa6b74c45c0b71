"""Normalisation of each sample by itself."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

__all__ = ["InstanceNormalization"]


@keras.saving.register_keras_serializable("kgan")
class InstanceNormalization(keras.layers.Layer):
    """Normalises each channel of each sample by its own mean and variance over all positions.

    `gamma * (x - mean(x)) / sqrt(var(x) + epsilon) + beta`, mean and variance over every axis but the batch and the
    channels, the same when training and at inference. Samples do not see each other, so that gradient penalties may be
    applied to a discriminator that has it. Half precision is computed in float32.

    `keras.layers.GroupNormalization(groups=-1)` gives the same values, but a wrong second derivative: it cuts the
    gradient through the mean within the variance.

    Args:
        epsilon: Positive float, added to the variance. Defaults to `1e-5`.
        center: Whether there is a `beta` for each channel, from 0. Defaults to `True`.
        scale: Whether there is a `gamma` for each channel, from 1. Defaults to `True`.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, ..., channels)` with one axis of positions or more (waves, images, films), kept.

    Raises:
        ValueError: if `epsilon` is not positive, or, when it is built, if an input has no axis of positions, no known
            number of channels, or a single position, at which every value would become `beta`.

    Reference:
        Ulyanov et al., 2016, Instance Normalization: The Missing Ingredient for Fast Stylization. arXiv:1607.08022
    """

    mixes_batch = False

    def __init__(self, epsilon: float = 1e-5, center: bool = True, scale: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        if not epsilon > 0.0:
            raise ValueError(f"Expected epsilon > 0. Received: epsilon={epsilon}.")
        self.epsilon = float(epsilon)
        self.center = bool(center)
        self.scale = bool(scale)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        _, *positions, channels = input_shape
        if not positions or channels is None or all(size == 1 for size in positions):
            raise ValueError(
                f"Expected an input (batch, ..., channels) with several positions and a known number of channels for "
                f"InstanceNormalization. Received: shape {tuple(input_shape)}. Leave it out where the grid is a single "
                f"position."
            )
        self.gamma = self.add_weight(name="gamma", shape=(channels,), initializer="ones") if self.scale else None
        self.beta = self.add_weight(name="beta", shape=(channels,), initializer="zeros") if self.center else None

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        positions = tuple(range(1, len(inputs.shape) - 1))
        centred = x - ops.mean(x, axis=positions, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=positions, keepdims=True)
        x = centred * ops.rsqrt(variance + self.epsilon)
        if self.scale:
            x = x * ops.cast(self.gamma, x.dtype)
        if self.center:
            x = x + ops.cast(self.beta, x.dtype)
        return ops.cast(x, inputs.dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon, "center": self.center, "scale": self.scale}
