"""The figures of an epoch as a row of a table that fits the terminal."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["FIGURES", "EpochTable"]

FIGURES = (  # those that say most, in the order in which they are dropped from the end where there is no room
    "discriminator_loss",
    "generator_loss",
    "val_kernel_distance",
    "val_frechet_distance",
    "val_precision",
    "val_recall",
    "val_psnr",
    "val_ssim",
    "val_l1",
    "real_accuracy",
    "generated_accuracy",
)
_LEAST = 6  # characters of a column
_AGAIN = 20  # lines after which the names of the columns are said again


class EpochTable:
    """Rows of the figures of epochs, with names as `log.csv` has them, one part of a name above the other.

    Args:
        figures: Names of the figures to show, as far as there are such figures and room.
    """

    def __init__(self, figures: Sequence[str] = FIGURES):
        self._figures = tuple(figures)
        self._shown: tuple[str, ...] = ()
        self._lines = 0  # since the names of the columns were said

    def count(self, lines: int) -> None:
        """So many other lines came in between."""
        self._lines += lines

    def rows(self, epoch: str, logs: Mapping[str, Any], last: Mapping[str, str], columns: int) -> list[str]:
        """The row of an epoch, below the names of its columns where they have to be said again.

        Args:
            epoch: The first cell, `"3/30"`.
            logs: All figures of the epoch.
            last: The last cells by their names, texts.
            columns: Characters that a row may have.
        """
        shown = self._chosen(epoch, logs, last, columns)
        cells = {"epoch": epoch, **{name: _cell(logs.get(name)) for name in shown}, **last}
        widths = [max(_width(name), len(cell)) for name, cell in cells.items()]
        said = shown != self._shown or self._lines >= _AGAIN or not self._lines
        rows = _heads(cells, widths) if said else []
        rows.append("  ".join(cell.rjust(width) for cell, width in zip(cells.values(), widths, strict=True)))
        self._shown, self._lines = shown, len(rows) + (0 if said else self._lines)
        return rows

    def _chosen(self, epoch: str, logs: Mapping[str, Any], last: Mapping[str, str], columns: int) -> tuple[str, ...]:
        others = [name for name in logs if name not in self._figures and not name.endswith("_samples")]
        others = others if not any(name in logs for name in self._figures) else []
        room = columns - max(len(epoch), _LEAST) - sum(2 + max(_width(name), len(one)) for name, one in last.items())
        chosen: list[str] = []
        for name in [name for name in self._figures if name in logs] + others:
            room -= 2 + max(_width(name), len(_cell(logs[name])))
            if room < 0:
                break
            chosen.append(name)
        return tuple(chosen)


def _heads(cells: Mapping[str, str], widths: Sequence[int]) -> list[str]:
    parts = [name.split("_") for name in cells]
    height = max(map(len, parts))
    padded = [[""] * (height - len(one)) + one for one in parts]
    lines = (
        "  ".join(one[row].rjust(width) for one, width in zip(padded, widths, strict=True)) for row in range(height)
    )
    return [line.rstrip() for line in lines]


def _width(name: str) -> int:
    return max(_LEAST, *map(len, name.split("_")))


def _cell(value: Any) -> str:
    """Four digits; a dash for what is not there, or no number."""
    if value is None or math.isnan(float(value)):
        return "-"
    number = float(value)
    return f"{number:.4f}" if 0.001 <= abs(number) < 10 else f"{number:.4g}"
