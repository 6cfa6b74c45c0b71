"""Pairs of whole held-out pictures, where pairs to train on are parts of pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kgan.data import degradations

__all__ = ["WholePairs"]


@dataclass(frozen=True)
class WholePairs:
    """Held-out pictures as pairs `(small, large)`, whole but for what is beyond a number of pixels.

    Attributes:
        read: From the number of a picture to its pixels `(height, width, channels)`, uint8 or float32 in [-1, 1].
        numbers: Of the held-out pictures.
        scale: How many times smaller the small picture is.
        degradation: How it is made; a name of `kgan.data.degrade`.
        seed: Of what is drawn.
    """

    read: Callable[[int], np.ndarray]
    numbers: np.ndarray
    scale: int
    degradation: str
    seed: int

    def pairs(self, count: int, side: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The first pairs, one at a time, small and large, `(height, width, channels)`.

        Args:
            count: How many at most.
            side: Pixels of each side at most; what is beyond is cut off about the centre.
        """
        for number in self.numbers[:count]:
            picture = self.read(int(number))
            height, width = (min(length, side) // self.scale * self.scale for length in picture.shape[:2])
            top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
            large = np.ascontiguousarray(picture[top : top + height, left : left + width])
            drawn = np.random.SeedSequence([self.seed, int(number)]).generate_state(1)
            yield degradations.degrade(large, self.scale, self.degradation, int(drawn[0])), large
