"""Which samples lie within reach of the other kind's nearest neighbours."""

from typing import NamedTuple

import numpy as np

__all__ = ["Neighbourhoods", "neighbourhoods", "reach", "squared_distances"]

_ROWS = 1024  # of a distance matrix at once


class Neighbourhoods(NamedTuple):
    """How real and generated samples lie in each other's neighbourhoods.

    Attributes:
        precision: Share of generated samples within the k-th neighbour's distance of some real.
        recall: Share of reals within the k-th neighbour's distance of some generated sample.
        density: Real neighbourhoods that hold a generated sample, divided by k, on average; may exceed 1.
        coverage: Share of reals whose neighbourhood holds a generated sample.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhoods(real: np.ndarray, generated: np.ndarray, nearest_k: int) -> Neighbourhoods:
    """All four figures in one pass over the distances, which are never held whole.

    Args:
        real: Features, `(m, d)`, m > nearest_k.
        generated: Features, `(n, d)`, n > nearest_k.
        nearest_k: Which neighbour's distance is a sample's reach.

    Raises:
        ValueError: if there are not more than `nearest_k` samples on a side.
    """
    for side, features in (("real", real), ("generated", generated)):
        if len(features) <= nearest_k:
            raise ValueError(
                f"Expected more than nearest_k={nearest_k} {side} samples. Received: {len(features)}. "
                f"Measure on more, or lower nearest_k."
            )
    # About the centre of the reals, squares lose fewer digits to each other.
    centre = np.asarray(real, np.float64).mean(axis=0)
    real, generated = (np.asarray(features, np.float64) - centre for features in (real, generated))
    real_reach, generated_reach = reach(real, nearest_k), reach(generated, nearest_k)
    precise = np.zeros(len(generated), bool)
    held, recalled, covered = 0, 0, 0
    for start in range(0, len(real), _ROWS):
        rows = slice(start, start + _ROWS)
        squares = squared_distances(real[rows], generated)
        precise |= (squares <= real_reach[rows, None]).any(axis=0)
        held += int((squares < real_reach[rows, None]).sum())  # so that copies of the reals are not denser than they
        recalled += int((squares <= generated_reach).any(axis=1).sum())
        covered += int((squares.min(axis=1) <= real_reach[rows]).sum())
    return Neighbourhoods(
        precision=float(precise.mean()),
        recall=recalled / len(real),
        density=held / (nearest_k * len(generated)),
        coverage=covered / len(real),
    )


def reach(features: np.ndarray, nearest_k: int) -> np.ndarray:
    """The squared distance of each sample to its k-th nearest neighbour, itself not counted, `(n,)` float64."""
    blocks = (squared_distances(features[start : start + _ROWS], features) for start in range(0, len(features), _ROWS))
    return np.concatenate([np.partition(block, nearest_k, axis=1)[:, nearest_k] for block in blocks])


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`|x_i - y_j|^2`, `(m, n)` float64, from features `(m, d)` and `(n, d)`."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    squares = np.square(x).sum(axis=1)[:, None] + np.square(y).sum(axis=1)
    return np.maximum(squares - 2.0 * (x @ y.T), 0.0)
