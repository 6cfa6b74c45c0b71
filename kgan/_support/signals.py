"""Signals that are answered at once, whatever the main thread is doing."""

import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence

__all__ = ["Answers", "name_of"]

_DONE = 0  # no signal has that number


class Answers:
    """Says a line as soon as a signal comes.

    Python runs a handler once the main thread is back from what it calls, and a step of TensorFlow may take a minute
    to compile. A thread of its own hears of the signal from the operating system (`signal.set_wakeup_fd`).

    Args:
        lines: For each signal what is said when it comes, and when it comes again.
        say: Called with the line, from another thread.
    """

    def __init__(self, lines: Mapping[int, Sequence[str]], say: Callable[[str], None]):
        self._lines = {int(number): tuple(texts) for number, texts in lines.items()}
        self._left: dict[int, list[str]] = {}
        self._say = say
        self._reads = self._writes = -1
        self._thread: threading.Thread | None = None
        self._told = False  # whether the operating system tells the thread

    def start(self) -> None:
        """Begins to listen, from the first lines on; only in the main thread, as `signal.signal` works there only."""
        self._left = {number: list(texts) for number, texts in self._lines.items()}
        self._reads, self._writes = os.pipe()
        os.set_blocking(self._writes, False)
        before = signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)
        self._told = before == -1
        if not self._told:  # somebody else listens, as an event loop in a notebook
            signal.set_wakeup_fd(before)
        self._thread = threading.Thread(target=self._listen, name="kgan signals", daemon=True)
        self._thread.start()

    def heard(self, number: int) -> None:
        """The handler of a signal calls this, which passes it on where the operating system does not."""
        if self._thread is not None and not self._told:
            os.write(self._writes, bytes([number]))

    def stop(self) -> None:
        """Stops listening; a second time, it does nothing."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._told:
            signal.set_wakeup_fd(-1)
        os.write(self._writes, bytes([_DONE]))
        thread.join()
        os.close(self._reads)
        os.close(self._writes)

    def _listen(self) -> None:
        while (number := os.read(self._reads, 1)[0]) != _DONE:
            if self._left.get(number):
                self._say(self._left[number].pop(0))


def name_of(number: int) -> str:
    """`"SIGTERM"`."""
    return signal.Signals(number).name
