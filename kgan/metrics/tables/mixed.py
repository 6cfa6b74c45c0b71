"""Rows of mixed columns as numbers and codes, alike for several tables, which every figure of tables begins with."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kgan.data.splits import DataError
from kgan.data.tables import cells

__all__ = ["MixedRows", "mixed_rows", "ordered_columns"]


class MixedRows(NamedTuple):
    """Rows of a table, with the columns whose order counts apart from the others.

    Attributes:
        numbers: Numbers, and dates in seconds since 1970, `(rows, ordered columns)` float64, NaN for missing cells.
        codes: The other columns, `(rows, unordered columns)` int64: alike for cells that are alike, missing ones too.
        ordered: Names of the columns of `numbers`.
        unordered: Names of the columns of `codes`.
    """

    numbers: np.ndarray
    codes: np.ndarray
    ordered: tuple[str, ...]
    unordered: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> "MixedRows":
        """Some of the rows, by number or as a mask."""
        return self._replace(numbers=self.numbers[rows], codes=self.codes[rows])

    def some(self, most: int, random: np.random.Generator) -> "MixedRows":
        """At most so many of the rows, drawn without replacement, in their order."""
        return self if self.rows <= most else self.take(np.sort(random.choice(self.rows, most, replace=False)))


def ordered_columns(frame: Any) -> list[str]:
    """The names of the columns that hold numbers or dates, ISO dates as text among them.

    Args:
        frame: A pandas DataFrame.

    Raises:
        DataError: if a column holds cells of several types, or numbers that are not finite.
    """
    found = []
    for name in frame.columns:
        held = cells.look(frame[name], str(name))
        is_date = held.family == "text" and cells.texts_as_dates(held.values) is not None
        if is_date or held.family in ("integer", "number", "datetime"):
            found.append(str(name))
    return found


def mixed_rows(*frames: Any, ordered: Sequence[str] | None = None) -> list[MixedRows]:
    """The rows of several tables with the same columns, such that alike cells have alike codes in all of them.

    Args:
        *frames: pandas DataFrames. The first says which columns there are; others may have more, which do not count.
        ordered: The columns whose order counts. `None` takes those of numbers and dates of the first frame.

    Raises:
        DataError: if there is no row in a frame, a column is lacking, or a cell cannot be read as its column asks.

    Examples:
        >>> frame = kgan.data.tables.reading.frame_of({"size": [1.5, 2.0], "colour": ["red", "blue"]})
        >>> (rows,) = kgan.metrics.tables.mixed_rows(frame)
        >>> rows.ordered, rows.unordered, rows.numbers.tolist()
        (('size',), ('colour',), [[1.5], [2.0]])
    """
    names = [str(name) for name in frames[0].columns]
    for frame in frames:
        lacking = [name for name in names if name not in frame.columns]
        if lacking:
            raise DataError(f"Expected tables with the same columns. Received: one without {lacking[0]!r}.")
        if not len(frame):
            raise DataError("Expected at least one row in each table. Received: a table without rows.")
    in_order = ordered_columns(frames[0]) if ordered is None else list(ordered)
    unknown = [name for name in in_order if name not in names]
    if unknown:
        raise DataError(f"Expected ordered to name columns. Received: {unknown[0]!r}. There are {', '.join(names)}.")
    others = [name for name in names if name not in in_order]
    in_order = [name for name in names if name in in_order]
    codes = [_codes([frame[name] for frame in frames], name) for name in others]
    return [
        MixedRows(
            np.stack([_numbers(frame[name], name) for name in in_order], axis=1)
            if in_order
            else np.empty((len(frame), 0)),
            np.stack([column[place] for column in codes], axis=1) if codes else np.empty((len(frame), 0), np.int64),
            tuple(in_order),
            tuple(others),
        )
        for place, frame in enumerate(frames)
    ]


def _numbers(series: Any, name: str) -> np.ndarray:
    """Cells as float64, dates in seconds; NaN for missing ones."""
    held = cells.look(series, name)
    values = held.values
    if held.family == "text":
        dates = cells.texts_as_dates(values)
        if dates is None:
            raise DataError(f"Expected numbers or dates in the column {name!r}. Received: text, {str(values[0])!r}.")
        values = dates
    found = np.full(len(held.missing), np.nan)
    found[~held.missing] = values.astype(np.float64)
    return found


def _codes(columns: Sequence[Any], name: str) -> list[np.ndarray]:
    keys = [_keys(one, name) for one in columns]
    _, codes = np.unique(np.concatenate(keys).astype(str), return_inverse=True)
    return np.split(codes.astype(np.int64), np.cumsum([len(one) for one in keys])[:-1])


def _keys(series: Any, name: str) -> np.ndarray:
    """Cells as texts, alike for alike values whatever pandas keeps them as; "" for missing ones, "'" before others."""
    held = cells.look(series, name)
    keys = np.full(len(held.missing), "", object)
    values, family = held.values, held.family
    if family == "text":
        dates = cells.texts_as_dates(values)
        values, family = (values, family) if dates is None else (dates, "datetime")
    if family in ("integer", "number"):
        keys[~held.missing] = [f"'{one:.15g}" for one in values]
    elif family == "datetime":
        keys[~held.missing] = [f"'{int(one)}s" for one in values]
    elif family is not None:
        keys[~held.missing] = [f"'{one}" for one in values]
    return keys
