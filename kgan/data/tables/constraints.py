"""What holds between the columns of every row, kept by construction: one column is learned as what is left of it."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgan._support import limits, lookup
from kgan.data.splits import DataError
from kgan.data.tables.cells import days_or_seconds, decimals_of, look, texts_as_dates
from kgan.data.tables.key_patterns import parsed_pattern

__all__ = ["Constrained", "Constraint", "learned_names", "spelled"]

DIFFERENCE, SUM, KEY = "difference", "sum", "key"
_ORDER = re.compile(r"(.+?)\s*(<=|<|>=|>)\s*(.+)", re.DOTALL)
_DAY = 86_400.0
_CLOSE = 1e-6  # of a sum, relative to its terms
_DIGITS = 9  # behind the point that a difference of floats is rounded to


@dataclass(frozen=True)
class Constraint:
    """One thing that holds of every row.

    Attributes:
        text: As it was asked.
        kind: `"difference"`, `"sum"` or `"key"`.
        column: The one that is left out, and made again of others: the larger one, the sum, the key.
        terms: Of a difference, the smaller column; of a sum, its terms.
        signs: 1 or -1 for each term.
        strict: Of a difference: whether 0 is none.
        pattern: Of a key: the characters at each place; empty for whole numbers.
        start: Of a key: the first number, 0 for a pattern.
        output: Kind of the cells of the column, as `Column.kind`.
        decimals: Digits behind the point of the column; `None` for as they come.
    """

    text: str
    kind: str
    column: str
    terms: tuple[str, ...] = ()
    signs: tuple[int, ...] = ()
    strict: bool = False
    pattern: tuple[str, ...] = ()
    start: int = 0
    output: str = "number"
    decimals: int | None = None

    @property
    def learned(self) -> str | None:
        """The name of the column that is learned in its place; `None` where none is."""
        return f"{self.column} - {self.terms[0]}" if self.kind == DIFFERENCE else None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            **dataclasses.asdict(self),
            **{name: list(getattr(self, name)) for name in ("terms", "signs", "pattern")},
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Constraint":
        """What `to_dict` gave."""
        return cls(**{**content, **{name: tuple(content[name]) for name in ("terms", "signs", "pattern")}})


def spelled(texts: "Sequence[str] | str | None", names: Sequence[str]) -> tuple[Constraint, ...]:
    """Constraints of their texts: `low < high`, `total = a + b`, `id unique`, `code ~ [A-Z]{2}[0-9]{4}`.

    Args:
        texts: Each, or all in one text with semicolons between.
        names: Of the columns that there are.

    Raises:
        DataError: if a text is no constraint, names no column, or makes a column that another makes too.
    """
    if isinstance(texts, str):
        texts = [one.strip() for one in texts.split(";") if one.strip()]
    found = [_spelled(one, names) for one in texts or ()]
    made: dict[str, str] = {}
    for one in found:
        if one.column in made:
            raise DataError(
                f"Expected one constraint that makes the column {one.column!r}. Received: {made[one.column]!r} and "
                f"{one.text!r}. Leave one out."
            )
        made[one.column] = one.text
        if one.learned in names:
            raise DataError(f"Expected no column named {one.learned!r}, which {one.text!r} makes. Rename it.")
    _check_order(found)
    return tuple(found)


def _spelled(text: Any, names: Sequence[str]) -> Constraint:
    if not isinstance(text, str):
        raise DataError(f"Expected constraints as text, 'low < high'. Received: {limits.shortened(repr(text))}.")
    if text.rstrip().endswith(" unique"):
        return Constraint(text, KEY, _named(text.rstrip()[: -len(" unique")], names, text), output="integer")
    if "~" in text:
        name, _, pattern = text.partition("~")
        return Constraint(
            text, KEY, _named(name, names, text), pattern=parsed_pattern(pattern.strip()), output="category"
        )
    order = _ORDER.fullmatch(text.strip())
    if order:
        low, sign, high = order.groups()
        low, high = (high, low) if sign.startswith(">") else (low, high)
        low, high = (_named(one, names, text) for one in (low, high))
        if low == high:
            raise DataError(f"Expected two columns in {text!r}. Received: {low!r} twice.")
        return Constraint(text, DIFFERENCE, high, (low,), (1,), strict="=" not in sign)
    total, equals, rest = text.partition("=")
    if equals:
        parts = re.split(r"\s([+-])\s", f" + {rest.strip()}")
        signs = tuple(1 if one == "+" else -1 for one in parts[1::2])
        terms = tuple(_named(one, names, text) for one in parts[2::2])
        total = _named(total, names, text)
        if total in terms:
            raise DataError(f"Expected a sum of other columns in {text!r}. Received: {total!r} on both sides.")
        return Constraint(text, SUM, total, terms, signs)
    raise DataError(
        f"Expected constraints 'low < high', 'total = a + b', 'id unique' or 'code ~ [A-Z]{{2}}[0-9]{{4}}'. Received: "
        f"{limits.shortened(repr(text))}."
    )


def _named(name: str, names: Sequence[str], text: str) -> str:
    name = name.strip()
    if name not in names:
        raise DataError(
            f"Expected constraints on columns that there are: {limits.shortened(', '.join(names))}. Received: {name!r} "
            f"in {text!r}.{lookup.nearest(name, names)}"
        )
    return name


def _check_order(found: Sequence[Constraint]) -> None:
    """Refuses columns that are made of each other in a circle, or of a key."""
    left = {one.column: one for one in found}
    for one in found:
        for term in one.terms:
            if term in left and left[term].kind == KEY:
                raise DataError(f"Expected {one.text!r} of columns that are learned. Received: the key {term!r} in it.")
    while left:
        free = [name for name, one in left.items() if not any(term in left for term in one.terms)]
        if not free:
            circle = ", ".join(repr(one.text) for one in left.values())
            raise DataError(
                f"Expected columns that are made of others. Received: {circle}, which make each other. Leave one out."
            )
        for name in free:
            del left[name]


class Constrained:
    """A table as it is learned: without the columns that constraints make.

    Args:
        source: A `Source`.
        constraints: What holds of it; of every row, which is checked as rows are read.

    Attributes:
        skipped: As the source has them.
    """

    def __init__(self, source: Any, constraints: Sequence[Constraint]):
        self._source, self._constraints = source, constraints
        self.skipped = source.skipped
        self._seen: dict[str, list[np.ndarray]] = {one.column: [] for one in constraints if one.kind == KEY}
        self._found = {one.column: _Found(one.output) for one in constraints}

    @property
    def names(self) -> list[str]:
        """Of the columns that are learned."""
        return learned_names(self._source.names, self._constraints)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self._source.rows

    def __iter__(self) -> Iterator[Any]:
        first = 0
        for kept in self._seen.values():
            kept.clear()
        for frame in self._source:
            yield self.reduced(frame, first)
            first += len(frame)
        for name, kept in self._seen.items():
            hashed = np.concatenate(kept)
            if len(np.unique(hashed)) < len(hashed):
                raise DataError(f"Expected a key in the column {name!r}. Received: the same one in several rows.")

    def read(self) -> tuple[Constraint, ...]:
        """The constraints with what was found while rows were read: kinds, digits, the number that follows."""
        found = []
        for one in self._constraints:
            of = self._found[one.column]
            start = of.largest + 1 if one.kind == KEY and not one.pattern else 0
            found.append(dataclasses.replace(one, output=of.output, decimals=of.decimals, start=start))
        return tuple(found)

    def reduced(self, frame: Any, first: int = 0) -> Any:
        """The columns of some rows that are learned.

        Args:
            frame: The rows.
            first: The number of the first, for errors.

        Raises:
            DataError: if a row does not hold a constraint, or a cell is missing.
        """
        made = {}
        for one in self._constraints:
            if one.kind == KEY:
                self._look_at_key(one, frame[one.column], first)
                continue
            numbers = {name: _numbers(frame[name], name, one, first) for name in (one.column, *one.terms)}
            self._note(one, numbers)
            total = sum(sign * numbers[name].values for sign, name in zip(one.signs, one.terms, strict=True))
            left = numbers[one.column].values - total
            if one.kind == SUM:
                largest = sum(np.abs(numbers[name].values) for name in (one.column, *one.terms))
                _check_rows(one, np.abs(left) <= _CLOSE * np.maximum(largest, 1.0), first)
            else:
                _check_rows(one, left > 0 if one.strict else left >= 0, first)
                days = all(each.kind == "date" for each in numbers.values())
                whole = all(each.kind != "number" for each in numbers.values())
                left = np.round(left / (_DAY if days else 1.0), _DIGITS)
                made[str(one.learned)] = left.astype(np.int64) if whole else left
        rest = frame.drop(columns=[one.column for one in self._constraints])
        return rest.assign(**made)[learned_names(list(frame.columns), self._constraints)]

    def _note(self, one: Constraint, numbers: "dict[str, _Numbers]") -> None:
        """Keeps the kind and the digits of the column that is made."""
        found, of = self._found[one.column], numbers[one.column]
        kinds = {of.kind, found.output} if found.seen else {of.kind}
        order = ("integer", "number", "date", "datetime")
        found.output, found.seen = max(kinds, key=order.index), True
        digits = decimals_of(of.values) if of.kind in ("integer", "number") else 0
        found.decimals = None if digits is None or found.decimals is None else max(found.decimals, digits)

    def _look_at_key(self, one: Constraint, series: Any, first: int) -> None:
        cells = look(series, one.column, first)
        if cells.missing.any():
            raise _lacking(one, one.column, int(np.flatnonzero(cells.missing)[0]) + first)
        family = "text" if one.pattern else "integer"
        if cells.family != family:
            raise DataError(
                f"Expected {family} in the key {one.column!r}, as {one.text!r} says. Received: {cells.family}."
            )
        if one.pattern:
            fits = [
                len(text) == len(one.pattern) and all(map(str.__contains__, one.pattern, text)) for text in cells.values
            ]
            _check_rows(one, np.array(fits, bool), first)
            self._seen[one.column].append(np.array([hash(text) for text in cells.values], np.int64))
        else:
            self._seen[one.column].append(cells.values)
            found = self._found[one.column]
            found.largest = max(found.largest, int(cells.values.max()))


def learned_names(names: Sequence[str], constraints: Sequence[Constraint]) -> list[str]:
    """Of the columns of which these are left; what is learned in place of one stands at its place."""
    made = {one.column: one.learned for one in constraints}
    kept = [made.get(name, name) for name in names]
    return [name for name in kept if name is not None]


@dataclass
class _Found:
    """What was found in a column that is made of others."""

    output: str
    decimals: int | None = 0
    largest: int = 0
    seen: bool = False


@dataclass(frozen=True)
class _Numbers:
    kind: str
    values: np.ndarray


def _numbers(series: Any, name: str, one: Constraint, first: int) -> _Numbers:
    """Cells of a column as numbers, dates in seconds."""
    cells = look(series, name, first)
    if cells.missing.any():
        raise _lacking(one, name, int(np.flatnonzero(cells.missing)[0]) + first)
    seconds = cells.values if cells.family == "datetime" else None
    if cells.family == "text":
        seconds = texts_as_dates(cells.values.tolist())
    if seconds is not None and one.kind == DIFFERENCE:
        return _Numbers(days_or_seconds(seconds)[0], seconds)
    if cells.family not in ("integer", "number"):
        what = "numbers" if one.kind == SUM else "numbers or dates"
        raise DataError(f"Expected {what} in the column {name!r}, as {one.text!r} says. Received: {cells.family}.")
    return _Numbers(cells.family, cells.values)


def _lacking(one: Constraint, name: str, row: int) -> DataError:
    return DataError(
        f"Expected no missing cell in the column {name!r}, of which {one.text!r} holds. Received: one in row "
        f"{row + 1}. Fill it, or leave the constraint out."
    )


def _check_rows(one: Constraint, holds: np.ndarray, first: int) -> None:
    if not holds.all():
        at = int(np.flatnonzero(~holds)[0]) + first
        raise DataError(
            f"Expected {one.text!r} in every row. Received: {int((~holds).sum()):,} rows without it, the first of them "
            f"row {at + 1}. Mend them, or leave the constraint out."
        )
