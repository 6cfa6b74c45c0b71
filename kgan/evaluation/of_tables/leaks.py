"""What drawn rows give away of training rows, measured beside held-out ones."""

import math
from dataclasses import dataclass

import numpy as np

from kgan.evaluation.results import finite
from kgan.metrics.tables.mixed import MixedRows
from kgan.metrics.tables.privacy import adversarial_accuracy_of, closest_records_of, membership_inference_of
from kgan.metrics.tables.singling import singling_out_of

__all__ = ["Leak", "leaks"]

MOST = 5_000  # rows of a kind: distances take as many squared


@dataclass(frozen=True)
class Leak:
    """One figure of privacy.

    Attributes:
        name: As in `evaluation.json`, `"membership_inference"`.
        label: For a reader.
        value: Of drawn rows.
        expected: Of rows from which nobody can tell what was learned from; `None` where that is not finite.
        error: Standard error of the value; `None` where none is known.
    """

    name: str
    label: str
    value: float | None
    expected: float | None
    error: float | None


def leaks(training: MixedRows, held_out: MixedRows, drawn: MixedRows, seed: int) -> list[Leak]:
    """All figures, on as many rows of each kind.

    Args:
        training: Rows that the model learned from.
        held_out: Rows that it did not, at least 2.
        drawn: Generated rows, at least 2.
        seed: Of which rows are taken, and of guesses.
    """
    random = np.random.default_rng(seed)
    count = min(training.rows, held_out.rows, drawn.rows, MOST)
    training, held_out, drawn = (rows.some(count, random) for rows in (training, held_out, drawn))
    closest = closest_records_of(training, held_out, drawn)
    attack = membership_inference_of(training, held_out, drawn)
    lost = adversarial_accuracy_of(held_out, drawn) - adversarial_accuracy_of(training, drawn)
    guesses = singling_out_of(training, held_out, drawn, seed=seed)
    return [
        _leak("closest_record", "Distance to the closest training record, median", closest.drawn, closest.held_out),
        _leak(
            "nearer_training",
            "Nearer to a training record than to a held-out one",
            closest.nearer_training,
            0.5,
            0.5 / math.sqrt(count),
        ),
        _leak("adversarial_accuracy_loss", "Adversarial accuracy, held-out less training", lost, 0.0),
        _leak("membership_inference", "Membership inference, AUC", attack.value, 0.5, attack.error),
        _leak("singling_out", "Singling out, risk", guesses.risk, 0.0, guesses.error),
    ]


def _leak(name: str, label: str, value: float, expected: float, error: float = math.nan) -> Leak:
    return Leak(name, label, finite(value), finite(expected), finite(error))
