"""Checkpoints of a run: whole, checksummed, the one before kept; written after each epoch, and as often as asked."""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

from kgan import distribution, documents, files

_KEPT = 2
_NAME = re.compile(r"step-(\d+)")
_MODEL, _STATE = "model.keras", "state.json"


class CheckpointError(ValueError):
    """A checkpoint cannot be written or read; the message says why, and what is left."""


@dataclass(frozen=True)
class Place:
    """Where training stands.

    Attributes:
        epoch: Of the next batch, from 0.
        batch: Of the next batch in that epoch, from 0.
        seconds: Wall time of training so far.
    """

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Checkpoint:
    """One that was found whole.

    Attributes:
        model: The `.keras` file: both players, optimizers, counters, and the figures of the epoch so far.
        place: Where training stood.
        step: How many steps that is.
    """

    model: Path
    place: Place
    step: int


class Checkpoints:
    """The checkpoints in a folder, each a folder of its own: `step-00000140/` with `model.keras` and `state.json`.

    Each is written beside and renamed, so that there is always a whole one; the newest two are kept.

    Args:
        folder: The folder; made when the first is written.
    """

    def __init__(self, folder: "str | os.PathLike"):
        self.folder = Path(folder)

    def save(self, model: keras.Model, place: Place) -> Path:
        """Writes one.

        Returns:
            Its folder.

        Raises:
            CheckpointError: The folder's parent is gone, or the disk is full or cannot be written to.
        """
        step = int(model.steps.numpy())
        target = self.folder / f"step-{step:08d}"
        if not self.folder.parent.is_dir():
            raise CheckpointError(
                f"Expected {self.folder.parent} to write a checkpoint to. Received: a folder that is gone: it was "
                f"removed or renamed while training went on. Nothing was written."
            )
        try:
            with files.replacing_folder(target) as partial:
                model.save(partial / _MODEL)
                seal(partial, place, step)
            for outdated in self._folders()[_KEPT:]:
                shutil.rmtree(outdated)
        except (OSError, RuntimeError) as error:  # HDF5 tells a full disk as a RuntimeError
            left = next((folder.name for folder in self._folders()), None)
            raise CheckpointError(
                f"Expected room and permission to write the checkpoint {target}. Received: {error}. "
                + (f"The run so far is whole: its newest checkpoint is {left}. " if left else "")
                + "Make room, then go on with kgan resume."
            ) from error
        return target

    def newest(self, say: Callable[[str], None] = lambda line: None) -> Checkpoint | None:
        """The newest that is whole; `None` where none was ever written.

        Args:
            say: Called with a line for each damaged one that is passed over.

        Raises:
            CheckpointError: There are checkpoints, and all of them are damaged.
        """
        damaged = []
        for folder in self._folders():
            try:
                return _checked(folder)
            except CheckpointError as error:
                damaged.append(str(error))
                say(f"{error} The one before it is used.")
        if damaged:
            raise CheckpointError(f"Expected a whole checkpoint in {self.folder}. Received: {' '.join(damaged)}")
        return None

    def clear_leftovers(self) -> None:
        """Removes what a killed process had half written."""
        for leftover in self.folder.glob(".step-*"):
            shutil.rmtree(leftover)

    def _folders(self) -> list[Path]:
        """The newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)


def seal(folder: Path, place: Place, step: int) -> None:
    """Writes `state.json` beside `model.keras`: where training stood, and the model's checksum."""
    state = asdict(_State(place.epoch, place.batch, place.seconds, step, _checksum(folder / _MODEL)))
    (folder / _STATE).write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class _State:
    """What `state.json` holds."""

    epoch: int
    batch: int
    seconds: float
    step: int
    sha256: str


def _checked(folder: Path) -> Checkpoint:
    try:
        state = documents.made(_State, files.read_json(folder / _STATE), _STATE)
        found = _checksum(folder / _MODEL)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"The checkpoint {folder} is damaged: {error}.") from error
    if found != state.sha256:
        raise CheckpointError(f"The checkpoint {folder} is damaged: {_MODEL} is not what was written.")
    if min(state.epoch, state.batch, state.seconds, state.step) < 0:
        raise CheckpointError(f"The checkpoint {folder} is damaged: {_STATE} has a number below 0.")
    return Checkpoint(folder / _MODEL, Place(state.epoch, state.batch, state.seconds), state.step)


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class ResumableCheckpoint(keras.callbacks.Callback):
    """Keeps a checkpoint of the whole game, from which training goes on as if nothing had happened.

    One is written after each epoch, and within one as often as `every` says. Put it last in the list of callbacks, so
    that what the others write of an epoch is there when its checkpoint is.

    Args:
        folder: Where the checkpoints go.
        every: Minutes between two; `None` writes them after epochs only.
        start: Where training stands when `fit` begins: `fit` is given its epoch and batch too.

    Attributes:
        place: Where training stands.

    Raises:
        ValueError: `every` is not positive.
    """

    def __init__(self, folder: "str | os.PathLike", every: float | None = None, start: Place = Place()):
        super().__init__()
        if every is not None and not every > 0:
            raise ValueError(f"Expected every as a positive number of minutes, or None. Received: every={every}.")
        self.checkpoints = Checkpoints(folder)
        self.every = every
        self.place = start
        self._before = start.seconds
        self._done = start.batch  # of the epoch, before this fit
        self._figures = None  # of the epoch, once its validation has begun

    def on_train_begin(self, logs=None):
        self._began = self._saved = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        self._stand(self.place.epoch, self._done + batch + 1)
        if self.every is not None and time.monotonic() - self._saved > 60 * self.every:
            self.save()

    def on_test_begin(self, logs=None):
        self._figures = [variable.numpy() for variable in self.model.metrics_variables]

    def on_epoch_end(self, epoch, logs=None):
        steps = self.params.get("steps")
        if self.model.stop_training and steps is not None and self.place.batch < steps:
            self._stand(epoch, self.place.batch)  # Ctrl-C ended the epoch early
            self.save()
        else:
            self._figures, self._done = None, 0
            self._stand(epoch + 1, 0)
            self.save()

    def save(self) -> None:
        """Writes one now.

        Raises:
            CheckpointError: It cannot be written; the ones before are as they were.
        """
        variables = self.model.metrics_variables
        now = [variable.numpy() for variable in variables]
        for variable, value in zip(variables, self._figures or now, strict=True):
            variable.assign(value)
        with distribution.own_folder(self.model.distribute_strategy, self.checkpoints.folder) as folder:
            Checkpoints(folder).save(self.model, self.place)
        for variable, value in zip(variables, now, strict=True):
            variable.assign(value)
        self._saved = time.monotonic()

    def _stand(self, epoch: int, batch: int) -> None:
        self.place = Place(epoch, batch, self._before + time.monotonic() - self._began)
