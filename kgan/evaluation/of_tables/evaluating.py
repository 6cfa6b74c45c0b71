"""How a generator of rows does: columns, pairs of columns, what is learned from its rows, and what they give away."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np

from kgan._support.checks import whole
from kgan.evaluation.balance import Balance
from kgan.evaluation.of_tables.leaks import Leak, leaks
from kgan.evaluation.of_tables.parts import parts_of
from kgan.evaluation.results import (
    HELD_OUT,
    TRAINING,
    Evaluation,
    Figure,
    Wording,
    common_facts,
    finite,
    players_on,
    spelled,
)
from kgan.metrics.tables.coverages import coverage_of
from kgan.metrics.tables.learning import FEWEST, Usefulness, detector_of, usefulness_of
from kgan.metrics.tables.likeness import shapes_of, trends_of
from kgan.metrics.tables.mixed import MixedRows, mixed_rows
from kgan.run import Run, loaded, same_data

__all__ = ["TableEvaluation", "evaluate"]

MOST = 20_000  # rows
_LEARNED = 5_000  # rows that a column is learned from
_PREDICTED = 10  # columns
_SHOWN = 20
_FEWEST = 4  # rows of a kind that figures of privacy are worked out on


@dataclass(frozen=True)
class TableEvaluation(Evaluation):
    """What `evaluate` found of a generator of rows.

    Attributes:
        columns: How alike each column is to held-out rows, or to training rows where none are held out, by its name.
        covered: The share of each column's values or range that drawn rows reach, likewise.
        useful: How well gradient boosting predicts held-out cells of a column from the others, by the column's name: a
            score (`"r2"` or `"f1"`), and its values by what learned from drawn rows and from training rows.
        leaks: What drawn rows give away of training rows; empty where none are held out.
        drawn: The first drawn rows, a data frame.
        balance: What came of filling up rare classes; `None` where nobody asked.
    """

    wording: ClassVar[Wording] = Wording(
        made="rows",
        instead="rows instead",
        columns=("Rows against held-out rows", "Training rows in their place", "Against training rows"),
        explained="Column shapes are the mean over columns of one less the Kolmogorov-Smirnov statistic of numbers and "
        "dates, and the total variation distance of the others. Pair trends are the mean over pairs of columns of one "
        "less half of the difference of correlations, and the total variation distance of pairs of values, numbers in "
        "ten ranges. Coverage is the share of values and ranges that rows reach. The detector is gradient boosting "
        "that tells rows from held-out ones: 0.5 is luck. Use is how well held-out cells are predicted by what learned "
        "from rows: R2 of numbers, below 0 taken for 0, and F1 of values. Copies are the share "
        "of rows that a row of the table has, cell by cell. Below each: rows : rows.",
    )

    columns: dict[str, float]
    covered: dict[str, float]
    useful: dict[str, dict[str, Any]]
    leaks: list[Leak]
    drawn: Any = field(repr=False)
    balance: Balance | None = None

    def record(self) -> dict:
        """All but the rows, as plain values."""
        balance = None if self.balance is None else asdict(self.balance)
        return {**super().record(), "leaks": [asdict(one) for one in self.leaks], "balance": balance}

    def lines(self) -> list[str]:
        """A table for a terminal."""
        lines = super().lines()
        if self.useful:
            lines += ["", f"{'Held-out cells, learned from':<44} {'drawn rows':>13} {'training rows':>14}"]
        for name, found in self.useful.items():
            title = f"{name}, {_SPELLED[found['score']]}"
            lines.append(f"{title:<44} {spelled(found['drawn']):>13} {spelled(found['training']):>14}")
        if self.leaks:
            lines += ["", f"{'What rows give away':<52} {'':>8} {'expected':>9} {'error':>8}"]
        lines += [
            f"{one.label:<52} {spelled(one.value):>8} {spelled(one.expected):>9} {spelled(one.error):>8}"
            for one in self.leaks
        ]
        return lines if self.balance is None else [*lines, "", *self.balance.said]


_SPELLED = {"r2": "R2", "f1": "F1"}


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
    train, held_out = parts_of(run)
    random = np.random.default_rng(seed)
    parts = {TRAINING: _some(train, most, random), HELD_OUT: _some(held_out, most, random)}
    count = min(most, len(train) + len(held_out))
    say(f"Drawing {count:,} rows ...")
    drawn = model.sample(count, seed=seed)
    names, ordered = list(model.table.measured), list(model.table.ordered)
    present = {name: rows for name, rows in parts.items() if len(rows)}
    frames = [rows[names] for rows in present.values()]
    made, *reals = mixed_rows(drawn[names], *frames, ordered=ordered)
    found = dict(zip(present, reals, strict=True))
    training, unseen = found[TRAINING], found.get(HELD_OUT)
    notes, useful, given_away = [], {}, []
    if unseen is None:
        notes.append("No held-out rows: against training rows alone, learning them by heart looks best.")
    else:
        say("Learning columns from rows ...")
        useful, more = _useful(training, made, unseen, random)
        notes += more
        if min(made.rows, unseen.rows) < FEWEST:
            notes.append(f"No detector: it takes {FEWEST} held-out rows and as many drawn ones.")
        if min(training.rows, made.rows, unseen.rows) >= _FEWEST:
            say("Looking for what rows give away ...")
            given_away = leaks(training, unseen, made, seed)
    figures = []
    for against in (HELD_OUT, TRAINING):
        if against in found:
            say(f"Measuring rows against {'held-out' if against == HELD_OUT else 'training'} rows ...")
            floor = training if against == HELD_OUT else None
            figures += _figures(found[against], made, floor, against, useful if against == HELD_OUT else {}, seed)
    seen = training if unseen is None else unseen
    return TableEvaluation(
        players=players_on(model, splits.validation),
        figures=figures,
        notes=notes,
        features="none",
        **common_facts(model, splits, seed, choice),
        columns=_rounded(shapes_of(seen, made), model.table.measured),
        covered=_rounded(coverage_of(seen, made), model.table.measured),
        useful={
            name: {"score": one.score, "drawn": finite(one.drawn), "training": finite(one.real)}
            for name, one in useful.items()
        },
        leaks=given_away,
        drawn=drawn.head(_SHOWN),
    )


def _rounded(found: dict[str, float], names: Sequence[str]) -> dict[str, float]:
    return {name: round(found[name], 4) for name in names}


def _some(frame: Any, most: int, random: np.random.Generator) -> Any:
    if len(frame) <= most:
        return frame
    return frame.iloc[np.sort(random.choice(len(frame), most, replace=False))].reset_index(drop=True)


def _useful(
    training: MixedRows, drawn: MixedRows, test: MixedRows, random: np.random.Generator
) -> tuple[dict[str, Usefulness], list[str]]:
    """How well columns are predicted by what learned from drawn rows and from training rows; and notes."""
    count = min(training.rows, drawn.rows, _LEARNED)
    training, drawn, test = (rows.some(count, random) for rows in (training, drawn, test))
    names = [*training.ordered, *training.unordered]
    found = {name: usefulness_of(training, drawn, test, name) for name in names[:_PREDICTED]}
    notes = []
    if len(names) > _PREDICTED:
        notes.append(f"Use is that of {_PREDICTED} columns of {len(names)}, numbers first.")
    return {name: one for name, one in found.items() if one is not None}, notes


def _figures(
    real: MixedRows,
    drawn: MixedRows,
    floor: MixedRows | None,
    against: str,
    useful: dict[str, Usefulness],
    seed: int,
) -> list[Figure]:
    measures: list[tuple[str, str, str, Callable[[MixedRows, MixedRows], float]]] = [
        ("column_shapes", "Column shapes", "max", lambda some, others: _mean(shapes_of(some, others))),
        ("pair_trends", "Pair trends", "max", lambda some, others: _mean(trends_of(some, others))),
        ("coverage", "Coverage", "max", lambda some, others: _mean(coverage_of(some, others))),
        ("copies", "Copies", "floor", _copies),
    ]
    if against == HELD_OUT and min(real.rows, drawn.rows) >= FEWEST:
        measures.insert(
            3, ("detector", "Detector, AUC", "min", lambda some, others: detector_of(some, others, seed)[0])
        )
    known = {"against": against, "real_samples": real.rows, "generated_samples": drawn.rows}
    known["floor_samples"] = 0 if floor is None else floor.rows
    found = [
        Figure(
            name=name,
            label=label,
            better=better,
            value=finite(measure(real, drawn)),
            floor=None if floor is None else finite(measure(real, floor)),
            **known,
        )
        for name, label, better, measure in measures
    ]
    if useful:
        means = [finite(_mean({name: max(0.0, one[place]) for name, one in useful.items()})) for place in (1, 2)]
        found.insert(4, Figure("use", "Use, the mean of R2 and F1", "max", value=means[0], floor=means[1], **known))
    return found


def _mean(figures: dict[Any, float]) -> float:
    return float(np.mean(list(figures.values()))) if figures else float("nan")


def _copies(real: MixedRows, drawn: MixedRows) -> float:
    """The share of drawn rows that are a row of the table's, cell by cell."""
    known = {row.tobytes() for row in _cells(real)}
    return float(np.mean([row.tobytes() in known for row in _cells(drawn)]))


def _cells(rows: MixedRows) -> np.ndarray:
    """Rows whose bytes are alike where their cells are: 0 has one sign, and NaN one kind."""
    numbers = np.where(np.isnan(rows.numbers), np.nan, rows.numbers + 0.0)
    return np.ascontiguousarray(np.concatenate([numbers, rows.codes.astype(np.float64)], axis=1))
