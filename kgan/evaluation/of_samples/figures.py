"""The figures of samples against reals."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kgan.diagnostics import collapse, memorisation
from kgan.evaluation.results import HELD_OUT, NOTHING, TRAINING, Figure, finite
from kgan.metrics.comparison import Comparison, Seen
from kgan.metrics.extractors import Extractor

__all__ = ["copies", "metric_figures", "variety"]

_VARIETY = 1_000  # reals and samples whose distances are all looked at


def metric_figures(wanted: Any, training: Seen, held_out: Seen | None, generated: Seen) -> Iterator[Figure]:
    """A figure of each metric, against training and held-out reals."""
    comparisons = {TRAINING: (Comparison(training, generated), None)}
    if held_out is not None:
        comparisons[HELD_OUT] = (Comparison(held_out, generated), Comparison(held_out, training))
    for against, (samples_comparison, floor_comparison) in comparisons.items():
        for metric in wanted:
            if not metric.sees_reals:
                continue
            yield Figure(
                name=metric.name,
                label=metric.label,
                better=metric.better,
                against=against,
                value=finite(metric.compare(samples_comparison)),
                floor=None if floor_comparison is None else finite(metric.compare(floor_comparison)),
                real_samples=samples_comparison.real.count,
                generated_samples=generated.count,
                floor_samples=0 if floor_comparison is None else training.count,
            )
    for metric in wanted:
        if not metric.sees_reals:
            yield Figure(
                name=metric.name,
                label=metric.label,
                better=metric.better,
                against=NOTHING,
                value=finite(metric.compare(Comparison(training, generated))),
                floor=finite(metric.compare(Comparison(training, training))),
                real_samples=0,
                generated_samples=generated.count,
                floor_samples=training.count,
            )


def variety(extractor: Extractor, training: np.ndarray, generated: Seen, classes: Any) -> Iterator[Figure]:
    """Diversity and support; the floor is other training reals, as many of them."""
    count = min(_VARIETY, len(training) // 2, generated.count)
    if count <= 5:  # a real's 5th neighbour
        return
    one, other = slice(count), slice(count, 2 * count)
    of_one, of_other = (None, None) if classes is None else (classes[one], classes[other])
    yardsticks = collapse.Yardsticks(training[one], of_one)
    of_samples, of_reals = generated.features[one], training[other]
    for name, label, better, value, floor in (
        (
            "diversity",
            "Diversity",
            "floor",
            yardsticks.diversity(of_samples, of_one),
            yardsticks.diversity(of_reals, of_other),
        ),
        ("support", "Support", "max", yardsticks.support(of_samples), yardsticks.support(of_reals)),
    ):
        yield Figure(
            name=name,
            label=f"{label} ({extractor.name})",
            better=better,
            against=TRAINING,
            value=finite(value),
            floor=finite(floor),
            real_samples=count,
            generated_samples=count,
            floor_samples=count,
        )


def copies(extractor: Extractor, training: Seen, held_out: Seen | None, generated: Seen) -> Iterator[Figure]:
    """The share of copies; the floor is held-out reals, which are none."""
    if held_out is not None:
        yield Figure(
            name="copied_share",
            label=f"Copied share ({extractor.name})",
            better="floor",
            against=TRAINING,
            value=finite(memorisation.copied_share(generated.features, training.features, held_out.features)),
            floor=finite(memorisation.copied_share(held_out.features, training.features, held_out.features)),
            real_samples=training.count,
            generated_samples=generated.count,
            floor_samples=held_out.count,
        )
