"""The columns of a table: what each holds, how it is written in numbers, and the whole as plain values."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgan._support import json_documents
from kgan.data.tables.constraints import Constraint
from kgan.data.tables.privacy import Privacy
from kgan.data.tables.ranks import Turn

__all__ = ["KINDS", "MOST_OF_A_BLOCK", "Column", "Table"]

KINDS = ("number", "integer", "boolean", "category", "date", "datetime")
MOST_OF_A_BLOCK = 1_000  # codes of one block; a column of more is written in two digits, each a block of its own


@dataclass(frozen=True)
class Column:
    """One column: either *discrete*, with a list of values, or *continuous*, with modes that numbers lie around.

    A cell has a code: the number of its value, or of its mode. A number is `mean + 4 * scale * a` of its mode, with `a`
    in [-1, 1]; a mode with scale 0 is one value that many rows have.

    Attributes:
        name: Of the column.
        kind: One of `KINDS`. Dates are days since 1970, datetimes seconds.
        values: Of a discrete column, by code; `None` is a missing cell. Of one alone nothing is learned.
        means: Of the modes of a continuous column.
        scales: Standard deviations of the modes, 0 or more.
        quantiles: Of each mode, evenly spaced ones of the training values in it, the smallest and the largest included.
        counts: Training rows that have each code.
        decimals: Digits behind the point that numbers are rounded to; `None` for as they come.
        missing: Whether a continuous column has missing cells, which then have the last code.
        ranked: Whether numbers are normal scores of their ranks in the column; codes are then parts of its range, one
            above the other, in place of modes.
    """

    name: str
    kind: str
    values: tuple = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    quantiles: tuple[tuple[float, ...], ...] = ()
    counts: tuple[int, ...] = ()
    decimals: int | None = None
    missing: bool = False
    ranked: bool = False

    @property
    def is_continuous(self) -> bool:
        """Whether it has modes in place of a list of values."""
        return bool(self.means)

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.means) + self.missing if self.is_continuous else len(self.values)

    @property
    def base(self) -> int:
        """A code of two blocks is `first * base + second`."""
        return math.isqrt(self.size - 1) + 1

    @property
    def blocks(self) -> tuple[int, ...]:
        """Sizes of the blocks that write the code: none where there is one code alone."""
        if self.size == 1:
            return ()
        return (self.size,) if self.size <= MOST_OF_A_BLOCK else (-(-self.size // self.base), self.base)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            **dataclasses.asdict(self),
            "values": list(self.values),
            "means": list(self.means),
            "scales": list(self.scales),
            "quantiles": [list(one) for one in self.quantiles],
            "counts": list(self.counts),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Column":
        """What `to_dict` gave.

        Raises:
            ValueError: if it is something else.
        """
        json_documents.check_object(content, "column", name=str, kind=str, values=list, means=list)
        listed = {name: tuple(content[name]) for name in ("values", "means", "scales", "counts")}
        return cls(**{**content, **listed, "quantiles": tuple(map(tuple, content["quantiles"]))})


@dataclass(frozen=True)
class Table:
    """The columns of a table, and how its rows are written in numbers.

    An *encoded row* has a number for each continuous column, `a` of its mode, then a code for each block. A *spread
    row*, which networks see, has the same numbers, then for each block zeros and a one.

    Attributes:
        columns: In their order.
        turn: What scores of ranked columns are turned by; `None` where columns have modes.
        constraints: What makes further columns of these.
        all_names: Of the columns that rows have, those that constraints make among them; empty without constraints.
        privacy: What differential privacy the table was read with, and is to be learned with; `None` for none.

    Examples:
        >>> rows = {"age": list(range(20, 60)), "smokes": [True, False] * 20}
        >>> table = kgan.data.load_table(rows, batch_size=10).table
        >>> [column.kind for column in table.columns]
        ['integer', 'boolean']
    """

    columns: tuple[Column, ...]
    turn: "Turn | None" = None
    constraints: "tuple[Constraint, ...]" = ()
    all_names: tuple[str, ...] = ()
    privacy: Privacy | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns that rows have."""
        return self.all_names or self.learned

    @property
    def learned(self) -> tuple[str, ...]:
        """Of `columns`, which networks see."""
        return tuple(one.name for one in self.columns)

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column that rows have, by name."""
        made = {one.column: one.output for one in self.constraints}
        learned = {one.name: one.kind for one in self.columns}
        return {name: made[name] if name in made else learned[name] for name in self.names}

    @property
    def measured(self) -> tuple[str, ...]:
        """Names of the columns that rows have, without keys."""
        keys = {one.column for one in self.constraints if one.kind == "key"}
        return tuple(name for name in self.names if name not in keys)

    @property
    def ordered(self) -> tuple[str, ...]:
        """Those of `measured` that are numbers or dates with more than a list of values."""
        values = {one.name for one in self.columns if not one.is_continuous}
        return tuple(name for name in self.measured if name not in values)

    @property
    def continuous(self) -> tuple[Column, ...]:
        """The columns that have a number in each row."""
        return tuple(one for one in self.columns if one.is_continuous)

    @property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """The number of its column and the size of each block, in order."""
        return tuple((number, size) for number, one in enumerate(self.columns) for size in one.blocks)

    @property
    def condition_dim(self) -> int:
        """The length of a condition: zeros and ones for all blocks."""
        return sum(size for _, size in self.blocks)

    @property
    def row_dim(self) -> int:
        """The length of an encoded row."""
        return len(self.continuous) + len(self.blocks)

    @property
    def spread_dim(self) -> int:
        """The length of a spread row."""
        return len(self.continuous) + self.condition_dim

    @property
    def conditional(self) -> tuple[int, ...]:
        """Numbers of the columns that a row may be conditioned on: those with more than one code."""
        return tuple(number for number, one in enumerate(self.columns) if one.blocks)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: if there is none.
        """
        return {one.name: one for one in self.columns}[name]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        content: dict[str, Any] = {"columns": [one.to_dict() for one in self.columns]}
        if self.turn is not None:
            content["turn"] = self.turn.to_dict()
        if self.constraints:
            each = [one.to_dict() for one in self.constraints]
            content["constraints"] = {"names": list(self.all_names), "each": each}
        if self.privacy is not None:
            content["privacy"] = dataclasses.asdict(self.privacy)
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Table":
        """What `to_dict` gave.

        Raises:
            ValueError: if it is something else.
        """
        json_documents.check_object(content, "table", columns=list)
        turn = Turn.from_dict(content["turn"]) if "turn" in content else None
        given = content.get("constraints", {"names": [], "each": []})
        constraints = tuple(Constraint.from_dict(one) for one in given["each"])
        columns = tuple(Column.from_dict(one) for one in content["columns"])
        privacy = Privacy.from_dict(content["privacy"]) if "privacy" in content else None
        return cls(columns, turn, constraints, tuple(given["names"]), privacy)

    def lines(self) -> Sequence[str]:
        """A line for each column, for a reader."""
        columns = [f"{one.name}: {_described(one)}" for one in self.columns]
        spent = () if self.privacy is None else self.privacy.lines()
        return [*columns, *(f"{one.column}: made by {one.text}" for one in self.constraints), *spent]


def _described(column: Column) -> str:
    lacking = ", some missing" if column.missing or (len(column.values) > 1 and None in column.values) else ""
    if column.is_continuous:
        named = "part" if column.ranked else "mode"
        return f"{column.kind}, {len(column.means)} {named}{'' if len(column.means) == 1 else 's'}{lacking}"
    if column.size == 1:
        return f"{column.kind}, {column.values[0]!r} in all rows"
    return f"{column.kind}, {len([one for one in column.values if one is not None]):,} values{lacking}"
