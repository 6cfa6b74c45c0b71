"""Precision, recall, density and coverage, on the manifolds that nearest neighbours span."""

from typing import Any

import keras

from kgan._support.checks import whole
from kgan.metrics.base import FeatureMetric
from kgan.metrics.comparison import Comparison

__all__ = ["Coverage", "Density", "NeighbourMetric", "Precision", "Recall"]


class NeighbourMetric(FeatureMetric):
    """One of the four figures.

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`.
        nearest_k: Which neighbour's distance is a sample's reach.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Raises:
        ValueError: if `nearest_k` is less than 1.
    """

    better = "max"
    needs = frozenset({"features"})

    def __init__(
        self,
        features: Any = "inception",
        *,
        nearest_k: int | None = None,
        num_samples: int | None = None,
        seed: int = 0,
        name: str | None = None,
    ):
        super().__init__(features, num_samples=num_samples, seed=seed, name=name)
        self.nearest_k = whole("nearest_k", self.default_k if nearest_k is None else nearest_k, 1)

    @property
    def least_samples(self) -> int:
        return self.nearest_k + 1

    def compare(self, comparison: Comparison) -> float:
        return getattr(comparison.neighbourhoods(self.nearest_k), self.figure)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "nearest_k": self.nearest_k}


@keras.saving.register_keras_serializable("kgan")
class Precision(NeighbourMetric):
    """Share of generated samples that lie among the reals: within the 3rd neighbour's distance of one. In [0, 1].

    High where each sample is good; says nothing of how many kinds of them there are.

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`.
        nearest_k: Which neighbour's distance is a sample's reach, 3 by default.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Reference:
        Kynkaanniemi et al., 2019, Improved Precision and Recall Metric for Assessing Generative Models.
        arXiv:1904.06991
    """

    title, figure, default_k = "Precision", "precision", 3


@keras.saving.register_keras_serializable("kgan")
class Recall(NeighbourMetric):
    """Share of reals that lie among the generated samples: within the 3rd neighbour's distance of one. In [0, 1].

    Low where the generator has dropped modes. One stray sample reaches far, see `Coverage`.

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`.
        nearest_k: Which neighbour's distance is a sample's reach, 3 by default.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Reference:
        Kynkaanniemi et al., 2019, Improved Precision and Recall Metric for Assessing Generative Models.
        arXiv:1904.06991
    """

    title, figure, default_k = "Recall", "recall", 3


@keras.saving.register_keras_serializable("kgan")
class Density(NeighbourMetric):
    """How many real neighbourhoods hold a generated sample, as a share of the 5 that are expected; at least 0.

    A steadier precision: 1 for the data itself, above 1 where samples crowd at the densest places.

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`.
        nearest_k: Which neighbour's distance is a sample's reach, 5 by default.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Reference:
        Naeem et al., 2020, Reliable Fidelity and Diversity Metrics for Generative Models. arXiv:2002.09797
    """

    title, figure, default_k = "Density", "density", 5


@keras.saving.register_keras_serializable("kgan")
class Coverage(NeighbourMetric):
    """Share of reals whose neighbourhood, out to the 5th neighbour, holds a generated sample. In [0, 1].

    A steadier recall: low where the generator has dropped modes.

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`.
        nearest_k: Which neighbour's distance is a sample's reach, 5 by default.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Reference:
        Naeem et al., 2020, Reliable Fidelity and Diversity Metrics for Generative Models. arXiv:2002.09797
    """

    title, figure, default_k = "Coverage", "coverage", 5
