"""Python that TensorFlow's threads call while they read data."""

import atexit
import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator

__all__ = ["from_threads", "under_way"]

_QUIET = 0.1  # seconds without a call, after which the threads have nothing left to do
_PATIENCE = 30.0  # seconds


class _Calls:
    """How many calls are under way, and whether there may be more.

    A thread that comes for Python when the interpreter has begun to end is stopped where it stands; the iterator that
    it belongs to, if a traceback or a variable still holds it, then waits for it forever. So before that, calls under
    way are waited for and later ones fail: the iterator's buffers fill up with the failures, and its threads rest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._last = -_QUIET
        self.ending = False

    def __enter__(self):
        with self._lock:
            self._under_way += 1
        return self

    def __exit__(self, *raised):
        with self._lock:
            self._under_way -= 1
            self._last = time.monotonic()

    def end(self) -> None:
        """Lets no more begin, and waits for those under way."""
        self.ending = True
        given_up = time.monotonic() + _PATIENCE
        while not self._rest() and time.monotonic() < given_up:
            time.sleep(_QUIET / 10)

    def _rest(self) -> bool:
        with self._lock:
            return self._under_way == 0 and time.monotonic() - self._last > _QUIET


_calls = _Calls()
atexit.register(_calls.end)


@contextlib.contextmanager
def under_way() -> Iterator[None]:
    """Around what a thread of TensorFlow does in Python.

    Raises:
        RuntimeError: if the interpreter is ending.
    """
    with _calls:
        if _calls.ending:
            raise RuntimeError("Expected no more data to be read. Received: a call while the interpreter ends.")
        yield


def from_threads(function: Callable) -> Callable:
    """The function, fit to be called by `tf.numpy_function` in a pipeline that may outlive the interpreter.

    Raises:
        RuntimeError: when it is called, if the interpreter is ending.
    """

    @functools.wraps(function)
    def called(*arguments):
        with under_way():
            return function(*arguments)

    return called
