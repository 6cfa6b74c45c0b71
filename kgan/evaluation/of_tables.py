"""How a generator of rows does: columns, and pairs of columns, against held-out rows and training rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from kgan._support.checks import whole
from kgan.data.sources import arrays
from kgan.data.tables.cells import look
from kgan.data.tables.columns import Table
from kgan.data.tables.reading import Source, pandas
from kgan.evaluation.results import (
    HELD_OUT,
    TRAINING,
    Evaluation,
    Figure,
    Wording,
    common_facts,
    finite,
    players_on,
)
from kgan.run import Run, loaded, same_data

__all__ = ["TableEvaluation", "column_shape", "evaluate", "pair_trend"]

MOST = 20_000  # rows
_SHOWN = 20
_BINS = 10  # of numbers beside categories


@dataclass(frozen=True)
class TableEvaluation(Evaluation):
    """What `evaluate` found of a generator of rows.

    Attributes:
        columns: How alike each column is to held-out rows, or to training rows where none are held out, by its name.
        drawn: The first drawn rows, a data frame.
    """

    wording: ClassVar[Wording] = Wording(
        made="rows",
        instead="rows instead",
        columns=("Rows against held-out rows", "Training rows in their place", "Against training rows"),
        explained="Column shapes are the mean over columns of one less the Kolmogorov-Smirnov statistic of numbers and "
        "dates, and the total variation distance of the others. Pair trends are the mean over pairs of columns of one "
        "less half of the difference of correlations, and the total variation distance of pairs of values, numbers in "
        "ten ranges. Copies are the share of rows that a row of the table has, cell by cell. Below each: rows : rows.",
    )

    columns: dict[str, float]
    drawn: Any = field(repr=False)


def evaluate(run: Run, num_samples: int | None, seed: int, say: Callable[[str], None]) -> TableEvaluation:
    """Measures drawn rows against held-out rows, where there are any, and training rows.

    Args:
        run: The run.
        num_samples: Rows to draw and to compare with, at most; `None` for 20,000.
        seed: Of the rows.
        say: Called with a line of progress now and then.

    Raises:
        ValueError: if `num_samples` is less than 1.
    """
    most = MOST if num_samples is None else whole("num_samples", num_samples, 1)
    choice = run.chosen_before()
    model = loaded(choice.checkpoint)
    splits = run.plan.load(say)
    same_data.check(run, splits, say, choice.checkpoint)
    frame = pandas().concat(list(Source(run.plan.source)), ignore_index=True)
    plan = run.plan
    train, held_out = arrays.split(len(frame), plan.recipe.data["validation_split"], plan.seed)
    random = np.random.default_rng(seed)
    parts = {TRAINING: _some(frame, train, most, random), HELD_OUT: _some(frame, held_out, most, random)}
    say(f"Drawing {min(most, len(frame)):,} rows ...")
    drawn = model.sample(min(most, len(frame)), seed=seed)
    figures, notes = [], []
    for against in (HELD_OUT, TRAINING):
        if not len(parts[against]):
            notes.append("No held-out rows: against training rows alone, learning them by heart looks best.")
            continue
        say(f"Measuring rows against {'held-out' if against == HELD_OUT else 'training'} rows ...")
        floor = parts[TRAINING] if against == HELD_OUT else None
        figures += _figures(model.table, parts[against], drawn, floor, against)
    seen = parts[HELD_OUT] if len(parts[HELD_OUT]) else parts[TRAINING]
    return TableEvaluation(
        players=players_on(model, splits.validation),
        figures=figures,
        notes=notes,
        features="none",
        **common_facts(model, splits, seed, choice),
        columns={
            one.name: round(column_shape(one.is_continuous, seen[one.name], drawn[one.name]), 4)
            for one in model.table.columns
        },
        drawn=drawn.head(_SHOWN),
    )


def _some(frame: Any, rows: np.ndarray, most: int, random: np.random.Generator) -> Any:
    chosen = rows if len(rows) <= most else np.sort(random.choice(rows, most, replace=False))
    return frame.iloc[chosen].reset_index(drop=True)


def _figures(table: Table, real: Any, drawn: Any, floor: Any, against: str) -> list[Figure]:
    known = {"against": against, "real_samples": len(real), "generated_samples": len(drawn)}
    floor_samples = 0 if floor is None else len(floor)
    found = []
    for name, label, better, measure in (
        ("column_shapes", "Column shapes", "max", _column_shapes),
        ("pair_trends", "Pair trends", "max", _pair_trends),
        ("copies", "Copies", "floor", _copies),
    ):
        found.append(
            Figure(
                name=name,
                label=label,
                better=better,
                value=finite(measure(table, real, drawn)),
                floor=None if floor is None else finite(measure(table, real, floor)),
                floor_samples=floor_samples,
                **known,
            )
        )
    return found


def _column_shapes(table: Table, real: Any, drawn: Any) -> float:
    return float(np.mean([column_shape(one.is_continuous, real[one.name], drawn[one.name]) for one in table.columns]))


def _pair_trends(table: Table, real: Any, drawn: Any) -> float:
    columns = table.columns
    pairs = [(one, other) for place, one in enumerate(columns) for other in columns[place + 1 :]]
    if not pairs:
        return float("nan")
    return float(np.mean([pair_trend(one, other, real, drawn) for one, other in pairs]))


def _copies(table: Table, real: Any, drawn: Any) -> float:
    """The share of drawn rows that are a row of the table's, with cells as they are written."""
    known = set(map(tuple, _texts(table, real)))
    return float(np.mean([tuple(row) in known for row in _texts(table, drawn)]))


def _texts(table: Table, frame: Any) -> np.ndarray:
    return np.stack([_keys(frame[one.name], one.name) for one in table.columns], axis=1)


def _keys(series: Any, name: str) -> np.ndarray:
    """Cells as texts, alike for alike values whatever pandas keeps them as; "" for missing ones."""
    cells = look(series, name)
    keys = np.full(len(cells.missing), "", object)
    if cells.family in ("integer", "number"):
        keys[~cells.missing] = [f"{one:.9g}" for one in cells.values]
    elif cells.family == "datetime":
        keys[~cells.missing] = [str(np.datetime64(int(one), "s")).replace("T00:00:00", "") for one in cells.values]
    elif cells.family is not None:
        keys[~cells.missing] = [str(one) for one in cells.values]
    return keys


def column_shape(continuous: bool, real: Any, drawn: Any) -> float:
    """How alike the values of a column are, in [0, 1]: one less the Kolmogorov-Smirnov or total variation distance.

    Args:
        continuous: Whether it holds numbers or dates, of which the order counts.
        real: Cells of the table, a pandas Series.
        drawn: Generated cells.
    """
    if continuous:
        some, others = (np.sort(_numbers(one)) for one in (real, drawn))
        if not len(some) or not len(others):
            return float(len(some) == len(others))
        at = np.concatenate([some, others])
        passed = [np.searchsorted(one, at, side="right") / len(one) for one in (some, others)]
        return 1.0 - float(np.abs(passed[0] - passed[1]).max())
    return _alike(_keys(real, str(real.name)), _keys(drawn, str(drawn.name)))


def _numbers(series: Any) -> np.ndarray:
    """The cells that are not missing as float64; text is dates."""
    cells = look(series, str(series.name))
    if cells.family == "text":
        return np.array([np.datetime64(one.replace(" ", "T"), "s") for one in cells.values]).astype(np.float64)
    return cells.values.astype(np.float64)


def _alike(some: np.ndarray, others: np.ndarray) -> float:
    """One less the total variation distance of two sets of values."""
    values, places = np.unique(np.concatenate([some, others]).astype(str), return_inverse=True)
    shares = [
        np.bincount(one, minlength=len(values)) / max(1, len(one)) for one in (places[: len(some)], places[len(some) :])
    ]
    return 1.0 - 0.5 * float(np.abs(shares[0] - shares[1]).sum())


def pair_trend(one: Any, other: Any, real: Any, drawn: Any) -> float:
    """How alike two columns go together, in [0, 1].

    Args:
        one: A `kgan.data.Column`.
        other: Another.
        real: Rows of the table, a pandas DataFrame.
        drawn: Generated rows.
    """
    if one.is_continuous and other.is_continuous and not (one.missing or other.missing):
        found = [np.corrcoef(_numbers(frame[one.name]), _numbers(frame[other.name]))[0, 1] for frame in (real, drawn)]
        if np.isfinite(found).all():
            return 1.0 - 0.5 * abs(float(found[0] - found[1]))
    joined = []
    for frame in (real, drawn):
        sides = [_ranged(column, real[column.name], frame[column.name]) for column in (one, other)]
        joined.append(np.array([f"{a}\t{b}" for a, b in zip(*sides, strict=True)]))
    return _alike(*joined)


def _ranged(column: Any, real: Any, cells: Any) -> np.ndarray:
    """Values, numbers as the number of their range, of ten that have as many rows of the table each."""
    if not column.is_continuous:
        return _keys(cells, column.name)
    edges = np.quantile(_numbers(real), np.linspace(0.0, 1.0, _BINS + 1)[1:-1])
    missing = look(cells, column.name).missing
    found = np.full(len(missing), "", object)
    found[~missing] = np.searchsorted(edges, _numbers(cells)).astype(str)
    return found
