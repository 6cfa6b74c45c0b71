"""Real samples on their way to the discriminator: uint8 at rest, float32 in the value range inside the model."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data import conversions

__all__ = [
    "IMAGE_RANGE",
    "ValueRange",
    "check_spec",
    "check_values",
    "extremes_of",
    "parse_range",
    "to_float",
    "to_uint8",
]

ValueRange = tuple[float, float]
IMAGE_RANGE: ValueRange = (-1.0, 1.0)
_CHUNK = 4096  # rows looked at at once, so that a check needs no second copy of the data
_TOLERANCE = 1e-3  # decoders and resizers overshoot by rounding


def parse_range(value_range: Any) -> ValueRange | None:
    """A pair of floats with low < high, or `None`.

    Raises:
        ValueError: if `value_range` is neither a pair with low < high nor `None`.
    """
    if value_range is None:
        return None
    try:
        low, high = map(float, value_range)
    except (TypeError, ValueError):
        low, high = math.nan, math.nan
    if not low < high:
        raise ValueError(f"Expected value_range as (low, high), 'auto' or None. Received: value_range={value_range!r}.")
    return low, high


def to_float(samples: tf.Tensor, value_range: ValueRange | None = IMAGE_RANGE) -> tf.Tensor:
    """uint8 in [0, 255] becomes float32 in the value range; floats become float32 and keep their values.

    Raises:
        ValueError: if the samples are uint8 and `value_range` is `None`.
    """
    if samples.dtype == tf.uint8:
        if value_range is None:
            raise ValueError("Expected a value range to bring uint8 samples to. Received: None. Pass (-1.0, 1.0), say.")
        low, high = value_range
        return tf.cast(samples, tf.float32) / (255.0 / (high - low)) + low
    return tf.cast(samples, tf.float32)


def to_uint8(images: np.ndarray, value_range: ValueRange = IMAGE_RANGE) -> np.ndarray:
    """float in the value range becomes uint8 in [0, 255], rounded; what lies outside is clipped."""
    low, high = value_range
    return np.clip(np.rint((np.asarray(images, np.float32) - low) * (255.0 / (high - low))), 0, 255).astype(np.uint8)


def check_spec(
    shape: tuple,
    dtype: tf.DType,
    expected_shape: tuple,
    value_range: ValueRange | None,
    extremes: "Callable[[], ValueRange] | None" = None,
) -> None:
    """Refuses a batch by its shape and type alone.

    Args:
        shape: `(batch, ...)` of the batch; `None` where an axis is free.
        dtype: Its NumPy or TensorFlow type.
        expected_shape: The discriminator's first input, `(None, ...)`.
        value_range: `(-1, 1)` for images, `None` where any value will do.
        extremes: Gives the least and greatest value, where all are known, for advice that fits them.

    Raises:
        ValueError: if rank, shape or type do not fit.
    """
    if isinstance(shape, tf.TensorShape) and shape.rank is None:
        raise ValueError("Expected samples of a known rank. Received: a dataset that does not tell its shapes.")
    if len(shape) != len(expected_shape):
        hint = ""
        if len(shape) == len(expected_shape) - 1:
            hint = " Add the missing axis: x[..., None] for grey images, dataset.batch(n) for single samples."
        raise ValueError(
            f"Expected batches of rank {len(expected_shape)}, {expected_shape}, as the discriminator takes them. "
            f"Received: shape {tuple(shape)}.{hint}"
        )
    if any(a is not None and b is not None and a != b for a, b in zip(shape[1:], expected_shape[1:], strict=True)):
        raise ValueError(
            f"Expected samples of shape {tuple(expected_shape[1:])}, as the discriminator takes them. "
            f"Received: {tuple(shape[1:])}. Resize the data, or build the networks for it."
        )
    name = np.dtype(dtype).name if isinstance(dtype, np.dtype) else tf.as_dtype(dtype).name
    if name.startswith(("float", "bfloat")) or (name == "uint8" and value_range is not None):
        return
    kind = dtype if isinstance(dtype, np.dtype) else tf.as_dtype(dtype).as_numpy_dtype
    if value_range is None:
        raise ValueError(f"Expected samples of a float type. Received: {name}. {conversions.to_float_type(kind)}")
    known = extremes() if extremes is not None and np.dtype(kind).kind in "iu" else (None, None)
    raise ValueError(
        f"Expected images as uint8 in [0, 255] or as floats in [{value_range[0]:g}, {value_range[1]:g}]. "
        f"Received: {name}. {conversions.to_pixels(kind, *known)}"
    )


def extremes_of(samples: np.ndarray) -> "Callable[[], ValueRange] | None":
    """What gives the least and greatest value of an array; `None` where it has none."""
    if samples.size == 0:
        return None
    return lambda: (float(samples.min()), float(samples.max()))


def check_values(samples: np.ndarray, value_range: ValueRange | None) -> None:
    """Refuses samples that are not finite or lie outside their range.

    Raises:
        ValueError: if a value is NaN or infinite, or lies outside `value_range`.
    """
    if samples.dtype == np.uint8:
        _warn_of_bits(samples, value_range)
    if samples.dtype == np.uint8 or len(samples) == 0:
        return
    low, high = math.inf, -math.inf
    for start in range(0, len(samples), _CHUNK):
        chunk = samples[start : start + _CHUNK]
        finite = np.isfinite(chunk).reshape(len(chunk), -1).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"Expected finite samples. Received: NaN or infinity, first in sample "
                f"{start + int(np.argmin(finite))}. Remove these samples."
            )
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
    if value_range is None:
        return
    if low < value_range[0] - _TOLERANCE or high > value_range[1] + _TOLERANCE:
        raise ValueError(
            f"Expected images in [{value_range[0]:g}, {value_range[1]:g}]. Received: values from {low:g} to {high:g}. "
            f"{conversions.to_range(low, high, value_range)}"
        )
    if value_range == IMAGE_RANGE and low >= 0.0 and high > 0.5:
        warnings.warn(
            f"The images lie in [{low:g}, {high:g}], which looks like [0, 1]; kgan trains on [-1, 1]. "
            f"Rescale them with x * 2 - 1, or pass uint8.",
            stacklevel=3,
        )


def _warn_of_bits(samples: np.ndarray, value_range: ValueRange | None) -> None:
    """Warns of uint8 images that are 0 or 1 in all pixels: of 255, both are black."""
    if value_range is None or not samples.size:
        return
    ones = False
    for start in range(0, len(samples), _CHUNK):
        most = samples[start : start + _CHUNK].max()
        if most > 1:
            return
        ones = ones or most == 1
    if ones:
        warnings.warn(
            "The uint8 images never exceed 1, of 255: to the discriminator all pixels are nearly black. Pass x * 255 "
            "for masks of 0 and 1; for floats in [0, 1], pass (x * 255).round().astype('uint8') in place of "
            "x.astype('uint8').",
            stacklevel=4,
        )
