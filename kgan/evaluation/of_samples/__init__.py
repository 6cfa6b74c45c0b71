"""How good samples are, compared with reals that no sample is paired with."""

from kgan.evaluation.of_samples.evaluating import Neighbours, SamplesEvaluation, evaluate

__all__ = ["Neighbours", "SamplesEvaluation", "evaluate"]
