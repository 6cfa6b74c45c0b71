"""Rows of rare classes, drawn until each class has its share."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from kgan._support import limits
from kgan.balancing.augmented import Augmented, check_share
from kgan.balancing.lacking import lacking
from kgan.balancing.outcomes import outcome
from kgan.balancing.smote import smote
from kgan.data.splits import DataError
from kgan.data.tables.cells import DATES
from kgan.data.tables.reading import frame_of, pandas
from kgan.metrics.tables.learning import guesses_of
from kgan.metrics.tables.mixed import MixedRows, mixed_rows
from kgan.models.tabular import Tabular

__all__ = ["AugmentedRows", "augment_rows", "check_classes", "check_column"]

_CELL = 64  # bytes: an object of Python and a reference in each of two frames


@dataclass(frozen=True)
class AugmentedRows(Augmented):
    """Rows of a table whose rare classes are filled up, and what gradient boosting gains by them.

    Attributes:
        rows: The rows as they were given, then drawn ones, a pandas DataFrame.
    """

    what = "rows"
    classifier = "Gradient boosting"
    rules = MappingProxyType({"smote": "SMOTE"})

    rows: Any = field(repr=False)


def augment_rows(
    rows: Any, column: str, model: Tabular, held_out: Any, share: float = 1.0, seed: int = 0
) -> AugmentedRows:
    """`kgan.augment` of a table.

    Args:
        rows: Rows of the table that the model learned from, a pandas DataFrame or a dictionary of columns.
        column: The column of classes, one of values.
        model: A trained model of tables.
        held_out: Rows that neither the model nor the classifier learns from.
        share: Each class is filled up to this share of the largest one's rows, above 0 and at most 1.
        seed: Of rows, and of SMOTE. 0 to 2**32 - 1.

    Raises:
        DataError: if a table lacks a column or has no row, or pandas or scikit-learn is not installed.
        ValueError: if `column` is no column of values, there are fewer than two of them in `rows` or in `held_out`, or
            `share` is out of range, or is one that memory does not suffice for.
    """
    check_share(share)
    frame, test = frame_of(rows), frame_of(held_out)
    check_column(column, model)
    names = list(model.table.measured)
    for each in (frame, test):
        absent = [name for name in names if name not in each.columns]
        if absent:
            raise DataError(f"Expected the columns of the model's table. Received: rows without {absent[0]!r}.")
    ordered = list(model.table.ordered)
    frame, test = frame[names], test[names]
    check_classes(column, frame, test)
    added, drawn = _drawn(frame, column, model, share, seed)
    everything = pandas().concat([frame, *(_written_alike(one, frame, model) for one in drawn)], ignore_index=True)
    known, unseen, filled = mixed_rows(frame, test, everything, ordered=ordered)
    known, unseen = (_with_class(one, each, column) for one, each in ((known, frame), (unseen, test)))
    place = known.unordered.index(column)
    taught = {"none": known, "drawn": _with_class(filled, everything, column)}
    taught["smote"] = smote(known, column, lacking(known.codes[:, place], share), np.random.default_rng(seed))
    outcomes, plain = {}, None
    for way, one in taught.items():
        truth, guessed = guesses_of(one, unseen, column)
        outcomes[way] = outcome(way, one.rows, truth, guessed, plain, seed)
        plain = guessed if plain is None else plain
    return AugmentedRows(column, added, outcomes, everything)


def check_column(column: str, model: Tabular) -> None:
    """Refuses a column that has no classes.

    Raises:
        ValueError: if it is no column of values.
    """
    values = [one.name for one in model.table.columns if not one.is_continuous and one.blocks]
    if column not in values:
        raise ValueError(
            f"Expected column as one of values: {limits.shortened(', '.join(values)) or 'the table has none'}. "
            f"Received: column={column!r}."
        )


def check_classes(column: str, *frames: Any) -> None:
    """Refuses rows that a classifier has nothing to tell apart in.

    Raises:
        ValueError: if one of the data frames has fewer than two values in the column.
    """
    if min(one[column].nunique() for one in frames) < 2:
        raise ValueError(
            f"Expected rows of two classes at least, of {column!r}, in rows and held_out. Received: of one."
        )


def _drawn(frame: Any, column: str, model: Tabular, share: float, seed: int) -> tuple[dict[Any, int], list[Any]]:
    """How many rows of each class were drawn, and they themselves."""
    (rows,) = mixed_rows(frame[[column]], ordered=[])
    present = frame[column].notna().to_numpy(bool)
    codes = rows.codes[:, 0]
    added: dict[Any, int] = {}
    drawn: list[Any] = []
    missing = lacking(codes[present], share)
    count = sum(missing.values())
    asked = limits.array_bytes((count, len(model.table.measured)), _CELL)
    said = f"{share:g} of the largest class, {count:,} rows more"
    limits.check_bytes("share", said, asked, "Pass share=0.1, say, or fewer rows, to kgan.augment.")
    for code, count in missing.items():
        if count:
            value = frame[column].to_numpy(object)[np.flatnonzero(codes == code)[0]]
            value = value.item() if isinstance(value, np.generic) else value
            added[value] = count
            drawn.append(model.sample(count, seed=(seed + len(drawn)) % 2**32, where={column: value}))
    return added, drawn


def _with_class(rows: MixedRows, frame: Any, column: str) -> MixedRows:
    """The rows whose class is known."""
    return rows.take(frame[column].notna().to_numpy(bool))


def _written_alike(drawn: Any, frame: Any, model: Tabular) -> Any:
    """Drawn rows with dates as text where the table has text."""
    drawn = drawn[list(model.table.measured)]
    for name in model.table.measured:
        kind = model.table.kinds[name]
        if kind in DATES and frame[name].dtype.kind != "M" and drawn[name].dtype.kind == "M":
            written = "%Y-%m-%d" if kind == "date" else "%Y-%m-%d %H:%M:%S"
            texts = drawn[name].dt.strftime(written).astype(object)
            drawn = drawn.assign(**{name: texts.where(drawn[name].notna(), None)})
    return drawn
