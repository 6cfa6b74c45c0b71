"""What the report shows of the monitor's looks: verdicts on the game and the samples, and signs over epochs."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from kgan.models.kind import Panel
from kgan.report import labels, markup, plots
from kgan.report.epochs import ends
from kgan.run import Run

__all__ = ["section"]


def section(run: Run) -> str:
    """The section of the monitor's looks; empty where it never looked."""
    looks = run.looks()
    if not looks:
        return ""
    strip = "".join(f'<i style="--mark: {_mark(look)}" title="{escape(_title(look))}"></i>' for look in looks)
    marks = {look["verdict"]["name"]: _mark(look) for look in looks}
    key = "".join(f'<span style="--mark: {mark}">{escape(name)}</span>' for name, mark in marks.items())
    title, said = "The game", "What each look said, from the first to the last"
    if any(map(_samples, looks)):
        title, said = "The game and the samples", f"{said}; green is for samples as close as reals"
    return markup.section(
        title,
        markup.paragraph(f"{said}:"),
        f'<div class="strip" role="img" aria-label="Verdicts; the table below has them in words">{strip}</div>',
        f'<div class="key">{key}</div>',
        _table(looks),
        markup.side_by_side(*_sign_plots(run.plan.kind.panels, looks)),
    )


def _table(looks: list[dict]) -> str:
    """A row for looks in a row that said the same."""
    with_samples = any(_samples(look) for look in looks)
    rows = []
    for _, group in groupby(looks, key=lambda look: look["verdict"]["name"]):
        first, *rest = list(group)
        last = rest[-1] if rest else first
        epochs = f"{first['epoch']}" if first is last else f"{first['epoch']} to {last['epoch']}"
        verdict = last["verdict"]
        cells = [epochs, f'<i class="dot" style="--mark: {_mark(last)}"></i>{escape(verdict["name"])}']
        if with_samples:
            cells.append(escape(_samples(last)))
        rows.append([*cells, escape(f"{verdict['because']} {verdict['advice']}".strip())])
    head = ["Epochs", "Verdict", *(["Samples"] if with_samples else []), "Because, at the last of these epochs"]
    return markup.table(head, rows, long=len(head) - 1)


def _sign_plots(panels: Sequence[Panel], looks: list[dict]) -> Iterator[str]:
    for panel in panels:
        series = {title: labels.curve(looks, name) for name, title in panel.signs.items()}
        series = {title: found for title, found in series.items() if found is not None}
        if series:
            plot = plots.curves(
                series, panel.label, limits=panel.limits, level=panel.level, logarithmic=panel.logarithmic
            )
            yield markup.picture(plot, f"{' and '.join(series)} over epochs: {ends(series)}")


def _samples(look: dict) -> str:
    return look["verdict"].get("samples", "")


def _mark(look: dict) -> str:
    return labels.mark(look["verdict"]["name"], _samples(look))


def _title(look: dict) -> str:
    samples = f"; samples {_samples(look)}" if _samples(look) else ""
    return f"Epoch {look['epoch']}: {look['verdict']['name']}{samples}"
