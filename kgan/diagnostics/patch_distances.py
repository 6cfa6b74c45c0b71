"""How far samples are from reals at each scale, without a network: patches of a Laplacian pyramid."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kgan.diagnostics.laplacian_pyramid import levels

__all__ = ["PatchDistances", "Patches"]

_SIDE = 7  # pixels of a patch, as in the paper
_OF_AN_IMAGE = 16  # patches; the paper takes 128 of 16,384 images, here there are some hundred
_OF_A_SMALL_ONE = 2  # where a patch is nearly the whole
_DIRECTIONS = 128
_IMAGES = 64  # taken apart at once,
_PIXELS = 2**18  # but no more of these, and a picture alone that has more
_ROUNDING = 1e-10  # of float32, squared, with room
_SEED = 0  # of places and directions, the same at each look


class PatchDistances(NamedTuple):
    """Distances at the levels of a pyramid, the finest first, each `(levels,)` float64.

    Reals that are all the same at a level are no yardstick: NaN.

    Attributes:
        shares: 0 in expectation for samples that are distributed as the reals, 1 for samples without any content, of
            the reals' mean; more where they are wronger than that.
        ratios: Over the distance that held-out reals have: 1 in expectation for samples as the reals.
    """

    shares: np.ndarray
    ratios: np.ndarray


class Patches:
    """Measures samples against reals by the sliced Wasserstein distance of their patches.

    Each level of a Laplacian pyramid holds what is new at its resolution. Patches of 7 x 7 pixels, at places that stay
    the same, are projected onto 128 directions; in each, sorted projections of samples and reals are compared, and
    `W^2` is the mean squared difference. Mud misses the fine levels, a lack of variety or wrong colours the coarse
    ones. A grey picture scores as far as it looks, unlike among nearest neighbours in pixels, to which it is close.

    Samples that are no images are compared as a whole.

    Args:
        reals: `(n, ...)`.
        others: Other reals, `(m, ...)`, to know what reals score. As many of each kind are compared as both have.
        presented: What turns some of these, and of the samples, into what is compared: a few at a time, for large
            pictures as float32 take more memory than the training; `None` for what they are.

    Attributes:
        count: How many are compared.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 5. arXiv:1710.10196
    """

    def __init__(
        self, reals: np.ndarray, others: np.ndarray, presented: Callable[[np.ndarray], np.ndarray] | None = None
    ):
        self.count = min(len(reals), len(others))
        self._presented = presented or (lambda samples: samples)
        self._reals = [_Level(patches) for patches in self._patches(reals)]
        self._floor = self._squares(others)

    def distances(self, samples: np.ndarray) -> PatchDistances:
        """How far samples are, `(k, ...)`, of which the first `count` are looked at."""
        squares = self._squares(samples)
        spread = np.array([level.spread for level in self._reals])
        beyond = np.maximum(squares - self._floor, 0.0)
        return PatchDistances(np.sqrt(_over(beyond, spread)), np.sqrt(_over(squares, self._floor)))

    def _squares(self, samples: np.ndarray) -> np.ndarray:
        found = zip(self._reals, self._patches(samples), strict=True)
        return np.array([level.squared_distance(patches) for level, patches in found])

    def _patches(self, samples: np.ndarray) -> list[np.ndarray]:
        """Patches of each level, `(count, values)` float32, of the first samples."""
        samples = samples[: self.count]
        if samples.ndim != 4:
            return [self._presented(samples).reshape(len(samples), -1).astype(np.float32)]
        at_once = min(_IMAGES, max(1, _PIXELS // (samples.shape[1] * samples.shape[2])))
        parts = []
        for start in range(0, len(samples), at_once):
            shown = self._presented(samples[start : start + at_once]).astype(np.float32)
            parts.append([_cut(level, start) for level in levels(shown)])
        return [np.concatenate(of_level) for of_level in zip(*parts, strict=True)]


class _Level:
    """Sorted projections of the reals' patches at one level."""

    def __init__(self, patches: np.ndarray):
        directions = np.random.RandomState(_SEED).standard_normal((patches.shape[1], _DIRECTIONS))
        self._directions = (directions / np.linalg.norm(directions, axis=0)).astype(np.float32)
        self._sorted = self._projected(patches)
        spread, square = (np.mean(of(self._sorted, axis=0, dtype=np.float64)) for of in (np.var, _mean_square))
        self.spread = float(spread) if spread > _ROUNDING * square else 0.0

    def _projected(self, patches: np.ndarray) -> np.ndarray:
        return np.sort(patches @ self._directions, axis=0)  # (patches, directions)

    def squared_distance(self, patches: np.ndarray) -> float:
        """`W^2`, the mean over directions."""
        projected = self._projected(patches)
        kept = self._sorted
        if len(projected) != len(kept):  # fewer samples than reals: the same quantiles of both
            kept = kept[(np.arange(len(projected)) + 0.5).astype(int) * len(kept) // len(projected)]
        return float(np.square(projected - kept, dtype=np.float64).mean())


def _mean_square(values: np.ndarray, axis: int, dtype: type) -> np.ndarray:
    return np.mean(np.square(values, dtype=dtype), axis=axis)


def _over(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    return np.divide(parts, wholes, out=np.full(parts.shape, np.nan), where=wholes > 0.0)


def _cut(level: np.ndarray, start: int) -> np.ndarray:
    """Patches at places that depend on the images' numbers alone, from `start` on."""
    count, height, width, _ = level.shape
    sides = min(_SIDE, height), min(_SIDE, width)
    each = _OF_AN_IMAGE if min(height, width) > _SIDE + 1 else _OF_A_SMALL_ONE
    random = np.random.RandomState(_SEED + start)
    tops, lefts = (
        random.randint(whole - side + 1, size=(count, each)) for whole, side in zip((height, width), sides, strict=True)
    )
    windows = np.lib.stride_tricks.sliding_window_view(level, sides, axis=(1, 2))  # (n, tops, lefts, c, 7, 7)
    return windows[np.arange(count)[:, None], tops, lefts].reshape(count * each, -1)
