"""Where the lines of commands go: to a terminal, a file, or a pipe that somebody reads for as long as they like."""

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any, TextIO

__all__ = ["if_unread", "lasting", "say"]


def say(line: str = "", error: bool = False) -> None:
    """Writes a line at once, so that whoever reads a pipe need not wait for the next."""
    stream = sys.stderr if error else sys.stdout
    stream.write(f"{line}\n")
    stream.flush()


class _Lasting:
    """A text stream that goes on when nobody reads it any more, as after `kgan recipes | head -1`.

    A closed pipe is no error: what is written next goes nowhere, and the command does its work to the end. Characters
    that the encoding lacks are written as escapes.

    Attributes:
        last_words: Written to standard error when the reader goes; empty for nothing.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._read = True
        self.last_words = ""
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        if self._read:
            try:
                return self._stream.write(text)
            except OSError:  # EPIPE, or EIO of a terminal that was closed
                self._let_go()
        return len(text)

    def flush(self) -> None:
        if self._read:
            try:
                self._stream.flush()
            except OSError:
                self._let_go()

    def _let_go(self) -> None:
        self._read = False
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # what is still in the buffer goes there when Python ends
        os.close(nowhere)
        if self.last_words:
            say(self.last_words, error=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """Standard output and error that outlast their readers; warnings come as a line without the code they come from."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Lasting(before[0]), _Lasting(before[1])
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stdout, sys.stderr = before


def if_unread(last_words: str) -> None:
    """What is said on standard error if the reader of standard output goes before the command has ended."""
    if isinstance(sys.stdout, _Lasting):
        sys.stdout.last_words = last_words


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:
    say(f"warning: {message}", error=True)
