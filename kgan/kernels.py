"""Whose kernels compute the training step whose graph is in the making: layers then avoid what those are slow at."""

import contextlib
import enum
from collections.abc import Iterator
from contextvars import ContextVar

import tensorflow as tf


class Kernels(enum.Enum):
    """Whose they are, where layers have forms of their own for them."""

    XLA = "XLA's"
    ONEDNN = "oneDNN's, which TensorFlow calls on a CPU with AVX-512 unless told otherwise"


_in_use: ContextVar[Kernels | None] = ContextVar("in_use", default=None)


def has_only_cpu() -> bool:
    """Whether TensorFlow sees no GPU."""
    return not tf.config.list_physical_devices("GPU")


def has_onednn() -> bool:
    """Whether TensorFlow computes with oneDNN: by itself where the processor has AVX-512, by its
    `TF_ENABLE_ONEDNN_OPTS` otherwise.

    Raises:
        RuntimeError: TensorFlow does not say.
    """
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError as error:
        raise RuntimeError(
            "Expected TensorFlow to say whether it uses oneDNN. Received: another TensorFlow."
        ) from error
    return _pywrap_util_port.IsMklEnabled()


def of_step(compiled: bool) -> Kernels | None:
    """Those of a training step of one replica; `None` for TensorFlow's own.

    Args:
        compiled: Whether XLA compiles it.
    """
    if compiled:
        return Kernels.XLA
    return Kernels.ONEDNN if has_only_cpu() and has_onednn() else None


@contextlib.contextmanager
def used(kernels: Kernels | None) -> Iterator[None]:
    """Within it, `in_use` gives them."""
    token = _in_use.set(kernels)
    try:
        yield
    finally:
        _in_use.reset(token)


def in_use() -> Kernels | None:
    """Those that layers are being traced for, here and now."""
    return _in_use.get()
