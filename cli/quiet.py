"""TensorFlow without its log lines: some twenty in a run, which read like errors and are none.

What goes wrong reaches the user as an exception. `KGAN_TENSORFLOW_LOG=1`, or TensorFlow's own `TF_CPP_MIN_LOG_LEVEL`,
shows the lines.
"""

import contextlib
import faulthandler
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["ASKED", "choose_level", "hushed", "import_quietly"]

ASKED = "KGAN_TENSORFLOW_LOG"
_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_SEVERITIES = "IWE"  # what each level silences: 1 the first, 2 the first two, 3 all; F, fatal, is always shown
_LOG_LINE = re.compile(rb"([IWEF])\d{4} [\d:.]+ +\d+ [\w./-]+:\d+\]")
_OF_LITERT = b"INFO: Created TensorFlow Lite"
_PREAMBLE = re.compile(rb"WARNING: All log messages before absl::InitializeLog\(\) is called")


def choose_level() -> int:
    """Sets the level at which TensorFlow logs, where the user has not; returns it, from 0 (all) to 3."""
    if os.environ.get(ASKED):
        os.environ.setdefault(_LEVEL, "0")
    level = os.environ.setdefault(_LEVEL, "3").strip()
    return min(int(level), 3) if level.isdigit() else 0


def import_quietly() -> None:
    """Imports TensorFlow, which logs some lines before it has read its level, and kgan.

    Ctrl-C meanwhile ends the process: nothing was begun, and modules that are being imported swallow the exception.
    """
    level = choose_level()
    if "kgan" in sys.modules:
        return
    with _ended_by_interrupt(), _stderr_without(_SEVERITIES[:level]) if level else contextlib.nullcontext():
        import kgan  # noqa: F401


def hushed() -> contextlib.AbstractContextManager[None]:
    """Holds back the lines that TensorFlow, if it is imported in there, and other runtimes log."""
    level = choose_level()
    loaded = "tensorflow" in sys.modules
    return _stderr_without(_SEVERITIES[:level]) if level and not loaded else contextlib.nullcontext()


@contextlib.contextmanager
def _ended_by_interrupt() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda number, frame: os._exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _stderr_without(severities: str) -> Iterator[None]:
    """Holds back what is written to the file descriptor of standard error, and then writes what is no such log line."""
    try:
        kept = os.dup(2)
    except OSError:  # a process without standard error, whose lines nobody sees
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held, os.fdopen(kept, "wb", closefd=True) as real:
        os.dup2(held.fileno(), 2)
        watched = faulthandler.is_enabled()
        if not watched:
            faulthandler.enable(file=real)  # a crash in here, as on a processor without AVX, is told all the same
        try:
            yield
        finally:
            if not watched:
                faulthandler.disable()
            sys.stderr.flush()
            os.dup2(real.fileno(), 2)
            held.seek(0)
            real.write(b"".join(_others(held, severities.encode())))


def _others(lines, severities: bytes) -> Iterator[bytes]:
    """Lines that are neither of those severities nor go on from one that is."""
    dropping = False
    for line in lines:
        found = _LOG_LINE.match(line)
        if found:
            dropping = found[1] in severities
        elif _PREAMBLE.match(line) or line.startswith(_OF_LITERT):
            dropping = True
        elif not line.startswith(b"To enable the following instructions"):
            dropping = False
        if not dropping:
            yield line
