"""Whether generated samples are copies of training reals."""

from typing import NamedTuple

import numpy as np

from kgan.metrics.neighbours import squared_distances

__all__ = ["Neighbours", "copied_share", "nearest"]

_ROWS = 1024
_RARE = 0.01  # the share of held-out reals that count as copies of training reals, by definition


class Neighbours(NamedTuple):
    """The training reals next to each sample.

    Attributes:
        rows: Which they are, the nearest first, `(n, k)`.
        distances: How far, `(n, k)` float64.
    """

    rows: np.ndarray
    distances: np.ndarray


def nearest(features: np.ndarray, train: np.ndarray, k: int = 1) -> Neighbours:
    """The k nearest training reals of each sample.

    Args:
        features: `(n, d)`.
        train: `(m, d)`, m at least k.
        k: How many.
    """
    rows, distances = [], []
    for start in range(0, len(features), _ROWS):
        squares = squared_distances(features[start : start + _ROWS], train)
        order = np.argsort(squares, axis=1, kind="stable")[:, :k]
        rows.append(order)
        distances.append(np.sqrt(np.take_along_axis(squares, order, axis=1)))
    return Neighbours(np.concatenate(rows), np.concatenate(distances))


def copied_share(generated: np.ndarray, train: np.ndarray, held_out: np.ndarray) -> float:
    """Share of samples nearer to a training real than all but 1 % of held-out reals are.

    0.01 is expected of a generator that has learned what held-out reals show, 1 of one that copies.

    Args:
        generated: Features, `(n, d)`.
        train: The same of the training reals.
        held_out: The same of reals that were not trained on.
    """
    bar = np.quantile(nearest(held_out, train).distances[:, 0], _RARE)
    return float((nearest(generated, train).distances[:, 0] <= bar).mean())
