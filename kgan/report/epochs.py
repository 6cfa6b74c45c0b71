"""What the report draws of the log over epochs: both players' losses, and the metrics."""

import math
from collections.abc import Iterator

import numpy as np

from kgan.metrics import METRICS
from kgan.report import labels, markup, plots
from kgan.run import Run

__all__ = ["ends", "learning_curves", "metrics"]

_PLAYERS = ("epoch", "discriminator_loss", "generator_loss", "real_accuracy", "generated_accuracy")
_SHARES = ("precision", "recall", "density", "coverage")  # in one plot, because one is read beside the other


def learning_curves(run: Run) -> str:
    """The section of losses, accuracies, penalties and further terms."""
    figures = run.figures()
    drawn = []
    for kind, unit, limits in (("loss", "loss", None), ("accuracy", "share told right", (-0.03, 1.03))):
        players = ("discriminator", "generator") if kind == "loss" else ("real", "generated")
        series = {}
        for player in players:
            for prefix, suffix in (("", ""), ("val_", ", held out")):
                found = labels.column(figures, f"{prefix}{player}_{kind}")
                if found is not None:
                    series[player + suffix] = found
        if series:
            plot = plots.curves(series, unit, limits=limits)
            drawn.append(markup.picture(plot, f"The {kind} of both sides over epochs: {ends(series)}"))
    terms = {
        name.replace("_", " "): labels.column(figures, name)
        for name in figures
        if name not in _PLAYERS and not name.startswith(("val_", "monitor_"))
    }
    if terms:
        label = "value" if len(terms) > 1 else next(iter(terms))
        plot = plots.curves(terms, label, logarithmic=True)
        drawn.append(markup.picture(plot, f"Penalties and further terms over epochs: {ends(terms)}"))
    return markup.section("Losses and accuracies", markup.side_by_side(*drawn))


def metrics(run: Run) -> str:
    """The section of the metrics that were worked out after each epoch; empty without."""
    figures = run.figures()
    features = run.plan.recipe.features
    drawn = []
    for names in _panels(figures):
        series = {
            labels.metric_label(f"val_{name}", features).partition(" (")[0]: labels.column(figures, f"val_{name}")
            for name in names
        }
        label = next(iter(series)) if len(names) == 1 else "share"
        if labels.measured_in_features(f"val_{names[0]}"):
            label += f" ({features})"
        plot = plots.curves(series, label, logarithmic=len(names) == 1)
        drawn.append(markup.picture(plot, f"{', '.join(series)} over epochs: {ends(series)}"))
    if not drawn:
        return ""
    counts = [figures.get(f"val_{side}_samples", [math.nan])[-1] for side in ("generated", "real")]
    said = "After each epoch, on held-out data."
    if np.isfinite(counts).all():
        said = (
            f"After each epoch, {counts[0]:,.0f} samples against {counts[1]:,.0f} held-out reals. Not at the numbers "
            f"of samples of the key figures, and so not to be compared with them."
        )
    return markup.section("Metrics over time", markup.paragraph(said, "faint"), markup.side_by_side(*drawn))


def _panels(figures: dict) -> Iterator[list[str]]:
    """Names of metrics to draw in one plot each."""
    columns = [name.removeprefix("val_") for name in figures if name.startswith("val_")]
    found = [name for name in columns if name not in _PLAYERS and not name.endswith(("_loss", "_samples"))]
    order = [*METRICS, *labels.OF_PAIRS]
    found.sort(key=lambda name: order.index(name) if name in order else len(order))
    shares = [name for name in found if name in _SHARES]
    yield from ([name] for name in found if name not in shares)
    if shares:
        yield shares


def ends(series: dict) -> str:
    """Where curves begin and end, for who cannot see them."""
    return "; ".join(f"{name} from {values[0]:.3g} to {values[-1]:.3g}" for name, (_, values) in series.items())
