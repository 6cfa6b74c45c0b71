"""Pairs on their way into `fit`, looked at before the first step, so that bad data is named and not trained on."""

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan.data import values

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


def check_pairs(inputs: Any, targets: Any, contract: PairContract) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets as arrays.

    Raises:
        ValueError: if there are no targets, there are not as many as inputs, or shapes, types or values do not fit the
            networks.
    """
    if targets is None:
        raise ValueError(
            "Expected pairs of inputs and true outputs. Received: inputs only. Pass fit(inputs, targets), or a dataset "
            "that yields pairs, as kgan.data.load_pairs gives them."
        )
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    if len(inputs) != len(targets):
        raise ValueError(
            f"Expected as many targets as inputs. Received: {len(inputs)} inputs and {len(targets)} targets."
        )
    for side, samples, shape in (("inputs", inputs, contract.input_shape), ("targets", targets, contract.target_shape)):
        with _named(side):
            values.check_spec(samples.shape, samples.dtype, shape, contract.value_range)
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


def check_pair_source(source: Any, contract: PairContract) -> None:
    """Looks at the first batch of a dataset or a Keras sequence.

    Raises:
        ValueError: if the source yields no pairs, is empty, or does not fit the networks.
    """
    if isinstance(source, tf.data.Dataset):
        spec = source.element_spec
        if not isinstance(spec, tuple | list) or len(spec) != 2:
            what = f"elements of {len(spec)} parts" if isinstance(spec, tuple | list) else "single tensors"
            raise ValueError(f"Expected a dataset of pairs (input, target). Received: {what}.")
        for side, one, shape in zip(_SIDES, spec, contract[:2], strict=True):
            with _named(side):
                values.check_spec(one.shape, one.dtype, shape, contract.value_range)
        if all(one.dtype == tf.uint8 for one in spec):
            return  # nothing that a look at the values could find
        batch = next(iter(source.take(1)), None)
        if batch is None:
            raise ValueError("Expected a dataset with at least one batch. Received: an empty dataset.")
        check_pairs(batch[0], batch[1], contract)
    elif isinstance(source, keras.utils.PyDataset):
        check_pairs(source[0][0], source[0][1], contract)


@contextlib.contextmanager
def _named(side: str) -> Iterator[None]:
    """Says of which side an error is."""
    try:
        yield
    except ValueError as error:
        text = str(error).replace("as the discriminator takes them", "as the networks take them")
        raise ValueError(f"{text} This is about the {side} of the pairs.") from error
