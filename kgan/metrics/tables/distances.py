"""Distances between rows of mixed columns."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from kgan.metrics.tables.mixed import MixedRows

__all__ = ["Closest", "closest", "distances", "ranges_of"]

_CELLS = 4_000_000  # of a part of the distance matrix


class Closest(NamedTuple):
    """The closest row of a table to each of some rows.

    Attributes:
        distance: To it, `(rows,)` float32 in [0, 1].
        number: Its number in the table, `(rows,)` int64.
    """

    distance: np.ndarray
    number: np.ndarray


def ranges_of(rows: MixedRows) -> np.ndarray:
    """How wide each column whose order counts is, `(ordered columns,)`; 1 for a constant one."""
    columns = [column[~np.isnan(column)] for column in rows.numbers.T]
    wide = np.array([float(np.ptp(one)) if len(one) else 0.0 for one in columns])
    return np.where(wide > 0.0, wide, 1.0)


def closest(rows: MixedRows, table: MixedRows, ranges: np.ndarray, *, but_itself: bool = False) -> Closest:
    """The closest row of a table to each row, as `distances` has it.

    Args:
        rows: Rows to look from.
        table: Rows to look among.
        ranges: As `ranges_of` gives them, of the real rows.
        but_itself: Whether `rows` is `table`, and a row does not count as close to itself.
    """
    found, numbers = [], []
    for part in distances(rows, table, ranges, but_itself=but_itself):
        nearest = part.argmin(axis=1)
        numbers.append(nearest)
        found.append(part[np.arange(len(part)), nearest])
    return Closest(np.concatenate(found), np.concatenate(numbers))


def distances(
    rows: MixedRows, table: MixedRows, ranges: np.ndarray, *, but_itself: bool = False
) -> Iterator[np.ndarray]:
    """Gower's distances of rows to all rows of a table, some rows at a time, `(some, table rows)` float32.

    A column adds `|a - b| / range`, 1 at most, where its order counts, and else 0 for alike cells and 1 for others; a
    missing cell is alike to missing ones, and at 1 from all others. The distance is the mean over columns.

    Args:
        rows: Rows to look from.
        table: Rows to look among.
        ranges: As `ranges_of` gives them, of the real rows.
        but_itself: Whether `rows` is `table`, and a row is at no finite distance from itself.

    Reference:
        Gower, 1971, A General Coefficient of Similarity and Some of Its Properties. Biometrics 27.
    """
    scaled, others = (np.ascontiguousarray((one.numbers / ranges).T) for one in (rows, table))
    codes, other_codes = rows.codes.T, table.codes.T
    columns = np.float32(len(scaled) + len(codes))
    part = max(1, _CELLS // table.rows)
    for start in range(0, rows.rows, part):
        here = slice(start, min(start + part, rows.rows))
        total = np.zeros((here.stop - start, table.rows), np.float32)
        for some, other in zip(scaled, others, strict=True):
            gap = np.minimum(np.abs(some[here, None] - other), 1.0)
            lacking = np.isnan(gap)
            if lacking.any():
                gap[lacking] = (np.isnan(some[here, None]) != np.isnan(other))[lacking]
            total += gap.astype(np.float32)
        for some, other in zip(codes, other_codes, strict=True):
            total += some[here, None] != other
        if but_itself:
            total[np.arange(len(total)), np.arange(start, here.stop)] = np.inf
        yield total / columns
