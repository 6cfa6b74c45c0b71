"""From cells to numbers: rows of a data frame as encoded rows."""

from typing import Any

import numpy as np

from kgan._support import limits, lookup
from kgan.data.splits import DataError
from kgan.data.tables import modes, ranks
from kgan.data.tables.cells import DATES, days_or_seconds, look, texts_as_dates
from kgan.data.tables.columns import Column, Table
from kgan.data.tables.constraints import Constrained
from kgan.data.tables.reading import Source

__all__ = ["check_columns", "codes_of", "encoded", "learned_part"]

_DAY = 86_400.0
_FAMILIES = {
    "text": "text",
    "boolean": "a boolean",
    "datetime": "a datetime",
    "integer": "a number",
    "number": "a number",
}


def check_columns(table: Table, names: Any) -> None:
    """Refuses rows whose columns are others.

    Raises:
        DataError: if a column is missing, or there is one more.
    """
    received = [str(one) for one in names]
    missing = [one for one in table.names if one not in received]
    more = [one for one in received if one not in table.names]
    if missing or more:
        said = [f"without {', '.join(map(repr, missing))}"] if missing else []
        said += [f"with {', '.join(map(repr, more))} besides"] if more else []
        raise DataError(
            f"Expected the columns {', '.join(map(repr, table.names))}. Received: a table {' and '.join(said)}. "
            f"Give it the columns that the model was made for."
        )


def encoded(table: Table, frame: Any, seed: int, first: int = 0) -> np.ndarray:
    """Rows in numbers.

    Args:
        table: The columns.
        frame: A pandas DataFrame with these columns.
        seed: Of the modes that numbers are assigned to.
        first: The number of the first row, for errors and for the draws.

    Returns:
        float32 `(rows, table.row_dim)`: numbers of continuous columns, then a code for each block. Of ranked columns
        numbers are turned where `table.turn` says how, else scores.

    Raises:
        DataError: if a column is missing or of another type, or a value is not among those of its column.
    """
    check_columns(table, frame.columns)
    frame = learned_part(table, frame, first)
    numbers, blocks = [], []
    for place, column in enumerate(table.columns):
        random = np.random.default_rng([seed, place, first])
        codes, number = codes_of(column, frame[column.name], random, first)
        if column.is_continuous:
            numbers.append(number)
        if len(column.blocks) == 1:
            blocks.append(codes)
        elif column.blocks:
            blocks += [codes // column.base, codes % column.base]
    empty = [np.empty((len(frame), 0))]
    if table.turn is not None and numbers:
        numbers = list(table.turn.turned(np.column_stack(numbers)).T)
    return np.column_stack([*empty, *numbers, *blocks]).astype(np.float32)


def learned_part(table: Table, frame: Any, first: int = 0) -> Any:
    """The columns of some rows that networks see.

    Args:
        table: The columns.
        frame: A pandas DataFrame with the columns that rows have.
        first: The number of the first row, for errors.

    Raises:
        DataError: if a row does not hold a constraint.
    """
    if not table.constraints:
        return frame
    return Constrained(Source(frame), table.constraints).reduced(frame, first)


def codes_of(column: Column, series: Any, random: np.random.Generator, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The code of each cell, int64, and its place within its mode, float64 in [-1, 1]; zeros for a discrete column.

    A ranked column has normal scores in place of places.

    Args:
        column: The column.
        series: Its cells, a pandas Series.
        random: What draws modes.
        first: The number of the first row, for errors.

    Raises:
        DataError: if cells are of another type than the column, or not among its values.
    """
    cells = look(series, column.name, first)
    values = cells.values if cells.family is None else _as_kept(column, cells.family, cells.values)
    codes, numbers = np.empty(len(cells.missing), np.int64), np.zeros(len(cells.missing))
    if cells.missing.any():
        codes[cells.missing] = _code_of_missing(column, int(np.flatnonzero(cells.missing)[0]) + first)
    if not len(values):
        return codes, numbers
    if column.is_continuous:
        if column.ranked:
            found, places = ranks.scored(column, values, random)
        else:
            found, places = modes.assigned(values, column.means, column.scales, column.counts, random)
        codes[~cells.missing], numbers[~cells.missing] = found, places
        return codes, numbers
    known = {value: code for code, value in enumerate(column.values)}
    found = np.fromiter((known.get(one, -1) for one in values.tolist()), np.int64, len(values))
    if (found < 0).any():
        at = int(np.flatnonzero(found < 0)[0])
        row = int(np.flatnonzero(~cells.missing)[at]) + first
        names = [str(one) for one in column.values]
        raise DataError(
            f"Expected one of the {len(names):,} values that the column {column.name!r} had when the model was made: "
            f"{limits.shortened(', '.join(names))}. Received: {values[at]!r} in row {row + 1}."
            f"{lookup.nearest(str(values[at]), names)}"
        )
    codes[~cells.missing] = found
    return codes, numbers


def _code_of_missing(column: Column, row: int) -> int:
    if column.is_continuous and column.missing:
        return column.size - 1
    if not column.is_continuous and None in column.values:
        return column.values.index(None)
    raise DataError(
        f"Expected no missing cell in the column {column.name!r}, which had none when the model was made. Received: "
        f"one in row {row + 1}."
    )


def _as_kept(column: Column, family: str, values: np.ndarray) -> np.ndarray:
    """Cells as the column keeps them: dates as numbers of their unit."""
    if column.kind in DATES:
        seconds = texts_as_dates(values.tolist()) if family == "text" else values if family == "datetime" else None
        if seconds is not None:
            unit = _DAY if column.kind == "date" else 1.0
            if column.kind == "date" and days_or_seconds(seconds)[0] != "date":
                raise _of_another_type(column, "a time of the day")
            return seconds / unit
    elif column.is_continuous or column.kind in ("number", "integer"):
        if family in ("integer", "number"):
            return values
    elif family == "boolean" and column.kind == "boolean":
        return values
    elif column.kind == "category":
        texts = any(isinstance(one, str) for one in column.values)
        booleans = any(isinstance(one, bool) for one in column.values)
        if (family == "text") == texts and (family == "boolean") == booleans and family != "datetime":
            return values
    raise _of_another_type(column, _FAMILIES[family])


def _of_another_type(column: Column, received: str) -> DataError:
    return DataError(
        f"Expected cells of the kind {column.kind} in the column {column.name!r}, as when the model was made. "
        f"Received: {received}."
    )
