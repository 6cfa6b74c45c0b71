"""What the networks of super-resolution share: their scales, how they enlarge, and their initial weights."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.dcgan import check_sizes

__all__ = ["SCALES", "check_upscaling", "convolved", "enlargements", "framework_default", "one_slope", "repeated"]

SCALES = (2, 3, 4)
Tensor = Any  # a keras.KerasTensor


def check_upscaling(input_shape: Sequence[int | None], output_channels: int | None, width: int, scale: int) -> int:
    """The channels of the output: those asked for, or as many as the input has.

    Raises:
        ValueError: if `input_shape` is no `(height, width, channels)`, `output_channels` or `width` is less than 1, or
            `scale` is not 2, 3 or 4.
    """
    if len(input_shape) != 3 or any(size is not None and size < 1 for size in input_shape) or input_shape[2] is None:
        raise ValueError(
            f"Expected input_shape as (height, width, channels), None for a side that is free. "
            f"Received: input_shape={tuple(input_shape)}."
        )
    if scale not in SCALES:
        raise ValueError(f"Expected scale as 2, 3 or 4. Received: scale={scale!r}. Apply a network twice for more.")
    output_channels = input_shape[2] if output_channels is None else output_channels
    check_sizes("width", width)
    check_sizes("output_channels", output_channels)
    return output_channels


def enlargements(scale: int) -> list[int]:
    """The factors by which a network enlarges, one after the other: 4 is twice 2."""
    return [2, 2] if scale == 4 else [scale]


def framework_default(seed: int | None) -> keras.initializers.Initializer:
    """U(-a, a) with `a = 1 / sqrt(fan_in)`: what the authors' framework draws where nothing is said."""
    return keras.initializers.VarianceScaling(1.0 / 3.0, "fan_in", "uniform", seed=seed)


def convolved(x: Tensor, filters: int, size: int, initializer: Any, name: str, **settings: Any) -> Tensor:
    """A convolution with padding by zeros."""
    settings = {"padding": "same", "kernel_initializer": initializer, "name": name, **settings}
    return kgan_layers.Conv2D(filters, size, **settings)(x)


def one_slope(x: Tensor, name: str) -> Tensor:
    """A rectifier whose slope below 0 is learned, one number for all channels, from 0.25 (PReLU, He et al., 2015)."""
    start = keras.initializers.Constant(0.25)
    return layers.PReLU(alpha_initializer=start, shared_axes=[1, 2, 3], name=f"{name}_prelu")(x)


def repeated(x: Tensor, factor: int, name: str) -> Tensor:
    """Each pixel as a block of `factor x factor`."""
    return layers.UpSampling2D(factor, interpolation="nearest", name=name)(x)
