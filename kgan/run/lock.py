"""A run folder belongs to one process at a time: two that train into it would write each row of its log twice."""

import contextlib
import errno
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

from kgan.run.folder import RunError

if os.name == "nt":
    import msvcrt
else:
    import fcntl

__all__ = ["held"]

_NAME = ".lock"
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_FAR = 2**20  # the byte that Windows locks, behind the text, which others must be able to read


@contextlib.contextmanager
def held(folder: Path, say: Callable[[str], None] = lambda line: None) -> Iterator[None]:
    """Keeps other processes from training into a run folder; the system lets go of it when the process dies.

    Args:
        folder: The run folder.
        say: Called with a line where the file system knows no locks.

    Raises:
        RunError: if another process holds it.
    """
    path = folder / _NAME
    handle = _locked(path, say)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()} on {platform.node()}\n".encode())
        yield
    finally:
        with contextlib.suppress(OSError):  # the folder may be gone by now; Windows removes no file that is open
            path.unlink()
        os.close(handle)


def _locked(path: Path, say: Callable[[str], None]) -> int:
    """The file, opened and locked; one that another process has removed since it was opened is opened anew."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
        except OSError as error:
            if error.errno not in _TAKEN:
                say(f"{path.parent} lies where files cannot be locked ({error}): let no second process train into it.")
                return handle
            os.close(handle)
            raise _taken(path) from error
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)


def _lock(handle: int) -> None:
    """Locks the file, or raises an `OSError` with a number of `_TAKEN`."""
    if os.name == "nt":
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _taken(path: Path) -> RunError:
    try:
        owner = path.read_text(encoding="utf-8").strip()[:80]
    except (OSError, ValueError):
        owner = ""
    return RunError(
        f"Expected a run folder that no other process trains into. Received: {path.parent}, into which process "
        f"{owner or '(unknown)'} trains. Wait until it ends, or end it, before kgan resume {path.parent}."
    )
