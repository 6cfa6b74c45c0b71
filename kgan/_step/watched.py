"""`jit_compile="auto"` watches itself: what XLA cannot compile, or compiles anew at each call, goes on without it.

TensorFlow says neither how often XLA compiled nor what for, except to its profiler. So the profiler looks at
calls after one that took long, until a few in a row compiled nothing, and at no others.
"""

import itertools
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from kgan._step.xla_support import NotCompilable

CALLS = 64  # that are watched; the first traces, the second may be another way or shape
_LONG, _SHARE = 0.3, 0.1  # seconds, and share of the first call, from which a call may have compiled
_CLEAN = 3  # calls in a row that are seen to compile nothing end the looks
_LONGER = 2.0  # times what a call took that compiled nothing, from which another may have compiled
_JUDGED = "judged_with_xla"  # an attribute of functions whose watch is over
_TRACES = (b"Compiler::Compile", b"algsimp")  # of XLA's work in a profile; the second is a pass of it on all devices
_COMPILER = (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, tf.errors.InternalError)


class Watched:
    """One of the functions that Keras's loops call, while it is not known yet whether XLA serves it.

    After some calls it takes itself away for good: the function is marked as judged.

    Args:
        model: The model. Its `leave_xla()` makes its functions without XLA.
        name: Of the function, an attribute of the model: `"train_function"`.
        recompilations: From how many calls that compile, after the first two, XLA is left.
    """

    def __init__(self, model, name: str, recompilations: int):
        self._model, self._name, self._most = model, name, recompilations
        self._function = getattr(model, name)
        self._calls = self._compiled = 0
        self._looks = 0  # at calls to come
        self._first = self._clean = 0.0  # seconds of the first call, and of the longest seen to compile nothing

    def __call__(self, data: Any) -> Any:
        self._calls += 1
        result = self._look(data) if self._looks else self._time(data)
        if self._compiled >= self._most:
            self._model.leave_xla()
            _log(f"XLA compiled it anew {self._compiled} times in {self._calls} calls")
        elif self._calls >= CALLS:
            setattr(self._function, _JUDGED, True)
            setattr(self._model, self._name, self._function)
        return result

    def _time(self, data: Any) -> Any:
        """A call that is timed; after a long one, the next are looked at."""
        result, taken = _timed(lambda: self._function(data) if self._calls > 1 else self._first_call(data))
        self._first = self._first or taken
        if self._calls > 1 and taken > max(_LONG, _SHARE * self._first, _LONGER * self._clean):
            self._looks = _CLEAN
        return result

    def _look(self, data: Any) -> Any:
        """A call that the profiler looks at."""
        (result, taken), compiled = _looked_at(lambda: _timed(lambda: self._function(data)))
        self._compiled += compiled
        self._looks = _CLEAN if compiled else self._looks - 1
        self._clean = self._clean if compiled else max(self._clean, taken)
        return result

    def _first_call(self, data: Any) -> Any:
        """The first call, made again without XLA on the same batches where XLA cannot compile what is called.

        XLA compiles before it computes, and writes to variables after all else: what failed has changed nothing.
        """
        again, before = _repeatable(data, self._model.steps_per_execution), int(self._model.steps)
        try:
            return self._function(again())
        except NotCompilable as error:
            reason = f"XLA lacks {error}"
        except _COMPILER as error:
            if int(self._model.steps) != before:
                raise
            reason = f"XLA says: {' '.join(error.message.split())[:200]}"
        self._model.leave_xla()
        result = getattr(self._model, self._name)(again())  # raises what was not XLA's fault
        _log(reason)
        return result


def is_watched_or_judged(function: Any) -> bool:
    """Whether a function is watched now, or has been to the end."""
    return isinstance(function, Watched) or getattr(function, _JUDGED, False)


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call returns, and the seconds that it took."""
    began = time.perf_counter()
    return call(), time.perf_counter() - began


def _log(reason: str) -> None:
    logging.getLogger("kgan").warning('jit_compile="auto" goes on without XLA: %s.', reason)


def _repeatable(data: Any, batches: int) -> Callable[[], Any]:
    """The next batches of an iterator, as often as they are asked for; what is no iterator as it is."""
    if isinstance(data, tf.data.Iterator):
        taken, spec = list(itertools.islice(data, batches)), data.element_spec
        return lambda: iter(tf.data.Dataset.from_generator(lambda: iter(taken), output_signature=spec))
    if isinstance(data, Iterator):
        taken = list(itertools.islice(data, batches))
        return lambda: iter(taken)
    return lambda: data


def _looked_at(call: Callable[[], Any]) -> tuple[Any, bool]:
    """What a call returns, and whether XLA compiled something in it; `False` where another profiler is at work."""
    options = tf.profiler.experimental.ProfilerOptions(
        host_tracer_level=2, python_tracer_level=0, device_tracer_level=0
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            tf.profiler.experimental.start(folder, options)
        except tf.errors.AlreadyExistsError:
            return call(), False
        try:
            result = call()
        finally:
            tf.profiler.experimental.stop()
        profiles = [path.read_bytes() for path in Path(folder).rglob("*.xplane.pb")]
    return result, any(trace in profile for profile in profiles for trace in _TRACES)
