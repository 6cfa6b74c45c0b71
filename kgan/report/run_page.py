"""The report of a run: what its figures, its game and what it makes look like, in one file."""

import os
from html import escape
from pathlib import Path

from kgan._support import files
from kgan.evaluation import HELD_OUT, TRAINING, Evaluation, spelled
from kgan.report import epochs, game, labels, markup
from kgan.run import Run

__all__ = ["write"]


def write(run: Run, evaluation: Evaluation, path: "str | os.PathLike | None" = None) -> Path:
    """Writes the report, which needs nothing but itself.

    Args:
        run: The run.
        evaluation: What `kgan.evaluation.evaluate` found.
        path: Where to; `report.html` in the run folder by default.

    Returns:
        The path.

    Raises:
        RunError: if nothing was saved yet, or the logs are not as kgan wrote them.
    """
    path = run.report if path is None else Path(path)
    content = markup.page(
        f"{run.folder.name}: a GAN's report",
        [
            _headline(run, evaluation),
            _key_figures(evaluation),
            *run.plan.kind.sections(run, run.load_exported(), evaluation),
            epochs.learning_curves(run),
            epochs.metrics(run),
            game.section(run),
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
    if run.exported:
        weights = f"Figures and samples are of the weights of epoch {run.exported['epoch']}, {run.exported['because']}."
        title += markup.paragraph(weights, "faint")
    verdict = run.verdict
    if verdict is None:
        name, lines = "No verdict", ["The monitor did not look at this run."]
    else:
        name, lines = verdict.name.capitalize(), [verdict.because, verdict.advice]
        if verdict.samples:
            lines.append(f"Game: {verdict.game}. Samples: {verdict.samples}.")
    mark = labels.mark(verdict.name, verdict.samples) if verdict else labels.mark("", "")
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
    wording = evaluation.wording
    head = ["", *(escape(column).replace(" ", "<br>") for column in wording.columns)]
    who = "the averaged generator" if evaluation.averaged else "the generator"
    explained = f"{wording.made.capitalize()} of {who}. {wording.explained}"
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


_SECRET = ("data.secret",)  # with which differential privacy would be none


def _settings(run: Run, evaluation: Evaluation) -> str:
    plan = run.plan
    own = plan.recipe.leaves()
    rows = [
        (
            escape(name),
            escape("none" if value is None else "not told" if name in _SECRET else str(value)),
            escape(plan.recipe.source_of(name) if name in own else ""),
        )
        for name, value in plan.settings().items()
    ]
    versions = [
        (escape(name), escape(str(run.config.get("versions", {}).get(name, "-"))), escape(version))
        for name, version in evaluation.versions.items()
    ]
    return markup.section(
        "Settings and versions",
        markup.side_by_side(
            markup.table(["Setting", "Value", "From"], rows, long=2),
            markup.table(["Package", "When trained", "When evaluated"], versions),
        ),
        markup.paragraph(f"Evaluated on {evaluation.date}. The recipe is of {plan.recipe.source}.", "faint"),
    )
