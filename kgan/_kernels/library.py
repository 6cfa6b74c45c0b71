"""Whose kernels compute the training step whose graph is in the making: layers then avoid what those are slow at."""

import contextlib
import enum
from collections.abc import Iterator
from contextvars import ContextVar

import tensorflow as tf


class Library(enum.Enum):
    """Whose they are, where layers have forms of their own for them."""

    XLA = "XLA"
    ONEDNN = "oneDNN, which TensorFlow calls on a CPU with AVX-512 unless told otherwise"
    ONEDNN_WITH_XLA = "oneDNN, but for convolutions of large kernels, each of which XLA compiles on its own"


_in_use: ContextVar[Library | None] = ContextVar("in_use", default=None)


def has_only_cpu() -> bool:
    """Whether TensorFlow sees no GPU."""
    return not tf.config.list_physical_devices("GPU")


def has_onednn() -> bool:
    """Whether TensorFlow computes with oneDNN: by itself where the processor has AVX-512, by its
    `TF_ENABLE_ONEDNN_OPTS` otherwise.

    Raises:
        RuntimeError: if TensorFlow does not say whether it uses oneDNN.
    """
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError as error:
        raise RuntimeError(
            "Expected TensorFlow to say whether it uses oneDNN. Received: another TensorFlow."
        ) from error
    return _pywrap_util_port.IsMklEnabled()


@contextlib.contextmanager
def used(library: Library | None) -> Iterator[None]:
    """Within it, `in_use` gives this library."""
    token = _in_use.set(library)
    try:
        yield
    finally:
        _in_use.reset(token)


def in_use() -> Library | None:
    """The library that layers are being traced for, here and now; `None` for TensorFlow's own kernels."""
    return _in_use.get()
