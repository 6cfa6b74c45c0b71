"""Runs side by side: what differs in their settings, and what they came to."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kgan._support import files, json_documents, lookup
from kgan.evaluation import HELD_OUT, Figure, spelled
from kgan.metrics import METRICS
from kgan.report import labels, lengths, markup, plots
from kgan.run import Run, RunError

__all__ = ["Comparison", "compare"]

_FEWEST = 2
_WIDEST = 1280  # pixels of a picture; larger ones would make the page heavy


@dataclass(frozen=True)
class Comparison:
    """A table of runs.

    Attributes:
        runs: Their names.
        metric: What is plotted.
        settings: What differs between them: a name, and a value for each run.
        outcomes: What they came to after their last epoch, in the same form. Figures on other features, or of other
            numbers of samples, stand in rows of their own, and the name says which.
        evaluated: What `kgan evaluate` found, in the same form.
        warnings: What must not be compared, and why.
        panels: By what a metric was measured on: curves of the metric, by run.
        pictures: By run: what it drew last while it trained. A run that drew nothing is missing.
    """

    runs: list[str]
    metric: str
    settings: list[tuple[str, list[str]]]
    outcomes: list[tuple[str, list[str]]]
    evaluated: list[tuple[str, list[str]]]
    warnings: list[str]
    panels: dict[str, dict[str, "plots.Curve"]]
    pictures: dict[str, Path] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """A table for a terminal."""
        gap = ("", [""] * len(self.runs))
        rows = [("", self.runs)]
        for part in (self.settings, self.outcomes, self.evaluated):
            rows += [*part, gap] if part else []
        widths = [max(len(name) for name, _ in rows)]
        widths += [max(len(values[column]) for _, values in rows) for column in range(len(self.runs))]
        lines = [
            "  ".join(
                [name.ljust(widths[0]), *(one.rjust(width) for one, width in zip(values, widths[1:], strict=True))]
            )
            for name, values in rows
        ]
        return [line.rstrip() for line in lines] + self.warnings

    def write(self, path: "str | os.PathLike") -> Path:
        """Writes the table, the metric over epochs, and what the runs drew, as a page that needs nothing but itself."""
        path = Path(path)
        head = ["", *map(escape, self.runs)]
        numbers = range(1, len(head))
        colours = {run: plots.COLOURS[place % len(plots.COLOURS)] for place, run in enumerate(self.runs)}
        plotted = [
            markup.picture(
                plots.curves(series, label, logarithmic=True, colours=colours),
                f"{label} over epochs, of {', '.join(series)}",
            )
            for label, series in self.panels.items()
        ]
        content = markup.page(
            f"{len(self.runs)} GANs compared",
            [
                f"<header><h1>{len(self.runs)} runs compared</h1></header>",
                *(markup.paragraph(warning) for warning in self.warnings),
                _drawn(self.pictures),
                markup.section("Over epochs", markup.side_by_side(*plotted)),
                markup.section("After the last epoch", markup.table(head, _cells(self.outcomes), numbers)),
                markup.section("Evaluated", markup.table(head, _cells(self.evaluated), numbers))
                if self.evaluated
                else "",
                markup.section("Settings that differ", markup.table(head, _cells(self.settings), numbers))
                if self.settings
                else markup.section("Settings", markup.paragraph("All settings are the same.")),
            ],
        )
        with files.replacing(path) as partial:
            partial.write_text(content, encoding="utf-8")
        return path


def compare(runs: Sequence[Run], metric: str | None = None) -> Comparison:
    """Puts runs side by side.

    Args:
        runs: Two or more.
        metric: A column of `log.csv` to plot; `None` for the first that there is of what models of this kind are
            compared by, `val_frechet_distance` for a GAN.

    Raises:
        RunError: if there are fewer than two runs, one is given twice, or a file is not as kgan wrote it.
        ValueError: if no run has that metric.
    """
    folders = [run.folder.resolve() for run in runs]
    if len(set(folders)) < len(folders) or len(folders) < _FEWEST:
        given = " and ".join(str(run.folder) for run in runs)
        only = " alone" if len(folders) == 1 else ""
        raise RunError(f"Expected two different runs or more. Received: {given or 'none'}{only}.")
    names = _names([run.folder for run in runs])
    logs = [run.figures() for run in runs]
    metric = _metric(metric, runs, logs)
    evaluations = [_evaluation(run) for run in runs]
    outcomes = [
        ("epochs", [str(len(log.get("epoch", ()))) for log in logs]),
        ("time", [labels.duration(run.trained["seconds"]) if run.trained else "-" for run in runs]),
        ("verdict", [run.verdict.name if run.verdict else "-" for run in runs]),
        ("samples", [(run.verdict and run.verdict.samples) or "-" for run in runs]),
    ]
    courses = [lengths.course(log, metric) for log in logs]
    outcomes += _about_courses(metric, courses, runs)
    differ = _settings(runs)
    warnings = _about_data(runs)
    bases = {_basis(metric, run, log) for run, log in zip(runs, logs, strict=True)}
    own = [name for name, _ in differ if name != "epochs"]
    warnings += lengths.about_length(names, courses, _bare(metric, runs[0]), own, len(bases) == 1)
    columns = dict.fromkeys(name for log in logs for name in log if name.startswith("val_"))
    ordered = [f"val_{name}" for name in (*METRICS, *labels.OF_PAIRS) if f"val_{name}" in columns]
    for name in dict.fromkeys([metric, *ordered, *columns]):
        if not name.endswith("_samples"):
            outcomes += _last_values(name, runs, logs, warnings)
    evaluated = _evaluated(evaluations, warnings)
    without = [name for name, found in zip(names, evaluations, strict=True) if found is None]
    if 0 < len(without) < len(names):
        warnings.append(f"Not evaluated yet (kgan evaluate): {', '.join(without)}.")
    panels: dict[str, dict[str, plots.Curve]] = {}
    for name, run, log in zip(names, runs, logs, strict=True):
        curve = labels.column(log, metric)
        if curve is not None:
            panels.setdefault(_named(metric, _basis(metric, run, log), run), {})[name] = curve
    missing = [name for name, log in zip(names, logs, strict=True) if metric not in log]
    if missing:
        warnings.append(f"Without {metric}: {', '.join(missing)}.")
    frames = {name: run.frames() for name, run in zip(names, runs, strict=True)}
    drawn = {name: found[-1] for name, found in frames.items() if found}
    warnings = list(dict.fromkeys(warnings))
    return Comparison(names, metric, differ, outcomes, evaluated, warnings, panels, drawn)


def _drawn(pictures: dict[str, Path]) -> str:
    """The section of what each run drew last."""
    shown = []
    for name, path in pictures.items():
        with Image.open(path) as picture:
            if picture.width > _WIDEST:
                picture = picture.resize((_WIDEST, round(picture.height * _WIDEST / picture.width)))
            caption = f"{name}, after epoch {int(path.stem.removeprefix('epoch-'))}"
            shown.append(markup.picture(picture.copy(), f"What {name} drew last", caption, "pixels"))
    return markup.section("Drawn after the last epoch", markup.side_by_side(*shown, kind="scrolled"))


def _names(folders: Sequence[Path]) -> list[str]:
    """The folders' names, or their paths where names are alike."""
    names = [folder.resolve().name for folder in folders]
    return names if len(set(names)) == len(names) else [str(folder) for folder in folders]


def _metric(metric: str | None, runs: Sequence[Run], logs: Sequence[dict]) -> str:
    known = dict.fromkeys(name for log in logs for name in log if name != "epoch" and not name.endswith("_samples"))
    if not known:
        raise ValueError("Expected runs with at least one epoch in log.csv to compare. Received: none.")
    if metric is None:
        preferred = (name for run in runs for name in run.plan.kind.compared_by)
        metric = next((name for name in preferred if name in known), next(iter(known)))
    lookup.find("metric", metric, known)
    return metric


def _settings(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """What differs."""
    settings = [run.plan.settings() for run in runs]
    rows = [(name, [_spelled(one.get(name, "-")) for one in settings]) for name in dict.fromkeys(chain(*settings))]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _spelled(value: Any) -> str:
    return "none" if value is None else str(value)


def _about_data(runs: Sequence[Run]) -> list[str]:
    """Where the reals that figures are compared with differ."""
    if len({(run.plan.source, str(run.plan.recipe.data)) for run in runs}) > 1:
        return [
            "The runs have different data: their figures are compared with different reals, and are not comparable."
        ]
    if len({run.plan.seed for run in runs}) > 1:
        return ["The seeds differ, and with them which reals are held out."]
    return []


def _basis(name: str, run: Run, log: dict) -> str:
    """All that must be the same for two runs to be compared by a column; empty where any two can be."""
    if labels.measured_in_features(name):
        counts = [log.get(f"val_{side}_samples", [np.nan])[-1] for side in ("generated", "real")]
        known = name.startswith("val_") and np.isfinite(counts).all()
        features = run.plan.recipe.features or "pixels"
        return f"{features}, {counts[0]:,.0f} : {counts[1]:,.0f}" if known else features
    if name.removeprefix("val_") in ("discriminator_loss", "generator_loss"):
        return _loss(run.plan.recipe.loss)  # another loss is another quantity
    return ""


def _loss(loss: str | dict) -> str:
    """Its name, with the arguments that make it another loss: `"non_saturating, label_smoothing=0.1"`."""
    arguments = {} if isinstance(loss, str) else {name: value for name, value in loss.items() if name != "name"}
    name = loss if isinstance(loss, str) else loss["name"]
    return ", ".join([name, *(f"{one}={value}" for one, value in arguments.items() if value)])


def _about_courses(metric: str, courses: Sequence["lengths.Course | None"], runs: Sequence[Run]) -> list:
    """When the metric was best in each run, and whether it still got better at the end."""
    if not any(courses):
        return []
    label = _bare(metric, runs[0])
    return [
        (f"best {label} at epoch", [f"{one.best} of {one.epochs}" if one else "-" for one in courses]),
        (f"{label} still improves", [("yes" if one.improves else "no") if one else "-" for one in courses]),
    ]


def _bare(metric: str, run: Run) -> str:
    return labels.metric_label(metric, run.plan.recipe.features).partition(" (")[0]


def _named(name: str, basis: str, run: Run) -> str:
    label = _bare(name, run)
    return f"{label} ({basis})" if basis else label


def _last_values(name: str, runs: Sequence[Run], logs: Sequence[dict], warnings: list[str]) -> list:
    """The last value of a column, in a row for each basis."""
    rows: dict[str, list[str]] = {}
    bases: dict[str, None] = {}
    for place, (run, log) in enumerate(zip(runs, logs, strict=True)):
        if name in log:
            basis = _basis(name, run, log)
            bases[basis] = None
            row = rows.setdefault(_named(name, basis, run), ["-"] * len(runs))
            row[place] = spelled(float(log[name][-1]) if np.isfinite(log[name][-1]) else None)
    if len(bases) > 1:
        what = "losses" if name.endswith("_loss") else "features or numbers of samples"
        warnings.append(_apart(what, bases))
    return list(rows.items())


def _apart(what: str, bases: Iterable[str]) -> str:
    return f"Not to be compared, and so in rows of their own: figures of different {what} ({'; '.join(bases)})."


def _evaluation(run: Run) -> dict | None:
    """What `kgan evaluate` wrote; `None` where it did not."""
    if not run.evaluation.is_file():
        return None
    try:
        found = files.read_json(run.evaluation)
        json_documents.check_list(found.get("figures"), "figures")
        for figure in found["figures"]:
            json_documents.made(Figure, figure, "figure")
    except (ValueError, OSError) as error:
        raise RunError(
            f"Expected {run.evaluation} as kgan evaluate writes it. Received: {error}. Evaluate the run again."
        ) from error
    return found


def _evaluated(evaluations: Sequence[dict | None], warnings: list[str]) -> list[tuple[str, list[str]]]:
    """The figures of `kgan evaluate`, against held-out reals where there are such, in a row for each basis."""
    rows: dict[str, dict[str, list[str]]] = {}
    for place, found in enumerate(evaluations):
        figures = found["figures"] if found else []
        against_held_out = {figure["name"] for figure in figures if figure["against"] == HELD_OUT}
        for figure in figures:
            if figure["name"] in against_held_out and figure["against"] != HELD_OUT:
                continue
            counts = f"{figure['generated_samples']:,}"
            if figure["real_samples"]:
                counts += f" : {figure['real_samples']:,} {figure['against']}"
            alike = rows.setdefault(figure["name"], {})
            row = alike.setdefault(f"{figure['label']}, {counts}", ["-"] * len(evaluations))
            row[place] = spelled(figure["value"], figure["name"])
    for alike in rows.values():
        if len(alike) > 1:
            warnings.append(_apart("features or numbers of samples", alike))
            break  # the others differ in the same way
    return [row for alike in rows.values() for row in alike.items()]


def _cells(rows: Sequence[tuple[str, list[str]]]) -> list[list[str]]:
    return [[escape(name), *map(escape, values)] for name, values in rows]
