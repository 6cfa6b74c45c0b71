"""How much of a table's values and ranges drawn rows reach."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgan.metrics.tables.mixed import MixedRows, mixed_rows

__all__ = ["coverage", "coverage_of"]


def coverage(real: Any, drawn: Any, *, ordered: Sequence[str] | None = None) -> dict[str, float]:
    """The share of each column's values that drawn rows have, or of its range that they span, 0 to 1.

    Of a range `[a, b]` it is one less what is lacking at both ends, `(max(0, min - a) + max(0, b - max)) / (b - a)`.

    Args:
        real: Rows of the table, a pandas DataFrame.
        drawn: Generated rows.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.

    Returns:
        A figure for each column, by its name.

    Raises:
        DataError: if a table has no row, or lacks a column.

    Examples:
        >>> frames = [kgan.data.tables.reading.frame_of({"size": one}) for one in ([0, 5, 10], [0, 4, 8])]
        >>> kgan.metrics.tables.coverage(*frames)
        {'size': 0.8}
    """
    return coverage_of(*mixed_rows(real, drawn, ordered=ordered))


def coverage_of(real: MixedRows, drawn: MixedRows) -> dict[str, float]:
    """`coverage` of rows that are numbers and codes already, columns whose order counts first."""
    ranges = {
        name: _of_range(real.numbers[:, place], drawn.numbers[:, place]) for place, name in enumerate(real.ordered)
    }
    return ranges | {
        name: float(np.isin(np.unique(real.codes[:, place]), drawn.codes[:, place]).mean())
        for place, name in enumerate(real.unordered)
    }


def _of_range(real: np.ndarray, drawn: np.ndarray) -> float:
    real, drawn = (one[~np.isnan(one)] for one in (real, drawn))
    if not len(real) or not len(drawn):
        return float(len(real) == len(drawn))
    low, high = real.min(), real.max()
    if low == high:
        return float(drawn.min() <= low <= drawn.max())
    lacking = max(0.0, drawn.min() - low) + max(0.0, high - drawn.max())
    return max(0.0, 1.0 - float(lacking / (high - low)))
