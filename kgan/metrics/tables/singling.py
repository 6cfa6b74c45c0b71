"""An attack that singles out: whether what drawn rows say fits exactly one training record."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kgan._support.checks import whole
from kgan.metrics.tables.mixed import MixedRows, mixed_rows

__all__ = ["SinglingOut", "singling_out", "singling_out_of"]

_PER_RECORD = 20_000_000  # cells compared at once


class SinglingOut(NamedTuple):
    """What came of the guesses.

    Attributes:
        training: The share of guesses that fit exactly one training record.
        held_out: The share that fit exactly one held-out record, of which nobody can have learned.
        risk: `(training - held_out) / (1 - held_out)`, what the attacker gains by the model; below 0 by luck.
        error: Standard error of the risk over guesses. Which records there are adds to it, the more the fewer they are.
        guesses: How many there were.
    """

    training: float
    held_out: float
    risk: float
    error: float
    guesses: int


def singling_out(
    training: Any,
    held_out: Any,
    drawn: Any,
    *,
    guesses: int = 1000,
    columns: int = 4,
    ordered: Sequence[str] | None = None,
    seed: int = 0,
) -> SinglingOut:
    """Guesses of several columns at once, each made of a drawn row, tried on training and on held-out records.

    A guess takes a drawn row and some of its columns, and says: the same values, and numbers at least as large where
    the drawn one lies above the median, at most as large elsewhere. It singles out where exactly one record fits.
    Equally many records of both kinds are tried, because a guess fits one of few more often than one of many.

    Args:
        training: Rows that the model learned from, a pandas DataFrame.
        held_out: Rows of the same table that it did not.
        drawn: Generated rows.
        guesses: How many, at least 2.
        columns: Columns in a guess, at least 1; all where there are fewer.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.
        seed: Of rows and columns, and of which records are tried where one kind has more.

    Raises:
        DataError: if a table has no row, or lacks a column.
        ValueError: if `guesses` or `columns` is out of range.

    Reference:
        Giomi et al., 2022, A Unified Framework for Quantifying Privacy Risk in Synthetic Data. arXiv:2211.10459
    """
    whole("guesses", guesses, 2)
    whole("columns", columns, 1)
    known, unseen, made = mixed_rows(training, held_out, drawn, ordered=ordered)
    return singling_out_of(known, unseen, made, guesses=guesses, columns=columns, seed=seed)


def singling_out_of(
    training: MixedRows, held_out: MixedRows, drawn: MixedRows, guesses: int = 1000, columns: int = 4, seed: int = 0
) -> SinglingOut:
    """`singling_out` of rows that are numbers and codes already."""
    random = np.random.default_rng(seed)
    count = min(training.rows, held_out.rows)
    kinds = [training.some(count, random), held_out.some(count, random)]
    of_each = len(drawn.ordered) + len(drawn.unordered)
    present = [column[~np.isnan(column)] for column in drawn.numbers.T]
    medians = np.array([np.median(one) if len(one) else 0.0 for one in present])
    rows = random.integers(drawn.rows, size=guesses)
    asked = random.random((guesses, of_each)).argsort(axis=1)[:, : min(columns, of_each)]
    hits = np.array([_fitting(one, drawn.take(rows), medians, asked) == 1 for one in kinds])  # (2, guesses)
    first, second = hits.mean(axis=1)
    if second == 1.0:
        return SinglingOut(float(first), 1.0, 0.0, float("nan"), guesses)
    # Each guess is tried on both: d risk = (d first - (1 - risk) d second) / (1 - second).
    risk = (first - second) / (1.0 - second)
    spread = (hits[0] - (1.0 - risk) * hits[1]).std(ddof=1) / (1.0 - second)
    return SinglingOut(float(first), float(second), float(risk), float(spread / np.sqrt(guesses)), guesses)


def _fitting(records: MixedRows, rows: MixedRows, medians: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """How many records fit each guess, `(guesses,)`."""
    part = max(1, _PER_RECORD // records.rows)
    counts = []
    for start in range(0, rows.rows, part):
        here = slice(start, start + part)
        fits = np.ones((len(asked[here]), records.rows), bool)
        for place in range(len(rows.ordered) + len(rows.unordered)):
            guessing = (asked[here] == place).any(axis=1)
            if place < len(rows.ordered):
                wanted, held = rows.numbers[here][guessing, place, None], records.numbers[:, place]
                fit = np.where(wanted >= medians[place], held >= wanted, held <= wanted)
                fit |= np.isnan(wanted) & np.isnan(held)
            else:
                code = place - len(rows.ordered)
                fit = rows.codes[here][guessing, code, None] == records.codes[:, code]
            fits[guessing] &= fit
        counts.append(fits.sum(axis=1))
    return np.concatenate(counts)
