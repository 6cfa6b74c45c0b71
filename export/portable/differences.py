"""How far an artefact is from Keras: one number, counted alike when it is exported and when it is verified."""

from collections.abc import Sequence

import numpy as np

__all__ = ["difference"]


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
    exact, given = expected.astype(np.float64), received.astype(np.float64)
    if not np.isfinite(given).all():
        return float("nan")
    found = float(np.max(np.abs(given - exact), initial=0.0))
    if value_range is None:
        return found / max(1.0, float(np.max(np.abs(exact), initial=0.0)))
    if expected.dtype == np.uint8:
        return max(0.0, found - 1.0) / 255.0 * float(value_range[1] - value_range[0])
    return found
