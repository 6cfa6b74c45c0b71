"""How good samples are: figures against two kinds of reals, and what reals score against reals."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import ClassVar

import numpy as np

from kgan import recipes
from kgan._support import limits
from kgan._support.checks import whole
from kgan.data import Splits
from kgan.evaluation.balance import Balance
from kgan.evaluation.of_samples.figures import copies, metric_figures, variety
from kgan.evaluation.of_samples.looking import (
    FEWEST,
    MOST,
    Closest,
    Training,
    draw_pictured,
    seen_in_samples,
    seen_in_training,
)
from kgan.evaluation.results import Evaluation, Figure, Wording, common_facts, players_on
from kgan.metrics import FeatureMetric, InceptionScore, extractors
from kgan.metrics.comparison import Seen
from kgan.metrics.extractors import Extractor
from kgan.metrics.reference import Reference
from kgan.models.gan import GAN
from kgan.run import Run, loaded, same_data

__all__ = ["Neighbours", "SamplesEvaluation", "evaluate"]

_ALL_METRICS = 6  # of `recipes.sample_metrics` where none is left out


@dataclass(frozen=True)
class Neighbours:
    """Samples, and the training reals nearest to each in the extractor's features.

    Attributes:
        samples: `(n, height, width, channels)` uint8.
        classes: Class or tag of each sample; `None` for a generator without.
        reals: `(n, k, height, width, channels)` uint8, the nearest first.
        distances: `(n, k)`.
        searched: How many training reals were looked at.
        there_are: How many there are; `None` where the source cannot say.
    """

    samples: np.ndarray
    classes: np.ndarray | None
    reals: np.ndarray
    distances: np.ndarray
    searched: int | None = None
    there_are: int | None = None


@dataclass(frozen=True)
class SamplesEvaluation(Evaluation):
    """What `evaluate` found of a generator of samples.

    Attributes:
        class_names: Of the data; `None` without labels.
        reals: Training reals to draw, `(n, height, width, channels)` uint8.
        neighbours: Samples to draw beside what they resemble; `None` where they are not finite.
        balance: What came of filling up rare classes; `None` where nobody asked.
    """

    wording: ClassVar[Wording] = Wording(
        made="samples",
        instead="reals instead",
        columns=("Samples against held-out", "Real against real", "Samples against training"),
        explained="Real against real is what a perfect generator would come to at these numbers of samples: training "
        "reals in the samples' place, against the held-out reals (for diversity and support, other training reals; for "
        "the copied share, held-out reals). A figure close to it leaves nothing to gain. Against training reals a "
        "generator that copies them would look best. Figures on other features, or of other numbers of samples, are "
        "not comparable. Below each: samples : reals.",
    )

    class_names: tuple[str, ...] | None
    reals: np.ndarray = field(repr=False)
    neighbours: Neighbours | None = field(repr=False)
    balance: Balance | None = None

    def record(self) -> dict:
        """Figures, and what came of rare classes, where somebody asked, as plain values."""
        return {**super().record(), "balance": None if self.balance is None else asdict(self.balance)}

    def lines(self) -> list[str]:
        """A table for a terminal."""
        return super().lines() if self.balance is None else [*super().lines(), "", *self.balance.said]


def evaluate(
    run: Run, num_samples: int | None, features: "str | Extractor", seed: int, say: Callable[[str], None]
) -> SamplesEvaluation:
    """Measures samples against training reals, and against held-out reals where there are any.

    The floor is the training reals in the samples' place. Images are streamed; features are what is kept.

    Args:
        run: The run.
        num_samples: How many samples to generate, at least 10, and how many training reals to take at most; `None` for
            as many samples as there are training reals, at most 5,000.
        features: What to look through.
        seed: Of the samples' latents.
        say: Called with a line of progress now and then.

    Raises:
        ValueError: if `num_samples` is out of range, or there are no such features.
    """
    num_samples = None if num_samples is None else whole("num_samples", num_samples, FEWEST)
    extractor = extractors.get(extractors.checked(features))
    choice = run.chosen_before()
    gan = loaded(choice.checkpoint)
    blank = extractor(np.zeros((1, *gan.sample_shape), np.float32))
    held = blank.features.shape[1] + 3 * gan.latent_dim  # float32: features, and latents that were float64 before
    asked = limits.array_bytes((num_samples or 1, 2, held))
    limits.check_bytes("num_samples", num_samples, asked, "Ask for fewer; figures hardly change beyond 50,000.")
    splits = run.plan.load(say)
    same_data.check(run, splits, say, choice.checkpoint)
    notes = []
    if splits.validation is None:
        notes.append("No held-out reals: against training reals alone, a generator that copies them looks best.")
    players = players_on(gan, splits.validation)
    wanted, about = _wanted(features, gan, classifies=blank.logits is not None)
    notes += about

    pictured, classes = draw_pictured(gan, seed)
    closest = None if pictured is None else Closest(extractor(extractors.presentable(pictured)).features)
    say(f'Measuring training reals on the features "{extractor.name}" ...')
    needs = frozenset({"features"}).union(*(metric.needs for metric in wanted))
    one_by_one = replace(run.plan, recipe=replace(run.plan.recipe, batch_size=1))  # else the last ones are left out
    training = seen_in_training(gan, one_by_one.load(), extractor, needs, num_samples or MOST, closest)
    count = num_samples or training.seen.count
    say(f"Measuring {count:,} samples ...")
    labels = training.labels[np.arange(count) % training.seen.count] if gan.generator_takes_labels else None
    generated = seen_in_samples(gan, extractor, needs, count, seed, labels)
    held_out = _seen_of_held_out(splits, gan, extractor, needs, notes)
    return SamplesEvaluation(
        players=players,
        figures=_figures(wanted, gan, extractor, training, held_out, generated, notes),
        notes=notes,
        features=extractor.name,
        **common_facts(gan, splits, seed, choice),
        class_names=splits.class_names,
        reals=training.first,
        neighbours=None
        if closest is None
        else Neighbours(pictured, classes, *closest.found(), training.seen.count, splits.count),
    )


def _wanted(features, gan: GAN, classifies: bool) -> tuple[list[FeatureMetric], list[str]]:
    """The metrics to work out, and what is to be said of those that are not."""
    wanted, notes = recipes.sample_metrics(features, gan.sample_shape), []
    if len(wanted) < _ALL_METRICS:
        notes.append("No Frechet distance: samples of this size have too many pixels for their covariance.")
    if classifies:
        wanted.append(InceptionScore(features))
    return wanted, notes


def _seen_of_held_out(splits: Splits, gan: GAN, extractor: Extractor, needs, notes: list[str]) -> Seen | None:
    """What is seen in the held-out reals; `None` without, or where they are too few."""
    if splits.validation is None:
        return None
    held_out = Reference(splits.validation, value_range=gan.value_range).seen(extractor, needs - {"predictions"})
    if held_out.count < FEWEST:
        notes.append(f"No figures against held-out reals: they need {FEWEST}, and there are {held_out.count}.")
        return None
    return held_out


def _figures(
    wanted: list[FeatureMetric],
    gan: GAN,
    extractor: Extractor,
    training: Training,
    held_out: Seen | None,
    generated: Seen | None,
    notes: list[str],
) -> list[Figure]:
    if training.seen.count < FEWEST:
        notes.append(f"No figures of samples: they need {FEWEST} training reals, and there are {training.seen.count}.")
        return []
    if generated is None:
        notes.append("No figures of samples: the generator makes numbers that are not finite.")
        return []
    if generated.count > training.seen.count:
        notes.append(
            f"Reals against reals are {training.seen.count:,}, fewer than samples: few of them look worse by bias."
        )
    one_class_each = gan.generator_takes_labels and gan.num_tags is None
    classes = training.labels if one_class_each else None
    return [
        *metric_figures(wanted, training.seen, held_out, generated),
        *variety(extractor, training.features, generated, classes),
        *copies(extractor, training.seen, held_out, generated),
    ]
