"""A Gaussian copula of mixed columns: each column's own distribution, and normal scores that are correlated."""

import numpy as np
from scipy.special import ndtr, ndtri

from kgan.metrics.tables import MixedRows

__all__ = ["draw"]

_EDGE = 1e-6


def draw(rows: MixedRows, count: int, seed: int) -> MixedRows:
    """So many rows of the copula that was fitted to these; missing numbers come as often as there, on their own."""
    random = np.random.default_rng(seed)
    columns = [*rows.numbers.T, *rows.codes.T.astype(np.float64)]
    scores = np.stack([_scores(one, random) for one in columns], axis=1)
    correlations = np.nan_to_num(np.corrcoef(scores.T)) if len(columns) > 1 else np.ones((1, 1))
    np.fill_diagonal(correlations, 1.0)
    shares = ndtr(random.multivariate_normal(np.zeros(len(columns)), correlations, count, method="eigh"))
    drawn = [_inverse(one, share, random) for one, share in zip(columns, shares.T, strict=True)]
    numbers, codes = drawn[: len(rows.ordered)], drawn[len(rows.ordered) :]
    return rows._replace(
        numbers=np.stack(numbers, axis=1) if numbers else np.empty((count, 0)),
        codes=np.stack(codes, axis=1).astype(np.int64) if codes else np.empty((count, 0), np.int64),
    )


def _scores(column: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Normal scores of a column; cells that are alike are spread at random over the share that they have."""
    present = np.sort(column[~np.isnan(column)])
    low, high = (np.searchsorted(present, column, side=side) / max(1, len(present)) for side in ("left", "right"))
    shares = np.where(np.isnan(column), random.random(len(column)), low + random.random(len(column)) * (high - low))
    return ndtri(np.clip(shares, _EDGE, 1.0 - _EDGE))


def _inverse(column: np.ndarray, shares: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Cells of the column at these shares of it."""
    missing = np.isnan(column)
    present = np.sort(column[~missing])
    if not len(present):
        return np.full(len(shares), np.nan)
    places = np.minimum((shares * len(present)).astype(np.int64), len(present) - 1)
    return np.where(random.random(len(shares)) < missing.mean(), np.nan, present[places])
