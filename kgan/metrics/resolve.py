"""Metrics by name."""

from collections.abc import Mapping, Sequence

from kgan._support import lookup
from kgan.metrics.base import FeatureMetric
from kgan.metrics.class_accuracy import ClassAccuracy
from kgan.metrics.frechet import FrechetDistance
from kgan.metrics.inception_score import InceptionScore
from kgan.metrics.kernel import KernelDistance
from kgan.metrics.manifolds import Coverage, Density, Precision, Recall
from kgan.metrics.pairs import (
    PSNR,
    SSIM,
    MeanAbsoluteError,
    MelError,
    PairFeatureDistance,
    PairMetric,
    SpectralDistance,
)

__all__ = ["LABEL_METRICS", "METRICS", "PAIR_METRICS", "SampleMetric", "get", "get_all"]

SampleMetric = FeatureMetric | PairMetric

# Of real and generated samples as two sets.
METRICS = lookup.by_name([FrechetDistance, KernelDistance, Precision, Recall, Density, Coverage, InceptionScore])
# Of outputs and their truths.
PAIR_METRICS: dict[str, type[PairMetric]] = lookup.by_name(
    [PSNR, SSIM, MeanAbsoluteError, PairFeatureDistance, MelError, SpectralDistance]
)
# Of probabilities and classes.
LABEL_METRICS: dict[str, type[PairMetric]] = lookup.by_name([ClassAccuracy])


def get(identifier: str | Mapping | SampleMetric | type) -> SampleMetric:
    """Returns the metric: by name (`"frechet_distance"` or `"FrechetDistance"`, on Inception's features), class or
    config, or as it is.

    Raises:
        ValueError: if no metric has that name, or the config is not one of a metric.
        TypeError: if `identifier` is neither a name, one of kgan's metrics, such a class nor a config.
    """
    hint = " A Keras metric sees labels and predictions; a GAN has reals and samples."
    if isinstance(identifier, PairMetric):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, PairMetric):
        return identifier()
    if isinstance(identifier, str) and identifier.lower() in ("acc", "accuracy"):
        raise ValueError(
            f"Expected metrics of samples: {', '.join(METRICS)}. Received: {identifier!r}. Leave it out: real_accuracy "
            f"and generated_accuracy are logged without being asked for."
        )
    return lookup.resolve("metrics", identifier, METRICS | PAIR_METRICS | LABEL_METRICS, FeatureMetric, hint)


def get_all(identifiers: Sequence[str | SampleMetric] | str | SampleMetric | None) -> list[SampleMetric]:
    """All of them; one may stand alone, and `None` is none.

    Raises:
        ValueError: if two have the same name, under which the logs could not tell them apart.
    """
    if identifiers is None:
        return []
    if isinstance(identifiers, str | SampleMetric | Mapping):
        identifiers = [identifiers]
    metrics = [get(identifier) for identifier in identifiers]
    names = [metric.name for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"Expected metrics of different names. Received: {name!r} twice. Pass name=..., as "
                f'kgan.metrics.FrechetDistance("digits", name="frechet_distance_digits").'
            )
    return metrics
