"""SMOTE: rows between a row of a rare class and one of its neighbours, which generated rows are held against."""

from collections.abc import Mapping

import numpy as np

from kgan.metrics.tables.distances import distances, ranges_of
from kgan.metrics.tables.mixed import MixedRows

__all__ = ["smote"]


def smote(
    rows: MixedRows, target: str, lacking: Mapping[int, int], random: np.random.Generator, nearest_k: int = 5
) -> MixedRows:
    """The rows, and so many new ones of each class.

    A new row lies at a random place on the line from a random row of its class to one of that row's nearest neighbours
    in the class; values are those that most of the neighbours have, as in SMOTE-NC. Neighbours are found by Gower's
    distance, which mixed columns have.

    Args:
        rows: Rows of the table.
        target: The column of classes, one whose order does not count.
        lacking: How many rows to add, by the code of the class.
        random: Where draws come from.
        nearest_k: Neighbours that are chosen from; a class of fewer rows has fewer, and one of a single row copies.

    Reference:
        Chawla et al., 2002, SMOTE: Synthetic Minority Over-sampling Technique. arXiv:1106.1813
    """
    classes = rows.codes[:, rows.unordered.index(target)]
    ranges = ranges_of(rows)
    numbers, codes = [rows.numbers], [rows.codes]
    for code, count in lacking.items():
        if count:
            made = _between(rows.take(classes == code), count, ranges, random, nearest_k)
            numbers.append(made.numbers)
            codes.append(made.codes)
    return rows._replace(numbers=np.concatenate(numbers), codes=np.concatenate(codes))


def _between(rows: MixedRows, count: int, ranges: np.ndarray, random: np.random.Generator, nearest_k: int) -> MixedRows:
    """New rows of one class."""
    if rows.rows == 1:
        return rows.take(np.zeros(count, np.int64))
    k = min(nearest_k, rows.rows - 1)
    nearest = np.concatenate(
        [np.argpartition(part, k - 1, axis=1)[:, :k] for part in distances(rows, rows, ranges, but_itself=True)]
    )
    begun = random.integers(rows.rows, size=count)
    ended = nearest[begun, random.integers(k, size=count)]
    way = random.random((count, 1))
    some, others = rows.numbers[begun], rows.numbers[ended]
    numbers = np.where(np.isnan(some) | np.isnan(others), some, some + way * (others - some))
    votes = rows.codes[nearest[begun]]  # (count, k, columns)
    most = (votes[:, :, None] == votes[:, None]).sum(axis=2).argmax(axis=1)  # the first of those that most have
    return rows._replace(numbers=numbers, codes=np.take_along_axis(votes, most[:, None], axis=1)[:, 0])
