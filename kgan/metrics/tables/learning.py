"""What gradient boosting learns from drawn rows: to tell them from real ones, and to predict real ones' columns."""

import importlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kgan.data.splits import DataError
from kgan.metrics.tables.mixed import MixedRows, mixed_rows
from kgan.metrics.tables.ranking import AUC, auc

__all__ = ["Usefulness", "detector", "detector_of", "f1", "guesses_of", "usefulness", "usefulness_of"]

_MOST_VALUES = 255  # of a column that scikit-learn's trees take as values; others as numbers
_MOST_CLASSES = 50
FEWEST = 100  # rows of a kind that a detector is taught by and tried on


class Usefulness(NamedTuple):
    """How well a column is predicted from all others.

    Attributes:
        score: `"r2"` where order counts, else `"f1"`, its mean over the values that the test rows have.
        drawn: On test rows, by what learned from drawn rows.
        real: On test rows, by what learned from real rows.
    """

    score: str
    drawn: float
    real: float


def detector(real: Any, drawn: Any, *, ordered: Sequence[str] | None = None, seed: int = 0) -> AUC:
    """How well gradient boosting tells drawn rows from real ones that it did not see: 0.5 is luck, 1 always.

    It learns from half of the rows of both kinds, and ranks the others. As many of both are taken.

    Args:
        real: Rows of the table, a pandas DataFrame of at least 100: trees take 20 rows to a leaf.
        drawn: Generated rows, at least 100.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.
        seed: Of the halves.

    Raises:
        DataError: if a table lacks a column, has fewer than 100 rows, or scikit-learn is not installed.

    Reference:
        Lopez-Paz and Oquab, 2017, Revisiting Classifier Two-Sample Tests. arXiv:1610.06545
    """
    rows, made = mixed_rows(real, drawn, ordered=ordered)
    return detector_of(rows, made, seed=seed)


def detector_of(real: MixedRows, drawn: MixedRows, seed: int = 0) -> AUC:
    """`detector` of rows that are numbers and codes already.

    Raises:
        DataError: if there are fewer than 100 rows of a kind, or scikit-learn is not installed.
    """
    count = min(real.rows, drawn.rows)
    if count < FEWEST:
        raise DataError(f"Expected at least {FEWEST} rows of both kinds. Received: {count}.")
    random = np.random.default_rng(seed)
    halves = [random.permutation(rows.rows)[:count] for rows in (real, drawn)]
    learned, unseen = (
        np.concatenate([_cells(rows.take(half[part])) for rows, half in zip((real, drawn), halves, strict=True)])
        for part in (slice(None, count // 2), slice(count // 2, None))
    )
    truth = np.repeat([0, 1], count // 2)
    with _one_thread():
        scores = _boosted("Classifier", real, drawn).fit(learned, truth).decision_function(unseen)
    others = count - count // 2
    return auc(scores[others:], scores[:others])


def usefulness(real: Any, drawn: Any, test: Any, target: str, *, ordered: Sequence[str] | None = None) -> Usefulness:
    """Trains on drawn rows and tests on real ones, beside training on real rows.

    Args:
        real: Rows of the table that `test` has none of, a pandas DataFrame.
        drawn: Generated rows.
        test: Other rows of the table.
        target: The column that is predicted from all others.
        ordered: The columns whose order counts, of which the target is predicted by regression. `None` takes those of
            numbers and dates.

    Raises:
        DataError: if a table lacks a column or has no row; if `target` is no column, is the same in all rows of the
            table, has more than 50 values to tell apart, or is missing in all drawn rows; or if scikit-learn is not
            installed.

    Reference:
        Esteban et al., 2017, Real-valued (Medical) Time Series Generation with Recurrent Conditional GANs.
        arXiv:1706.02633
    """
    rows, made, unseen = mixed_rows(real, drawn, test, ordered=ordered)
    if target not in (*rows.ordered, *rows.unordered):
        raise DataError(f"Expected target as a column of the table. Received: target={target!r}.")
    found = usefulness_of(rows, made, unseen, target=target)
    if found is None:
        raise DataError(
            f"Expected a target with 2 to {_MOST_CLASSES} values, or numbers that differ, in each table. Received: "
            f"target={target!r}, which is not so. Predict another column."
        )
    return found


def usefulness_of(real: MixedRows, drawn: MixedRows, test: MixedRows, target: str) -> Usefulness | None:
    """`usefulness` of rows that are numbers and codes already; `None` where there is nothing to predict.

    Raises:
        DataError: if scikit-learn is not installed.
    """
    kinds = [real, drawn, test]
    if target in real.ordered:
        place = real.ordered.index(target)
        kinds = [rows.take(~np.isnan(rows.numbers[:, place])) for rows in kinds]
        if not all(rows.rows for rows in kinds) or not all(np.ptp(kinds[one].numbers[:, place]) for one in (0, 2)):
            return None
        score, scored = "r2", _r2
    else:
        place = real.unordered.index(target)
        counts = [len(np.unique(rows.codes[:, place])) for rows in kinds]
        if min(counts[0], counts[2]) < 2 or max(counts) > _MOST_CLASSES:
            return None
        score, scored = "f1", f1
    if len(real.ordered) + len(real.unordered) == 1:
        return None
    of_drawn, of_real = (scored(*guesses_of(rows, kinds[2], target)) for rows in (kinds[1], kinds[0]))
    return Usefulness(score, of_drawn, of_real)


def guesses_of(learned: MixedRows, test: MixedRows, target: str) -> tuple[np.ndarray, np.ndarray]:
    """A column of the test rows, and what gradient boosting guesses that learned it from other rows; codes for values.

    Args:
        learned: Rows without a missing cell in the target where its order counts.
        test: Rows alike.
        target: The name of the column.

    Raises:
        DataError: if scikit-learn is not installed.
    """
    in_order = target in learned.ordered
    taught, truth = (
        rows.numbers[:, rows.ordered.index(target)] if in_order else rows.codes[:, rows.unordered.index(target)]
        for rows in (learned, test)
    )
    if len(np.unique(taught)) == 1:  # rows of one value teach that value
        return truth, np.full(len(truth), taught[0])
    learned, test = (_without(rows, target) for rows in (learned, test))
    with _one_thread():
        model = _boosted("Regressor" if in_order else "Classifier", learned, test).fit(_cells(learned), taught)
        return truth, model.predict(_cells(test))


def f1(truth: np.ndarray, guessed: np.ndarray) -> float:
    """The mean over the values of `truth` of the harmonic mean of precision and recall."""
    found = []
    for value in np.unique(truth):
        both = np.sum((truth == value) & (guessed == value))
        found.append(2.0 * both / (np.sum(truth == value) + np.sum(guessed == value)))
    return float(np.mean(found))


def _without(rows: MixedRows, target: str) -> MixedRows:
    numbers = [place for place, name in enumerate(rows.ordered) if name != target]
    codes = [place for place, name in enumerate(rows.unordered) if name != target]
    return MixedRows(
        rows.numbers[:, numbers],
        rows.codes[:, codes],
        tuple(rows.ordered[place] for place in numbers),
        tuple(rows.unordered[place] for place in codes),
    )


def _cells(rows: MixedRows) -> np.ndarray:
    """All cells as numbers, `(rows, columns)` float64."""
    return np.concatenate([rows.numbers, rows.codes.astype(np.float64)], axis=1)


def _one_thread() -> Any:
    """A context in which gradient boosting runs on one core.

    Its threads wait for each other in a busy loop: where another process has a core, each of hundreds of short
    parallel parts waits for a time slice, and a second becomes minutes.
    """
    return _module("threadpoolctl").threadpool_limits(1, user_api="openmp")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataError(
            "Expected scikit-learn, whose gradient boosting learns from rows. Received: an installation without it. "
            "pip install 'kgan[tables]' brings it."
        ) from error


def _boosted(made: str, *tables: MixedRows) -> Any:
    """Gradient boosting of scikit-learn, as it comes, told which columns are values."""
    ensemble = _module("sklearn.ensemble")
    highest = np.max([rows.codes.max(axis=0, initial=0) for rows in tables], axis=0)
    are_values = np.concatenate([np.zeros(len(tables[0].ordered), bool), highest < _MOST_VALUES])
    return getattr(ensemble, f"HistGradientBoosting{made}")(
        categorical_features=are_values, early_stopping=False, random_state=0
    )


def _r2(truth: np.ndarray, guessed: np.ndarray) -> float:
    """The coefficient of determination."""
    return 1.0 - float(np.square(truth - guessed).sum() / np.square(truth - truth.mean()).sum())
