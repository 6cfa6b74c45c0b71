"""The rows of a run as data frames: those that it learns from, and those that are held out."""

from typing import Any

from kgan.data.sources import arrays
from kgan.data.tables import private_loading
from kgan.data.tables.reading import Source, pandas
from kgan.run import Run

__all__ = ["parts_of"]


def parts_of(run: Run) -> tuple[Any, Any]:
    """Training rows and held-out rows, pandas DataFrames, as training has split them.

    Raises:
        DataError: if the table cannot be read.
    """
    plan = run.plan
    frame = pandas().concat(list(Source(plan.source)), ignore_index=True)
    options = plan.recipe.data
    if options["epsilon"] is not None:
        unseen = private_loading.held_out(len(frame), options["validation_split"], options["secret"])
        return tuple(frame[rows].reset_index(drop=True) for rows in (~unseen, unseen))
    train, held_out = arrays.split(len(frame), options["validation_split"], plan.seed)
    return tuple(frame.iloc[rows].reset_index(drop=True) for rows in (train, held_out))
