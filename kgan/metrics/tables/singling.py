"""An attack that singles out: whether what drawn rows say fits exactly one training record."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kgan._support.checks import whole
from kgan.metrics.tables.mixed import MixedRows, mixed_rows

__all__ = ["SinglingOut", "singling_out", "singling_out_of"]

_PER_RECORD = 20_000_000  # cells compared at once
_DIVISIONS = 200  # of the records, for the error


class SinglingOut(NamedTuple):
    """What came of the guesses.

    Attributes:
        training: The share of guesses that fit exactly one training record.
        held_out: The share that fit exactly one held-out record, of which nobody can have learned.
        risk: `(training - held_out) / (1 - held_out)`, what the attacker gains by the model; below 0 by luck.
        error: How far from 0 the risk lies where nothing was learned: its standard deviation over random divisions of
            the same records into training and held-out ones.
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
    fits = np.concatenate([_fitting(one, drawn.take(rows), medians, asked) for one in kinds], axis=1)
    halves = np.arange(2 * count) < count
    first, second, risk = (one.item() for one in _outcome(fits, halves[:, None]))
    if second == 1.0:
        return SinglingOut(first, 1.0, 0.0, float("nan"), guesses)
    divided = np.stack([random.permutation(halves) for _ in range(_DIVISIONS)], axis=1)
    of_luck = _outcome(fits, divided)[2]
    return SinglingOut(first, second, risk, float(of_luck.std(ddof=1)), guesses)


def _outcome(fits: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of guesses that fit exactly one record of each kind, and the risk, for each division of the records.

    Args:
        fits: Which guess fits which record, bool `(guesses, records)`.
        known: Which records are training records, bool `(records, divisions)`.
    """
    counts = fits.astype(np.float32) @ known.astype(np.float32)  # (guesses, divisions)
    others = fits.sum(axis=1)[:, None] - counts
    first, second = (counts == 1).mean(axis=0), (others == 1).mean(axis=0)
    return first, second, (first - second) / np.where(second < 1.0, 1.0 - second, 1.0)


def _fitting(records: MixedRows, rows: MixedRows, medians: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Which records fit each guess, bool `(guesses, records)`."""
    part = max(1, _PER_RECORD // records.rows)
    found = []
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
        found.append(fits)
    return np.concatenate(found)
