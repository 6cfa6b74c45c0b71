"""Callbacks that stop training when the process is told to."""

import signal
from collections.abc import Callable, Sequence
from typing import Any

import keras

from kgan._support.signals import Answers, name_of

__all__ = ["StopOnInterrupt", "StopOnTerminate", "Terminated"]

_TWICE = (
    "Stopping after this step; the epoch's figures, pictures and checkpoint follow. Ctrl-C again stops at once.",
    "Stopping at once.",
)


class StopOnInterrupt(keras.callbacks.Callback):
    """Lets Ctrl-C end training after the batch in progress, with the epoch's pictures, logs and checkpoint written.

    It is acknowledged at once, also while a step compiles. A second Ctrl-C interrupts at once. Where Ctrl-C is ignored
    already, as scripts have it for what they start in the background, it stays so. Only the main thread receives
    signals, so use it there.

    Args:
        say: Called with a line when Ctrl-C comes, from another thread; `None` says nothing.
        lines: What is said at the first Ctrl-C, and at the second.

    Attributes:
        interrupted: Whether the last training ended this way.
    """

    def __init__(self, say: Callable[[str], None] | None = None, lines: Sequence[str] = _TWICE) -> None:
        super().__init__()
        self.interrupted = False
        self._previous: Any = None  # what `signal.signal` gives back
        self._answers = None if say is None else Answers({signal.SIGINT: lines}, say)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.interrupted = False
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            return
        self._previous = signal.signal(signal.SIGINT, self._stop)
        if self._answers is not None:
            self._answers.start()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.restore()

    def restore(self) -> None:
        """Gives Ctrl-C back to whom it belonged to; for training that ends by an exception."""
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None
        if self._answers is not None:
            self._answers.stop()

    def _stop(self, signum, frame):
        if self._answers is not None:
            self._answers.heard(signum)
        self.interrupted = True
        self.model.stop_training = True
        signal.signal(signal.SIGINT, self._previous)


class Terminated(SystemExit):
    """The machine asked the process to end; ends it with status 128 and the signal's number where nobody catches it.

    Attributes:
        signal_name: `"SIGTERM"` or `"SIGHUP"`.
    """

    def __init__(self, number: int = signal.SIGTERM) -> None:
        super().__init__(128 + number)
        self.signal_name = name_of(number)


class StopOnTerminate(keras.callbacks.Callback):
    """Ends training when the machine asks for it, as one that is taken away does: after the step in progress.

    It asks by SIGTERM, or by SIGHUP when the terminal is closed; under `nohup`, SIGHUP stays ignored. Put it after the
    callbacks that count steps. Only the main thread receives signals, so use it there.

    Raises:
        Terminated: in training, if a signal came.
    """

    def __init__(self) -> None:
        super().__init__()
        self._previous: dict[int, Any] = {}  # what `signal.signal` gives back
        self._in_step, self._asked = False, 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._in_step, self._asked = False, 0
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._stop)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._in_step = True

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._in_step = False
        if self._asked:
            raise Terminated(self._asked)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.restore()

    def restore(self) -> None:
        """Gives the signals back to whom they belonged; for training that ends by an exception."""
        for number, previous in self._previous.items():
            signal.signal(number, previous)
        self._previous = {}

    def _stop(self, signum, frame):
        self._asked = signum
        if not self._in_step:  # validation and pictures may take longer than the machine waits
            raise Terminated(signum)
