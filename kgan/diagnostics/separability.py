"""How well two sets of logits can be told apart."""

import math

import numpy as np

__all__ = ["auc", "js_divergence_lower_bound"]

_NEWTON_STEPS = 25


def auc(higher: np.ndarray, lower: np.ndarray) -> float:
    """Probability that a number of `higher` exceeds one of `lower`, ties counting half: the area under the ROC curve.

    Args:
        higher: `(m,)`.
        lower: `(n,)`.

    Returns:
        In [0, 1]; NaN where a number is not finite.
    """
    both = np.concatenate([higher, lower])
    if not np.isfinite(both).all():
        return math.nan
    _, places, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]  # tied numbers share their mean rank
    m, n = len(higher), len(lower)
    return float((ranks[:m].sum() - m * (m + 1) / 2.0) / (m * n))


def js_divergence_lower_bound(real_logits: np.ndarray, generated_logits: np.ndarray) -> float:
    """`log 2 - BCE_D` in nats, of the logits after the best line through them.

    The bound holds for any function of the samples, so also for a rising line through the logits; fitted on every other
    sample and tried on the rest, and the other way round, it is not flattered by its own fit. In [0, log 2].

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks, theorem 1. arXiv:1406.2661
    """
    if not (np.isfinite(real_logits).all() and np.isfinite(generated_logits).all()):
        return math.nan
    # An equal number of both, so that each weighs the same.
    n = min(len(real_logits), len(generated_logits))
    x = np.concatenate([real_logits[:n], generated_logits[:n]]).astype(np.float64)
    spread = x.std()
    if spread == 0.0:
        return 0.0
    x = (x - x.mean()) / spread
    y = np.concatenate([np.ones(n), np.zeros(n)])
    fold = np.concatenate([np.arange(n), np.arange(n)]) % 2
    losses = []
    for held_out in (0, 1):
        slope, offset = _logistic_line(x[fold != held_out], y[fold != held_out])
        if slope < 0.0:  # reals below samples: what is proved that way is not the discriminator's merit
            return 0.0
        losses.append(_cross_entropy(slope * x[fold == held_out] + offset, y[fold == held_out]))
    return min(max(math.log(2.0) - float(np.mean(losses)), 0.0), math.log(2.0))


def _logistic_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and offset of logistic regression by Newton's method, with a whiff of ridge where classes part."""
    design = np.stack([x, np.ones_like(x)], axis=1)
    line = np.zeros(2)
    ridge = np.diag([1e-3, 1e-6]) * len(x)
    for _ in range(_NEWTON_STEPS):
        p = 0.5 * (1.0 + np.tanh(0.5 * (design @ line)))
        gradient = design.T @ (p - y) + ridge @ line
        curvature = (design * (p * (1.0 - p))[:, None]).T @ design + ridge
        line = line - np.clip(np.linalg.solve(curvature, gradient), -4.0, 4.0)
    return float(line[0]), float(line[1])


def _cross_entropy(logits: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0.0, logits) - y * logits))
