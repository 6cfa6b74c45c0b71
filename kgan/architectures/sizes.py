"""Sizes of images that a family can make: what is refused, the first grid, and what is cropped."""

import math
from collections.abc import Sequence

import keras
from keras import layers

__all__ = ["check_shape", "cropped", "first_grid"]


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
    if len(shape) != 3 or not all(isinstance(size, int) for size in shape):
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
