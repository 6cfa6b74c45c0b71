"""The area under the receiver operating characteristic: how well a score ranks one kind of rows above another."""

from typing import NamedTuple

import numpy as np

__all__ = ["AUC", "auc"]


class AUC(NamedTuple):
    """How well a score tells positives from negatives.

    Attributes:
        value: The share of pairs in which the positive's score is the higher one, ties counted half; 0.5 is luck.
        error: Its standard error (DeLong et al., 1988); NaN for a single row on a side.
    """

    value: float
    error: float


def auc(positives: np.ndarray, negatives: np.ndarray) -> AUC:
    """The area under the curve of these scores.

    Args:
        positives: Scores of what should rank high, `(m,)`.
        negatives: Scores of what should rank low, `(n,)`.

    Raises:
        ValueError: if one of the two is empty, or a score is NaN.

    Examples:
        >>> kgan.metrics.tables.auc([1.0, 3.0], [0.0, 2.0]).value
        0.75

    Reference:
        DeLong et al., 1988, Comparing the Areas under Two or More Correlated ROC Curves. Biometrics 44.
    """
    positives, negatives = (np.asarray(one, np.float64) for one in (positives, negatives))
    if not positives.size or not negatives.size or np.isnan(positives).any() or np.isnan(negatives).any():
        raise ValueError(
            f"Expected scores of both kinds, none NaN. Received: {positives.size} and {negatives.size}, of which "
            f"{int(np.isnan(positives).sum() + np.isnan(negatives).sum())} are NaN."
        )
    above = _passed(positives, negatives)  # share of negatives below each positive
    below = 1.0 - _passed(negatives, positives)
    value = float(above.mean())
    if min(positives.size, negatives.size) < 2:
        return AUC(value, float("nan"))
    variance = above.var(ddof=1) / positives.size + below.var(ddof=1) / negatives.size
    return AUC(value, float(np.sqrt(variance)))


def _passed(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The share of others below each score, those alike counted half."""
    others = np.sort(others)
    low, high = (np.searchsorted(others, scores, side=side) for side in ("left", "right"))
    return (low + high) / (2.0 * others.size)
