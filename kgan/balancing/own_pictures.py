"""Pictures made from those of a class by a simple rule, which drawn ones are held against: mirrored, or shifted."""

from collections.abc import Mapping

import numpy as np

__all__ = ["made", "mirrored", "shifted"]

_FARTHEST = 14  # a shift is by a fourteenth of the side at most: two of 28 pixels


def made(
    pictures: np.ndarray, classes: np.ndarray, lacking: Mapping[int, int], mirrors: bool, random: np.random.Generator
) -> np.ndarray:
    """So many pictures of each class, from random ones of it: half of them mirrored, or all of them shifted.

    Args:
        pictures: `(n, height, width, channels)`.
        classes: Of each, `(n,)`.
        lacking: How many to make of each class.
        mirrors: Whether a mirror keeps what pictures show; else they are shifted.
        random: Where draws come from.
    """
    chosen = [random.choice(np.flatnonzero(classes == code), count) for code, count in lacking.items() if count]
    found = pictures[np.concatenate(chosen)] if chosen else pictures[:0]
    if not mirrors:
        return shifted(found, random)
    turned = random.random(len(found)) < 0.5
    return np.where(turned[:, None, None, None], mirrored(found), found)


def mirrored(pictures: np.ndarray) -> np.ndarray:
    """Left for right."""
    return pictures[:, :, ::-1]


def shifted(pictures: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Each picture moved by some pixels across and down; its edge goes on where nothing was."""
    height, width = pictures.shape[1:3]
    most = max(1, min(height, width) // _FARTHEST)
    ways = random.integers(0, 2 * most + 1, (len(pictures), 2))
    padded = np.pad(pictures, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    moved = [
        one[down : down + height, across : across + width] for one, (down, across) in zip(padded, ways, strict=True)
    ]
    return np.stack(moved) if moved else pictures
