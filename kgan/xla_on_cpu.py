"""Whether the graph in the making is one that XLA compiles for a CPU: layers then avoid what it is slow at there."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

import tensorflow as tf

_traced: ContextVar[bool] = ContextVar("traced", default=False)


def has_only_cpu() -> bool:
    """Whether TensorFlow sees no GPU."""
    return not tf.config.list_physical_devices("GPU")


@contextlib.contextmanager
def traced(compiled: bool = True) -> Iterator[None]:
    """Within it, `is_traced` says whether the graph is `compiled` with XLA, and for a CPU."""
    token = _traced.set(compiled and has_only_cpu())
    try:
        yield
    finally:
        _traced.reset(token)


def is_traced() -> bool:
    """Whether layers are being traced for XLA on a CPU, here and now."""
    return _traced.get()
