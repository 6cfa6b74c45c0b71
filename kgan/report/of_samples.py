"""What the report shows of samples: a grid, classes, nearest reals, ways between latents."""

import math

import numpy as np
from PIL import Image

from kgan import latents, pictures
from kgan.evaluation import SamplesEvaluation
from kgan.models.gan import GAN
from kgan.models.kind import Panel
from kgan.report import markup
from kgan.report.film import film
from kgan.run import Run

__all__ = ["PANELS", "sections"]

_GRID = 64
_CLASSES = 20  # drawn at most
_OF_EACH = 10
_STEPS = 9
_PATHS = 6
_LUCK = (0.5, "luck")
_SHARE = (-0.03, 1.03)  # of a vertical axis for shares

PANELS = (
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
    Panel({"diversity": "Diversity", "coverage": "Coverage"}, "relative to reals", level=(1.0, "as reals")),
)


def sections(run: Run, gan: GAN, evaluation: SamplesEvaluation) -> list[str]:
    """All of them, as HTML; empty where there is nothing to show."""
    return [
        _samples(run, gan, evaluation),
        _classes(gan, evaluation),
        _neighbours(evaluation),
        _interpolations(gan, evaluation),
    ]


def _samples(run: Run, gan: GAN, evaluation: SamplesEvaluation) -> str:
    generated = _drawn(gan.generate(_GRID, seed=evaluation.seed), gan, 8)
    return markup.section(
        "Samples",
        markup.side_by_side(
            markup.picture(generated, "A grid of generated samples", f"Samples, seed {evaluation.seed}.", "pixels"),
            markup.picture(pictures.grid(evaluation.reals, 8), "A grid of training reals", "Training reals.", "pixels"),
            film(
                run,
                "An animation of samples of the same latents, epoch by epoch",
                "How they came to be: the same latents after each epoch.",
            ),
        ),
    )


def _classes(gan: GAN, evaluation: SamplesEvaluation) -> str:
    if not gan.generator_takes_labels:
        return ""
    names = _class_names(gan, evaluation)
    pairs = []
    for label in range(min(gan.num_classes, _CLASSES)):
        images = gan.generate(_OF_EACH, seed=evaluation.seed, labels=label)
        strip = markup.picture(_drawn(images, gan, _OF_EACH), f"Samples of the class {names[label]}", kind="pixels")
        pairs.append((names[label], strip))
    left = gan.num_classes - len(pairs)
    more = markup.paragraph(f"The first {_CLASSES} classes; {left} more are not shown.", "faint") if left else ""
    same = markup.paragraph("One class a row, the same latent in each column.", "faint")
    return markup.section("Class by class", same, markup.rows(pairs), more)


def _neighbours(evaluation: SamplesEvaluation) -> str:
    found = evaluation.neighbours
    if found is None:
        return ""
    gap = np.full((len(found.samples), 1, *found.samples.shape[1:]), 0, np.uint8)
    tiles = np.concatenate([found.samples[:, None], gap, found.reals], axis=1)
    columns = tiles.shape[1]
    grid = pictures.grid(tiles.reshape(-1, *tiles.shape[2:]), columns)
    nearest = ", ".join(f"{distance:.3g}" for distance in found.distances[:, 0])
    return markup.section(
        "Nearest training reals",
        markup.paragraph(
            f"In each row a sample, then the {columns - 2} training reals nearest to it on the features "
            f"{evaluation.features}. A sample that is one of them was learned by heart.",
            "faint",
        ),
        markup.picture(grid, "Samples, each beside the training reals nearest to it", kind="pixels"),
        markup.paragraph(f"Distances to the nearest, row by row: {nearest}.", "faint"),
    )


def _interpolations(gan: GAN, evaluation: SamplesEvaluation) -> str:
    straight = not isinstance(gan.latents, latents.Normal | latents.TruncatedNormal)
    method = "linear" if straight else "spherical"
    classes = min(gan.num_classes, _OF_EACH) if gan.generator_takes_labels else None
    ends = gan.latents.draw(2 * (classes or _PATHS), gan.latent_dim, evaluation.seed)
    paths = [
        latents.interpolate(first, last, _STEPS, method) for first, last in zip(ends[::2], ends[1::2], strict=True)
    ]
    images = []
    for label, path in enumerate(paths):
        inputs = path if classes is None else [path, np.full(_STEPS, label, np.int32)]
        images.append(np.asarray(gan.inference_generator(inputs, training=False), np.float32))
    said = f"{method.capitalize()} paths between two latents" + ("." if classes is None else ", one class a row.")
    jumps = " Where neighbours jump, the generator has learned samples one by one."
    return markup.section(
        "Interpolations",
        markup.paragraph(said + jumps, "faint"),
        markup.picture(
            _drawn(np.concatenate(images), gan, _STEPS), "Samples on the way from one latent to another", kind="pixels"
        ),
    )


def _drawn(images: np.ndarray, gan: GAN, columns: int) -> Image.Image:
    return pictures.grid(np.nan_to_num(images, posinf=gan.value_range[1]), columns, gan.value_range)


def _class_names(gan: GAN, evaluation: SamplesEvaluation) -> list[str]:
    return list(evaluation.class_names or map(str, range(gan.num_classes)))
