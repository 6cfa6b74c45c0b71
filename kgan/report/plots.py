"""Curves over epochs, as PNGs that can be read on light and on dark paper."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

__all__ = ["COLOURS", "Curve", "curves"]

COLOURS = ("#3b7dd8", "#e07b39", "#2f9e7f", "#c2549d", "#9a7b2f", "#7a68c7", "#4aa3b5", "#b5524a")
_INK = "#78818b"  # the same contrast to white as to near black
_INCHES = (4.7, 2.9)  # small, so that letters are legible on a telephone
_DPI = 200
_LARGE_RATIO = 50.0  # between the largest and the smallest figure, beyond which an axis is logarithmic
Curve = tuple[Sequence[float], Sequence[float]]  # epochs, values


def curves(
    series: Mapping[str, Curve],
    label: str,
    *,
    level: "tuple[float, str] | None" = None,
    limits: "tuple[float, float] | None" = None,
    logarithmic: bool = False,
    colours: "Mapping[str, str] | None" = None,
) -> bytes:
    """Curves over epochs, dashed where their name ends in "held out", one colour for each name before a comma.

    Args:
        series: Epochs and values by name.
        label: Of the vertical axis, with its unit.
        level: A height worth a line across, and what it is.
        limits: Of the vertical axis.
        logarithmic: Whether the vertical axis is logarithmic where figures differ by more than a factor of 50 and all
            are positive.
        colours: By name, where more than this plot has them.
    """
    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    chosen = dict(colours or {})
    for name, (epochs, values) in series.items():
        stem, _, rest = name.partition(", ")
        colour = chosen.setdefault(stem, COLOURS[len(chosen) % len(COLOURS)])
        axes.plot(
            epochs,
            values,
            color=colour,
            linestyle="--" if rest == "held out" else "-",
            marker="o" if len(epochs) <= 30 else None,  # a single epoch is a dot, not nothing
            markersize=2.5,
            linewidth=1.4,
            label=name,
        )
    if level is not None:
        axes.axhline(level[0], color=_INK, linewidth=0.8, linestyle=":", label=level[1])
    if limits is not None:
        axes.set_ylim(*limits)
    everything = np.concatenate([np.asarray(values, float) for _, values in series.values()])
    finite = everything[np.isfinite(everything)]
    if logarithmic and len(finite) and finite.min() > 0 and finite.max() > _LARGE_RATIO * finite.min():
        axes.set_yscale("log")
    axes.set_xlabel("epochs")
    axes.set_ylabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _quiet(axes)
    if len(series) > 1 or level is not None or colours is not None:
        figure.legend(
            *axes.get_legend_handles_labels(),
            frameon=False,
            fontsize=8,
            labelcolor=_INK,
            loc="outside upper left",
            ncols=2,
        )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", transparent=True)
    return buffer.getvalue()


def _quiet(axes) -> None:
    axes.tick_params(colors=_INK, labelsize=8, which="both")
    for text in (axes.xaxis.label, axes.yaxis.label):
        text.set_color(_INK)
        text.set_fontsize(9)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_INK)
    axes.grid(axis="y", color=_INK, alpha=0.2, linewidth=0.6)
