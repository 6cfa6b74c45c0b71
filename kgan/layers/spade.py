"""Spatially adaptive normalisation: a scale and a shift for each pixel, made from a label map."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole
from kgan.layers.convolution import Conv2D
from kgan.layers.normalization import BatchNormalization

__all__ = ["SPADE"]


@keras.saving.register_keras_serializable("kgan")
class SPADE(keras.layers.Layer):
    """Batch normalisation whose scale and shift a label map decides, pixel by pixel.

    `(1 + gamma(m)) * (x - mean(x)) / sqrt(var(x) + epsilon) + beta(m)`, mean and variance of each channel over the
    batch and all positions, the moving ones at inference. The map m is brought to the size of x by its nearest pixels;
    a convolution 3x3 with a ReLU looks at it, and gamma and beta are a convolution 3x3 each of that. So what a
    normalisation would wash away, which class a region is of, comes back in at every size.

    Args:
        hidden: Filters of the convolution that gamma and beta share. Defaults to `128`, the paper's.
        momentum: Of the moving mean and variance, in [0, 1). Defaults to `0.9`.
        epsilon: Positive float, added to the variance. Defaults to `1e-5`.
        seed: Of the initial weights, which are drawn as in Glorot and Bengio.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `[x, label_map]` with x `(batch, h, w, channels)`, the map `(batch, k * h, k * w, classes)` for any whole k; the
        output has x's.

    Raises:
        ValueError: if `hidden` is less than 1, or, when it is built, if it is not called with two inputs, or the map's
            sides are not the same whole number of times those of x.

    Examples:
        >>> x, label_map = keras.Input((8, 8, 16)), keras.Input((32, 32, 5))
        >>> kgan.layers.SPADE(hidden=8)([x, label_map]).shape
        (None, 8, 8, 16)

    Reference:
        Park et al., 2019, Semantic Image Synthesis with Spatially-Adaptive Normalization. arXiv:1903.07291
    """

    mixes_batch = True

    def __init__(
        self, hidden: int = 128, momentum: float = 0.9, epsilon: float = 1e-5, seed: int | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.hidden = whole("hidden", hidden, 1)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.seed = seed

    def build(self, input_shape: list[tuple]) -> None:
        shapes = [tuple(shape) for shape in input_shape] if isinstance(input_shape[0], list | tuple) else [input_shape]
        if len(shapes) != 2 or any(len(shape) != 4 for shape in shapes):
            raise ValueError(
                f"Expected [x, label_map], each (batch, height, width, channels), for SPADE. Received: shapes {shapes}."
            )
        x, label_map = shapes
        self._times = _times(x[1:3], label_map[1:3])
        seeds = [None if self.seed is None else self.seed + number for number in range(3)]
        self.normalization = BatchNormalization(
            momentum=self.momentum,
            epsilon=self.epsilon,
            center=False,
            scale=False,
            dtype=self.dtype_policy,
            name="norm",
        )
        self.shared, self.gamma, self.beta = (
            Conv2D(
                filters,
                3,
                padding="same",
                activation=activation,
                kernel_initializer=keras.initializers.GlorotUniform(seed),
                dtype=self.dtype_policy,
                name=name,
            )
            for filters, activation, seed, name in (
                (self.hidden, "relu", seeds[0], "shared"),
                (x[-1], None, seeds[1], "gamma"),
                (x[-1], None, seeds[2], "beta"),
            )
        )
        self.normalization.build(x)
        self.shared.build((None, *x[1:3], label_map[-1]))
        for layer in (self.gamma, self.beta):
            layer.build((None, *x[1:3], self.hidden))

    def call(self, inputs: list[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        x, label_map = inputs
        nearest = ops.max_pool(label_map, 1, strides=self._times)  # each k-th pixel: tf2onnx writes no such slice
        seen = self.shared(nearest)  # (b, h, w, hidden)
        return (1.0 + self.gamma(seen)) * self.normalization(x, training=training) + self.beta(seen)

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        own = {"hidden": self.hidden, "momentum": self.momentum, "epsilon": self.epsilon, "seed": self.seed}
        return {**super().get_config(), **own}


def _times(small: tuple, large: tuple) -> int:
    """How many times as high and wide as x the map is."""
    known = None not in (*small, *large)
    times = {one // other if one % other == 0 else 0 for one, other in zip(large, small, strict=True)} if known else {0}
    if len(times) != 1 or 0 in times:
        raise ValueError(
            f"Expected a label map as large as x, or a whole number of times, alike in height and width, with known "
            f"sides. Received: {large[0]} x {large[1]} pixels for an x of {small[0]} x {small[1]}."
        )
    return times.pop()
