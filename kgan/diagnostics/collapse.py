"""How varied generated samples are, compared with the reals."""

import math

import numpy as np

from kgan.metrics.neighbours import reach, squared_distances

__all__ = ["Yardsticks"]

_NEAREST_K = 5
_ALIKE = 0.3  # of the typical distance of a real to its nearest neighbour: closer, and two samples are one for the eye


class Yardsticks:
    """What distances between reals are like.

    Args:
        features: Of reals, `(n, d)`, n more than 5.
        classes: `(n,)`, or `None` for data without classes.
    """

    def __init__(self, features: np.ndarray, classes: np.ndarray | None):
        self._features = np.asarray(features, np.float64)
        self._reach = reach(self._features, _NEAREST_K)
        self._nearest = float(np.sqrt(np.median(reach(self._features, 1))))
        self._between = _mean_distance(self._features, None)
        self._within = _mean_distance(self._features, classes)

    def diversity(self, features: np.ndarray, classes: np.ndarray | None) -> float:
        """Mean distance between two samples of one class, over that between two reals of one class."""
        return _ratio(_mean_distance(np.asarray(features, np.float64), classes), self._within)

    def support(self, features: np.ndarray) -> float:
        """How many different samples there seem to be, by the birthday paradox.

        Among n draws from S equally likely samples, `n (n - 1) / 2S` pairs are expected to be alike. Two samples count
        as alike when they are closer than 0.3 of the median distance of a real to its nearest neighbour.

        Reference:
            Arora et al., 2018, Do GANs learn the distribution? Some theory and empirics. (ICLR)
        """
        squares = squared_distances(features, features)
        alike = int((squares[np.triu_indices(len(features), 1)] < (_ALIKE * self._nearest) ** 2).sum())
        return math.inf if alike == 0 else len(features) * (len(features) - 1) / (2.0 * alike)

    def coverage(self, features: np.ndarray) -> float:
        """Share of reals with a sample within the distance of their 5th nearest real."""
        return float((squared_distances(self._features, features).min(axis=1) <= self._reach).mean())

    def movement(self, earlier: np.ndarray, later: np.ndarray) -> float:
        """Mean distance between samples of the same latents at two times, over that between two reals."""
        return _ratio(float(np.linalg.norm(np.asarray(later, np.float64) - earlier, axis=1).mean()), self._between)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan  # reals that are all the same are no yardstick


def _mean_distance(features: np.ndarray, classes: np.ndarray | None) -> float:
    """Mean distance of two samples, of one class where there are classes; NaN where no two are."""
    distances = np.sqrt(squared_distances(features, features))
    pairs = np.ones(distances.shape, bool) if classes is None else classes[:, None] == classes
    np.fill_diagonal(pairs, False)
    return float(distances[pairs].mean()) if pairs.any() else math.nan
