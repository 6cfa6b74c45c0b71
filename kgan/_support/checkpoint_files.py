"""Checkpoints of a run as files: written whole, checked by digest, found again."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

from kgan._support import files, json_documents

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
            CheckpointError: if the folder's parent is gone, or the disk is full or cannot be written to.
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
            CheckpointError: if there are checkpoints, and all of them are damaged.
        """
        damaged = []
        for folder in self._folders():
            try:
                return checked(folder)
            except CheckpointError as error:
                damaged.append(str(error))
                say(f"{error} The one before it is used.")
        if damaged:
            raise CheckpointError(f"Expected a whole checkpoint in {self.folder}. Received: {' '.join(damaged)}")
        return None

    def at(self, step: int) -> Checkpoint:
        """The one of that step.

        Raises:
            CheckpointError: if there is none, or it is damaged.
        """
        folder = self.folder / f"step-{step:08d}"
        if not folder.is_dir():
            there = ", ".join(str(int(one.name.removeprefix("step-"))) for one in self._folders()) or "none"
            raise CheckpointError(f"Expected a step that has a checkpoint in {self.folder}: {there}. Received: {step}.")
        return checked(folder)

    def clear_leftovers(self) -> None:
        """Removes what a killed process had half written."""
        for pattern in (".step-*", ".best-*"):
            for leftover in self.folder.glob(pattern):
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


def checked(folder: Path) -> Checkpoint:
    """The checkpoint in a folder.

    Raises:
        CheckpointError: if it is damaged.
    """
    try:
        state = json_documents.made(_State, files.read_json(folder / _STATE), _STATE)
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
