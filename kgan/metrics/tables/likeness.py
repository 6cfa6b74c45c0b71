"""How alike the columns of two tables are, each alone and in pairs: shapes and trends."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgan._support.checks import whole
from kgan.metrics.tables.mixed import MixedRows, mixed_rows

__all__ = ["column_shapes", "pair_trends", "shapes_of", "trends_of"]

_SPACED = ("by_rows", "evenly")


def column_shapes(real: Any, drawn: Any, *, ordered: Sequence[str] | None = None) -> dict[str, float]:
    """How alike each column's values are, 0 to 1: one less the Kolmogorov-Smirnov or the total variation distance.

    Where order counts it is `1 - max_x |F_real(x) - F_drawn(x)|` of the cells that are not missing, elsewhere
    `1 - 1/2 sum_v |p_real(v) - p_drawn(v)|`, of which a missing cell is one value.

    Args:
        real: Rows of the table, a pandas DataFrame.
        drawn: Generated rows.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.

    Returns:
        A figure for each column, by its name.

    Raises:
        DataError: if a table has no row, or lacks a column.

    Examples:
        >>> frames = [kgan.data.tables.reading.frame_of({"colour": one}) for one in (["red", "blue"], ["red", "red"])]
        >>> kgan.metrics.tables.column_shapes(*frames)
        {'colour': 0.5}
    """
    return shapes_of(*mixed_rows(real, drawn, ordered=ordered))


def shapes_of(real: MixedRows, drawn: MixedRows) -> dict[str, float]:
    """`column_shapes` of rows that are numbers and codes already, columns whose order counts first."""
    numbers = {
        name: _of_numbers(real.numbers[:, place], drawn.numbers[:, place]) for place, name in enumerate(real.ordered)
    }
    return numbers | {
        name: _of_values(real.codes[:, place], drawn.codes[:, place]) for place, name in enumerate(real.unordered)
    }


def pair_trends(
    real: Any, drawn: Any, *, ordered: Sequence[str] | None = None, ranges: int = 10, spaced: str = "by_rows"
) -> dict[tuple[str, str], float]:
    """How alike each two columns go together, 0 to 1.

    Two columns whose order counts are compared by Pearson's correlation over the rows in which both have a cell,
    `1 - |r_real - r_drawn| / 2`; other pairs by how often two values meet, `1 - 1/2 sum_uv |p_real - p_drawn|`, where
    numbers are taken as the range that they lie in. A pair of numbers of which one is constant is compared so, too.

    Args:
        real: Rows of the table, a pandas DataFrame.
        drawn: Generated rows.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.
        ranges: Ranges of a number, at least 2. What lies below or above those of the table has ranges of its own where
            they are evenly spaced.
        spaced: `"by_rows"`: with as many rows of the table in each range; `"evenly"`: equally wide.

    Returns:
        A figure for each pair, by the names of its columns.

    Raises:
        DataError: if a table has no row, or lacks a column.
        ValueError: if `ranges` is less than 2, or `spaced` is unknown.
    """
    whole("ranges", ranges, 2)
    if spaced not in _SPACED:
        raise ValueError(f"Expected spaced as one of {', '.join(map(repr, _SPACED))}. Received: spaced={spaced!r}.")
    rows, made = mixed_rows(real, drawn, ordered=ordered)
    return trends_of(rows, made, ranges=ranges, spaced=spaced)


def trends_of(
    real: MixedRows, drawn: MixedRows, ranges: int = 10, spaced: str = "by_rows"
) -> dict[tuple[str, str], float]:
    """`pair_trends` of rows that are numbers and codes already."""
    names = (*real.ordered, *real.unordered)
    edges = [_edges(column, ranges, spaced) for column in real.numbers.T]
    sides = [_as_values(rows, edges) for rows in (real, drawn)]
    found = {}
    for first, one in enumerate(names):
        for second in range(first + 1, len(names)):
            alike = None
            if second < len(real.ordered):
                alike = _correlations_alike(real.numbers[:, [first, second]], drawn.numbers[:, [first, second]])
            if alike is None:
                base = 1 + max(int(side[:, second].max()) for side in sides)
                alike = _of_values(*(side[:, first] * base + side[:, second] for side in sides))
            found[one, names[second]] = alike
    return found


def _of_numbers(real: np.ndarray, drawn: np.ndarray) -> float:
    """One less the largest gap of two distributions; 0 where one of them has nothing but missing cells."""
    some, others = (np.sort(one[~np.isnan(one)]) for one in (real, drawn))
    if not len(some) or not len(others):
        return float(len(some) == len(others))
    at = np.concatenate([some, others])
    passed = [np.searchsorted(one, at, side="right") / len(one) for one in (some, others)]
    return 1.0 - float(np.abs(passed[0] - passed[1]).max())


def _of_values(real: np.ndarray, drawn: np.ndarray) -> float:
    """One less the total variation distance of two sets of codes."""
    values, places = np.unique(np.concatenate([real, drawn]), return_inverse=True)
    shares = [np.bincount(one, minlength=len(values)) / len(one) for one in (places[: len(real)], places[len(real) :])]
    return 1.0 - 0.5 * float(np.abs(shares[0] - shares[1]).sum())


def _correlations_alike(real: np.ndarray, drawn: np.ndarray) -> float | None:
    """One less half of the difference of correlations; `None` where there is none."""
    found = []
    for pair in (real, drawn):
        pair = pair[~np.isnan(pair).any(axis=1)]
        if len(pair) < 2 or not pair.std(axis=0).all():
            return None
        found.append(float(np.corrcoef(pair.T)[0, 1]))
    return 1.0 - 0.5 * abs(found[0] - found[1])


def _edges(column: np.ndarray, ranges: int, spaced: str) -> np.ndarray:
    present = column[~np.isnan(column)]
    if not len(present):
        return np.empty(0)
    if spaced == "evenly":
        return np.linspace(present.min(), present.max(), ranges + 1)
    return np.unique(np.quantile(present, np.linspace(0.0, 1.0, ranges + 1)[1:-1]))


def _as_values(rows: MixedRows, edges: Sequence[np.ndarray]) -> np.ndarray:
    """All columns as values, `(rows, columns)` int64: numbers as their range, 0 where one is missing."""
    inside = [
        np.where(np.isnan(column), 0, 1 + np.searchsorted(at, column, side="right"))
        for column, at in zip(rows.numbers.T, edges, strict=True)
    ]
    return np.column_stack([*inside, rows.codes]).astype(np.int64)
