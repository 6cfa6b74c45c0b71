"""Keras callbacks that show and keep what a GAN learns."""

import functools
import os
import signal
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kgan import pictures
from kgan.board import TensorBoard
from kgan.checkpoints import ResumableCheckpoint
from kgan.diagnostics.monitor import EquilibriumMonitor
from kgan.guard import FiniteGuard

__all__ = [
    "AlternateEpochs",
    "DriveOptimizer",
    "EquilibriumMonitor",
    "FiniteGuard",
    "ResumableCheckpoint",
    "SampleGrid",
    "StopOnInterrupt",
    "StopOnTerminate",
    "TensorBoard",
    "Terminated",
]


class SampleGrid(keras.callbacks.Callback):
    """Draws a grid of samples after each epoch, always from the same latents.

    Writes `epoch-0001.png`, `epoch-0002.png`, ... For a generator that takes labels, the columns are the classes.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Rows of the grid.
        columns: Columns of the grid; `None` is the number of classes (at most 16), or 8 without labels.
        seed: Of the latents.
        log_dir: A TensorBoard folder that shows the grids too; `None` for none.

    Raises:
        ValueError: The generator does not make images; raised when training begins.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        rows: int = 8,
        columns: int | None = None,
        seed: int = 0,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.rows = rows
        self.columns = columns
        self.seed = seed
        self.log_dir = log_dir
        self._writer = None

    def on_train_begin(self, logs=None):
        shape, value_range = self.model.sample_shape, self.model.value_range
        if len(shape) != 3 or shape[-1] not in (1, 3, 4) or value_range is None:
            raise ValueError(
                f"Expected a generator of images with 1, 3 or 4 channels and a value range for SampleGrid. "
                f"Received: samples of shape {shape}, value_range={value_range}."
            )
        if self.log_dir is not None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))

    def on_epoch_end(self, epoch, logs=None):
        number = epoch + 1
        columns = self.columns or min(16, self._classes() or 8)
        images = self.model.generate(self.rows * columns, seed=self.seed, labels=self._labels(columns))
        picture = pictures.grid(images, columns, self.model.value_range)
        pictures.save(picture, self.folder / f"epoch-{number:04d}.png")
        if self._writer is not None:
            pixels = np.atleast_3d(np.asarray(picture))
            with self._writer.as_default():
                tf.summary.image("samples", pixels[None], step=number)

    def on_train_end(self, logs=None):
        if self._writer is not None:
            self._writer.close()

    def _classes(self) -> int | None:
        return self.model.num_classes if self.model.generator_takes_labels else None

    def _labels(self, columns: int) -> np.ndarray | None:
        classes = self._classes()
        return None if classes is None else np.tile(np.arange(columns) % classes, self.rows)


class AlternateEpochs(keras.callbacks.Callback):
    """The players learn by turns, whole epochs each: the one that waits does not move by one bit.

    The logs of the player that waits are NaN.

    Args:
        discriminator: Epochs of the discriminator, which begins.
        generator: Epochs of the generator.

    Raises:
        ValueError: A number is less than 1.
    """

    def __init__(self, discriminator: int = 1, generator: int = 1):
        super().__init__()
        if discriminator < 1 or generator < 1:
            raise ValueError(
                f"Expected at least one epoch for each player. "
                f"Received: discriminator={discriminator}, generator={generator}."
            )
        self.discriminator = discriminator
        self.generator = generator

    def on_epoch_begin(self, epoch, logs=None):
        place = epoch % (self.discriminator + self.generator)
        self.model.hold("generator" if place < self.discriminator else "discriminator")

    def on_train_end(self, logs=None):
        self.model.hold(None)


class DriveOptimizer(keras.callbacks.Callback):
    """Lets a Keras callback drive the optimizer of one player: `ReduceLROnPlateau`, `LearningRateScheduler`, ...

    Alone, such a callback drives `model.optimizer`, which is the generator's. What it adds to the logs is named after
    the player: `discriminator_learning_rate`.

    Args:
        player: `"generator"` or `"discriminator"`.
        callback: The Keras callback, one object for each player.

    Raises:
        ValueError: There is no such player.
        TypeError: `callback` is no Keras callback.
    """

    def __init__(self, player: str, callback: keras.callbacks.Callback):
        super().__init__()
        if player not in ("generator", "discriminator"):
            raise ValueError(f"Expected player to be 'generator' or 'discriminator'. Received: player={player!r}.")
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(f"Expected callback as a keras.callbacks.Callback. Received: {callback!r}.")
        self.player = player
        self.callback = callback
        for name in _HOOKS:
            hook = getattr(callback, name)
            if not getattr(hook, "_is_default", False):  # else Keras would call it at every batch for nothing
                setattr(self, name, functools.partial(self._call, hook))

    def set_params(self, params):
        super().set_params(params)
        self.callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        self.callback.set_model(_SeenByOnePlayer(model, getattr(model, f"{self.player}_optimizer")))

    def _call(self, hook, *arguments):
        *number, logs = arguments  # an epoch or a batch, where there is one, then the logs or None
        theirs = dict(logs or {})
        hook(*number, theirs)
        if logs is not None:  # as when training begins: then there is nowhere to report to
            logs.update({f"{self.player}_{key}": theirs[key] for key in theirs.keys() - logs.keys()})


class _SeenByOnePlayer:
    """The model, but that `optimizer` is the player's own."""

    def __init__(self, model, optimizer):
        object.__setattr__(self, "_model", model)
        object.__setattr__(self, "optimizer", optimizer)

    def __getattr__(self, name):
        return getattr(self._model, name)

    def __setattr__(self, name, value):
        setattr(self._model, name, value)


_HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]


class StopOnInterrupt(keras.callbacks.Callback):
    """Lets Ctrl-C end training after the batch in progress, with the epoch's pictures, logs and checkpoint written.

    A second Ctrl-C interrupts at once. Only the main thread receives signals, so use it there.

    Attributes:
        interrupted: Whether training ended this way.
    """

    def __init__(self):
        super().__init__()
        self.interrupted = False
        self._previous = None

    def on_train_begin(self, logs=None):
        self._previous = signal.signal(signal.SIGINT, self._stop)

    def on_train_end(self, logs=None):
        self.restore()

    def restore(self) -> None:
        """Gives Ctrl-C back to whom it belonged to; for training that ends by an exception."""
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def _stop(self, signum, frame):
        self.interrupted = True
        self.model.stop_training = True
        signal.signal(signal.SIGINT, self._previous)


class Terminated(SystemExit):
    """The machine asked the process to end (SIGTERM); ends it with status 143 where nobody catches it."""

    def __init__(self):
        super().__init__(128 + signal.SIGTERM)


class StopOnTerminate(keras.callbacks.Callback):
    """Ends training when the machine asks for it (SIGTERM), as one that is taken away does: after the step in progress.

    Put it after the callbacks that count steps. Only the main thread receives signals, so use it there.

    Raises:
        Terminated: In training, once the signal came.
    """

    def __init__(self):
        super().__init__()
        self._previous = None
        self._in_step = self._asked = False

    def on_train_begin(self, logs=None):
        self._previous = signal.signal(signal.SIGTERM, self._stop)

    def on_train_batch_begin(self, batch, logs=None):
        self._in_step = True

    def on_train_batch_end(self, batch, logs=None):
        self._in_step = False
        if self._asked:
            raise Terminated

    def on_train_end(self, logs=None):
        self.restore()

    def restore(self) -> None:
        """Gives the signal back to whom it belonged to; for training that ends by an exception."""
        if self._previous is not None:
            signal.signal(signal.SIGTERM, self._previous)
            self._previous = None

    def _stop(self, signum, frame):
        self._asked = True
        if not self._in_step:  # validation and pictures may take longer than the machine waits
            raise Terminated
