"""How good what a run makes is."""

from kgan.evaluation.evaluating import evaluate
from kgan.evaluation.of_collections import CollectionsEvaluation, Cycles
from kgan.evaluation.of_pairs import PairsEvaluation, Triples
from kgan.evaluation.of_samples import Neighbours, SamplesEvaluation
from kgan.evaluation.results import HELD_OUT, NOTHING, TRAINING, Evaluation, Figure, Wording, spelled

__all__ = [
    "HELD_OUT",
    "NOTHING",
    "TRAINING",
    "CollectionsEvaluation",
    "Cycles",
    "Evaluation",
    "Figure",
    "Neighbours",
    "PairsEvaluation",
    "SamplesEvaluation",
    "Triples",
    "Wording",
    "evaluate",
    "spelled",
]
