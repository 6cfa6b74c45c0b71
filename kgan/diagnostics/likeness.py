"""How like the reals generated samples are, by what held-out reals score against training reals."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kgan.diagnostics.patch_distances import Patches
from kgan.diagnostics.subjects import Subjects
from kgan.metrics.neighbours import neighbourhoods

__all__ = ["UNKNOWN", "Likeness", "Yardstick"]

_ENOUGH = 40  # held-out reals; fewer are too few to know what reals score
_NEAREST_K = 5


class Likeness(NamedTuple):
    """What a look says of the samples, without the discriminator.

    Attributes:
        distance: At the level of the pyramid where samples are furthest from the reals: 0 as reals, 1 as far as
            pictures without content.
        fine_distance: At the finest level, that of texture and edges.
        coarse_distance: At the coarsest level, that of shapes and colours.
        distance_ratio: The largest ratio of a level's distance to that of held-out reals; 1 as reals.
        precision_ratio: Share of samples in the neighbourhood of a training real, over that of held-out reals.
        coverage_ratio: Share of training reals with a sample in their neighbourhood, over that of held-out reals.
    """

    distance: float
    fine_distance: float
    coarse_distance: float
    distance_ratio: float
    precision_ratio: float
    coverage_ratio: float


UNKNOWN = Likeness(*[math.nan] * 6)


class Yardstick:
    """Measures samples by what reals score against reals.

    Below 40 held-out reals, one half of the training reals is measured against the other.

    Args:
        subjects: The reals.
        presented: What turns samples into images as they are shown.
        features: What turns samples into features, `(n, d)`.
    """

    def __init__(
        self,
        subjects: Subjects,
        presented: Callable[[np.ndarray], np.ndarray],
        features: Callable[[np.ndarray], np.ndarray],
    ):
        reals, held_out = subjects.train.samples, subjects.held_out
        if held_out is not None and len(held_out.samples) >= _ENOUGH:
            others = held_out.samples
        else:
            reals, others = reals[::2], reals[1::2]
        self._patches = Patches(reals, others, presented)
        self._features = features
        self._count = self._patches.count
        self._reals = features(reals)
        self._floor = self._near(features(others[: self._count]))

    def likeness(self, samples: np.ndarray) -> Likeness:
        """Of samples, `(n, ...)`, as many as there are others, where there are so many."""
        samples = samples[: self._count]
        shares, ratios = self._patches.distances(samples)
        precision, coverage = self._near(self._features(samples))
        return Likeness(
            distance=_largest(shares),
            fine_distance=float(shares[0]),
            coarse_distance=float(shares[-1]),
            distance_ratio=_largest(ratios),
            precision_ratio=_ratio(precision, self._floor[0]),
            coverage_ratio=_ratio(coverage, self._floor[1]),
        )

    def _near(self, features: np.ndarray) -> tuple[float, float]:
        """Precision and coverage."""
        if min(len(self._reals), len(features)) <= _NEAREST_K:
            return math.nan, math.nan
        found = neighbourhoods(self._reals, features, _NEAREST_K)
        return found.precision, found.coverage


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _largest(found: np.ndarray) -> float:
    known = found[~np.isnan(found)]
    return float(known.max()) if len(known) else math.nan
