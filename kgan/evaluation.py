"""How good a run's samples are: figures against two kinds of reals, and what reals score against reals."""

import datetime
import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

import numpy as np

from kgan import data, files, limits, recipes, samples
from kgan.configurable import whole
from kgan.data import faults
from kgan.data.splits import extract
from kgan.diagnostics import collapse, memorisation
from kgan.gan import GAN
from kgan.metrics import InceptionScore, extractors
from kgan.metrics.comparison import Comparison, Seen
from kgan.metrics.extractors import Extractor, presentable
from kgan.metrics.reference import Reference
from kgan.run import Run, versions

TRAINING, HELD_OUT, NOTHING = "training reals", "held-out reals", "no reals"
_MOST = 5_000  # training reals
_FEWEST = 10  # reals or samples: neighbourhoods reach out to the 5th
_VARIETY = 1_000  # reals and samples whose distances are all looked at
_PICTURED = 10  # samples whose neighbours are drawn
_NEAREST = 5
_REALS = 64  # reals to draw
_BATCH = 100


@dataclass(frozen=True)
class Figure:
    """One figure, and what it holds for.

    Attributes:
        name: As in the logs, `"frechet_distance"`.
        label: For a reader, with the features that it is on, `"Frechet distance (digits)"`.
        better: `"min"`, `"max"`, or `"floor"` where it should be as it is for reals.
        against: `"training reals"`, `"held-out reals"` or `"no reals"`.
        value: Of generated samples; `None` where it is not finite.
        floor: The same for training reals in the place of generated samples: what a perfect generator would come to;
            `None` where there are no such reals left, or it is not finite.
        real_samples: Reals that it is worked out on.
        generated_samples: Generated samples that it is worked out on.
        floor_samples: Training reals in their place.
    """

    name: str
    label: str
    better: str
    against: str
    value: float | None
    floor: float | None
    real_samples: int
    generated_samples: int
    floor_samples: int


@dataclass(frozen=True)
class Neighbours:
    """Samples, and the training reals nearest to each in the extractor's features.

    Attributes:
        samples: `(n, height, width, channels)` uint8.
        classes: Of the samples; `None` for a generator without.
        reals: `(n, k, height, width, channels)` uint8, the nearest first.
        distances: `(n, k)`.
    """

    samples: np.ndarray
    classes: np.ndarray | None
    reals: np.ndarray
    distances: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found; all but the pictures is in `evaluation.json`.

    Attributes:
        players: Both players' figures on held-out data; empty without.
        figures: Of samples of the averaged generator, where there is one.
        notes: What was left out, and why.
        features: Name of what the samples were looked at through.
        averaged: Whether the samples are of an averaged generator.
        seed: Of the samples' latents.
        images_seen: How many images the model was trained on.
        data: What the run was trained on, in words.
        class_names: Of the data; `None` without labels.
        date: When, in UTC.
        versions: With which packages.
        reals: Training reals to draw, `(n, height, width, channels)` uint8.
        neighbours: Samples to draw beside what they resemble; `None` where they are not finite.
    """

    players: dict[str, float | None]
    figures: list[Figure]
    notes: list[str]
    features: str
    averaged: bool
    seed: int
    images_seen: int
    data: str
    class_names: tuple[str, ...] | None
    date: str
    versions: dict[str, str]
    reals: np.ndarray = field(repr=False)
    neighbours: Neighbours | None = field(repr=False)

    def record(self) -> dict:
        """All but the pictures, as plain values."""
        pictures = ("reals", "neighbours")
        plain = {key: value for key, value in vars(self).items() if key not in pictures}
        return {**plain, "figures": [asdict(figure) for figure in self.figures]}

    def lines(self) -> list[str]:
        """A table for a terminal."""
        lines = [f"{name:<34} {spelled(value)}" for name, value in self.players.items()]
        for against in (HELD_OUT, TRAINING, NOTHING):
            shown = [figure for figure in self.figures if figure.against == against]
            if shown:
                first = shown[0]
                title = f"{first.generated_samples:,} samples against {against}"
                lines += ["", f"{title:<44} {'samples':>13} {'reals instead':>14}"]
            for one in shown:
                title = f"{one.label}, {one.real_samples:,} reals" if one.real_samples else one.label
                lines.append(f"{title:<44} {spelled(one.value, one.name):>13} {spelled(one.floor, one.name):>14}")
        return lines


def spelled(value: float | None, name: str = "") -> str:
    """A figure for a reader, to four digits."""
    if value is None:
        return "none alike" if name == "support" else "-"
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:,.0f}"


@faults.named()
def evaluate(
    run: Run,
    num_samples: int | None = None,
    features: "str | Extractor | None" = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Evaluation:
    """Measures the generator of the last checkpoint, the averaged one where there is one; writes `evaluation.json`.

    Samples are held against the training reals, where copying them would look best, and against the held-out reals,
    where it does not help. Beside the latter stands the floor: the training reals in the samples' place, which is what
    a perfect generator would come to at these numbers of samples. Images are streamed; features are what is kept.

    Args:
        run: The run.
        num_samples: How many samples to generate, at least 10, and how many training reals to take at most; `None` for
            as many samples as there are training reals, at most 5,000.
        features: What to look through, as for `kgan.metrics`; `None` takes the run's.
        seed: Of the samples' latents.
        say: Called with a line of progress now and then.

    Raises:
        DataError: The data of the run cannot be loaded any more.
        ExtractorError: The features cannot be had, or do not take such images.
        RunError: Nothing was saved yet.
        ValueError: A number is out of range, there are no such features, or there are fewer than 10 training reals.
    """
    num_samples = None if num_samples is None else whole("num_samples", num_samples, _FEWEST)
    seed = whole("seed", seed, 0)
    if features is None:
        features = run.plan.recipe.features_for(run.plan.source) or "pixels"
    features = extractors.checked(features)
    gan = run.load()
    extractor = extractors.get(features)
    blank = extractor(np.zeros((1, *gan.sample_shape), np.float32))
    held = blank.features.shape[1] + 3 * gan.latent_dim  # float32: features, and latents that were float64 before
    asked = limits.array_bytes((num_samples or 1, 2, held))
    limits.check_bytes("num_samples", num_samples, asked, "Ask for fewer; figures hardly change beyond 50,000.")
    splits = run.plan.load()
    notes = []

    players = {}
    if splits.validation is None:
        notes.append("No held-out reals: against training reals alone, a generator that copies them looks best.")
    else:
        gan.sample_metrics = []  # they are worked out below, on more samples
        players = gan.evaluate(splits.validation, return_dict=True, verbose=0)
        players = {name: _finite(float(value)) for name, value in players.items()}

    pictured, classes = _pictured(gan, seed)
    closest = None if pictured is None else _Closest(extractor(presentable(pictured)).features)
    say(f'Measuring training reals on the features "{extractor.name}" ...')
    wanted = recipes.sample_metrics(features, gan.sample_shape)
    if len(wanted) < 6:
        notes.append("No Frechet distance: samples of this size have too many pixels for their covariance.")
    if blank.logits is not None:
        wanted.append(InceptionScore(features))
    needs = frozenset({"features"}).union(*(metric.needs for metric in wanted))
    one_by_one = replace(run.plan, recipe=replace(run.plan.recipe, batch_size=1))  # else the last ones are left out
    training, of_training, labels, reals = _training(
        gan, one_by_one.load(), extractor, needs, num_samples or _MOST, closest
    )

    count = num_samples or training.count
    say(f"Measuring {count:,} samples ...")
    rows = np.arange(count) % training.count
    generated = _generated(gan, extractor, needs, count, seed, labels[rows] if gan.generator_takes_labels else None)
    held_out = None
    if splits.validation is not None:
        reference = Reference(splits.validation, value_range=gan.value_range)
        held_out = reference.seen(extractor, needs - {"predictions"})
        if held_out.count < _FEWEST:
            notes.append(f"No figures against held-out reals: they need {_FEWEST}, and there are {held_out.count}.")
            held_out = None

    if generated is not None and count > training.count:
        notes.append(f"Reals against reals are {training.count:,}, fewer than samples: few of them look worse by bias.")
    if generated is None:
        notes.append("No figures of samples: the generator makes numbers that are not finite.")
        figures = []
    else:
        figures = [
            *_metric_figures(wanted, training, held_out, generated),
            *_variety(extractor, of_training, generated, labels if gan.generator_takes_labels else None),
            *_copies(extractor, training, held_out, generated),
        ]
    evaluation = Evaluation(
        players=players,
        figures=figures,
        notes=notes,
        features=extractor.name,
        averaged=gan.ema_generator is not None,
        seed=seed,
        images_seen=int(gan.images_seen.numpy()),
        data=str(splits),
        class_names=splits.class_names,
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        versions=versions(),
        reals=reals,
        neighbours=None if closest is None else Neighbours(pictured, classes, *closest.found()),
    )
    files.write_json(run.evaluation, evaluation.record())
    return evaluation


# --- looking ---


def _pictured(gan: GAN, seed: int) -> tuple["np.ndarray | None", "np.ndarray | None"]:
    """Samples to look closely at, uint8, one of each class; none where they are not finite."""
    classes = np.arange(min(gan.num_classes, _PICTURED)) if gan.generator_takes_labels else None
    drawn = gan.generate(_PICTURED if classes is None else len(classes), seed, classes)
    return (samples.to_uint8(drawn, gan.value_range) if np.isfinite(drawn).all() else None), classes


class _Closest:
    """The training reals nearest to some samples, kept while they pass by.

    Args:
        features: Of the samples, `(n, d)`.
    """

    def __init__(self, features: np.ndarray):
        self._features = features
        self._distances = np.full((len(features), 0), np.inf)
        self._reals: np.ndarray | None = None

    def update(self, features: np.ndarray, reals: np.ndarray) -> None:
        """Takes in features `(m, d)` of reals `(m, height, width, channels)`."""
        rows, distances = memorisation.nearest(self._features, features, _NEAREST)
        candidates = reals[rows]  # (n, k, height, width, channels)
        if self._reals is not None:
            candidates = np.concatenate([self._reals, candidates], axis=1)
            distances = np.concatenate([self._distances, distances], axis=1)
        order = np.argsort(distances, axis=1, kind="stable")[:, :_NEAREST]
        self._distances = np.take_along_axis(distances, order, axis=1)
        self._reals = np.take_along_axis(candidates, order[..., None, None, None], axis=1)

    def found(self) -> tuple[np.ndarray, np.ndarray]:
        """The reals and their distances."""
        return self._reals, self._distances


def _batches(splits: data.Splits, limit: int) -> Iterator[tuple[np.ndarray, "np.ndarray | None"]]:
    """Training reals as they first come."""
    for element in splits.train.unbatch().take(limit).batch(_BATCH).as_numpy_iterator():
        yield extract(element)


class _Training(NamedTuple):
    """What is seen in training reals.

    Attributes:
        seen: For metrics.
        features: In the order of the reals' hashes: which is none, and the same whatever order they come in.
        labels: In that order; `None` without.
        first: The first of them to come, as uint8.
    """

    seen: Seen
    features: np.ndarray
    labels: "np.ndarray | None"
    first: np.ndarray


def _training(
    gan: GAN, splits: data.Splits, extractor: Extractor, needs, limit: int, closest: "_Closest | None"
) -> _Training:
    # Not by a `Reference`: it reads twice, and training reals come in another order each time.
    seen, labels, first, hashes = Seen(needs), [], np.zeros((0, *gan.sample_shape), np.uint8), []
    for real, batch_labels in _batches(splits, limit):
        shown = presentable(real, gan.value_range)
        found = extractor(shown)
        seen.update(found)
        labels.append(batch_labels)
        pixels = samples.to_uint8(shown)
        hashes += [hashlib.sha256(one.tobytes()).digest() for one in pixels]
        first = np.concatenate([first, pixels[: _REALS - len(first)]])
        if closest is not None:
            closest.update(found.features, pixels)
    if seen.count < _FEWEST:
        raise ValueError(f"Expected at least {_FEWEST} training reals to measure against. Received: {seen.count}.")
    order = sorted(range(seen.count), key=hashes.__getitem__)
    return _Training(seen, seen.features[order], None if labels[0] is None else np.concatenate(labels)[order], first)


def _generated(gan: GAN, extractor: Extractor, needs, count: int, seed: int, labels) -> Seen | None:
    """What is seen in samples; `None` where one is not finite."""
    seen = Seen(needs)
    for batch in gan.generate_in_batches(count, seed, labels):
        if not np.isfinite(batch).all():
            return None
        seen.update(extractor(presentable(batch, gan.value_range)))
    return seen


# --- figures ---


def _metric_figures(wanted, training: Seen, held_out: Seen | None, generated: Seen) -> Iterator[Figure]:
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
                value=_finite(metric.compare(samples_comparison)),
                floor=None if floor_comparison is None else _finite(metric.compare(floor_comparison)),
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
                value=_finite(metric.compare(Comparison(training, generated))),
                floor=_finite(metric.compare(Comparison(training, training))),
                real_samples=0,
                generated_samples=generated.count,
                floor_samples=training.count,
            )


def _variety(extractor: Extractor, training: np.ndarray, generated: Seen, classes) -> Iterator[Figure]:
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
            value=_finite(value),
            floor=_finite(floor),
            real_samples=count,
            generated_samples=count,
            floor_samples=count,
        )


def _copies(extractor: Extractor, training: Seen, held_out: Seen | None, generated: Seen) -> Iterator[Figure]:
    """The share of copies; the floor is held-out reals, which are none."""
    if held_out is not None:
        yield Figure(
            name="copied_share",
            label=f"Copied share ({extractor.name})",
            better="floor",
            against=TRAINING,
            value=_finite(memorisation.copied_share(generated.features, training.features, held_out.features)),
            floor=_finite(memorisation.copied_share(held_out.features, training.features, held_out.features)),
            real_samples=training.count,
            generated_samples=generated.count,
            floor_samples=held_out.count,
        )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
