"""What is asked of rows, `where={"cut": "Ideal", "price": (500, 900)}`, as codes and bounds that hold it.

Free of kgan: its text goes into the program that is copied into a bundle.
"""

import datetime
import difflib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .bundle_file import BundleError, is_number, short
from .table_columns import UNITS, TableColumns

__all__ = ["Wanted", "parse_where", "wanted"]

TO = ".."  # between the ends of a range, as text


class Wanted:
    """What is asked of one column.

    Attributes:
        codes: That hold it, int64.
        passed: What a number in [0, 1) is compared with to draw one of them, float64: by the rows that have each.
        bounds: `(low, high)` that numbers lie in, both included, and can be written with the decimals of the column;
            `None` for a discrete column, or missing cells alone.
    """

    def __init__(self, codes: Any, weights: Any, bounds: tuple[float, float] | None = None) -> None:
        self.codes, self.bounds = np.asarray(codes, np.int64), bounds
        weights = np.asarray(weights, np.float64)
        weights = weights if weights.sum() > 0 else np.ones(len(weights))
        self.passed = np.cumsum(weights) / weights.sum()

    def draw(self, uniform: np.ndarray) -> np.ndarray:
        """A code for each of these numbers in [0, 1)."""
        return self.codes[np.minimum(np.searchsorted(self.passed, uniform, side="right"), len(self.codes) - 1)]


def wanted(columns: TableColumns, where: dict[str, Any] | None) -> dict[int, Wanted]:
    """What is asked, by the number of the column.

    Args:
        columns: `TableColumns`.
        where: By names: a value; a list of values; a pair `(low, high)` of numbers or dates, both included, `None` for
            an open end; `None` for missing cells. `None` in its place asks nothing.

    Raises:
        BundleError: if there is no such column or value, or nothing lies in the range.
    """
    if where is None:
        return {}
    if not isinstance(where, dict):
        raise BundleError(f'Expected where as {{"column": value}}. Received: where={short(where)}.')
    found = {}
    for name, asked in where.items():
        place = columns.place(name)
        found[place] = _of_column(columns.columns[place], asked)
    return found


def _of_column(column, asked):
    ordered = column.low is not None and column.kind != "boolean"
    if isinstance(asked, tuple):
        if len(asked) != 2 or not ordered:
            what = "a pair (low, high)" if ordered else f"a value or a list of values: its kind is {column.kind}"
            raise BundleError(f"Expected of the column {column.name!r} {what}. Received: {short(asked)}.")
        low, high = (_asked_number(column, one) for one in asked)
        return _in_range(column, -math.inf if low is None else low, math.inf if high is None else high)
    if isinstance(asked, (list, set, frozenset, np.ndarray)):
        parts = [_of_column(column, one) for one in asked]
        if not parts:
            raise BundleError(f"Expected a value for the column {column.name!r}. Received: an empty list.")
        bounds = {one.bounds for one in parts}
        if column.continuous and len(bounds) > 1:
            raise BundleError(
                f"Expected one number, or a pair (low, high), of the column {column.name!r}, which has modes and no "
                f"list of values. Received: {short(asked)}. Draw rows for each number."
            )
        codes = sorted({int(code) for one in parts for code in one.codes})
        return Wanted(codes, column.counts[codes], next(iter(bounds)))
    if asked is None or (isinstance(asked, float) and math.isnan(asked)):
        code = column.code_of_missing()
        if code is None:
            raise BundleError(
                f"Expected a value for the column {column.name!r}, which has no missing cells. Received: None."
            )
        return Wanted([code], [1.0])
    if column.continuous:
        number = _asked_number(column, asked)
        return _in_range(column, number, number)
    return _of_value(column, asked)


def _of_value(column, asked):
    value = _asked_number(column, asked) if column.kind not in ("category", "boolean") else asked
    same = [code for code, one in enumerate(column.values) if one == value and isinstance(one, bool) == _is_bool(value)]
    if not same:
        known = [column.spelled(one) if column.kind in UNITS else str(one) for one in column.values if one is not None]
        near = difflib.get_close_matches(str(asked), known, n=1)
        raise BundleError(
            f"Expected of the column {column.name!r} one of its {len(known):,} values: {short(', '.join(known))}. "
            f"Received: {asked!r}.{f' Did you mean {near[0]!r}?' if near else ''}"
        )
    return Wanted(same, [1.0])


def _is_bool(value):
    return isinstance(value, (bool, np.bool_))


def _asked_number(column, asked):
    """A number of the column, from a number or a date; `None` for none."""
    if asked is None:
        return None
    if column.kind in UNITS and isinstance(asked, (str, datetime.date, np.datetime64)):
        try:
            return float(np.datetime64(asked).astype(UNITS[column.kind]).astype(np.int64))
        except ValueError as error:
            raise BundleError(
                f"Expected ISO dates, 2024-02-29, of the column {column.name!r}. Received: {asked!r}."
            ) from error
    asked = asked.item() if isinstance(asked, np.generic) else asked
    if not is_number(asked) or column.kind in UNITS:
        what = "dates" if column.kind in UNITS else "numbers"
        raise BundleError(f"Expected {what} of the column {column.name!r}. Received: {short(asked)}.")
    return float(asked)


def _in_range(column, low, high):
    """What holds a range: codes of values or of modes, and bounds that the column can write."""
    if column.continuous:
        low, high = max(low, column.low), min(high, column.high)
        if column.decimals is not None:
            step = 10.0**column.decimals
            low, high = (round(of(end * step) / step, column.decimals) for of, end in ((_up, low), (_down, high)))
    if not low <= high:
        raise _nothing(column)
    if not column.continuous:
        codes = [code for code, one in enumerate(column.values) if one is not None and low <= one <= high]
        if not codes:
            raise _nothing(column)
        return Wanted(codes, column.counts[codes])
    shares = column.share(low, high)
    if not shares.any():  # between the modes: the nearest one that is no single value, or the nearest at all
        away = np.maximum(column.quantiles[:, 0] - high, low - column.quantiles[:, -1])
        away = np.where(column.scales > 0, away, np.inf) if (column.scales > 0).any() else away
        shares[away.argmin()] = 1.0
    modes = np.flatnonzero(shares)
    weights = column.counts[modes] * shares[modes]
    wide = column.scales[modes] > 0
    alone_outside = ~wide & ((column.means[modes] < low) | (column.means[modes] > high))
    if alone_outside.all():
        return Wanted(modes[:1], [1.0], (low, high))
    return Wanted(modes[~alone_outside], weights[~alone_outside], (low, high))


def _up(number):
    return math.ceil(number - 1e-6)


def _down(number):
    return math.floor(number + 1e-6)


def _nothing(column):
    written = "" if column.decimals is None else f", with {column.decimals} decimals"
    return BundleError(
        f"Expected of the column {column.name!r} a range with a value of the training data's in it: from "
        f"{column.spelled(column.low)} to {column.spelled(column.high)}{written}. Received: one with none. Widen it."
    )


def parse_where(columns: TableColumns, texts: Iterable[str] | None) -> dict[str, Any]:
    """Conditions from text: `cut=Ideal`, `cut=Ideal,Good`, `price=500..900`, `price=500..`, `cut=` (missing).

    Args:
        columns: `TableColumns`.
        texts: One for each column; `None` for none.

    Raises:
        BundleError: if a text is no condition, or a column is named twice.
    """
    found = {}
    for text in texts or ():
        names = [one for one in columns.learned if text.startswith(f"{one}=")]
        name = max(names, key=len) if names else text.partition("=")[0]
        if "=" not in text:
            raise BundleError(f"Expected where=COLUMN=VALUE. Received: {short(text)}.")
        if name in found:
            raise BundleError(
                f"Expected one condition on each column. Received: two on {name!r}. Join values by commas."
            )
        column = columns.columns[columns.place(name)]
        found[name] = _parsed(column, text[len(name) + 1 :])
    return found


def _parsed(column, text):
    if text == "":
        return None
    if column.kind == "category":
        known = {str(one): one for one in column.values if one is not None}
        if text in known:
            return known[text]
        parts = [part.strip() for part in text.split(",")]
        return [known.get(part, part) for part in parts] if len(parts) > 1 else text
    if column.kind == "boolean":
        truths = {"true": True, "false": False}
        parts = [truths.get(part.strip().lower(), part) for part in text.split(",")]
        return parts if len(parts) > 1 else parts[0]
    if TO in text:
        low, _, high = text.partition(TO)
        return _end(column, low), _end(column, high)
    parts = [_end(column, part) for part in text.split(",")]
    return parts if len(parts) > 1 else parts[0]


def _end(column, text):
    text = text.strip()
    if text == "":
        return None
    if column.kind in UNITS:
        return text
    try:
        return float(text)
    except ValueError:
        raise BundleError(f"Expected numbers of the column {column.name!r}. Received: {short(text)}.") from None
