"""Callbacks that stop training when the process is told to."""

import signal
from typing import Any

import keras

__all__ = ["StopOnInterrupt", "StopOnTerminate", "Terminated"]


class StopOnInterrupt(keras.callbacks.Callback):
    """Lets Ctrl-C end training after the batch in progress, with the epoch's pictures, logs and checkpoint written.

    A second Ctrl-C interrupts at once. Only the main thread receives signals, so use it there.

    Attributes:
        interrupted: Whether training ended this way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.interrupted = False
        self._previous: Any = None  # what `signal.signal` gives back

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._previous = signal.signal(signal.SIGINT, self._stop)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
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

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class StopOnTerminate(keras.callbacks.Callback):
    """Ends training when the machine asks for it (SIGTERM), as one that is taken away does: after the step in progress.

    Put it after the callbacks that count steps. Only the main thread receives signals, so use it there.

    Raises:
        Terminated: in training, if the signal came.
    """

    def __init__(self) -> None:
        super().__init__()
        self._previous: Any = None  # what `signal.signal` gives back
        self._in_step = self._asked = False

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._previous = signal.signal(signal.SIGTERM, self._stop)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._in_step = True

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._in_step = False
        if self._asked:
            raise Terminated

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
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
