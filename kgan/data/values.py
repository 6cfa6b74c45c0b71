"""Real samples on their way to the discriminator: uint8 at rest, float32 in the value range inside the model."""

import math
import warnings
from typing import Any

import numpy as np
import tensorflow as tf

__all__ = ["IMAGE_RANGE", "ValueRange", "check_spec", "check_values", "parse_range", "to_float", "to_uint8"]

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


def check_spec(shape: tuple, dtype: tf.DType, expected_shape: tuple, value_range: ValueRange | None) -> None:
    """Refuses a batch by its shape and type alone.

    Args:
        shape: `(batch, ...)` of the batch; `None` where an axis is free.
        dtype: Its NumPy or TensorFlow type.
        expected_shape: The discriminator's first input, `(None, ...)`.
        value_range: `(-1, 1)` for images, `None` where any value will do.

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
    dtype = tf.as_dtype(dtype)
    if dtype.is_floating or (dtype == tf.uint8 and value_range is not None):
        return
    if value_range is None:
        raise ValueError(f"Expected samples of a float type. Received: {dtype.name}. Convert them to float32.")
    raise ValueError(
        f"Expected images as uint8 in [0, 255] or as floats in [-1, 1]. Received: {dtype.name}. "
        f'Convert them with x.astype("uint8").'
    )


def check_values(samples: np.ndarray, value_range: ValueRange | None) -> None:
    """Refuses samples that are not finite or lie outside their range.

    Raises:
        ValueError: if a value is NaN or infinite, or lies outside `value_range`.
    """
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
            f"Pass uint8 images as they are, or rescale floats to that range: for [-1, 1], x / 127.5 - 1 from "
            f"[0, 255] and x * 2 - 1 from [0, 1]."
        )
    if value_range == IMAGE_RANGE and low >= 0.0 and high > 0.5:
        warnings.warn(
            f"The images lie in [{low:g}, {high:g}], which looks like [0, 1]; kgan trains on [-1, 1]. "
            f"Rescale them with x * 2 - 1, or pass uint8.",
            stacklevel=3,
        )
