"""Sizes of images that a family can make: what is refused, the first grid, and what is cropped."""

import functools
import math
from collections.abc import Sequence
from numbers import Integral

import keras
from keras import layers

__all__ = ["check_shape", "cropped", "doubled_grid", "first_grid"]

_SMALLEST, _LARGEST = 8, 1_024
_FIRST = range(4, 8)  # sides of the small grid: halved once more, they would be less than 4
_SIDES = [
    side for side in range(_SMALLEST, _LARGEST + 1) if any(side == first * 2**k for first in _FIRST for k in range(9))
]


def check_shape(shape: Sequence[int], smallest: int, largest: int) -> None:
    """Refuses a shape that is none, and sizes out of range with the nearest two that are in it.

    Args:
        shape: `(height, width, channels)`.
        smallest: Least pixels of a side.
        largest: Most pixels of a side.

    Raises:
        ValueError: if a side is below `smallest` or above `largest` pixels, there is no channel, or `shape` is not
            three whole numbers.
    """
    expected = f"Expected shape as (height, width, channels) with sides from {smallest} to {largest:,} pixels."
    given = f"Received: shape={tuple(shape)}."
    if len(shape) != 3 or not all(map(_is_whole, shape)):
        raise ValueError(f"{expected} {given}")
    nearest = [tuple(_nearest(size, smallest, largest, place) for size in shape[:2]) for place in (0, 1)]
    made = [(*sides, max(shape[2], 1)) for sides in nearest]
    if shape[2] < 1:
        made = [(*nearest[0], channels) for channels in (1, 2)]
    if made[0] != tuple(shape):
        raise ValueError(f"{expected} {given} The nearest two that can be made: {made[0]} and {made[1]}.")


def _nearest(size: int, smallest: int, largest: int, place: int) -> int:
    """The size itself where it is in range, else the nearest in range or the one after it."""
    if size < smallest:
        return smallest + place
    return largest - place if size > largest else size


def first_grid(shape: Sequence[int], least: int = 4) -> tuple[tuple[int, int], int]:
    """The small grid that a generator starts from, and how many doublings lead from it to the image.

    Args:
        shape: `(height, width, channels)`.
        least: Positions of the shorter side; a doubling is added while the grid stays at least as large.

    Returns:
        `(height, width)` of the grid, rounded up, so that the doubled grid covers the image; and the doublings.
    """
    doublings = int(math.log2(min(shape[:2]) / least))
    return (math.ceil(shape[0] / 2**doublings), math.ceil(shape[1] / 2**doublings)), doublings


def cropped(x: "keras.KerasTensor", shape: Sequence[int]) -> "keras.KerasTensor":
    """The images cropped about their centre to the height and width of `shape`, where they are larger."""
    surplus = [made - wanted for made, wanted in zip(x.shape[1:3], shape[:2], strict=True)]
    if not any(surplus):
        return x
    return layers.Cropping2D([(extra // 2, extra - extra // 2) for extra in surplus], name="crop")(x)


def doubled_grid(shape: Sequence[int]) -> tuple[tuple[int, int], int]:
    """The small grid, and how many times it doubles up to the image, for a network that cannot crop.

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
    if len(shape) != 3 or not all(map(_is_whole, shape)):
        raise ValueError(f"Expected shape as (height, width, channels). Received: shape={tuple(shape)}.")
    if shape[2] < 1:
        raise ValueError(f"Expected 1 channel or more. Received: shape={tuple(shape)}. Grey images have 1, colour 3.")
    if not _is_doubled(shape[0], shape[1]):
        first, second = ((*size, shape[2]) for size in _nearest_doubled(shape[0], shape[1]))
        raise ValueError(
            f"Expected shape with a shorter side of 4, 5, 6 or 7 times a power of two ({_SMALLEST}, 10, 12, 14, 16, "
            f"20, 24, 28, 32, 40 ...), a longer one that this power divides, and both from {_SMALLEST} to "
            f"{_LARGEST:,}. Received: shape={tuple(shape)}. The nearest two that can be made: {first} and {second}."
        )
    doublings = _doublings(min(shape[:2]))
    return (shape[0] // 2**doublings, shape[1] // 2**doublings), doublings


def _is_doubled(height: int, width: int) -> bool:
    shorter, longer = sorted((height, width))
    return shorter in _SIDES and longer <= _LARGEST and longer % 2 ** _doublings(shorter) == 0


@functools.cache
def _doubled() -> list[tuple[int, int]]:
    """Every `(height, width)` that a grid doubles to."""
    sides = [(side, longer) for side in _SIDES for longer in range(side, _LARGEST + 1, 2 ** _doublings(side))]
    return sorted({*sides, *((longer, side) for side, longer in sides)})


def _nearest_doubled(height: int, width: int) -> list[tuple[int, int]]:
    """The nearest size that is no larger and the nearest that is no smaller; where there are not both, any two."""

    def far(size: tuple[int, int]) -> int:
        return abs(size[0] - height) + abs(size[1] - width)

    below = [size for size in _doubled() if size[0] <= height and size[1] <= width]
    above = [size for size in _doubled() if size[0] >= height and size[1] >= width]
    if below and above:
        return [min(below, key=far), min(above, key=far)]
    alike = [one for one in _doubled() if (height < width or one[0] >= one[1]) and (height > width or one[0] <= one[1])]
    return sorted(sorted(alike, key=far)[:2])


def _is_whole(size) -> bool:
    return isinstance(size, Integral) and not isinstance(size, bool)


def _doublings(side: int) -> int:
    """How often the side halves while it stays at 4 or more."""
    return (side // _FIRST[0]).bit_length() - 1
