"""The inception score: how sure a classifier is of each sample, and how varied over all of them."""

import math

import keras

from kgan.metrics.base import FeatureMetric
from kgan.metrics.comparison import Comparison

__all__ = ["InceptionScore"]


@keras.saving.register_keras_serializable("kgan")
class InceptionScore(FeatureMetric):
    """`exp(E_x KL(p(y | x) || p(y)))` of the extractor's classes on generated samples.

    From 1, all samples alike to the classifier, to the number of its classes; higher is better. It never looks at a
    real sample, and knows nothing of variety within a class. Over all samples at once, not over ten splits, so that
    their order does not matter.

    Args:
        features: An extractor that classifies, see `kgan.metrics.FeatureMetric`.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Reference:
        Salimans et al., 2016, Improved Techniques for Training GANs. arXiv:1606.03498
    """

    title = "Inception score"
    better = "max"
    needs = frozenset({"predictions"})
    sees_reals = False

    def compare(self, comparison: Comparison) -> float:
        return math.exp(comparison.generated.mutual_information)
