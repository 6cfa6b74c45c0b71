"""The small grid from which a network doubles up to the image, where it cannot crop."""

from collections.abc import Sequence
from numbers import Integral

__all__ = ["LARGEST", "SMALLEST", "doubled_grid"]

SMALLEST, LARGEST = 8, 1_024
_FIRST = range(4, 8)  # sides of the small grid: halved once more, they would be less than 4
_SIDES = [
    side for side in range(SMALLEST, LARGEST + 1) if any(side == first * 2**k for first in _FIRST for k in range(9))
]


def doubled_grid(shape: Sequence[int]) -> tuple[tuple[int, int], int]:
    """The small grid, and how many times it doubles.

    The smaller side of the grid is 4 to 7 pixels: 64 is 4 doubled four times, 28 is 7 doubled twice, 96 x 64 is 6 x 4
    doubled four times.

    Args:
        shape: `(height, width, channels)`.

    Returns:
        The grid's `(height, width)`, and the number of doublings.

    Raises:
        ValueError: if `shape` is none of an image, a side is below 8 or above 1,024 pixels, or no such grid doubles to
            it; the message has the nearest two sizes that can be made.
    """
    if len(shape) != 3 or not all(isinstance(one, Integral) and not isinstance(one, bool) for one in shape):
        raise ValueError(f"Expected shape as (height, width, channels). Received: shape={tuple(shape)}.")
    if shape[2] < 1:
        raise ValueError(f"Expected 1 channel or more. Received: shape={tuple(shape)}. Grey images have 1, colour 3.")
    smaller = min(shape[:2])
    step = 2 ** _doublings(next((side for side in _SIDES if side >= smaller), LARGEST))
    instead = []
    for name, side in zip(("height", "width"), shape[:2], strict=True):
        possible = _SIDES if side == smaller else list(range(max(step, SMALLEST), LARGEST + 1, step))
        if side not in possible:
            two = sorted(sorted(possible, key=lambda one, side=side: abs(one - side))[:2])
            below, above = [one for one in possible if one < side], [one for one in possible if one > side]
            two = [below[-1], above[0]] if below and above else two
            instead.append(f"{two[0]} or {two[1]} as {name}")
    if instead:
        raise ValueError(
            f"Expected a size that a grid of 4 to 7 pixels doubles to, {SMALLEST} to {LARGEST:,}: 16, 28, 32, 48, 64, "
            f"96, 128 and so on. Received: shape={tuple(shape)}. Choose {', '.join(instead)}."
        )
    doublings = _doublings(smaller)
    return (shape[0] // 2**doublings, shape[1] // 2**doublings), doublings


def _doublings(side: int) -> int:
    """How often the side halves while it stays at 4 or more."""
    return (side // _FIRST[0]).bit_length() - 1
