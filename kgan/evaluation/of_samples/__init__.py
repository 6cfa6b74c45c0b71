"""How good samples are, compared with reals that no sample is paired with."""

from kgan.evaluation.of_samples.evaluating import Neighbours, SamplesEvaluation, evaluate
from kgan.evaluation.of_samples.rare_classes import balanced, check_balance

__all__ = ["Neighbours", "SamplesEvaluation", "balanced", "check_balance", "evaluate"]
