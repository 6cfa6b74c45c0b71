"""The checkpoint of the best epoch, kept beside the newest ones, and which of them is exported."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras

from kgan._support import files, json_documents
from kgan._support.checkpoint_files import Checkpoint, CheckpointError, Checkpoints, checked
from kgan.models.kind import Standard

__all__ = ["Best", "KeepBest", "read"]

_FOLDER, _FIGURE = "best", "best.json"


@dataclass(frozen=True)
class Best:
    """The best epoch of a run so far, by its own metric on held-out data.

    Attributes:
        epoch: From 1.
        metric: The column of `log.csv` that says so.
        value: Of that epoch.
        lead: The best value of all epochs; a later epoch within the standard's slack of it is taken for as good.
        trusted: Whether it is exported unless told otherwise.
        because: Why it is, or is not.
    """

    epoch: int
    metric: str
    value: float
    lead: float
    trusted: bool
    because: str

    def __str__(self) -> str:
        return f"the best by {self.metric} ({self.value:.4g}) was epoch {self.epoch}"


def read(checkpoints: Checkpoints) -> "tuple[Best, Checkpoint] | None":
    """The best epoch and its checkpoint; `None` where none was kept.

    Raises:
        CheckpointError: if it is damaged.
    """
    folder = checkpoints.folder / _FOLDER
    if not folder.is_dir():
        return None
    return _figure(folder), checked(folder)


def _figure(folder: Path) -> Best:
    try:
        return json_documents.made(Best, files.read_json(folder / _FIGURE), _FIGURE)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"The checkpoint {folder} is damaged: {error}.") from error


class KeepBest(keras.callbacks.Callback):
    """Keeps a copy of the checkpoint of the best epoch so far; put it behind the callback that writes checkpoints.

    Of epochs that are as good as the best up to the standard's slack, which is noise, it keeps the last. An epoch whose
    checkpoint is damaged is passed over: another's weights are not called its.

    Args:
        checkpoints: Of the run.
        standard: By what to tell.
        epoch: Whole epochs that the run had before this training.
        logged: The figures of the last of these, for a process that was killed before they were looked at.

    Raises:
        CheckpointError: if what was kept is damaged; later, if every checkpoint is, or the disk is full or cannot be
            written to.
    """

    def __init__(self, checkpoints: Checkpoints, standard: Standard, epoch: int, logged: Mapping[str, float]):
        super().__init__()
        self._checkpoints, self._standard = checkpoints, standard
        self._begun = epoch, logged
        folder = checkpoints.folder / _FOLDER
        self.best = _figure(folder) if folder.is_dir() else None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        epoch, logged = self._begun
        if self.best is None or self.best.epoch < epoch:
            self._offer(epoch, logged)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._offer(epoch + 1, logs or {})

    def _offer(self, epoch: int, logged: Mapping[str, float]) -> None:
        standard = self._standard
        value = float(logged.get(standard.metric, float("nan")))
        lead = value if self.best is None or standard.better(value, self.best.lead) else self.best.lead
        if not standard.as_good(value, lead):  # a figure that is not finite is as good as none
            return
        newest = self._checkpoints.newest()
        if newest is None or newest.place.epoch + (newest.place.batch > 0) != epoch:  # of this one there is none whole
            return
        best = Best(epoch, standard.metric, value, lead, standard.trusted, standard.because)
        target = self._checkpoints.folder / _FOLDER
        try:
            with files.replacing_folder(target) as partial:
                shutil.copytree(newest.model.parent, partial, dirs_exist_ok=True)
                files.write_json(partial / _FIGURE, asdict(best))
        except OSError as error:  # as of a full disk; shutil.Error is one
            raise CheckpointError(
                f"Expected room and permission to write the best checkpoint {target}. Received: {error}. The run so "
                f"far is whole: its newest checkpoint is {newest.model.parent.name}. Make room, then go on with kgan "
                f"resume."
            ) from error
        self.best = best
