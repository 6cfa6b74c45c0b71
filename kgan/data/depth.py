"""Pictures of more than 8 bits: which of their values are black and white, and how they come to the networks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgan._support import limits
from kgan.data import values
from kgan.data.splits import DataError

__all__ = [
    "BYTES",
    "DEPTHS",
    "Levels",
    "Range",
    "from_bytes",
    "levels_of",
    "parse_depth",
    "parse_levels",
    "to_unit",
    "word_of",
    "written",
]

BYTES = (0.0, 255.0)
DEPTHS = ("auto", "8", "full")
_BITS = (8, 10, 12, 14, 16)  # what cameras and scanners give
_TOLERANCE = 1e-3


class Levels(NamedTuple):
    """The values that become black and white.

    Attributes:
        low: Black.
        high: White.
        meaning: How they were found, as `"12 bits"`.
    """

    low: float
    high: float
    meaning: str = "as asked"

    def __str__(self) -> str:
        return f"{written(self.low)} to {written(self.high)}"


class Range:
    """The smallest and largest value of the pictures seen so far, and what else tells their levels."""

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf
        self.whole = True
        self.gaps = 0
        self.total = 0.0
        self.count = 0

    def update(self, pixels: np.ndarray) -> None:
        """Takes in one picture."""
        finite = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
        self.gaps += finite.size != pixels.size
        if not finite.size:
            return
        self.low, self.high = min(self.low, float(finite.min())), max(self.high, float(finite.max()))
        self.whole = self.whole and (pixels.dtype.kind != "f" or bool((finite == np.rint(finite)).all()))
        self.total += float(finite.mean(dtype=np.float64))
        self.count += 1

    @property
    def mean(self) -> float:
        """Of all pictures, each alike."""
        return self.total / max(1, self.count)


def levels_of(seen: Range) -> Levels:
    """Levels for pictures whose values are as seen.

    Whole numbers from 0 get those of the bits that suffice for them: 8, 10, 12, 14 or 16. Others in [0, 1] or [-1, 1]
    keep that range, and any others go from the smallest to the largest.
    """
    low, high = seen.low, seen.high
    if seen.count == 0:
        return Levels(0.0, 1.0, "no values")
    if seen.whole and low >= 0 and 1 < high < 2 ** _BITS[-1]:
        bits = next(bits for bits in _BITS if high < 2**bits)
        return Levels(0.0, float(2**bits - 1), f"{bits} bits")
    if low >= -_TOLERANCE and high <= 1 + _TOLERANCE:
        return Levels(0.0, 1.0, "in [0, 1]")
    if low >= -1 - _TOLERANCE and high <= 1 + _TOLERANCE:
        return Levels(-1.0, 1.0, "in [-1, 1]")
    return Levels(low, high if high > low else low + 1.0, "smallest to largest")


def to_unit(pixels: np.ndarray, levels: Levels) -> np.ndarray:
    """float32 from 0, black, to 1, white; what lies outside is cut, what is no number is black."""
    scaled = (pixels.astype(np.float64) - levels.low) / (levels.high - levels.low)
    return np.clip(np.nan_to_num(scaled, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0).astype(np.float32)


def from_bytes(pixels: np.ndarray) -> np.ndarray:
    """uint8 as float32 in [-1, 1]."""
    low, high = values.IMAGE_RANGE
    return pixels.astype(np.float32) / np.float32(255.0 / (high - low)) + np.float32(low)


def parse_depth(depth: "str | int") -> str:
    """`"auto"`, `"8"` or `"full"`.

    Raises:
        DataError: if it is none of these.
    """
    text = str(depth).strip().lower()
    if text in DEPTHS:
        return text
    raise DataError(f"Expected depth to be {', '.join(map(repr, DEPTHS))}. Received: depth={depth!r}.")


def parse_levels(levels: "Sequence[float] | None") -> Levels | None:
    """A pair (black, white).

    Raises:
        DataError: if it is no pair of finite numbers, or they are equal.
    """
    if levels is None:
        return None
    try:
        low, high = (float(level) for level in levels)
    except (TypeError, ValueError):
        low = high = np.nan
    if not (np.isfinite(low) and np.isfinite(high) and low != high):
        raise DataError(
            f"Expected levels as two numbers, the values of black and white. "
            f"Received: levels={limits.shortened(repr(levels))}."
        )
    return Levels(low, high)


def word_of(dtype: np.dtype) -> str:
    """The word for a type of numbers: `"8 bits"`, `"16 bits"`, `"32 bits"` or `"float"`.

    Raises:
        ValueError: if pictures have no such numbers.
    """
    if dtype.kind == "f":
        return "float"
    if dtype.kind == "i" and dtype.itemsize <= 4:
        return "32 bits" if dtype.itemsize == 4 else "16 bits"
    if dtype.kind in "ub" and dtype.itemsize <= 4:
        return f"{8 * dtype.itemsize} bits"
    raise ValueError(f"numbers of the type {dtype}")


def written(level: float) -> str:
    """The level for a reader: `4,095`, `0.125`."""
    return f"{level:,.0f}" if level == int(level) else f"{level:.4g}"
