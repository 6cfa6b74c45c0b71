"""How good samples are, compared with reals that no sample is paired with."""

from kgan.evaluation.of_samples.evaluating import Neighbours, SamplesEvaluation, evaluate
from kgan.evaluation.of_samples.rare_classes import balanced

__all__ = ["Neighbours", "SamplesEvaluation", "balanced", "evaluate"]
