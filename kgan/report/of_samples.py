"""What the report shows of samples: a grid, classes, nearest reals, ways between latents."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from kgan import latents, pictures
from kgan._game import networks
from kgan.callbacks.grid_columns import GridColumns, columns_of
from kgan.evaluation import SamplesEvaluation
from kgan.evaluation.of_samples import Neighbours
from kgan.models.gan import GAN
from kgan.models.kind import Panel
from kgan.report import markup, rare_classes
from kgan.report.film import film
from kgan.run import Run

__all__ = ["PANELS", "sections"]

_GRID = 64
_PLAIN = 8  # columns
_WIDEST = 10  # columns of classes
_CLASSES = 20  # drawn at most
_OF_EACH = 10
_STEPS = 9
_PATHS = 6
_LUCK = (0.5, "luck")
_SHARE = (-0.03, 1.03)  # of a vertical axis for shares

PANELS = (
    Panel(
        {"distance": "Distance", "fine_distance": "at the finest scale", "coarse_distance": "at the coarsest scale"},
        "distance from reals, 1 without content",
        level=(0.0, "as reals"),
    ),
    Panel(
        {"precision_ratio": "Precision", "coverage_ratio": "Coverage"},
        "over that of held-out reals",
        level=(1.0, "as reals"),
    ),
    Panel(
        {"separation": "Separation", "memorisation": "Memorisation"},
        "share of pairs ranked right",
        limits=_SHARE,
        level=_LUCK,
    ),
    Panel(
        {"jsd_lower_bound": "JS divergence, lower bound"},
        "nats",
        limits=(-0.02, 0.72),
        level=(math.log(2.0), "all told apart, log 2"),
    ),
    Panel(
        {"discriminator_gradient": "Discriminator's gradient", "generator_gradient": "Generator's gradient"},
        "norm",
        logarithmic=True,
    ),
    Panel({"generator_pull": "Let through by the loss", "saturated": "Saturated logits"}, "share", limits=_SHARE),
    Panel(
        {"discriminator_change": "Discriminator's weights", "generator_change": "Generator's weights"},
        "way moved over norm",
        logarithmic=True,
    ),
    Panel({"diversity": "Diversity", "coverage": "Coverage"}, "of samples in training", level=(1.0, "as reals")),
)


def sections(run: Run, gan: GAN, evaluation: SamplesEvaluation) -> list[str]:
    """All of them, as HTML; empty where there is nothing to show."""
    return [
        _samples(run, gan, evaluation),
        _classes(gan, evaluation),
        _neighbours(gan, evaluation),
        _interpolations(gan, evaluation),
        *rare_classes.sections(evaluation.balance),
    ]


def _samples(run: Run, gan: GAN, evaluation: SamplesEvaluation) -> str:
    columns = _columns(gan, evaluation)
    rows = math.ceil(_GRID / columns.across)
    labels = None if columns.labels is None else columns.labels[: rows * columns.across]
    images = gan.generate(rows * columns.across, seed=evaluation.seed, labels=labels)
    said = f"Samples, seed {evaluation.seed}." + (f" A {_words(gan)[0]} in each column." if columns.names else "")
    return markup.section(
        "Samples",
        markup.side_by_side(
            markup.picture(
                _drawn(images, gan, columns.across, columns.names), "A grid of generated samples", said, "pixels"
            ),
            markup.picture(pictures.grid(evaluation.reals), "A grid of training reals", "Training reals.", "pixels"),
            film(
                run,
                "An animation of samples of the same latents, epoch by epoch",
                "How they came to be: the same latents after each epoch.",
            ),
            kind="natural",
        ),
    )


def _columns(gan: GAN, evaluation: SamplesEvaluation) -> GridColumns:
    """A class or tag in each column where they are few, under its name; else eight columns, through all of them."""
    number = _kinds(gan)
    if number is None or number > _WIDEST:
        return GridColumns(_PLAIN, None, None, None)
    count = number * max(1, _PLAIN // number)
    named = columns_of(gan, math.ceil(_GRID / count), count)
    names = _class_names(gan, evaluation)
    return named._replace(names=[pictures.title(kind, names) for kind in named.kinds])


def _kinds(gan: GAN) -> int | None:
    """How many classes or tags the generator takes; `None` where it takes none."""
    return (gan.num_classes or gan.num_tags) if gan.generator_takes_labels else None


def _classes(gan: GAN, evaluation: SamplesEvaluation) -> str:
    number = _kinds(gan)
    if number is None:
        return ""
    one, several = _words(gan)
    names = _class_names(gan, evaluation)
    pairs = []
    for label in range(min(number, _CLASSES)):
        images = gan.generate(_OF_EACH, seed=evaluation.seed, labels=_alone(gan, label))
        strip = markup.picture(_drawn(images, gan, _OF_EACH), f"Samples of the {one} {names[label]}", kind="pixels")
        pairs.append((names[label], strip))
    left = number - len(pairs)
    more = markup.paragraph(f"The first {_CLASSES} {several}; {left} more are not shown.", "faint") if left else ""
    same = markup.paragraph(f"One {one} a row, the same latent in each column.", "faint")
    return markup.section(f"{one.capitalize()} by {one}", same, markup.rows(pairs), more)


def _words(gan: GAN) -> tuple[str, str]:
    """What its labels are called: one of them, and several."""
    return ("class", "classes") if gan.num_tags is None else ("tag", "tags")


def _alone(gan: GAN, label: int) -> "int | np.ndarray":
    """One class, or a row with one tag."""
    return label if gan.num_tags is None else np.eye(gan.num_tags, dtype=np.float32)[label]


def _neighbours(gan: GAN, evaluation: SamplesEvaluation) -> str:
    found = evaluation.neighbours
    if found is None:
        return ""
    names = _class_names(gan, evaluation) if _kinds(gan) else None
    pairs = []
    for number, (sample, reals, distances) in enumerate(
        zip(found.samples, found.reals, found.distances, strict=True), start=1
    ):
        called = f"Sample {number}" if found.classes is None else names[found.classes[number - 1]]
        heads = ["sample", *(f"{distance:.3g}" for distance in distances)]
        drawn = pictures.grid(np.concatenate([sample[None], reals]), len(heads), names=heads)
        alt = f"{called}, beside the training reals nearest to it, at {', '.join(heads[1:])}"
        pairs.append((called, markup.picture(drawn, alt, kind="pixels")))
    return markup.section(
        "Nearest training reals",
        markup.paragraph(
            f"In each row a sample, then the {found.reals.shape[1]} training reals nearest to it, "
            f"under their distances on the features {evaluation.features}{_searched(found)}. "
            f"A sample that is one of them was learned by heart.",
            "faint",
        ),
        markup.rows(pairs),
    )


def _searched(found: Neighbours) -> str:
    if found.searched is None:
        return ""
    there_are = "" if found.there_are in (None, found.searched) else f" of {found.there_are:,}"
    return f", out of {'all ' if found.there_are == found.searched else ''}{found.searched:,}{there_are}"


def _interpolations(gan: GAN, evaluation: SamplesEvaluation) -> str:
    straight = not isinstance(gan.latents, latents.Normal | latents.TruncatedNormal)
    method = "linear" if straight else "spherical"
    number = _kinds(gan)
    classes = None if number is None else min(number, _OF_EACH)
    ends = gan.latents.draw(2 * (classes or _PATHS), gan.latent_dim, evaluation.seed)
    paths = [
        latents.interpolate(first, last, _STEPS, method) for first, last in zip(ends[::2], ends[1::2], strict=True)
    ]
    images = []
    for label, path in enumerate(paths):
        inputs = path if classes is None else [path, np.stack([_alone(gan, label)] * _STEPS)]
        drawn = networks.samples_of(gan.inference_generator(inputs, training=False), gan.samples_output)
        images.append(np.asarray(drawn, np.float32))
    said = f"{method.capitalize()} paths between two latents" + (
        "." if classes is None else f", one {_words(gan)[0]} a row."
    )
    jumps = " Where neighbours jump, the generator has learned samples one by one."
    alt = "Samples on the way from one latent to another"
    if classes is None:
        shown = markup.picture(_drawn(np.concatenate(images), gan, _STEPS), alt, kind="pixels")
    else:
        names = _class_names(gan, evaluation)
        shown = markup.rows(
            (names[label], markup.picture(_drawn(path, gan, _STEPS), f"{alt}, of {names[label]}", kind="pixels"))
            for label, path in enumerate(images)
        )
    return markup.section("Interpolations", markup.paragraph(said + jumps, "faint"), shown)


def _drawn(images: np.ndarray, gan: GAN, columns: int, names: "Sequence[str] | None" = None) -> Image.Image:
    return pictures.grid(np.nan_to_num(images, posinf=gan.value_range[1]), columns, gan.value_range, names)


def _class_names(gan: GAN, evaluation: SamplesEvaluation) -> list[str]:
    return list(gan.class_names or evaluation.class_names or map(str, range(_kinds(gan) or 0)))
