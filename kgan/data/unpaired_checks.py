"""Samples of two collections on their way into `fit`, looked at before the first step."""

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kgan.data import first_batch, given, values
from kgan.data import order as orders

__all__ = ["Collections", "check_collections", "check_samples", "check_source"]

_SIDES = ("a", "b")


class Collections(NamedTuple):
    """What the networks take of two collections.

    Attributes:
        a: Samples of a, `(None, ...)`.
        b: Samples of b, `(None, ...)`.
        value_range: `(low, high)` of both, `None` for any.
    """

    a: tuple[int | None, ...]
    b: tuple[int | None, ...]
    value_range: values.ValueRange | None


def check_collections(a: Any, b: Any, contract: Collections, whole: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Samples of both collections as arrays.

    Args:
        a: `(n, ...)`, an array of any kind.
        b: `(m, ...)`, the same.
        contract: What the networks take.
        whole: Whether these are all samples, whose greatest value advice may name.

    Raises:
        ValueError: if there is no b, a collection is empty, or shapes, types or values do not fit the networks.
    """
    if b is None:
        raise ValueError(
            "Expected samples of two collections. Received: one. Pass both, fit(a, b), or a dataset of batches (a, b), "
            "as kgan.data.load_unpaired gives them."
        )
    found = given.as_array(a), given.as_array(b)
    for side, samples in zip(_SIDES, found, strict=True):
        check_samples(side, samples, contract, whole)
    return found


def check_samples(side: str, samples: np.ndarray, contract: Collections, whole: bool = False) -> None:
    """Refuses samples of one side that the networks do not take.

    Args:
        side: `"a"` or `"b"`.
        samples: `(n, ...)`.
        contract: What the networks take.
        whole: Whether these are all samples, whose greatest value advice may name.

    Raises:
        ValueError: if there are none, or shape, type or values do not fit.
    """
    with _named(side):
        if not len(samples):
            raise ValueError(f"Expected samples. Received: none, shape {samples.shape}.")
        extremes = values.extremes_of(samples) if whole else None
        values.check_spec(samples.shape, samples.dtype, getattr(contract, side), contract.value_range, extremes)
        values.check_values(samples, contract.value_range)


def check_source(source: Any, contract: Collections) -> Any:
    """Looks at the first batch of a source, whatever it is.

    Args:
        source: Batches `(a, b)`.
        contract: What the networks take.

    Returns:
        The source, with nothing lost: see `kgan.data.first_batch.of`.

    Raises:
        ValueError: if the source yields no two collections, is empty, or does not fit the networks.
    """
    if isinstance(source, tf.data.Dataset):
        _check_parts(source.element_spec, "a dataset")
        for side, spec in zip(_SIDES, source.element_spec, strict=True):
            with _named(side):
                values.check_spec(spec.shape, spec.dtype, getattr(contract, side), contract.value_range)
        if all(spec.dtype == tf.uint8 for spec in source.element_spec) and orders.of(source) is not None:
            return source  # kgan's own: looked at when it was loaded
    batch, source = first_batch.of(source)
    _check_parts(batch, "batches")
    check_collections(batch[0], batch[1], contract, whole=False)
    return source


def _check_parts(batch: Any, what: str) -> None:
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        parts = f"elements of {len(batch)} parts" if isinstance(batch, tuple | list) else "single tensors"
        raise ValueError(f"Expected {what} of samples (a, b). Received: {parts}.")


@contextlib.contextmanager
def _named(side: str) -> Iterator[None]:
    """Says of which side an error is."""
    try:
        yield
    except ValueError as error:
        text = str(error).replace("as the discriminator takes them", "as the networks take them")
        raise ValueError(f"{text} This is about the samples of {side}.") from error
