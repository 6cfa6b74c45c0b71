"""Whether drawn rows of rare classes help a classifier of held-out rows."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from kgan._support import files
from kgan.balancing.rows import augment_rows, check_classes, check_column
from kgan.data.splits import DataError
from kgan.evaluation.balance import balance_of
from kgan.evaluation.of_tables.parts import parts_of
from kgan.evaluation.results import Evaluation
from kgan.models.tabular import Tabular
from kgan.run import Run, loaded

__all__ = ["balanced", "check_balance"]

Found = TypeVar("Found", bound=Evaluation)


def balanced(run: Run, evaluation: Found, column: str, seed: int, say: Callable[[str], None]) -> Found:
    """The evaluation with what came of filling up rare classes; the filled up rows lie beside it as CSV.

    Args:
        run: The run.
        evaluation: What was found before.
        column: The column of classes.
        seed: Of rows.
        say: Called with a line of progress.

    Raises:
        DataError: if the table cannot be read, or has lost the column.
        ValueError: if no rows are held out, or `column` is no column of several values.
    """
    model, training, held_out = _checked(run, column)
    say(f"Filling up the rare classes of {column} ...")
    found = augment_rows(training, column, model, held_out, seed=seed)
    written = re.sub(r"[^\w-]+", "-", column)
    path = Path(run.evaluation).with_name(f"balanced-{written}.csv")
    with files.replacing(path) as beside:
        found.rows.to_csv(beside, index=False)
    return replace(evaluation, balance=balance_of(found, path))


def check_balance(run: Run, column: str) -> None:
    """Refuses what `balanced` would refuse, before anything else is measured.

    Args:
        run: The run.
        column: The column of classes.

    Raises:
        DataError: if the table cannot be read, or has lost the column.
        ValueError: if no rows are held out, or `column` is no column of several values.
    """
    _checked(run, column)


def _checked(run: Run, column: str) -> tuple[Tabular, Any, Any]:
    """The model, the rows that it learned from and the held-out ones."""
    training, held_out = parts_of(run)
    if not len(held_out):
        raise ValueError(
            "Expected held-out rows for balance, which is tried on them. Received: a run without. Train with "
            "data.validation_split=0.1, say."
        )
    model = loaded(run.chosen_before().checkpoint)
    check_column(column, model)
    if column not in training.columns:
        raise DataError(f"Expected the columns of the model's table. Received: rows without {column!r}.")
    check_classes(column, training, held_out)
    return model, training, held_out
