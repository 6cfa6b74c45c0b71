"""Networks that come with Keras, whose weights it downloads once."""

import contextlib
import hashlib
import socket
from collections.abc import Callable, Iterator

import keras
import numpy as np

from kgan.metrics.extractors.base import ExtractorError

__all__ = ["fingerprint", "float32", "loaded"]

# For each address of the host, of which there may be many, and for each wait; not for the whole download.
_PATIENCE_S = 5.0


def loaded(build: Callable[[], keras.Model], called: str, instead: str) -> keras.Model:
    """A network of `keras.applications` in float32.

    Args:
        build: Makes it, with a download where there is need.
        called: Its name, for the error.
        instead: What else to do than to connect, for the error.

    Raises:
        ExtractorError: if the weights cannot be had.
    """
    try:
        with float32(), _impatient():
            return build()
    except Exception as error:  # Keras raises a bare Exception when the network is down
        raise ExtractorError(
            f"Expected the weights of Keras's {called}, from its cache or by a download. Received: "
            f"{type(error).__name__}: {error}. Connect once, {instead}"
        ) from error


def fingerprint(model: keras.Model) -> str:
    """Of a network's weights."""
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _impatient() -> Iterator[None]:
    """Sockets give up after a few seconds; without it a firewall that drops packets would hold us for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def float32() -> Iterator[None]:
    """Whatever the global policy, because Keras's networks take no other word on it."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
