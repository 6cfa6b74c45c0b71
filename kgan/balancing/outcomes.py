"""What a classifier that learned from filled up samples makes of held-out ones."""

from dataclasses import dataclass

import numpy as np

from kgan.metrics.tables.learning import f1

__all__ = ["Outcome", "outcome"]

_RESAMPLED = 200


@dataclass(frozen=True)
class Outcome:
    """What a classifier makes of held-out samples.

    Attributes:
        way: How rare classes were filled up: `"none"`, `"drawn"`, or by which simple rule, `"smote"`.
        rows: How many rows or pictures it learned from.
        f1: The mean over classes of the harmonic mean of precision and recall.
        recall: The mean over classes of the share of samples that are recognised, also called balanced accuracy.
        worst: The smallest share of samples that are recognised of a class.
        gain: Of `f1` over learning from the samples as they are.
        error: Standard error of the gain, of 200 resamples of the held-out samples.
        accuracy: The share of samples that are recognised.
    """

    way: str
    rows: int
    f1: float
    recall: float
    worst: float
    gain: float
    error: float
    accuracy: float


def outcome(
    way: str, learned: int, truth: np.ndarray, guessed: np.ndarray, plain: "np.ndarray | None", seed: int
) -> Outcome:
    """What comes of learning from these samples.

    Args:
        way: How rare classes were filled up.
        learned: How many there are.
        truth: Classes of held-out samples, `(n,)`.
        guessed: What the classifier says of them.
        plain: What the classifier said that learned from the samples as they are; `None` if this is that one.
        seed: Of resamples.
    """
    recalls = [float(np.mean(guessed[truth == value] == value)) for value in np.unique(truth)]
    gain, error = 0.0, 0.0
    if plain is not None:
        random = np.random.default_rng(seed)
        gain = f1(truth, guessed) - f1(truth, plain)
        gains = []
        for _ in range(_RESAMPLED):
            some = random.integers(len(truth), size=len(truth))
            gains.append(f1(truth[some], guessed[some]) - f1(truth[some], plain[some]))
        error = float(np.std(gains, ddof=1))
    right = float(np.mean(truth == guessed))
    return Outcome(way, learned, f1(truth, guessed), float(np.mean(recalls)), min(recalls), gain, error, right)
