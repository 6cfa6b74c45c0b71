"""What the report shows of the monitor's looks: verdicts, and signs over epochs."""

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
        markup.side_by_side(*_sign_plots(run.plan.kind.panels, looks)),
    )


def _sign_plots(panels: Sequence[Panel], looks: list[dict]) -> Iterator[str]:
    for panel in panels:
        series = {title: labels.curve(looks, name) for name, title in panel.signs.items()}
        series = {title: found for title, found in series.items() if found is not None}
        if series:
            plot = plots.curves(
                series, panel.label, limits=panel.limits, level=panel.level, logarithmic=panel.logarithmic
            )
            yield markup.picture(plot, f"{' and '.join(series)} over epochs: {ends(series)}")


def _mark(look: dict) -> str:
    return labels.MARKS.get(look["verdict"]["name"], labels.NO_MARK)
