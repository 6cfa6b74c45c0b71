"""Numbers as normal scores of their ranks, turned such that columns that go together come apart."""

import dataclasses
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support import json_documents
from kgan.data.tables.modes import Modes

__all__ = ["BOUND", "Turn", "fitted", "knots", "scored"]

BOUND = 4.0  # robust standard deviations, behind arcsinh, that the end of the encoded numbers is away from 0
_QUANTILES = 65  # of each part
_MOST_TURNED = 256  # columns, whose rotation has as many numbers squared
_QUARTILES = 1.349  # from the first to the third of N(0, 1)
_NARROWEST = 1e-3
_DIGITS = 6  # of a rotation, so that it is the same on every machine


@dataclass(frozen=True)
class Turn:
    """Normal scores of all columns of numbers, turned: `e = arcsinh(s R^-1 / c) / 4`.

    Columns that go together lie near a plane. R turns the plane onto axes, and c, a robust standard deviation along
    each, makes what is small about it as large as what is large: networks see a small deviation as well as a large one.

    Attributes:
        places: Of the columns that are turned, among all of numbers: those without missing cells, of which there must
            be 2 to 256.
        rotation: R of these, orthogonal but for rounding.
        scales: c, of each column of numbers; of those that are turned, of the axes in their places.

    Reference:
        Laparra et al., 2011, Iterative Gaussianization: from ICA to Random Rotations. arXiv:1602.00229
    """

    places: tuple[int, ...]
    rotation: tuple[tuple[float, ...], ...]
    scales: tuple[float, ...]

    @classmethod
    def of(cls, scores: np.ndarray, complete: np.ndarray) -> "Turn":
        """The principal axes of scores.

        Args:
            scores: Float `(rows, columns)`.
            complete: Which columns have no missing cells, `(columns,)` bool.
        """
        places = np.flatnonzero(complete)
        if not 1 < len(places) <= _MOST_TURNED:
            places = places[:0]
        axes = np.linalg.eigh(np.cov(scores[:, places].T))[1].T if len(places) else np.empty((0, 0))
        largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], 1) if len(places) else axes
        rotation = np.round(axes * np.sign(largest), _DIGITS)
        unscaled = cls(tuple(places.tolist()), tuple(map(tuple, rotation.tolist())), (1.0,) * scores.shape[1])
        low, high = np.quantile(unscaled._along(scores), (0.25, 0.75), axis=0)
        scales = np.round(np.maximum((high - low) / _QUARTILES, _NARROWEST), _DIGITS)
        return dataclasses.replace(unscaled, scales=tuple(scales.tolist()))

    def turned(self, scores: np.ndarray) -> np.ndarray:
        """Encoded numbers in [-1, 1], of scores `(rows, columns)`."""
        return np.clip(np.arcsinh(self._along(scores) / np.asarray(self.scales)) / BOUND, -1.0, 1.0)

    def _along(self, scores: np.ndarray) -> np.ndarray:
        found, places = np.array(scores, np.float64), list(self.places)
        if places:
            found[:, places] = found[:, places] @ np.linalg.inv(np.asarray(self.rotation))
        return found

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "places": list(self.places),
            "rotation": [list(one) for one in self.rotation],
            "scales": list(self.scales),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Turn":
        """What `to_dict` gave.

        Raises:
            ValueError: if it is something else.
        """
        json_documents.check_object(content, "turn", places=list, rotation=list, scales=list)
        return cls(tuple(content["places"]), tuple(map(tuple, content["rotation"])), tuple(content["scales"]))


def fitted(values: np.ndarray, most: int) -> Modes:
    """Parts of the range of a column, each with about as many values as another; equal values lie in one part.

    Args:
        values: float64 `(n,)`, two different ones at least.
        most: Parts at most.
    """
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, most + 1)[:-1], method="inverted_cdf"))
    codes = np.searchsorted(edges, values, side="right") - 1
    grid, parts = np.linspace(0.0, 1.0, _QUANTILES), [values[codes == part] for part in range(len(edges))]
    return Modes(
        tuple(float(part.mean()) for part in parts),
        tuple(0.0 if part.min() == part.max() else float(part.std()) for part in parts),
        tuple(len(part) for part in parts),
        tuple(tuple(np.quantile(part, grid, method="inverted_cdf").tolist()) for part in parts),
    )


def knots(quantiles: Any, counts: Any) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores, rising, and the values of a column there.

    Args:
        quantiles: Of each part, evenly spaced.
        counts: Rows in each part.
    """
    values, counts = np.asarray(quantiles, np.float64), np.asarray(counts, np.float64)[: len(quantiles)]
    before = np.cumsum(counts) - counts
    levels = (before[:, None] + counts[:, None] * np.linspace(0.0, 1.0, values.shape[1])) / counts.sum()
    end = 0.5 / max(counts.sum(), 1.0)
    normal = statistics.NormalDist()
    scores = np.array([normal.inv_cdf(min(max(one, end), 1.0 - end)) for one in levels.ravel().tolist()])
    return np.maximum.accumulate(scores) + 1e-9 * np.arange(len(scores)), values.ravel()


def scored(column: Any, values: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The part that each number lies in, and its normal score: of equal numbers, one drawn among their ranks.

    Args:
        column: A `Column` that is ranked.
        values: float64 `(n,)`.
        random: What draws.

    Returns:
        int64 `(n,)` and float64 `(n,)`.
    """
    first = np.array([part[0] for part in column.quantiles])
    codes = np.maximum(np.searchsorted(first, values, side="right") - 1, 0)
    scores, at = knots(column.quantiles, column.counts)
    half = 0.0 if column.decimals is None else 0.5 * 10.0**-column.decimals
    low, high = _score(values - half, at, scores, "left"), _score(values + half, at, scores, "right")
    low, high = _level(low), _level(high)
    levels = tf.constant(low + random.random(len(values)) * (high - low), tf.float64)
    return codes, np.clip(tf.math.ndtri(levels).numpy(), scores[0], scores[-1])


def _score(values: np.ndarray, at: np.ndarray, scores: np.ndarray, side: str) -> np.ndarray:
    """The score of each value; of several, the least (`"left"`) or the greatest (`"right"`)."""
    found = np.interp(values, at, scores)
    places = np.searchsorted(at, values, side="left" if side == "left" else "right") - (side == "right")
    places = np.clip(places, 0, len(at) - 1)
    return np.where(at[places] == values, scores[places], found)


def _level(scores: np.ndarray) -> np.ndarray:
    return 0.5 * tf.math.erfc(-tf.constant(scores, tf.float64) / np.sqrt(2.0)).numpy()
