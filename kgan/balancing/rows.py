"""Rows of rare classes, drawn until each class has its share."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kgan._support import limits
from kgan.balancing.outcomes import Outcome, outcome
from kgan.balancing.smote import smote
from kgan.data.splits import DataError
from kgan.data.tables.cells import DATES
from kgan.data.tables.reading import frame_of, pandas
from kgan.metrics.tables.mixed import MixedRows, mixed_rows
from kgan.models.tabular import Tabular

__all__ = ["Augmented", "augment"]

_SURE = 2.0  # standard errors


@dataclass(frozen=True)
class Augmented:
    """Rows whose rare classes are filled up, and what a classifier gains by them.

    Attributes:
        rows: The rows as they were given, then drawn ones, a pandas DataFrame.
        column: The column of classes.
        added: How many rows were drawn of each class that had too few.
        outcomes: What gradient boosting makes of the held-out rows, by how it was taught: `"none"`, from the rows as
            they are; `"drawn"`, from `rows`; `"smote"`, from as many rows of SMOTE.
    """

    rows: Any = field(repr=False)
    column: str
    added: dict[Any, int]
    outcomes: dict[str, Outcome]

    @property
    def helps(self) -> bool:
        """Whether the classifier's F1 rose by more than two standard errors."""
        found = self.outcomes["drawn"]
        return found.gain > _SURE * found.error

    @property
    def verdict(self) -> str:
        """One sentence."""
        drawn, smoted = self.outcomes["drawn"], self.outcomes["smote"]
        gained = f"F1 changes by {drawn.gain:+.3f}, with a standard error of {drawn.error:.3f}"
        other = f"SMOTE's by {smoted.gain:+.3f}"
        if not self.added:
            return f"No class of {self.column!r} lacks rows: nothing was drawn."
        if self.helps:
            return f"Drawn rows help: {gained}, {other}."
        if drawn.gain < -_SURE * drawn.error:
            return f"Drawn rows do harm: {gained}, {other}. Learn from the rows as they are."
        return f"Drawn rows do not help: {gained}, {other}. Learn from the rows as they are."

    def lines(self) -> list[str]:
        """The report, for a terminal."""
        added = ", ".join(f"{count:,} of {value}" for value, count in self.added.items()) or "none"
        lines = [f"Rows drawn: {added}.", "", f"{'taught by':<24} {'rows':>9} {'F1':>7} {'recall':>7} {'worst':>7}"]
        names = {"none": "rows as they are", "drawn": "drawn rows beside them", "smote": "SMOTE beside them"}
        lines += [
            f"{names[way]:<24} {one.rows:>9,} {one.f1:>7.3f} {one.recall:>7.3f} {one.worst:>7.3f}"
            for way, one in self.outcomes.items()
        ]
        return [*lines, "", self.verdict]


def augment(rows: Any, column: str, model: Tabular, held_out: Any, *, share: float = 1.0, seed: int = 0) -> Augmented:
    """Fills up the rare classes of a table by drawn rows, and says whether that helps a classifier.

    Args:
        rows: Rows of the table that the model learned from, a pandas DataFrame or a dictionary of columns.
        column: The column of classes, one of values.
        model: A trained model of tables.
        held_out: Rows that neither the model nor the classifier learns from.
        share: Each class is filled up to this share of the largest one's rows, above 0 and at most 1.
        seed: Of rows, and of SMOTE. 0 to 2**32 - 1.

    Returns:
        The rows and the report. `lines()` prints it; `verdict` says whether the classifier gains.

    Raises:
        DataError: if a table lacks a column or has no row, or pandas or scikit-learn is not installed.
        ValueError: if `column` is no column of values, there are fewer than two of them in `rows` or in `held_out`, or
            `share` is out of range.

    Examples:
        >>> rows = {"size": list(range(40)), "colour": ["red"] * 30 + ["blue"] * 10}
        >>> splits = kgan.data.load_table(rows, batch_size=10, validation_split=0.0)
        >>> table = kgan.Tabular.of(splits, width=8, seed=0)
        >>> filled = kgan.augment(rows, "colour", table, held_out=rows)
        >>> filled.added, len(filled.rows)
        ({'blue': 20}, 60)
    """
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0.0 < share <= 1.0:
        raise ValueError(f"Expected share > 0 and at most 1. Received: share={share!r}.")
    frame, test = frame_of(rows), frame_of(held_out)
    _check_column(column, model)
    names = list(model.table.measured)
    for each in (frame, test):
        lacking = [name for name in names if name not in each.columns]
        if lacking:
            raise DataError(f"Expected the columns of the model's table. Received: rows without {lacking[0]!r}.")
    ordered = list(model.table.ordered)
    frame, test = frame[names], test[names]
    added, drawn = _drawn(frame, column, model, share, seed)
    everything = pandas().concat([frame, *(_written_alike(one, frame, model) for one in drawn)], ignore_index=True)
    known, unseen, filled = mixed_rows(frame, test, everything, ordered=ordered)
    known, unseen = (_with_class(one, each, column) for one, each in ((known, frame), (unseen, test)))
    place = known.unordered.index(column)
    if min(len(np.unique(one.codes[:, place])) for one in (known, unseen)) < 2:
        raise ValueError(
            f"Expected rows of two classes at least, of {column!r}, in rows and held_out. Received: of one."
        )
    taught = {"none": known, "drawn": _with_class(filled, everything, column)}
    taught["smote"] = smote(known, column, _lacking(known.codes[:, place], share), np.random.default_rng(seed))
    outcomes, plain = {}, None
    for way, one in taught.items():
        outcomes[way], guessed = outcome(way, one, unseen, column, plain, seed)
        plain = guessed if plain is None else plain
    return Augmented(everything, column, added, outcomes)


def _check_column(column: str, model: Tabular) -> None:
    values = [one.name for one in model.table.columns if not one.is_continuous and one.blocks]
    if column not in values:
        raise ValueError(
            f"Expected column as one of values: {limits.shortened(', '.join(values)) or 'the table has none'}. "
            f"Received: column={column!r}."
        )


def _drawn(frame: Any, column: str, model: Tabular, share: float, seed: int) -> tuple[dict[Any, int], list[Any]]:
    """How many rows of each class were drawn, and they themselves."""
    (rows,) = mixed_rows(frame[[column]], ordered=[])
    present = frame[column].notna().to_numpy(bool)
    codes = rows.codes[:, 0]
    added: dict[Any, int] = {}
    drawn: list[Any] = []
    for code, count in _lacking(codes[present], share).items():
        if count:
            value = frame[column].to_numpy(object)[np.flatnonzero(codes == code)[0]]
            value = value.item() if isinstance(value, np.generic) else value
            added[value] = count
            drawn.append(model.sample(count, seed=(seed + len(drawn)) % 2**32, where={column: value}))
    return added, drawn


def _lacking(codes: np.ndarray, share: float) -> dict[int, int]:
    """How many rows each class lacks, by its code."""
    values, counts = np.unique(codes, return_counts=True)
    wanted = math.floor(share * int(counts.max()))
    return {int(value): max(0, wanted - int(count)) for value, count in zip(values, counts, strict=True)}


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
