"""Pairs on their way into `fit`, looked at before the first step, so that bad data is named and not trained on."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kgan.data import first_batch, given, values
from kgan.data import order as orders

__all__ = ["PairContract", "check_inputs", "check_pair_source", "check_pairs"]


_SIDES = ("inputs", "targets")


class PairContract(NamedTuple):
    """What the networks of a translation take.

    Attributes:
        input_shape: The generator's input, `(None, ...)`.
        target_shape: The generator's output, `(None, ...)`.
        value_range: `(low, high)` of both, `None` for any.
    """

    input_shape: tuple[int | None, ...]
    target_shape: tuple[int | None, ...]
    value_range: values.ValueRange | None


def check_pairs(inputs: Any, targets: Any, contract: PairContract, whole: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets as arrays.

    Args:
        inputs: `(n, ...)`, an array of any kind.
        targets: `(n, ...)`, the same.
        contract: What the networks take.
        whole: Whether these are all pairs, whose greatest value advice may name.

    Raises:
        ValueError: if there are no targets, there are not as many as inputs, or shapes, types or values do not fit the
            networks.
    """
    if targets is None:
        raise ValueError(
            "Expected pairs of inputs and true outputs. Received: inputs only. Pass (inputs, targets), or a dataset "
            "that yields pairs, as kgan.data.load_pairs gives them."
        )
    inputs, targets = given.as_array(inputs), given.as_array(targets)
    if len(inputs) != len(targets):
        raise ValueError(
            f"Expected as many targets as inputs. Received: {len(inputs)} inputs and {len(targets)} targets."
        )
    for side, samples, shape in (("inputs", inputs, contract.input_shape), ("targets", targets, contract.target_shape)):
        with _named(side):
            extremes = values.extremes_of(samples) if whole else None
            values.check_spec(samples.shape, samples.dtype, shape, contract.value_range, extremes)
            values.check_values(samples, contract.value_range)
    return inputs, targets


def check_inputs(inputs: np.ndarray, contract: PairContract) -> None:
    """Refuses inputs to translate that do not fit the generator.

    Raises:
        ValueError: if their shape, type or values do not fit.
    """
    with _named("inputs"):
        values.check_spec(inputs.shape, inputs.dtype, contract.input_shape, contract.value_range)
        values.check_values(inputs, contract.value_range)


def check_pair_source(source: Any, contract: PairContract, look: "Callable | None" = None) -> Any:
    """Looks at the first batch of a source, whatever it is.

    Args:
        source: Batches of pairs.
        contract: What the networks take.
        look: Called with inputs and targets of that batch, once they are known to fit.

    Returns:
        The source, with nothing lost: see `kgan.data.first_batch.of`.

    Raises:
        ValueError: if the source yields no pairs, is empty, or does not fit the networks.
    """
    if isinstance(source, tf.data.Dataset):
        spec = source.element_spec
        _check_parts(spec, "a dataset")
        for side, one, shape in zip(_SIDES, spec, contract[:2], strict=True):
            with _named(side):
                values.check_spec(one.shape, one.dtype, shape, contract.value_range)
        if all(one.dtype == tf.uint8 for one in spec) and orders.of(source) is not None and not look:
            return source  # kgan's own: looked at when it was loaded
    batch, source = first_batch.of(source)
    _check_parts(batch, "batches")
    pairs = check_pairs(batch[0], batch[1], contract, whole=False)
    if look is not None:
        look(*pairs)
    return source


def _check_parts(batch: Any, what: str) -> None:
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        parts = f"elements of {len(batch)} parts" if isinstance(batch, tuple | list) else "single tensors"
        raise ValueError(f"Expected {what} of pairs (input, target). Received: {parts}.")


@contextlib.contextmanager
def _named(side: str) -> Iterator[None]:
    """Says of which side an error is."""
    try:
        yield
    except ValueError as error:
        text = str(error).replace("as the discriminator takes them", "as the networks take them")
        raise ValueError(f"{text} This is about the {side} of the pairs.") from error
