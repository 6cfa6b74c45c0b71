"""Histograms of the columns of a table and of generated rows, after each epoch."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image, ImageDraw

from kgan import pictures
from kgan._support.checks import whole
from kgan.data.tables.cells import look
from kgan.data.tables.columns import Column
from kgan.data.tables.encoding import learned_part

__all__ = ["TableHistograms", "histograms"]

_BARS = 24
_WIDTH, _HEIGHT, _TITLE, _GAP = 240, 90, 16, 12  # pixels of one histogram
_ACROSS = 4
_REAL, _DRAWN, _INK = (198, 204, 212), (214, 90, 30), (20, 20, 20)
_MOST = 24  # columns that are drawn


class TableHistograms(keras.callbacks.Callback):
    """Draws a histogram of each column after each epoch: of the table in grey, of generated rows as an orange line.

    Writes `epoch-0001.png`, `epoch-0002.png`, ...: bars are the values of a column, the most frequent first, or ranges
    of numbers, and as high as the share of the rows that have them. Of more than 24 columns the first are drawn.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Rows to draw.
        seed: Of the rows.
        every: Epochs between two pictures.

    Raises:
        ValueError: if `rows` or `every` is less than 1 or `seed` negative; when training begins, if the model is no
            `kgan.Tabular`.
    """

    def __init__(self, folder: "str | os.PathLike", rows: int = 1_000, seed: int = 0, every: int = 1):
        super().__init__()
        self.folder = Path(folder)
        self.rows = whole("rows", rows, 1)
        self.seed = whole("seed", seed, 0)
        self.every = whole("every", every, 1)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not hasattr(self.model, "table"):
            raise ValueError(
                f"Expected a kgan.Tabular in its fit for TableHistograms. Received: {type(self.model).__name__}."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if (epoch + 1) % self.every:
            return
        if not all(np.isfinite(weight.numpy()).all() for weight in self.model.network().weights):
            return  # which FiniteGuard tells
        table, drawn = self.model.table, self.model.sample(self.rows, seed=self.seed)
        picture = histograms(table.columns, learned_part(table, drawn))
        pictures.save(picture, self.folder / f"epoch-{epoch + 1:04d}.png")


def histograms(columns: "tuple[Column, ...]", frame: Any) -> Image.Image:
    """A picture of the columns of a table, as its counts and quantiles have them, and of rows of a data frame.

    Args:
        columns: Of the table.
        frame: A pandas DataFrame with these columns.

    Returns:
        An RGB picture, four columns across.
    """
    shown = columns[:_MOST]
    across = min(_ACROSS, len(shown))
    down = -(-len(shown) // across)
    size = across * (_WIDTH + _GAP) + _GAP, down * (_HEIGHT + _TITLE + _GAP) + _GAP
    picture = Image.new("RGB", size, (255, 255, 255))
    for place, column in enumerate(shown):
        left = _GAP + place % across * (_WIDTH + _GAP)
        top = _GAP + place // across * (_HEIGHT + _TITLE + _GAP)
        real, drawn = _shares(column, frame[column.name])
        _draw(ImageDraw.Draw(picture), left, top, _titled(column), real, drawn)
    return picture


def _titled(column: Column) -> str:
    return pictures.title(0, [column.name])


def _shares(column: Column, series: Any) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the rows in each bar: of the table, and of the frame."""
    cells = look(series, column.name)
    if not column.is_continuous:
        counts = np.asarray(column.counts, np.float64)[:_BARS]
        values = [value for value in column.values[:_BARS]]
        plain = series.astype(object).where(~series.isna(), None).tolist()
        if column.kind in ("date", "datetime"):
            unit = 86_400.0 if column.kind == "date" else 1.0
            numbers = iter((cells.values / unit).tolist())
            plain = [None if missing else next(numbers) for missing in cells.missing]
        found = np.array([sum(one == value for one in plain) for value in values], np.float64)
        return counts / sum(column.counts), found / max(1, len(plain))
    unit = 86_400.0 if column.kind == "date" else 1.0
    numbers = cells.values.astype(np.float64) / unit
    quantiles = np.asarray(column.quantiles)
    low, high = float(quantiles.min()), float(quantiles.max())
    edges = np.linspace(low, high + (high == low), _BARS + 1)
    grid = np.linspace(0.0, 1.0, quantiles.shape[1])
    counts = np.asarray(column.counts, np.float64)
    real = np.zeros(_BARS)
    for weight, of_mode in zip(counts, quantiles, strict=False):
        if of_mode[0] == of_mode[-1]:
            real[min(int(np.searchsorted(edges, of_mode[0], side="right")) - 1, _BARS - 1)] += weight
        else:
            real += weight * np.diff(np.interp(edges, of_mode, grid, left=0.0, right=1.0))
    found = np.histogram(numbers, edges)[0].astype(np.float64)
    return real / counts.sum(), found / max(1, len(series))


def _draw(draw: ImageDraw.ImageDraw, left: int, top: int, name: str, real: np.ndarray, drawn: np.ndarray) -> None:
    draw.text((left, top), name[:38], _INK)
    bottom = top + _TITLE + _HEIGHT
    highest = max(float(real.max()), float(drawn.max()), 1e-9)
    width = _WIDTH / len(real)
    line = []
    for bar, (share, other) in enumerate(zip(real, drawn, strict=True)):
        x, y = left + bar * width, bottom - share / highest * _HEIGHT
        draw.rectangle((x, y, x + width - 1, bottom), _REAL)
        y = bottom - other / highest * _HEIGHT
        line += [(x, y), (x + width - 1, y)]
    draw.line(line, _DRAWN, 2)
    draw.line((left, bottom, left + _WIDTH, bottom), _INK)
