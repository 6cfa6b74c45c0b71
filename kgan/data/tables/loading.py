"""`kgan.data.load_table`: rows of mixed columns as batches to train on."""

import dataclasses
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kgan._support import limits
from kgan._support.checks import whole
from kgan.data import fingerprint
from kgan.data.found import Found, listed
from kgan.data.sources import arrays
from kgan.data.splits import DataError, Splits
from kgan.data.tables import private_loading, sampling
from kgan.data.tables.columns import Table
from kgan.data.tables.constraints import Constrained, spelled
from kgan.data.tables.encoding import encoded
from kgan.data.tables.ranks import Turn
from kgan.data.tables.reading import Source
from kgan.data.tables.survey import ColumnSurvey

__all__ = ["batches", "load_table", "surveyed"]

FEWEST = 10  # rows; no mode nor share is told of fewer
_IN_MEMORY = 2**28  # bytes of encoded rows, from which on they lie in a file that has no name
_MOST_LINES = 20  # of columns that are described
_MOST_COLUMNS = 10_000
_MOST_SEEN = 65_536  # rows at once, and those that a turn is fitted on
RANKS, MODES = "ranks", "modes"  # how numbers are written


def load_table(
    source: Any,
    batch_size: int = 500,
    *,
    types: "Mapping[str, str] | str | None" = None,
    numbers: str = "ranks",
    modes: int = 10,
    alone: float = 0.01,
    joint: float = 0.5,
    constraints: "Sequence[str] | str | None" = None,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
    epsilon: float | None = None,
    delta: float = 1e-5,
    private_epochs: int | None = None,
    secret: int | None = None,
) -> Splits:
    """Loads a table for `kgan.Tabular`: its columns are read off, its rows written in numbers.

    The kind of each column follows from its cells. Text is a category; ISO dates, `2024-02-29`, are dates; up to 20
    different numbers are a list of values. More are written as normal scores of their ranks, turned onto the principal
    axes of all columns of numbers; or by modes, a mixture of Gaussians of which each number takes one.
    Whatever is read is read twice; of the rows there are four bytes for each column, and as many for its index. Above
    256 MiB they lie in a file without a name, in the folder that `TMPDIR` says.

    Args:
        source: A pandas DataFrame; a dictionary of columns; a file: `.csv`, `.tsv`, `.parquet` (read a part at a time),
            `.feather`; a table of SQLite, `"base.db:orders"`.
        batch_size: Rows in a batch.
        types: Kinds of columns that are not to be read off: `"number"`, `"integer"`, `"boolean"`, `"category"`,
            `"date"`, `"datetime"`, by the names of the columns; or as text, `"zip=category, when=date"`.
        numbers: How numbers are written: `"ranks"`, which keeps the shape of each column and sees small deviations of
            columns that go together; or `"modes"`, as in the paper.
        modes: Gaussian modes of a column at most; of ranks, parts of its range, which conditions name.
        alone: Of modes: share of the rows from which on a number is a mode of its own, as 0 often is; at most 30 of
            them. 0 for none, as in the paper.
        joint: Share of the rows whose condition has several columns in training, so that conditions on several columns
            can be asked for; 0 for one column always, as in the paper.
        constraints: What holds of every row, and will of drawn ones: `"low < high"` and `<=`, of numbers or dates;
            `"total = a + b - c"`; `"id unique"`, whole numbers; `"code ~ [A-Z]{2}[0-9]{4}"`, keys that match. The
            larger column is learned as the difference, `"high - low"`; sums and keys are not learned. As a list, or one
            text with semicolons between.
        validation_split: Share of the rows that is held out.
        seed: Of the modes, the split, and what is drawn in training.
        strict: Whether a row of a CSV file with more or fewer cells than columns is an error; else it is left out.
        epsilon: What differential privacy of a row may spend on reading the table and on training together; `None` for
            no such privacy. Of the table then only the kinds of columns are taken as they are.
        delta: The chance that this privacy does not hold; less than one over the number of rows.
        private_epochs: Passes over the data that epsilon pays for; `fit` goes no further.
        secret: A whole number, 0 or more, that noise and batches follow from; whoever knows it can take the noise off.
            `None` draws one of 62 bits, other at each call.

    Returns:
        What `kgan.Tabular.fit` takes; `splits.table` are the columns. Batches are `(rows, chosen)`: encoded rows
        `(batch, table.row_dim)` float32, and which of their blocks are the condition.

    Examples:
        >>> splits = kgan.data.load_table(
        ...     {"weight": [0.1 * row for row in range(100)], "colour": ["red", "blue"] * 50}, batch_size=20
        ... )
        >>> splits.count, splits.table.column("colour").values
        (90, ('blue', 'red'))

    Raises:
        DataError: if the table cannot be read, has fewer than 10 rows, no columns or several of one name; if a column
            has cells of several types, missing cells alone or no finite numbers; if `types` names no column, or a kind
            that its cells are not; if a number is out of range; if there are too few rows for epsilon, or
            dp-accounting, which counts it, is not installed.
    """
    _check(numbers, modes, alone, joint)
    if epsilon is not None:
        _check_private(numbers, joint, constraints)
        asked = _asked(epsilon, delta, private_epochs, secret)
        whole_table = Source(source, strict)
        return private_loading.load(
            whole_table, asked, _spelled(types), batch_size, modes, alone, validation_split, seed
        )
    read: Source | Constrained = Source(source, strict)
    names, kept = tuple(read.names), spelled(constraints, read.names)
    if kept:
        read = Constrained(read, kept)
    table = surveyed(read, types, numbers, modes, alone, seed)
    rows = _encoded(read, table, seed)
    if numbers == RANKS:
        table = _turned(table, rows)
    table = _counted(table, rows)
    if isinstance(read, Constrained):
        table = dataclasses.replace(table, constraints=read.read(), all_names=names)
    train, validation = arrays.split(len(rows), validation_split, seed)
    found = Found(
        "rows",
        len(rows),
        len(validation),
        notes=[*_about(table), *_broken(read.skipped)],
    )
    return batches(table, rows, batch_size, joint, seed, (train, validation), read.skipped, found)


def _asked(epsilon: float, delta: float, epochs: int | None, secret: int | None) -> private_loading.Asked:
    if epochs is None:
        raise DataError(
            f"Expected private_epochs, the passes over the data that epsilon pays for. Received: epsilon={epsilon} "
            f"alone."
        )
    return private_loading.Asked(epsilon, delta, epochs, secrets.randbits(62) if secret is None else secret)


def _check_private(numbers: str, joint: float, constraints: Any) -> None:
    """Refuses what would read rows without noise."""
    for name, value, expected, because in (
        ("joint", joint, 0, "conditions of several columns would come from rows"),
        ("numbers", numbers, MODES, "ranks and axes would come from rows"),
        ("constraints", constraints or None, None, "what holds would be read off rows"),
    ):
        if value != expected:
            raise DataError(
                f"Expected {name}={expected!r} with epsilon, because {because}. Received: {name}={value!r}."
            )


def batches(
    table: Table,
    rows: np.ndarray,
    batch_size: int,
    joint: float,
    seed: int,
    parts: tuple[np.ndarray, np.ndarray],
    skipped: dict[str, str] | None = None,
    found: Found | None = None,
) -> Splits:
    """Batches of encoded rows.

    Args:
        table: The columns.
        rows: Encoded rows.
        batch_size: Rows in a batch.
        joint: As in `load_table`.
        seed: Of what is drawn.
        parts: Numbers of the rows to train on, and of those held out.
        skipped: Rows that were left out.
        found: What was found.

    Raises:
        DataError: if a batch is larger than the training data.
    """
    train, validation = parts
    conditions = sampling.Conditions(table, rows, train, joint, seed)
    return Splits(
        train=sampling.training(conditions, len(train), batch_size, table),
        validation=sampling.held_out(rows, validation, batch_size, table, seed) if len(validation) else None,
        sample_shape=(table.row_dim,),
        count=len(train),
        skipped={} if skipped is None else skipped,
        held_out=len(validation),
        found=Found("rows", len(rows), len(validation)) if found is None else found,
        fingerprint=fingerprint.of_arrays([rows], None, len(validation)),
        table=table,
    )


def surveyed(
    source: "Source | Constrained",
    types: "Mapping[str, str] | str | None",
    numbers: str,
    modes: int,
    alone: float,
    seed: int,
) -> Table:
    """The columns of a table, read off all of its rows; those of ranks are not turned yet.

    Raises:
        DataError: if there are too few rows or columns, or a column is none, as `load_table` says.
    """
    types = _spelled(types)
    names = source.names
    for name in types:
        if name not in names:
            raise DataError(
                f"Expected types of columns that there are: {limits.shortened(', '.join(names))}. Received: "
                f"types={{{name!r}: {types[name]!r}}}."
            )
    if not 1 <= len(names) <= _MOST_COLUMNS:
        raise DataError(f"Expected 1 to {_MOST_COLUMNS:,} columns. Received: a table of {len(names)}.")
    if source.rows < FEWEST:
        raise DataError(f"Expected {FEWEST} rows or more to learn from. Received: a table of {source.rows}.")
    surveys = [ColumnSurvey(name, types.get(name), seed + place) for place, name in enumerate(names)]
    first = 0
    for frame in source:
        for survey in surveys:
            survey.take(frame[survey.name], first)
        first += len(frame)
    table = Table(tuple(survey.column(modes, alone, numbers == RANKS) for survey in surveys))
    if not table.spread_dim:
        raise DataError("Expected a column that is not the same in all rows. Received: none, so nothing to learn.")
    return table


def _spelled(types: "Mapping[str, str] | str | None") -> dict[str, str]:
    """Kinds by the names of columns, also of text."""
    if not isinstance(types, str):
        return dict(types or {})
    found = {}
    for part in types.split(","):
        name, sign, kind = part.rpartition("=")
        if not sign or not name.strip():
            raise DataError(f"Expected types as NAME=KIND, NAME=KIND. Received: types={types!r}.")
        found[name.strip()] = kind.strip()
    return found


def _encoded(source: "Source | Constrained", table: Table, seed: int) -> np.ndarray:
    """All rows in numbers, in memory or in a file without a name."""
    shape = (source.rows, table.row_dim)
    if limits.array_bytes(shape) <= _IN_MEMORY:
        return np.concatenate(list(_parts(source, table, seed)))
    with tempfile.TemporaryFile() as file:
        rows = np.memmap(file, np.float32, "w+", shape=shape)
        first = 0
        for part in _parts(source, table, seed):
            rows[first : first + len(part)] = part
            first += len(part)
        return rows


def _parts(source: "Source | Constrained", table: Table, seed: int) -> Iterator[np.ndarray]:
    first = 0
    for frame in source:
        yield encoded(table, frame, seed, first)
        first += len(frame)


def _turned(table: Table, rows: np.ndarray) -> Table:
    """The same with its turn; the scores in `rows` are turned in place."""
    count = len(table.continuous)
    if not count:
        return table
    seen = np.unique(np.linspace(0, len(rows) - 1, _MOST_SEEN).astype(np.int64))
    complete = np.array([not one.missing for one in table.continuous])
    turn = Turn.of(np.asarray(rows[seen, :count], np.float64), complete)
    for first in range(0, len(rows), _MOST_SEEN):
        part = np.asarray(rows[first : first + _MOST_SEEN, :count], np.float64)
        rows[first : first + _MOST_SEEN, :count] = turn.turned(part)
    return dataclasses.replace(table, turn=turn)


def _counted(table: Table, rows: np.ndarray) -> Table:
    """The same with the rows of each code counted."""
    everything, columns = np.arange(len(rows)), list(table.columns)
    for place in table.conditional:
        if columns[place].ranked:  # its scores are of the counts that it has
            continue
        counts = np.bincount(sampling.codes_in(table, rows, place, everything), minlength=columns[place].size)
        columns[place] = dataclasses.replace(columns[place], counts=tuple(counts.tolist()))
    return dataclasses.replace(table, columns=tuple(columns))


def _about(table: Table) -> list[str]:
    lines = list(table.lines())
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[:_MOST_LINES], f"And {len(lines) - _MOST_LINES} more columns."]


def _broken(skipped: Mapping[str, str]) -> list[str]:
    if not skipped:
        return []
    named = listed([f"{line} ({what})" for line, what in skipped.items()])
    return [f"Left out {len(skipped):,} broken rows: {named}."]


def _check(numbers: str, modes: int, alone: float, joint: float) -> None:
    if numbers not in (RANKS, MODES):
        raise DataError(f"Expected numbers={RANKS!r} or {MODES!r}. Received: numbers={numbers!r}.")
    whole("modes", modes, 1)
    for name, share in (("alone", alone), ("joint", joint)):
        if not 0.0 <= share <= 1.0:
            raise DataError(f"Expected {name} from 0 to 1. Received: {name}={share}.")
