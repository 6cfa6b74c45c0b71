"""The columns of a table: what each holds, how it is written in numbers, and the whole as plain values."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgan._support import json_documents

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

    Examples:
        >>> rows = {"age": list(range(20, 60)), "smokes": [True, False] * 20}
        >>> table = kgan.data.load_table(rows, batch_size=10).table
        >>> [column.kind for column in table.columns]
        ['integer', 'boolean']
    """

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return tuple(one.name for one in self.columns)

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
        return {"columns": [one.to_dict() for one in self.columns]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Table":
        """What `to_dict` gave.

        Raises:
            ValueError: if it is something else.
        """
        json_documents.check_object(content, "table", columns=list)
        return cls(tuple(Column.from_dict(one) for one in content["columns"]))

    def lines(self) -> Sequence[str]:
        """A line for each column, for a reader."""
        return [f"{one.name}: {_described(one)}" for one in self.columns]


def _described(column: Column) -> str:
    lacking = ", some missing" if column.missing or (len(column.values) > 1 and None in column.values) else ""
    if column.is_continuous:
        modes = f"{len(column.means)} mode{'' if len(column.means) == 1 else 's'}"
        return f"{column.kind}, {modes}{lacking}"
    if column.size == 1:
        return f"{column.kind}, {column.values[0]!r} in all rows"
    return f"{column.kind}, {len([one for one in column.values if one is not None]):,} values{lacking}"
