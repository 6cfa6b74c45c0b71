"""`fit` and `evaluate` of a model of tables: rows of data frames, written in numbers by the columns of the model."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan.data import faults
from kgan.data.sources import arrays
from kgan.data.splits import DataError, Splits
from kgan.data.tables.columns import Table
from kgan.data.tables.encoding import encoded
from kgan.data.tables.loading import batches
from kgan.data.tables.reading import Source
from kgan.models import fitting
from kgan.models.private_rows import PrivacySpent

__all__ = ["FitsRows"]

_BATCH = 500


class FitsRows:
    """`fit` of a `kgan.Tabular`; mixed in before `kgan.AdversarialModel`.

    It reads the model's `table`, `pac`, `privacy` and `seed`.
    """

    @faults.named()
    def fit(
        self,
        x: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        *,
        joint: float = 0.5,
        initial_epoch: int = 0,
        initial_batch: int = 0,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on rows; the other arguments are those of `kgan.GAN.fit`.

        Args:
            x: What `kgan.data.load_table` returned (its validation data is then used too), or a data frame, or what
                else it takes, with the columns of the model's table.
            batch_size: For a frame; 500 by default. A multiple of `pac`.
            epochs: Passes over the data, the earlier ones counted.
            verbose: `"auto"`, 0, 1 or 2.
            callbacks: Keras callbacks.
            validation_split: For a frame, share of the rows in [0, 1) that is held out.
            validation_data: A frame, or batches; not beside `validation_split`.
            joint: For a frame, as in `kgan.data.load_table`.
            initial_epoch: Epochs that the model has seen already.
            initial_batch: Batches of the initial epoch that it has seen already.
            **kwargs: The other arguments of `keras.Model.fit`, but for weights of samples or classes.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: if `compile` was not called, the rows do not have the columns of the model's table, or the batch
                is no multiple of `pac`; if the table's epsilon does not pay for so many epochs.
        """
        self._assert_compile_called("fit")
        fitting.refuse_weights(kwargs)
        if not isinstance(x, Splits | tf.data.Dataset):
            x = self._splits(x, batch_size or _BATCH, validation_split, joint)
        train, held_out = x if isinstance(x, Splits) else (x, None)
        if isinstance(x, Splits):
            self.check_table(x.table)
        validation_data = held_out if validation_data is None else self.look_at(validation_data)[0]
        data = fitting.Prepared(train, None, None, validation_data, fitting.FitData(train, validation_data))
        data = fitting.in_packs(data, self.pac)
        self.check_paid(train, epochs, initial_epoch, initial_batch)
        spent = [] if self.privacy is None else [PrivacySpent()]
        with fitting.running(self, data, initial_batch) as in_order:
            return super().fit(
                **data.arguments([in_order, *spent, *fitting.listed(callbacks)], False),
                epochs=epochs,
                verbose=verbose,
                initial_epoch=initial_epoch,
                **kwargs,
            )

    def _splits(self, source: Any, batch_size: int, validation_split: float = 0.0, joint: float = 0.5) -> Splits:
        """Batches of rows that have the columns of the table."""
        rows, first = [], 0
        for frame in Source(source, strict=True):
            rows.append(encoded(self.table, frame, self.seed % 2**31, first))
            first += len(frame)
        whole_table = np.concatenate(rows)
        parts = arrays.split(len(whole_table), validation_split, self.seed % 2**31)
        size = min(batch_size, len(parts[0]) // self.pac * self.pac)
        return batches(self.table, whole_table, size, joint, self.seed % 2**31, parts)

    def look_at(self, x: Any, y: Any = None) -> tuple[Any, Any]:
        """What `evaluate` is given: batches as they are, a frame as batches."""
        if isinstance(x, Splits):
            x = x.train if x.validation is None else x.validation
        if isinstance(x, tf.data.Dataset):
            return x, None
        rows = np.concatenate([encoded(self.table, frame, 0) for frame in Source(x, strict=True)])
        indices = np.arange(len(rows))
        return batches(self.table, rows, min(_BATCH, len(rows)), 0.0, 0, (indices, indices)).validation, None

    def check_table(self, table: "Table | None") -> None:
        """Refuses data whose columns are not those of the model.

        Raises:
            DataError: if they differ.
        """
        if table is None or table.to_dict() != self.table.to_dict():
            raise DataError(_difference(self.table, table))


def _difference(expected: Table, received: "Table | None") -> str:
    said = "data that are no table"
    if received is not None:
        missing = [one for one in expected.names if one not in received.names]
        more = [one for one in received.names if one not in expected.names]
        changed = [
            one.name for one in expected.columns if one.name in received.learned and one != received.column(one.name)
        ]
        parts = [("without", missing), ("with", more), ("other values or modes in", changed)]
        said = "; ".join(f"{what} {', '.join(map(repr, names))}" for what, names in parts if names)
        said = f"a table {said or 'with its columns in another order'}"
    return (
        f"Expected the table that the model was made for, with the columns {', '.join(map(repr, expected.names))}. "
        f"Received: {said}. Train another model on it, or bring the table back to what it was."
    )
