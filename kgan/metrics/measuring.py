"""Working out several metrics of a GAN at once: each sample is drawn once, and seen once by each extractor."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from kgan.metrics.base import FeatureMetric
from kgan.metrics.comparison import Comparison, Seen
from kgan.metrics.extractors import Extractor, presentable
from kgan.metrics.reference import Reference

__all__ = ["measure", "try_out"]


def measure(
    gan: Any, metrics: Sequence[FeatureMetric], reference: Reference, averaged: bool = True
) -> dict[str, float]:
    """The figures by the metrics' names, NaN where the generator makes anything that is not finite.

    With them stand the numbers of samples that they hold for, `"real_samples"` and `"generated_samples"`; where metrics
    differ in the latter, `"frechet_distance_generated_samples"` and the like.

    Args:
        gan: A `kgan.GAN`.
        metrics: What to work out.
        reference: The reals.
        averaged: Whether the averaged generator draws, where there is one.
    """
    figures: dict[str, float] = {}
    drawn: dict[str, int] = {}

    def draw(metric: FeatureMetric) -> tuple[int, int]:
        return metric.num_samples or reference.count, metric.seed

    for (count, seed), group in groupby(sorted(metrics, key=draw), key=draw):
        by_extractor: dict[Extractor, list[FeatureMetric]] = {}
        for metric in group:
            by_extractor.setdefault(metric.extractor, []).append(metric)
            drawn[metric.name] = count
        generated = _generated(gan, by_extractor, reference, count, seed, averaged)
        for extractor, asked in by_extractor.items():
            if generated is None:
                figures |= {metric.name: math.nan for metric in asked}
                continue
            needs = frozenset().union(*(metric.needs for metric in asked if metric.sees_reals))
            comparison = Comparison(reference.seen(extractor, needs), generated[extractor])
            figures |= {metric.name: metric.compare(comparison) for metric in asked}
    figures = {metric.name: figures[metric.name] for metric in metrics}  # as they were asked for
    figures["real_samples"] = reference.count
    if len(set(drawn.values())) == 1:
        return figures | {"generated_samples": drawn[metrics[0].name]}
    return figures | {f"{metric.name}_generated_samples": drawn[metric.name] for metric in metrics}


def try_out(metrics: Sequence[FeatureMetric], reference: Reference) -> None:
    """Finds out on two reals, before a long training, whether the metrics can be worked out.

    Raises:
        ValueError: if an extractor cannot be loaded, does not take these samples or gives too little, or there are too
            few reals.
    """
    two = reference.first()[:2]
    for metric in metrics:
        Seen(metric.needs).update(metric.extractor(two))
        if metric.sees_reals and reference.count < metric.least_samples:
            raise ValueError(
                f"Expected at least {metric.least_samples} held-out reals for {metric.name!r}. "
                f"Received: {reference.count}. Hold out more."
            )


def _generated(gan, by_extractor, reference, count: int, seed: int, averaged: bool) -> "dict[Extractor, Seen] | None":
    """What each extractor sees in the samples; `None` where one of them is not finite."""
    labels = None
    if gan.generator_takes_labels:
        # Evenly spread where there are fewer samples than reals, whose labels may come sorted.
        spread = np.arange(count) * reference.count // count if count < reference.count else np.arange(count)
        labels = reference.labels[spread % reference.count]
    seen = {
        extractor: Seen(frozenset().union(*(metric.needs for metric in asked)))
        for extractor, asked in by_extractor.items()
    }
    for batch in gan.generate_in_batches(count, seed, labels, averaged=averaged):
        if not np.isfinite(batch).all():
            return None
        shown = presentable(batch, gan.value_range)
        for extractor, one in seen.items():
            one.update(extractor(shown))
    return seen
