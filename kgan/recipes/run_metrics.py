"""The metrics of a run."""

import math

from kgan import metrics
from kgan.metrics import extractors

__all__ = ["sample_metrics"]

_MOST_PIXELS = 1024  # values of a sample beyond which its covariance takes longer to root than the epoch to train


def sample_metrics(
    features: "str | extractors.Extractor", sample_shape: tuple[int, ...], num_samples: int | None = None
) -> list[metrics.FeatureMetric]:
    """The metrics of a run; without the Frechet distance where each sample is its own features and larger than 1,024.

    Args:
        features: What they look through.
        sample_shape: Of one sample.
        num_samples: How many samples they generate; `None` for as many as there are reals.
    """
    kinds = [metrics.FrechetDistance, metrics.KernelDistance, metrics.Precision, metrics.Recall]
    kinds += [metrics.Density, metrics.Coverage]
    if features == "pixels" and math.prod(sample_shape) > _MOST_PIXELS:
        kinds.remove(metrics.FrechetDistance)
    return [kind(features, num_samples=num_samples) for kind in kinds]
