"""The modes that numbers of a column lie around, by a mixture of Gaussians; values that many rows share stand alone."""

import importlib
import warnings
from typing import NamedTuple

import numpy as np

from kgan.data.splits import DataError

__all__ = ["QUANTILES", "Modes", "assigned", "fitted"]

QUANTILES = 33  # of each mode
_MOST_VALUES = 10_000  # that the mixture is fitted on
_LIGHTEST = 0.005  # of all rows, that a mode must have
_PRIOR = 0.001  # concentration of weights: few modes, where few will do
_MOST_ALONE = 30  # values that stand alone
_SPREAD = 4.0  # standard deviations that `a` = 1 is away from the mean


class Modes(NamedTuple):
    """What `fitted` found; attributes are those of a `Column`.

    Attributes:
        means: Of the modes.
        scales: Of the modes.
        counts: Values in each.
        quantiles: Of the values in each.
    """

    means: tuple[float, ...]
    scales: tuple[float, ...]
    counts: tuple[int, ...]
    quantiles: tuple[tuple[float, ...], ...]


def fitted(values: np.ndarray, most: int, alone: float, seed: int) -> Modes:
    """Fits modes to numbers.

    Args:
        values: float64 `(n,)`, two different ones at least.
        most: Gaussian modes at most.
        alone: Share of the rows from which on a value is a mode of its own, with scale 0; 0 for none.
        seed: Of the fit, and of which values fall to which mode.

    Raises:
        DataError: if scikit-learn is not installed.
    """
    means, scales, rest = _alone(values, alone)
    if len(np.unique(rest)) == 1:
        means, scales, rest = [*means, float(rest[0])], [*scales, 0.0], rest[:0]
    if len(rest):
        found = _gaussians(rest, most, seed)
        means, scales = [*means, *found[0]], [*scales, *found[1]]
    order = np.argsort(means, kind="stable")
    ordered = tuple(means[place] for place in order), tuple(scales[place] for place in order)
    codes, _ = assigned(values, *ordered, (1,) * len(means), np.random.default_rng(seed))
    counts = np.bincount(codes, minlength=len(means))
    kept = np.flatnonzero(counts > 0)
    grid = np.linspace(0.0, 1.0, QUANTILES)
    quantiles = tuple(tuple(np.quantile(values[codes == one], grid).tolist()) for one in kept)
    of_kept = [tuple(one[place] for place in kept) for one in ordered]
    return Modes(of_kept[0], of_kept[1], tuple(int(counts[one]) for one in kept), quantiles)


def assigned(
    values: np.ndarray,
    means: "tuple[float, ...]",
    scales: "tuple[float, ...]",
    counts: "tuple[int, ...]",
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """The mode of each number, drawn by how likely each is, and `a` in it.

    Args:
        values: float64 `(n,)`.
        means: Of the modes.
        scales: Of the modes.
        counts: Rows in each, by which they weigh.
        random: What draws.

    Returns:
        int64 `(n,)`, and float64 `(n,)` in [-1, 1].
    """
    mean, scale = np.asarray(means), np.asarray(scales)
    gaussian = np.flatnonzero(scale > 0)
    codes = np.empty(len(values), np.int64)
    if len(gaussian):
        m, s = mean[gaussian], scale[gaussian]
        weights = np.log(np.asarray(counts, np.float64)[gaussian] + 1.0) - np.log(s)
        likely = weights - 0.5 * ((values[:, None] - m) / s) ** 2  # (n, modes)
        likely = np.exp(likely - likely.max(axis=1, keepdims=True))
        passed = np.cumsum(likely, axis=1)
        drawn = random.random(len(values)) * passed[:, -1]
        codes = gaussian[np.minimum((passed < drawn[:, None]).sum(axis=1), len(gaussian) - 1)]
    alone = np.flatnonzero(scale == 0)
    if len(alone):
        places = np.searchsorted(mean[alone], values).clip(0, len(alone) - 1)
        nearest = alone[places]
        if not len(gaussian):  # of new data, what lies between goes to the nearest
            lower = alone[(places - 1).clip(0)]
            closer = np.abs(values - mean[lower]) < np.abs(values - mean[nearest])
            codes = np.where(closer, lower, nearest)
        codes = np.where(mean[nearest] == values, nearest, codes)
    width = np.where(scale > 0, _SPREAD * scale, 1.0)[codes]
    return codes, np.where(scale[codes] > 0, np.clip((values - mean[codes]) / width, -1.0, 1.0), 0.0)


def _alone(values: np.ndarray, share: float) -> tuple[list[float], list[float], np.ndarray]:
    """The values that stand alone, zeros, and the other values."""
    if not share:
        return [], [], values
    found, counts = np.unique(values, return_counts=True)
    frequent = np.flatnonzero(counts >= max(2.0, share * len(values)))
    frequent = frequent[np.argsort(-counts[frequent], kind="stable")][:_MOST_ALONE]
    alone = found[frequent]
    return alone.tolist(), [0.0] * len(alone), values[~np.isin(values, alone)]


def _gaussians(values: np.ndarray, most: int, seed: int) -> tuple[list[float], list[float]]:
    """Means and standard deviations of the modes that weigh enough."""
    try:
        mixture = importlib.import_module("sklearn.mixture")
        ignored = importlib.import_module("sklearn.exceptions").ConvergenceWarning
    except ImportError as error:
        raise DataError(
            "Expected scikit-learn, which fits the modes of numbers. Received: an installation without it. "
            "pip install 'kgan[tables]' brings it."
        ) from error
    random = np.random.RandomState(seed)
    sample = values if len(values) <= _MOST_VALUES else random.choice(values, _MOST_VALUES, replace=False)
    centre, spread = sample.mean(), sample.std()
    if spread == 0:
        spread = max(abs(centre), 1.0) * 1e-6
    if len(sample) == 1:
        return [float(centre)], [float(spread)]
    model = mixture.BayesianGaussianMixture(
        n_components=min(most, len(sample)), weight_concentration_prior=_PRIOR, random_state=seed, n_init=1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ignored)  # as near as it came will do
        model.fit(((sample - centre) / spread)[:, None])
    kept = np.flatnonzero(model.weights_ > _LIGHTEST)
    means = centre + spread * model.means_[kept, 0]
    scales = spread * np.sqrt(model.covariances_[kept, 0, 0])
    return means.tolist(), scales.tolist()
