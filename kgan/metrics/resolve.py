"""Metrics by name."""

from collections.abc import Sequence

from kgan._support import lookup
from kgan.metrics.base import FeatureMetric
from kgan.metrics.frechet import FrechetDistance
from kgan.metrics.inception_score import InceptionScore
from kgan.metrics.kernel import KernelDistance
from kgan.metrics.manifolds import Coverage, Density, Precision, Recall

__all__ = ["METRICS", "get", "get_all"]

METRICS = lookup.by_name([FrechetDistance, KernelDistance, Precision, Recall, Density, Coverage, InceptionScore])


def get(identifier: "str | FeatureMetric") -> FeatureMetric:
    """Returns the metric: by name (`"frechet_distance"`, on Inception's features), or as it is when it is one already.

    Raises:
        ValueError: if no metric has that name.
        TypeError: if `identifier` is neither a name nor a `FeatureMetric`.
    """
    hint = " A Keras metric sees labels and predictions; a GAN has reals and samples."
    return lookup.resolve("metrics", identifier, METRICS, FeatureMetric, hint)


def get_all(identifiers: "Sequence[str | FeatureMetric] | str | FeatureMetric | None") -> list[FeatureMetric]:
    """All of them; one may stand alone, and `None` is none.

    Raises:
        ValueError: if two have the same name, under which the logs could not tell them apart.
    """
    if identifiers is None:
        return []
    if isinstance(identifiers, str | FeatureMetric):
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
