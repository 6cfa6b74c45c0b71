"""Where the lines of commands go: to a terminal, a file, or a pipe that somebody reads for as long as they like."""

import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any, TextIO

__all__ = ["counted", "if_unread", "lasting", "say", "status"]


def say(line: str = "", error: bool = False) -> None:
    """Writes a line at once, so that whoever reads a pipe need not wait for the next."""
    stream = sys.stderr if error else sys.stdout
    stream.write(f"{line}\n")
    stream.flush()


def counted(count: int, what: str) -> str:
    """`1 picture`, `1,200 pictures`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


class _Lasting:
    """A text stream that goes on when nobody reads it any more, as after `kgan recipes | head -1`.

    A closed pipe is no error: what is written next goes nowhere, and the command does its work to the end. Any other
    failure, as of a full disk, is told once on standard error. Characters that the encoding lacks are written as
    escapes.

    Attributes:
        goes_on: What is said on standard error of the work that goes on when the stream ends; empty where the lines
            are all that the command gives.
        lost: Whether lines that somebody waits for could not be written.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._read = True
        self._of_terminal = stream is not None and stream.isatty()  # now, because one that was closed says no
        self.goes_on = ""
        self.lost = False
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        if self._read:
            try:
                return self._stream.write(text)
            except OSError as error:
                self._let_go(error)
        return len(text)

    def flush(self) -> None:
        if self._read:
            try:
                self._stream.flush()
            except OSError as error:
                self._let_go(error)

    def _let_go(self, error: OSError) -> None:
        self._read = False
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # what is still in the buffer goes there when Python ends
        os.close(nowhere)
        if self._reader_left(error):
            if self.goes_on:
                say(f"Nobody reads the lines of kgan any more; {self.goes_on}", error=True)
            return
        self.lost = not self.goes_on
        cause = f"The lines of kgan cannot be written ({error.strerror or error})"
        say(f"{cause}; {self.goes_on}" if self.goes_on else f"error: {cause}.", error=True)

    def _reader_left(self, error: OSError) -> bool:
        """Whether a pipe or a terminal was closed; Windows calls writing to a closed pipe an invalid argument."""
        if error.errno == errno.EIO:
            return self._of_terminal
        return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)

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


def if_unread(goes_on: str) -> None:
    """What is said on standard error if standard output ends before the command has: the work that goes on."""
    if isinstance(sys.stdout, _Lasting):
        sys.stdout.goes_on = goes_on


def status() -> int:
    """1 if what the command was to print could not be written, else 0."""
    sys.stdout.flush()
    return int(isinstance(sys.stdout, _Lasting) and sys.stdout.lost)


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:
    say(f"warning: {message}", error=True)
