"""`log.csv` of a run: the figures of each epoch, as Keras's CSVLogger writes them."""

import contextlib
import csv
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from kgan._support import files

__all__ = ["columns", "forget_after", "widened"]


def columns(log: Path) -> dict[str, np.ndarray]:
    """The columns: `"epoch"` from 1, and what was logged, NaN where an entry is missing; none where no epoch ended.

    Raises:
        ValueError: if the file is not as kgan wrote it, or a row has more or fewer entries than there are columns.
    """
    if not log.is_file():
        return {}
    with _refused_by_name(log):
        names, rows = _table(log)
        _check_lengths(names, rows)
        if not rows:
            return {}
        found = {
            name: np.array([math.nan if entry == "NA" else float(entry) for entry in entries])
            for name, entries in zip(names, zip(*rows, strict=True), strict=True)
        }
        found["epoch"] = found["epoch"] + 1
    return {name: values for name, values in found.items() if not np.isnan(values).all()}


def forget_after(log: Path, epochs: int) -> None:
    """Takes rows of later epochs out, and a last row that was cut off while it was written.

    Raises:
        ValueError: if the file is not as kgan wrote it, or another row has more or fewer entries than there are
            columns; the file stays as it is.
    """
    if not log.is_file():
        return
    with _refused_by_name(log):
        names, rows = _table(log)
        whole = rows[:-1] if rows and len(rows[-1]) < len(names) else rows
        _check_lengths(names, whole)
        kept = [row for row in whole if int(row[names.index("epoch")]) < epochs]
    if not kept:  # the callback writes the names of the columns to a new file only
        log.unlink()
    elif kept != rows:
        _write(log, [names, *kept])


def widened(log: Path, names: Iterable[str]) -> list[str]:
    """The columns of a log that shall have these too: `"epoch"`, those that it has, and the new ones by the alphabet.

    Where a column is new, the log is written beside and renamed, with `NA` in its rows so far.

    Raises:
        ValueError: if the file is not as kgan wrote it, or a row has more or fewer entries than there are columns;
            the file stays as it is.
    """
    with _refused_by_name(log):
        before, rows = _table(log)
        _check_lengths(before, rows)
    after = ["epoch", *(name for name in before if name != "epoch"), *sorted({*names} - {*before, "epoch"})]
    if after != before:
        by_name = [dict(zip(before, row, strict=True)) for row in rows]
        _write(log, [after, *([row.get(name, "NA") for name in after] for row in by_name)])
    return after


def _table(log: Path) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the rows."""
    with log.open(encoding="utf-8", newline="") as file:
        names, *rows = [row for row in csv.reader(file) if row] or [[]]
    return names, rows


def _check_lengths(names: list[str], rows: list[list[str]]) -> None:
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise ValueError(f"{len(row)} entries in row {number} under the names of {len(names)} columns")


@contextlib.contextmanager
def _refused_by_name(log: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, csv.Error) as error:
        raise ValueError(
            f"Expected {log} as kgan train writes it. Received: {error}. Move the file elsewhere: the run goes on "
            f"with a new one."
        ) from error


def _write(log: Path, rows: list[list[str]]) -> None:
    with files.replacing(log) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
