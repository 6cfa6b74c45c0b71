"""Feature extractors by name."""

import functools
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from kgan._support import lookup
from kgan.metrics.extractors.base import Extractor

__all__ = ["checked", "get"]


def checked(features: Any) -> "str | Extractor":
    """What a metric was given as `features`: the name of an extractor that comes with kgan, or an extractor.

    Raises:
        ValueError: if no extractor has that name.
        TypeError: if `features` is neither a name, nor a Keras model, a callable or an extractor.
    """
    if isinstance(features, Extractor):
        return features
    if isinstance(features, str):
        name, separator, path = features.partition(":")
        lookup.find("features", name, _NAMED)
        if separator and (name not in _FROM_FILES or not path):
            raise ValueError(
                f"Expected 'inception:PATH' with a file of weights. Received: features={features!r}; "
                f"the others come with their own."
            )
        return features
    if id(features) in _OWN:
        return _OWN[id(features)]
    if isinstance(features, keras.Model):
        return _OWN.setdefault(id(features), Extractor(features.name, features))
    if callable(features):
        name = getattr(features, "__name__", type(features).__name__)
        return _OWN.setdefault(id(features), Extractor(name, features, graph=False))
    raise TypeError(
        f"Expected features as one of {', '.join(_NAMED)}, a Keras model, a callable or a kgan.metrics.Extractor. "
        f"Received: {features!r} of type {type(features).__name__}."
    )


# By the id of the network, so that metrics on one network look through one extractor; which keeps its network alive.
_OWN: "weakref.WeakValueDictionary[int, Extractor]" = weakref.WeakValueDictionary()


def get(features: "str | Extractor") -> Extractor:
    """The extractor; a named one is loaded once.

    Raises:
        ExtractorError: if its weights cannot be loaded.
    """
    return _load(features) if isinstance(features, str) else features


@functools.cache
def _load(features: str) -> Extractor:
    name, _, path = features.partition(":")
    return _NAMED[name](Path(path)) if path else _NAMED[name]()


def _digits() -> Extractor:
    from kgan.metrics.extractors import digits  # here and below, because no run needs them all

    return digits.load()


def _efficientnet() -> Extractor:
    from kgan.metrics.extractors import efficientnet

    return efficientnet.load()


def _inception(weights: Path | None = None) -> Extractor:
    from kgan.metrics.extractors import inception

    return inception.load(weights)


def _vgg19(weights: Path | None = None) -> Extractor:
    from kgan.metrics.extractors import vgg19

    return vgg19.load(weights)


def _pixels() -> Extractor:
    return Extractor("pixels", lambda shown: tf.reshape(shown, (tf.shape(shown)[0], -1)), fingerprint="pixels")


_NAMED: dict[str, Callable[..., Extractor]] = {
    "digits": _digits,
    "efficientnet-lite0": _efficientnet,
    "inception": _inception,
    "pixels": _pixels,
    "vgg19": _vgg19,
}
_FROM_FILES = ("inception", "vgg19")  # those that take a file of weights
