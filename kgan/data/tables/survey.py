"""What a table holds, read off its rows a part at a time: the kind of each column, its values or its modes."""

import collections
from collections.abc import Mapping
from typing import Any

import numpy as np

from kgan.data.splits import DataError
from kgan.data.tables import modes, ranks
from kgan.data.tables.cells import DATES, Cells, days_or_seconds, decimals_of, look, texts_as_dates
from kgan.data.tables.columns import KINDS, Column

__all__ = ["FEW", "ColumnSurvey"]

FEW = 20  # different numbers, up to which a column is a list of them
_SAMPLE = 100_000  # numbers of a column that are kept
_MOSTLY = 0.9  # of texts that are numbers, from which on the others are mistakes
_ALIKE = {"number": "number", "integer": "integer", "boolean": "boolean", "text": "category"}


class ColumnSurvey:
    """What is known of one column.

    Args:
        name: Of the column.
        kind: What the user says that it is; `None` to read it off.
        seed: Of which numbers are kept.

    Raises:
        DataError: if there is no such kind.
    """

    def __init__(self, name: str, kind: str | None, seed: int):
        if kind is not None and kind not in KINDS:
            raise DataError(
                f"Expected types of columns among {', '.join(KINDS)}. Received: types={{{name!r}: {kind!r}}}."
            )
        self.name, self.kind = name, kind
        self.family: str | None = None
        self.rows = self.missing = 0
        self.counts: dict[Any, int] = {}  # of texts and booleans, and of numbers while they are few
        self._few = True
        self._random = np.random.default_rng(seed)
        self._sample, self._order = np.empty(0), np.empty(0)
        self._seed = seed

    def take(self, series: Any, first: int) -> None:
        """Looks at further rows.

        Args:
            series: A pandas Series.
            first: The number of its first row.

        Raises:
            DataError: if cells are of another type than those before, or as `look`.
        """
        cells = look(series, self.name, first)
        self.rows += len(cells.missing)
        self.missing += int(cells.missing.sum())
        if cells.family is None:
            return
        self._check_family(cells, first)
        if cells.family in ("text", "boolean"):
            self._count(collections.Counter(cells.values.tolist()))
        else:
            self._take_numbers(cells.values)

    def _check_family(self, cells: Cells, first: int) -> None:
        if {self.family, cells.family} == {"integer", "number"}:
            self.family = "number"
        elif self.family in (None, cells.family):
            self.family = cells.family
        else:
            raise DataError(
                f"Expected cells of one type in the column {self.name!r}. Received: {self.family} up to row {first}, "
                f"then {cells.family}. Make them one type, or leave the column out."
            )

    def _count(self, counted: Mapping[Any, int]) -> None:
        for value, count in counted.items():
            self.counts[value] = self.counts.get(value, 0) + count

    def _take_numbers(self, values: np.ndarray) -> None:
        if self._few or self.kind == "category":
            self._count(_counted(values))
            if len(self.counts) > FEW and self.kind != "category":
                self._few, self.counts = False, {}
        order = np.concatenate([self._order, self._random.random(len(values))])
        sample = np.concatenate([self._sample, values])
        if len(sample) > _SAMPLE:
            kept = np.sort(np.argpartition(order, _SAMPLE)[:_SAMPLE])
            order, sample = order[kept], sample[kept]
        self._order, self._sample = order, sample

    def column(self, most_modes: int, alone: float, ranked: bool = False) -> Column:
        """The column.

        Args:
            most_modes: Gaussian modes at most, or parts of a ranked column.
            alone: Share of rows from which on a value is a mode of its own.
            ranked: Whether numbers are normal scores of their ranks in place of modes.

        Raises:
            DataError: if all cells are missing, or the column is not what the user says.
        """
        self._check_there()
        seconds = self._as_dates()
        if seconds is not None:
            return self._of_numbers(*seconds, most_modes, alone, ranked)
        kind = self._kind()
        if self.family in ("text", "boolean"):
            if self.family == "text":
                self._check_text()
            return self._of_values(kind, self.counts)
        whole = kind == "integer" or not np.any(self._sample % 1.0)
        if kind == "category":
            return self._of_values(kind, {int(one) if whole else one: count for one, count in self.counts.items()})
        return self._of_numbers(kind, self._sample, most_modes, alone, ranked)

    def _kind(self) -> str:
        read = _ALIKE[self.family or ""]
        asked = self.kind or read
        fits = asked == "category" or asked == read or {asked, read} == {"number", "integer"}
        if fits and asked == "integer" and np.any(self._sample % 1.0):
            fits = False
        if not fits:
            raise DataError(
                f"Expected cells of the type that types says of the column {self.name!r}, {asked}. Received: "
                f"{self.family}. Say types={{{self.name!r}: {read!r}}}, or nothing."
            )
        if self.kind is None and asked == "number" and self.missing and not np.any(self._sample % 1.0):
            return "integer"  # which pandas keeps as floats because some are missing
        return asked

    def only_kind(self) -> str:
        """The kind of the column, of which nothing else is read off.

        Raises:
            DataError: if all cells are missing, or the column is not what the user says.
        """
        self._check_there()
        seconds = self._as_dates()
        if seconds is not None:
            return seconds[0]
        if self.family == "text":
            self._check_text()
        return self._kind()

    def _check_there(self) -> None:
        if self.family is None:
            raise DataError(
                f"Expected cells in the column {self.name!r}. Received: missing ones alone. Leave the column out."
            )

    def _check_text(self) -> None:
        """Refuses numbers among which stands something else, unless the user says that they are categories."""
        if self.kind is not None:
            return
        others = [one for one in self.counts if not _is_number(one)]
        count = sum(self.counts.values())
        if others and count > sum(self.counts[one] for one in others) > 0:
            share = 1.0 - sum(self.counts[one] for one in others) / count
            if share >= _MOSTLY:
                raise DataError(
                    f"Expected numbers in the column {self.name!r}, as {share:.0%} of its cells are. Received: "
                    f"{others[0]!r} too. Mend or empty such cells, or say types={{{self.name!r}: 'category'}}."
                )

    def _as_dates(self) -> "tuple[str, np.ndarray] | None":
        """Kind and numbers of a column of dates; `None` for another."""
        if self.family == "datetime":
            seconds, few = self._sample, self._few
        else:
            asked = self.kind in DATES
            found = texts_as_dates(self.counts) if self.family == "text" and self.kind in (None, *DATES) else None
            if found is None:
                if asked:
                    raise DataError(
                        f"Expected ISO dates, 2024-02-29, in the column {self.name!r}, because types says "
                        f"{self.kind!r}. Received: {next(iter(self.counts), self.family)!r}."
                    )
                return None
            seconds = np.repeat(found, list(self.counts.values()))
            few = len(self.counts) <= FEW
        kind, unit = days_or_seconds(seconds)
        self._few, self.counts = few, {one / unit: count for one, count in _counted(seconds).items()} if few else {}
        return kind, seconds / unit

    def _of_values(self, kind: str, counted: Mapping[Any, int]) -> Column:
        """A discrete column, the most frequent value first."""
        values = sorted(counted, key=lambda one: (-counted[one], str(one)))
        counts = [counted[one] for one in values]
        if self.missing:
            values, counts = [*values, None], [*counts, self.missing]
        return Column(self.name, kind, values=tuple(values), counts=tuple(counts))

    def _of_numbers(self, kind: str, sample: np.ndarray, most_modes: int, alone: float, ranked: bool) -> Column:
        """A discrete column where there are few different ones, else a continuous one."""
        whole = kind != "number"
        if self._few and (self.kind is None or len(self.counts) == 1):
            return self._of_values(kind, {int(one) if whole else one: count for one, count in self.counts.items()})
        found = ranks.fitted(sample, most_modes) if ranked else modes.fitted(sample, most_modes, alone, self._seed)
        counts = found.counts
        if ranked:  # of the rows, of which the sample may be a part
            present = self.rows - self.missing
            counts = tuple(max(1, round(one * present / len(sample))) for one in counts)
        missing = (self.missing,) if self.missing else ()
        return Column(
            self.name,
            kind,
            means=found.means,
            scales=found.scales,
            quantiles=found.quantiles,
            counts=(*counts, *missing),
            decimals=0 if whole else decimals_of(sample),
            missing=bool(self.missing),
            ranked=ranked,
        )


def _counted(values: np.ndarray) -> dict[float, int]:
    found, counts = np.unique(values, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
