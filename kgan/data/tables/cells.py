"""The cells of one column of a data frame as plain values or numbers, whatever pandas keeps them as."""

import re
from typing import Any, NamedTuple

import numpy as np

from kgan.data.splits import DataError

__all__ = ["DATES", "Cells", "days_or_seconds", "decimals_of", "look", "texts_as_dates"]

DATES = ("date", "datetime")
_SECONDS_OF_A_DAY = 86_400
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?$")
_MOST_DECIMALS = 6
_EXACT = 2**53  # whole numbers up to which float64 has each
_FAMILIES = {bool: "boolean", int: "integer", float: "number", str: "text"}


class Cells(NamedTuple):
    """What a column holds in some rows.

    Attributes:
        family: `"boolean"`, `"integer"`, `"number"`, `"text"` or `"datetime"`; `None` where all cells are missing.
        values: Of the cells that are not missing: float64 (datetimes in seconds since 1970), or objects, bool or str.
        missing: Which cells are, `(rows,)` bool.
    """

    family: str | None
    values: np.ndarray
    missing: np.ndarray


def look(series: Any, name: str, first: int = 0) -> Cells:
    """The cells of a column.

    Args:
        series: A pandas Series.
        name: Of the column, for errors.
        first: The number of its first row, for errors.

    Raises:
        DataError: if cells are of several types, of a type that tables do not have, or no finite numbers.
    """
    missing = series.isna().to_numpy(bool)
    present = series[~missing]
    kind = getattr(present.dtype, "kind", "O")
    if hasattr(present.dtype, "categories"):  # pandas's own categories
        present, kind = present.astype(object), "O"
    if not len(present):
        return Cells(None, np.empty(0), missing)
    if kind == "M":
        if getattr(present.dtype, "tz", None) is not None:
            present = present.dt.tz_convert("UTC").dt.tz_localize(None)
        return Cells("datetime", present.to_numpy("datetime64[s]").astype(np.float64), missing)
    if kind in "iuf":
        values = present.to_numpy(np.float64)
        _check_finite(values, missing, name, first)
        return Cells("number" if kind == "f" else _whole(values, name), values, missing)
    if kind == "b":
        return Cells("boolean", present.to_numpy(bool).astype(object), missing)
    values = present.to_numpy(object)
    found = {_FAMILIES.get(_plain(one)) for one in values}
    if found == {"integer", "number"}:
        found = {"number"}
    if len(found) != 1 or None in found:
        raise _mixed(values, missing, name, first)
    (family,) = found
    if family in ("integer", "number"):
        values = values.astype(np.float64)
        _check_finite(values, missing, name, first)
    return Cells(family, values, missing)


def _plain(value: Any) -> type:
    """The type of a cell as Python has it."""
    for kind, others in ((bool, np.bool_), (int, np.integer), (float, np.floating), (str, np.str_)):
        if isinstance(value, kind | others):
            return kind
    return type(value)


def _whole(values: np.ndarray, name: str) -> str:
    if len(values) and np.abs(values).max() > _EXACT:
        raise DataError(
            f"Expected whole numbers of at most 2**53 in the column {name!r}. Received: {int(np.abs(values).max())}. "
            f"Leave the column out, or give it as text: numbers so long are names."
        )
    return "integer"


def _check_finite(values: np.ndarray, missing: np.ndarray, name: str, first: int) -> None:
    wrong = ~np.isfinite(values)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        row = first + int(np.flatnonzero(~missing)[at])
        raise DataError(
            f"Expected finite numbers in the column {name!r}. Received: {values[at]} in row {row + 1}. Take such rows "
            f"out, or leave the cells empty."
        )


def _mixed(values: np.ndarray, missing: np.ndarray, name: str, first: int) -> DataError:
    kinds: dict[str, int] = {}
    for row, value in zip(np.flatnonzero(~missing), values, strict=True):
        kinds.setdefault(_plain(value).__name__, first + int(row))
    found = ", ".join(f"{kind} in row {row + 1}" for kind, row in kinds.items())
    return DataError(
        f"Expected cells of one type in the column {name!r}: numbers, booleans, text or dates. Received: {found}. "
        f"Make them one type, or leave the column out."
    )


def texts_as_dates(texts: Any) -> "np.ndarray | None":
    """Texts as seconds since 1970, float64; `None` unless all are ISO dates, `2024-02-29` or `2024-02-29 12:00:00`."""
    if not all(_ISO.match(one) for one in texts):
        return None
    try:
        return np.array([one.replace(" ", "T") for one in texts], "datetime64[s]").astype(np.float64)
    except ValueError:  # the 30th of February
        return None


def days_or_seconds(seconds: np.ndarray) -> tuple[str, float]:
    """The kind of dates, and the seconds of its unit: days where all are at midnight."""
    if len(seconds) and not np.any(seconds % _SECONDS_OF_A_DAY):
        return "date", float(_SECONDS_OF_A_DAY)
    return "datetime", 1.0


def decimals_of(values: np.ndarray) -> int | None:
    """Digits behind the point that write all of the numbers; `None` for more than six."""
    for digits in range(_MOST_DECIMALS + 1):
        if np.allclose(values, np.round(values, digits), rtol=1e-9, atol=1e-9):
            return digits
    return None
