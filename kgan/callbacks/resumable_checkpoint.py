"""Saves the model so that training can go on from where it stood."""

import os
import time
from typing import Any

import keras
import numpy as np

from kgan import distribution
from kgan._support.checkpoint_files import Checkpoints, Place

__all__ = ["ResumableCheckpoint"]


class ResumableCheckpoint(keras.callbacks.Callback):
    """Keeps a checkpoint of the whole model, from which training goes on as if nothing had happened.

    One is written after each epoch, and within one as often as `every` says. Put it last in the list of callbacks, so
    that what the others write of an epoch is there when its checkpoint is.

    Args:
        folder: Where the checkpoints go.
        every: Minutes between two; `None` writes them after epochs only.
        start: Where training stands when `fit` begins: `fit` is given its epoch and batch too.

    Attributes:
        place: Where training stands.

    Raises:
        ValueError: if `every` is not positive.
    """

    saves_whole_model = True  # `fit` then refuses one that could not be read back

    def __init__(self, folder: "str | os.PathLike", every: float | None = None, start: Place = Place()):
        super().__init__()
        if every is not None and not every > 0:
            raise ValueError(f"Expected every as a positive number of minutes, or None. Received: every={every}.")
        self.checkpoints = Checkpoints(folder)
        self.every = every
        self.place = start
        self._before = start.seconds
        self._done = start.batch  # of the epoch, before this fit
        self._figures: list[np.ndarray] | None = None  # of the epoch, once its validation has begun

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._began = self._saved = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._stand(self.place.epoch, self._done + batch + 1)
        if self.every is not None and time.monotonic() - self._saved > 60 * self.every:
            self.save()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._figures = [variable.numpy() for variable in self.model.metrics_variables]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
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
            CheckpointError: if it cannot be written; the ones before are as they were.
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
