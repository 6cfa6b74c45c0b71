"""`log.csv` of a run: the figures of each epoch, as Keras's CSVLogger writes them."""

import csv
import math
from pathlib import Path

import numpy as np

from kgan._support import files

__all__ = ["columns", "forget_after"]


def columns(log: Path) -> dict[str, np.ndarray]:
    """The columns: `"epoch"` from 1, and what was logged, NaN where an entry is missing; none where no epoch ended.

    Raises:
        ValueError: if the file is not as kgan wrote it.
    """
    if not log.is_file():
        return {}
    try:
        with log.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found = {
            name: np.array([math.nan if row[name] == "NA" else float(row[name]) for row in rows])
            for name in (rows[0] if rows else ())
        }
        if found:
            found["epoch"] = found["epoch"] + 1
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise ValueError(f"Expected {log} as kgan train writes it. Received: {error!r}.") from error
    return {name: values for name, values in found.items() if not np.isnan(values).all()}


def forget_after(log: Path, epochs: int) -> None:
    """Takes rows of later epochs out."""
    if not log.is_file():
        return
    with log.open(encoding="utf-8", newline="") as file:
        names, *rows = list(csv.reader(file)) or [[]]
    kept = [row for row in rows if len(row) == len(names) and int(row[names.index("epoch")]) < epochs]
    if not kept:  # the callback writes the names of the columns to a new file only
        log.unlink()
    elif kept != rows:
        with files.replacing(log) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([names, *kept])
