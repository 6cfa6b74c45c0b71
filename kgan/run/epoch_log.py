"""The callback that writes `log.csv` of a run, also where an earlier version of kgan began it."""

from pathlib import Path
from typing import Any

import keras

from kgan.run import log_file

__all__ = ["EpochLog"]


class EpochLog(keras.callbacks.CSVLogger):
    """Keras's CSVLogger, which appends, and writes each figure under its own name.

    Keras's own takes the columns from the first epoch that it sees, whatever names a file that it appends to has, and
    leaves out figures that begin later. This one reads the names: a figure that has no column gets one, with `NA` in
    the rows so far, and a column that has no figure any more gets `NA`.

    Args:
        log: The file.
    """

    def __init__(self, log: Path):
        super().__init__(log, append=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes a row.

        Raises:
            ValueError: if there is a figure without a column, and the file is not as kgan wrote it.
        """
        logs = logs or {}
        has_names = self.keys is not None or not self.append_header
        if has_names and (self.keys is None or not logs.keys() <= {*self.keys}):
            self._take_columns(logs)
        super().on_epoch_end(epoch, logs)

    def _take_columns(self, logs: dict[str, Any]) -> None:
        """Gives the file the columns that it lacks, and goes on under all that it has."""
        self.csv_file.close()  # Windows renames onto no open file
        self.keys = log_file.widened(Path(self.filename), logs)[1:]
        self.writer, self.append_header = None, False
        self.csv_file = Path(self.filename).open("a", encoding="utf-8", newline="")  # noqa: SIM115 - on_train_end closes it
