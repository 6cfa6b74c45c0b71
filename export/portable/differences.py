"""How far an artefact is from Keras, counted alike when it is exported and when it is verified."""

from collections.abc import Sequence

import numpy as np

__all__ = ["difference", "root_mean_square"]


def difference(expected: np.ndarray, received: np.ndarray, value_range: Sequence[float] | None) -> float:
    """The largest difference between two arrays of one shape.

    It is absolute; relative to the largest number above 1 where samples may be of any size; and of pictures of 8 bits,
    in the value range, what is left of it once a grey level is allowed for rounding.

    Args:
        expected: What Keras gave, `float32` or, of pictures of 8 bits, `uint8`.
        received: What the artefact gives.
        value_range: `(low, high)` of the samples; `None` for any.

    Returns:
        The difference; NaN where a number that was received is not finite.
    """
    if not np.isfinite(received).all():
        return float("nan")
    return float(np.max(_off(expected, received, value_range), initial=0.0))


def root_mean_square(expected: np.ndarray, received: np.ndarray, value_range: Sequence[float] | None) -> float:
    """The root of the mean square of the differences, each counted as `difference` counts it.

    A mask that flips along an edge differs by all that it can in a few numbers, and by little on the whole; a wrong one
    by much on the whole.

    Args:
        expected: What Keras gave, `float32` or, of pictures of 8 bits, `uint8`.
        received: What the artefact gives.
        value_range: `(low, high)` of the samples; `None` for any.

    Returns:
        The root; NaN where a number that was received is not finite.
    """
    if not np.isfinite(received).all():
        return float("nan")
    off = _off(expected, received, value_range)
    return float(np.sqrt(np.mean(off**2))) if off.size else 0.0


def _off(expected: np.ndarray, received: np.ndarray, value_range: Sequence[float] | None) -> np.ndarray:
    """The difference of each number."""
    exact = expected.astype(np.float64)
    off = np.abs(received.astype(np.float64) - exact)
    if value_range is None:
        return off / max(1.0, float(np.max(np.abs(exact), initial=0.0)))
    if expected.dtype == np.uint8:
        return np.maximum(0.0, off - 1.0) / 255.0 * float(value_range[1] - value_range[0])
    return off
