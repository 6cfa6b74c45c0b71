"""The report of a run: what its figures, its game and its samples look like, in one file."""

import math
import os
import tempfile
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from kgan import latents, pictures
from kgan._support import files
from kgan.evaluation import HELD_OUT, TRAINING, Evaluation, spelled
from kgan.models.gan import GAN
from kgan.report import labels, markup, plots
from kgan.run import Run

_GRID = 64
_CLASSES = 20  # drawn at most
_OF_EACH = 10
_STEPS = 9
_PATHS = 6
_PLAYERS = ("epoch", "discriminator_loss", "generator_loss", "real_accuracy", "generated_accuracy")
_FILM_BYTES = 6 * 2**20  # a larger film is drawn again from fewer frames
_FILM_FRAMES = 24


def write(run: Run, evaluation: Evaluation, path: "str | os.PathLike | None" = None) -> Path:
    """Writes the report, which needs nothing but itself.

    Args:
        run: The run.
        evaluation: What `kgan.evaluation.evaluate` found.
        path: Where to; `report.html` in the run folder by default.

    Returns:
        The path.

    Raises:
        RunError: Nothing was saved yet, or the logs are not as kgan wrote them.
    """
    path = run.report if path is None else Path(path)
    gan = run.load()
    content = markup.page(
        f"{run.folder.name}: a GAN's report",
        [
            _headline(run, evaluation),
            _key_figures(evaluation),
            _samples(run, gan, evaluation),
            _classes(gan, evaluation),
            _neighbours(evaluation),
            _interpolations(gan, evaluation),
            _learning_curves(run),
            _metrics(run),
            _game(run),
            _settings(run, evaluation),
        ],
    )
    with files.replacing(path) as partial:
        partial.write_text(content, encoding="utf-8")
    return path


def _headline(run: Run, evaluation: Evaluation) -> str:
    facts = [evaluation.data, f"{evaluation.images_seen:,} images seen"]
    if run.trained:
        facts.append(f"{run.trained['epochs']} epochs in {labels.duration(run.trained['seconds'])}")
        if run.trained["interrupted"]:
            facts.append("stopped by hand")
    title = f"<h1>{escape(run.folder.name)}</h1>{markup.paragraph(', '.join(facts) + '.', 'faint')}"
    verdict = run.verdict
    if verdict is None:
        name, lines = "No verdict", ["The monitor did not look at this game."]
    else:
        name, lines = verdict.name.capitalize(), [verdict.because, verdict.advice]
    mark = labels.MARKS.get(verdict.name if verdict else "", labels.NO_MARK)
    said = "".join(markup.paragraph(line) for line in lines if line)
    verdict_card = f'<div class="verdict" style="--mark: {mark}"><p><b>{escape(name)}</b></p>{said}</div>'
    return f"<header>\n{title}\n{verdict_card}\n</header>"


def _key_figures(evaluation: Evaluation) -> str:
    by_name: dict[str, dict[str, object]] = {}
    for figure in evaluation.figures:
        by_name.setdefault(figure.name, {})[figure.against] = figure
    rows = []
    for found in by_name.values():
        any_figure = next(iter(found.values()))
        held_out, training = found.get(HELD_OUT), found.get(TRAINING)
        alone = None if held_out or training else any_figure
        with_floor = held_out or alone or training
        rows.append(
            (
                f"{escape(any_figure.label)}<br><small>{labels.BETTER[any_figure.better]}</small>",
                _cell(held_out or alone),
                _floor_cell(with_floor),
                _cell(training),
            )
        )
    head = ["", "Samples<br>against<br>held-out", "Real<br>against<br>real", "Samples<br>against<br>training"]
    who = "the averaged generator" if evaluation.averaged else "the generator"
    explained = (
        f"Of samples of {who}. Real against real is what a perfect generator would come to at these numbers of "
        f"samples: training reals in the samples' place, against the held-out reals (for diversity and support, other "
        f"training reals; for the copied share, held-out reals). A figure close to it leaves nothing to gain. Against "
        f"training reals a generator that copies them would look best. Figures on other features, or of other numbers "
        f"of samples, are not comparable. Below each: samples : reals."
    )
    players = ""
    if evaluation.players:
        cells = [(escape(name.replace("_", " ")), spelled(value)) for name, value in evaluation.players.items()]
        players = markup.paragraph("Both players on the held-out reals, in inference mode:") + markup.table(
            ["", ""], cells, numbers=[1]
        )
    return markup.section(
        "Key figures",
        *(markup.paragraph(note) for note in evaluation.notes),
        markup.table(head, rows, numbers=[1, 2, 3]) if rows else "",
        markup.paragraph(explained, "faint") if rows else "",
        players,
    )


def _cell(figure) -> str:
    if figure is None:
        return ""
    return _with_counts(figure.value, figure.name, figure.generated_samples, figure.real_samples)


def _floor_cell(figure) -> str:
    if not figure.floor_samples:
        return ""
    return _with_counts(figure.floor, figure.name, figure.floor_samples, figure.real_samples)


def _with_counts(value: float | None, name: str, drawn: int, reals: int) -> str:
    against = f"{drawn:,} : {reals:,}" if reals else f"{drawn:,}, no reals"
    return f"{spelled(value, name)}<br><small>{against}</small>"


def _samples(run: Run, gan: GAN, evaluation: Evaluation) -> str:
    generated = _drawn(gan.generate(_GRID, seed=evaluation.seed), gan, 8)
    return markup.section(
        "Samples",
        markup.side_by_side(
            markup.picture(generated, "A grid of generated samples", f"Samples, seed {evaluation.seed}.", "pixels"),
            markup.picture(pictures.grid(evaluation.reals, 8), "A grid of training reals", "Training reals.", "pixels"),
            _film(run),
        ),
    )


def _film(run: Run) -> str:
    if not run.film.is_file():
        return ""
    content, frames = run.film.read_bytes(), run.frames()
    if len(content) > _FILM_BYTES and frames:
        chosen = [frames[round(place)] for place in np.linspace(0, len(frames) - 1, min(_FILM_FRAMES, len(frames)))]
        with tempfile.TemporaryDirectory() as folder:
            shorter = Path(folder) / "film.gif"
            pictures.film(chosen, shorter)
            content = shorter.read_bytes()
    caption = "How they came to be: the same latents after each epoch."
    return markup.picture(
        content, "An animation of samples of the same latents, epoch by epoch", caption, "pixels", "gif"
    )


def _classes(gan: GAN, evaluation: Evaluation) -> str:
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


def _neighbours(evaluation: Evaluation) -> str:
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


def _interpolations(gan: GAN, evaluation: Evaluation) -> str:
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


def _class_names(gan: GAN, evaluation: Evaluation) -> list[str]:
    return list(evaluation.class_names or map(str, range(gan.num_classes)))


def _learning_curves(run: Run) -> str:
    figures = run.figures()
    drawn = []
    for kind, unit, limits in (("loss", "loss", None), ("accuracy", "share judged right", (-0.03, 1.03))):
        players = ("discriminator", "generator") if kind == "loss" else ("real", "generated")
        series = {}
        for player in players:
            for prefix, suffix in (("", ""), ("val_", ", held out")):
                found = labels.column(figures, f"{prefix}{player}_{kind}")
                if found is not None:
                    series[player + suffix] = found
        if series:
            plot = plots.curves(series, unit, limits=limits)
            drawn.append(markup.picture(plot, f"The {kind} of both sides over epochs: {_ends(series)}"))
    terms = {
        name.replace("_", " "): labels.column(figures, name)
        for name in figures
        if name not in _PLAYERS and not name.startswith(("val_", "monitor_"))
    }
    if terms:
        plot = plots.curves(terms, "value", logarithmic=True)
        drawn.append(markup.picture(plot, f"Penalties and further terms over epochs: {_ends(terms)}"))
    return markup.section("Losses and accuracies", markup.side_by_side(*drawn))


def _metrics(run: Run) -> str:
    figures = run.figures()
    features = run.plan.recipe.features
    drawn = []
    for names in (("frechet_distance",), ("kernel_distance",), ("precision", "recall", "density", "coverage")):
        series = {
            labels.metric_label(f"val_{name}", features).partition(" (")[0]: labels.column(figures, f"val_{name}")
            for name in names
            if f"val_{name}" in figures
        }
        if series:
            label = f"{next(iter(series))} ({features})" if len(names) == 1 else f"share ({features})"
            plot = plots.curves(series, label, logarithmic=len(names) == 1)
            drawn.append(markup.picture(plot, f"{', '.join(series)} over epochs: {_ends(series)}"))
    if not drawn:
        return ""
    counts = [figures.get(f"val_{side}_samples", [math.nan])[-1] for side in ("generated", "real")]
    said = "After each epoch" + (
        f", {counts[0]:,.0f} samples against {counts[1]:,.0f} held-out reals." if np.isfinite(counts).all() else "."
    )
    other = " Not at the numbers of samples of the key figures, and so not to be compared with them."
    return markup.section("Metrics over time", markup.paragraph(said + other, "faint"), markup.side_by_side(*drawn))


def _game(run: Run) -> str:
    looks = run.looks()
    if not looks:
        return ""
    strip = "".join(
        f'<i style="--mark: {_mark(look)}" title="Epoch {look["epoch"]}: {escape(look["verdict"]["name"])}"></i>'
        for look in looks
    )
    names = dict.fromkeys(look["verdict"]["name"] for look in looks)
    key = "".join(
        f'<span style="--mark: {labels.MARKS.get(name, labels.NO_MARK)}">{escape(name)}</span>' for name in names
    )
    rows = []
    for _, group in groupby(looks, key=lambda look: look["verdict"]["name"]):
        first, *rest = list(group)
        last = rest[-1] if rest else first
        epochs = f"{first['epoch']}" if first is last else f"{first['epoch']} to {last['epoch']}"
        verdict = last["verdict"]
        name = f'<i class="dot" style="--mark: {_mark(last)}"></i>{escape(verdict["name"])}'
        rows.append((epochs, name, escape(f"{verdict['because']} {verdict['advice']}".strip())))
    return markup.section(
        "The game",
        markup.paragraph("What the game looked like after each epoch, from the first to the last:"),
        f'<div class="strip" role="img" aria-label="Verdicts; the table below has them in words">{strip}</div>',
        f'<div class="key">{key}</div>',
        markup.table(["Epochs", "Verdict", "Because, at the last of these epochs"], rows, long=2),
        markup.side_by_side(*_sign_plots(looks)),
    )


def _sign_plots(looks: list[dict]) -> Iterator[str]:
    luck = (0.5, "luck")
    for names, label, options in (
        (("separation", "memorisation"), "share of pairs ranked right", {"limits": (-0.03, 1.03), "level": luck}),
        (("jsd_lower_bound",), "nats", {"limits": (-0.02, 0.72), "level": (math.log(2.0), "all told apart, log 2")}),
        (("discriminator_gradient", "generator_gradient"), "norm", {"logarithmic": True}),
        (("generator_pull", "saturated"), "share", {"limits": (-0.03, 1.03)}),
        (("discriminator_change", "generator_change"), "way moved over norm", {"logarithmic": True}),
        (("diversity", "coverage"), "relative to reals", {"level": (1.0, "as reals")}),
    ):
        series = {labels.SIGNS[name]: labels.curve(looks, name) for name in names}
        series = {name: found for name, found in series.items() if found is not None}
        if series:
            plot = plots.curves(series, label, **options)
            yield markup.picture(plot, f"{' and '.join(series)} over epochs: {_ends(series)}")


def _mark(look: dict) -> str:
    return labels.MARKS.get(look["verdict"]["name"], labels.NO_MARK)


def _ends(series: dict) -> str:
    """Where curves begin and end, for who cannot see them."""
    return "; ".join(f"{name} from {values[0]:.3g} to {values[-1]:.3g}" for name, (_, values) in series.items())


def _settings(run: Run, evaluation: Evaluation) -> str:
    plan = run.plan
    settings = [("data", plan.source), ("recipe", plan.recipe_name), ("seed", plan.seed)]
    settings += [("image_size", plan.image_size), ("crop", plan.crop), ("strict", plan.strict)]
    settings += [(name, value) for name, value in vars(plan.recipe).items() if name != "source"]
    versions = [
        (escape(name), escape(str(run.config.get("versions", {}).get(name, "-"))), escape(version))
        for name, version in evaluation.versions.items()
    ]
    return markup.section(
        "Settings and versions",
        markup.side_by_side(
            markup.table(["Setting", "Value"], [(escape(name), escape(str(value))) for name, value in settings]),
            markup.table(["Package", "When trained", "When evaluated"], versions),
        ),
        markup.paragraph(f"Evaluated on {evaluation.date}. The recipe is of {plan.recipe.source}.", "faint"),
    )
