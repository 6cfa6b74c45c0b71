"""What a classifier that learned from filled up rows makes of held-out ones."""

from dataclasses import dataclass

import numpy as np

from kgan.metrics.tables.learning import f1, guesses_of
from kgan.metrics.tables.mixed import MixedRows

__all__ = ["Outcome", "outcome"]

_RESAMPLED = 200


@dataclass(frozen=True)
class Outcome:
    """What a classifier makes of held-out rows.

    Attributes:
        way: How rare classes were filled up: `"none"`, `"drawn"` or `"smote"`.
        rows: How many rows it learned from.
        f1: The mean over classes of the harmonic mean of precision and recall.
        recall: The mean over classes of the share of rows that are recognised, also called balanced accuracy.
        worst: The smallest share of rows that are recognised of a class.
        gain: Of `f1` over learning from the rows as they are.
        error: Standard error of the gain, of 200 resamples of the held-out rows.
    """

    way: str
    rows: int
    f1: float
    recall: float
    worst: float
    gain: float
    error: float


def outcome(
    way: str, learned: MixedRows, held_out: MixedRows, target: str, plain: "np.ndarray | None", seed: int
) -> tuple[Outcome, np.ndarray]:
    """What comes of learning from these rows, and what was guessed.

    Args:
        way: How rare classes were filled up.
        learned: The rows.
        held_out: Rows to try it on.
        target: The column of classes.
        plain: What was guessed by the classifier that learned from the rows as they are; `None` if this is that one.
        seed: Of resamples.

    Raises:
        DataError: if scikit-learn is not installed.
    """
    truth, guessed = guesses_of(learned, held_out, target)
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
    found = Outcome(way, learned.rows, f1(truth, guessed), float(np.mean(recalls)), min(recalls), gain, error)
    return found, guessed
