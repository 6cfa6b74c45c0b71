"""Whether drawn rows of rare classes help a classifier of held-out rows."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from kgan._support import files
from kgan.balancing import augment
from kgan.evaluation.of_tables.parts import parts_of
from kgan.evaluation.results import Evaluation
from kgan.run import Run, loaded

__all__ = ["Balance", "balanced"]

Found = TypeVar("Found", bound=Evaluation)


@dataclass(frozen=True)
class Balance:
    """What came of filling up rare classes.

    Attributes:
        column: The column of classes.
        added: How many rows were drawn of each class, by its value as text.
        outcomes: What a classifier makes of held-out rows, by how it was taught, as `kgan.balancing.Outcome` has it.
        verdict: One sentence.
        said: The report, for a terminal.
        rows: The file with the training rows and the drawn ones.
    """

    column: str
    added: dict[str, int]
    outcomes: dict[str, dict]
    verdict: str
    said: list[str]
    rows: str


def balanced(run: Run, evaluation: Found, column: str, seed: int, say: Callable[[str], None]) -> Found:
    """The evaluation with what came of filling up rare classes; the filled up rows lie beside it as CSV.

    Args:
        run: The run.
        evaluation: What was found before.
        column: The column of classes.
        seed: Of rows.
        say: Called with a line of progress.

    Raises:
        ValueError: if no rows are held out, or `column` is no column of several values.
    """
    model = loaded(run.chosen_before().checkpoint)
    training, held_out = parts_of(run)
    if not len(held_out):
        raise ValueError(
            "Expected held-out rows for balance, which is tried on them. Received: a run without. Train with "
            "data.validation_split=0.1, say."
        )
    say(f"Filling up the rare classes of {column} ...")
    found = augment(training, column, model, held_out, seed=seed)
    written = re.sub(r"[^\w-]+", "-", column)
    path = Path(run.evaluation).with_name(f"balanced-{written}.csv")
    with files.replacing(path) as beside:
        found.rows.to_csv(beside, index=False)
    what = Balance(
        column=column,
        added={str(value): count for value, count in found.added.items()},
        outcomes={way: asdict(one) for way, one in found.outcomes.items()},
        verdict=found.verdict,
        said=[*found.lines(), f"Rows in {path}"],
        rows=path.name,
    )
    return replace(evaluation, balance=what)
