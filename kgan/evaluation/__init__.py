"""How good a run's samples are."""

from kgan.evaluation.evaluating import evaluate
from kgan.evaluation.results import HELD_OUT, NOTHING, TRAINING, Evaluation, Figure, Neighbours, spelled

__all__ = [
    "HELD_OUT",
    "NOTHING",
    "TRAINING",
    "Evaluation",
    "Figure",
    "Neighbours",
    "evaluate",
    "spelled",
]
