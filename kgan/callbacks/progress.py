"""How far a fit is: one bar for the whole of it on a terminal, a line now and then elsewhere, a row for each epoch."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import keras

from kgan._support.checks import whole
from kgan.callbacks.epoch_table import FIGURES, EpochTable
from kgan.callbacks.pace import Pace, clock, duration

__all__ = ["Progress"]

SECONDS = "KGAN_PROGRESS"  # the environment variable
_REDRAWN = 0.2  # seconds between two drawings of the bar
_COLUMNS = 100  # of what is no terminal
_LEAST_BAR = 10


class Progress(keras.callbacks.Callback):
    """Shows how far a fit is and how long it still takes, with a short row of figures after each epoch.

    On a terminal, one line is drawn again and again: the bar of the whole fit, the epoch and step, and the time left.
    Elsewhere, as in a pipe or a file, a line comes every so many seconds. Nothing is computed for it: it reads what
    `fit` logs. Pass `fit(verbose=0)` beside it, or Keras draws a bar of its own.

    Args:
        every: Seconds between two lines where the output is no terminal; `None` takes those of the environment
            variable `KGAN_PROGRESS`, or 30.
        figures: Names of logged figures for the rows, as far as they fit; `log.csv` of a `CSVLogger` has all of them.
        bar: Whether to draw one line again and again; `None` does so on a terminal.
        initial_batch: As in `fit` of a kgan model: batches of the first epoch that are done already.
        stream: Where to write; `None` is standard output.

    Examples:
        >>> progress = kgan.callbacks.Progress(every=60)  # fit(verbose=0, callbacks=[progress])

    Raises:
        ValueError: if `every` is not positive, `initial_batch` is negative, or the environment variable is no positive
            number.
    """

    def __init__(
        self,
        every: float | None = None,
        figures: Sequence[str] = FIGURES,
        bar: bool | None = None,
        initial_batch: int = 0,
        stream: TextIO | None = None,
    ):
        super().__init__()
        self.every = _seconds() if every is None else every
        if not self.every > 0:
            raise ValueError(f"Expected every as a positive number of seconds. Received: every={every}.")
        self._table = EpochTable(figures)
        self._bar, self._stream = bar, stream
        self._initial_batch = whole("initial_batch", initial_batch, 0)
        self._lock = threading.RLock()  # what comes of a signal is said by a thread of its own
        self._pace: Any = None  # a `Pace` while a fit goes on
        self._drawn = ""
        self._doing = ""
        self._said = self._redrawn = 0.0

    # --- what others say meanwhile ---

    def say(self, line: str, write: Callable[[str], None] | None = None) -> None:
        """Says a line above the bar.

        Args:
            line: The line.
            write: Who writes it; `None` writes it where the bar is.
        """
        with self._lock:
            self._wipe()
            if write is None:
                self._write(f"{line}\n")
            else:
                write(line)
            self._table.count(1 + line.count("\n"))
            self._draw()

    # --- Keras's hooks ---

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._pace = Pace(self.params.get("epochs") or 1)
        self._done = self._initial_batch
        self._said = time.monotonic()
        self._doing = "compiling the first step"

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._pace.begin_epoch(epoch, self.params.get("steps"), self._done)
        self._done = 0
        self._show(logs, redraw=True)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._pace.end_step()
        self._doing = ""
        self._show(logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self._pace is not None:
            self._doing = "measuring"
            self._show(None, redraw=True)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self._pace is not None:
            self._show(None)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._pace is not None:
            self._doing = "drawing, looking and saving"
            self._show(None, redraw=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        pace, left = self._pace, self._pace.seconds_of_later_epochs
        last = {"took": clock(pace.seconds_of_the_epoch)}
        if not self._has_bar():
            last["left"] = "-" if left is None else clock(left)
        with self._lock:
            self._wipe()
            for row in self._table.rows(f"{epoch + 1}/{pace.epochs}", logs or {}, last, self._columns()):
                self._write(f"{row}\n")
            self._doing = "drawing, looking and saving"
            self._draw()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Takes the bar away; for a fit that ends by an exception."""
        with self._lock:
            self._wipe()
            self._pace = None

    # --- what is written ---

    def _show(self, logs: dict[str, Any] | None, redraw: bool = False) -> None:
        now = time.monotonic()
        if self._has_bar():
            if redraw or now - self._redrawn >= _REDRAWN:
                with self._lock:
                    self._redrawn = now
                    self._draw()
        elif now - self._said >= self.every:
            self._said = now
            self.say(self._line(logs))

    def _line(self, logs: dict[str, Any] | None) -> str:
        figures = [f"{name} {float(logs[name]):.4g}" for name in FIGURES[:2] if logs and name in logs]
        return ", ".join([f"Epoch {self._place()}", *self._how_far(), *figures]) + "."

    def _place(self) -> str:
        pace = self._pace
        of = "" if pace.steps is None else f"/{pace.steps:,}"
        doing = f", {self._doing}" if self._doing else f", step {pace.step:,}{of}"
        return f"{pace.epoch + 1}/{pace.epochs}{doing}"

    def _how_far(self) -> list[str]:
        pace, parts = self._pace, []
        if pace.share is not None:
            most = 99 if self._doing else 100  # after the last step there is more to do
            parts.append(f"{min(100 * pace.share, most):.0f} %")
        if pace.seconds_of_a_step is not None and not self._doing:
            seconds = pace.seconds_of_a_step
            parts.append(f"{seconds:.3g} s a step" if seconds >= 1 else f"{1000 * seconds:.3g} ms a step")
        if pace.seconds_left is not None and (pace.is_whole or pace.seconds_left >= 1):
            parts.append(f"{'' if pace.is_whole else 'more than '}{duration(pace.seconds_left)} left")
        return parts

    def _draw(self) -> None:
        """Draws the bar where there is one."""
        if self._pace is None or not self._has_bar():
            return
        text = "  ".join([f"Epoch {self._place()}", *self._how_far()])
        room = self._columns() - len(text) - 2
        if room >= _LEAST_BAR and self._pace.share is not None:
            text = f"{self._strip(min(room, 40))}  {text}"
        text = text[: self._columns()]
        if text != self._drawn:
            self._write(f"\r{text.ljust(len(self._drawn))}")
            self._drawn = text

    def _strip(self, length: int) -> str:
        full, empty = ("\u2501", "\u2500") if _can_write("\u2501\u2500", self._output()) else ("#", "-")
        done = round(length * self._pace.share)
        return full * done + empty * (length - done)

    def _wipe(self) -> None:
        if self._drawn:
            self._write(f"\r{' ' * len(self._drawn)}\r")
            self._drawn = ""

    def _write(self, text: str) -> None:
        stream = self._output()
        stream.write(text)
        stream.flush()

    def _output(self) -> TextIO:
        return sys.stdout if self._stream is None else self._stream

    def _has_bar(self) -> bool:
        if self._bar is not None:
            return self._bar
        return self._output().isatty() and os.environ.get("TERM") != "dumb"

    def _columns(self) -> int:
        return shutil.get_terminal_size((_COLUMNS, 24)).columns - 1  # in the last one, some terminals wrap


def _can_write(text: str, stream: TextIO) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _seconds(read: Callable[[str, str], str] = os.environ.get) -> float:
    """Seconds between two lines, from the environment.

    Raises:
        ValueError: if it holds no positive number.
    """
    text = read(SECONDS, "30")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"Expected {SECONDS} as a positive number of seconds. Received: {SECONDS}={text}.")
    return seconds
