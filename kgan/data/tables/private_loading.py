"""A table that is read and learned from with differential privacy."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from kgan._support.checks import whole
from kgan.data import fingerprint
from kgan.data.found import Found
from kgan.data.splits import DataError, Splits
from kgan.data.tables import poisson, privacy, sampling
from kgan.data.tables.cells import look
from kgan.data.tables.columns import Column, Table
from kgan.data.tables.encoding import encoded
from kgan.data.tables.reading import Source, pandas
from kgan.data.tables.released import Released, releases_of, surveys_of

__all__ = ["Asked", "held_out", "load"]


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a table is to be read with.

    Attributes:
        epsilon: For reading and training together.
        delta: For both.
        epochs: That training is paid for.
        secret: What noise and batches follow from.
    """

    epsilon: float
    delta: float
    epochs: int
    secret: int

    def __post_init__(self) -> None:
        privacy.check(self.epsilon, self.delta)
        whole("private_epochs", self.epochs, 1)
        whole("secret", self.secret, 0)


def load(
    read: Source,
    asked: Asked,
    types: Mapping[str, str],
    batch_size: int,
    modes: int,
    alone: float,
    validation_split: float,
    seed: int,
) -> Splits:
    """Batches for training with differential privacy.

    Columns are made of noisy histograms; each row is held out, and is in a batch, by a chance of its own, so that one
    row more changes nothing about the others.

    Raises:
        DataError: if there are too few rows for so much noise, or as `kgan.data.load_table`.
    """
    if not 0.0 <= validation_split < 1.0:
        raise DataError(f"Expected validation_split in [0, 1). Received: validation_split={validation_split}.")
    surveys = surveys_of(read, read.names, types)
    kinds = {name: survey.only_kind() for name, survey in surveys.items()}
    releases = releases_of(kinds.values())
    noise = privacy.noise_of_table(asked.epsilon, asked.delta, releases)
    released = Released(read, kinds, noise, asked.delta, np.random.default_rng([asked.secret, 0]))
    columns = tuple(released.column(survey, modes, alone, seed) for survey in surveys.values())
    train_rows = round(released.rows * (1.0 - validation_split))
    spent = privacy.paid(asked.epsilon, asked.delta, noise, releases, train_rows, batch_size, asked.epochs)
    table = Table(columns, privacy=spent)
    if not table.spread_dim:
        raise DataError("Expected a column that is not the same in all rows. Received: none, so nothing to learn.")
    rows, kept = _encoded(read, table, seed)
    held = held_out(len(kept), validation_split, asked.secret)[kept]
    left_out = int((~kept).sum())
    train, validation = np.flatnonzero(~held), np.flatnonzero(held)
    notes = [*table.lines()]
    if left_out:
        notes.append(f"Left out {left_out:,} rows with cells that too few rows share to be told apart from noise.")
    drawn = poisson.PoissonRows(table, rows, train, asked.secret)
    return Splits(
        train=poisson.training(drawn, table, train_rows // batch_size),
        validation=sampling.held_out(rows, validation, batch_size, table, seed) if len(validation) else None,
        sample_shape=(table.row_dim,),
        count=len(train),
        skipped=read.skipped,
        held_out=len(validation),
        found=Found("rows", len(rows), len(validation), notes=notes),
        fingerprint=fingerprint.of_arrays([rows], None, len(validation)),
        table=table,
    )


def held_out(count: int, validation_split: float, secret: int) -> np.ndarray:
    """Which rows of a table are held out, each by a chance of its own, bool `(count,)`."""
    return np.random.default_rng([secret, 1]).random(count) < validation_split


def _encoded(read: Source, table: Table, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows in numbers whose cells were all released, and which rows of the table these are."""
    parts, found, first = [], [], 0
    for frame in read:
        kept = np.ones(len(frame), bool)
        for column in table.columns:
            kept &= _released(column, frame[column.name])
        frame = frame[kept].reset_index(drop=True)
        for column in table.columns:
            if not column.is_continuous and column.kind not in ("category", "boolean"):
                frame[column.name] = _constant(column, frame[column.name])
        if len(frame):
            parts.append(encoded(table, frame, seed, first))
        first += len(kept)
        found.append(kept)
    if not parts:
        raise DataError("Expected rows whose cells were released. Received: none. Pass a larger epsilon.")
    return np.concatenate(parts), np.concatenate(found)


def _released(column: Column, series: Any) -> np.ndarray:
    """Which cells the column can have."""
    cells = look(series, column.name)
    kept = np.ones(len(cells.missing), bool)
    kept[cells.missing] = column.missing if column.is_continuous else None in column.values
    if column.kind in ("category", "boolean"):
        known = set(column.values)
        kept[~cells.missing] = [one in known for one in cells.values.tolist()]
    return kept


def _constant(column: Column, series: Any) -> Any:
    """The cells of a column of which one number was released: that number wherever one is."""
    number = next(one for one in column.values if one is not None)
    if column.kind in ("date", "datetime"):
        number = pandas().Timestamp(number, unit="D" if column.kind == "date" else "s")
    return series.where(series.isna(), number)
