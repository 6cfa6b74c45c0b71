"""What `fit` is given, looked at before the first step, so that bad data is named and not trained on."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kgan.data import first_batch, values
from kgan.data import order as orders
from kgan.data.splits import extract

__all__ = ["Contract", "check_arrays", "check_source", "check_specs"]


class Contract(NamedTuple):
    """What the networks take.

    Attributes:
        shape: The discriminator's first input, `(None, ...)`.
        value_range: `(low, high)` of the samples, `None` for any.
        num_classes: Of the labels, where each sample has one class.
        num_tags: Of the labels, where each sample has several tags, `(batch, num_tags)` of 0 and 1. With neither, no
            network takes labels, and labels are ignored.
        vectors: Whether the tags are vectors of any numbers.
    """

    shape: tuple[int | None, ...]
    value_range: values.ValueRange | None
    num_classes: int | None
    num_tags: int | None = None
    vectors: bool = False

    @property
    def takes_labels(self) -> bool:
        """Whether labels are used."""
        return self.num_classes is not None or self.num_tags is not None


def check_source(source: Any, contract: Contract, look: "Callable | None" = None) -> Any:
    """Looks at the first batch of a source, whatever it is.

    Args:
        source: Batches.
        contract: What the networks take.
        look: Called with samples and labels of that batch, once they are known to fit.

    Returns:
        The source, with nothing lost: see `kgan.data.first_batch.of`.

    Raises:
        ValueError: if shape, type or values do not fit the contract, or the source is empty.
    """
    if isinstance(source, tf.data.Dataset):
        real, labels = extract(source.element_spec)
        check_specs(real, labels, contract)
        if real.dtype == tf.uint8 and not contract.takes_labels and orders.of(source) is not None and not look:
            return source  # kgan's own: looked at when it was loaded
    batch, source = first_batch.of(source)
    real, labels = extract(batch)
    check_arrays(real, labels, contract, whole=False)
    if look is not None:
        look(real, labels)
    return source


def check_arrays(real: np.ndarray, labels: np.ndarray | None, contract: Contract, whole: bool = True) -> None:
    """Refuses samples or labels that the contract does not allow, by shape, type and value.

    Args:
        real: Samples, `(n, ...)`.
        labels: What belongs to each; `None` without.
        contract: What the networks take.
        whole: Whether these are all samples, whose greatest value advice may name.

    Raises:
        ValueError: if the contract does not allow them.
    """
    check_specs(real, labels, contract, values.extremes_of(real) if whole else None)
    values.check_values(real, contract.value_range)
    if labels is None:
        return  # `check_specs` has refused that where labels are used
    if contract.vectors:
        if not np.isfinite(labels).all():
            raise ValueError("Expected vectors of finite numbers. Received: others among them.")
    elif contract.num_tags is not None and not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"Expected tags of 0 and 1, {contract.num_tags} for each sample. Received: values from {np.min(labels)} to "
            f"{np.max(labels)}."
        )
    if contract.num_classes is not None and len(labels):
        lowest, highest = int(labels.min()), int(labels.max())
        if lowest < 0 or highest >= contract.num_classes:
            raise ValueError(
                f"Expected labels between 0 and {contract.num_classes - 1} (num_classes={contract.num_classes}). "
                f"Received: values from {lowest} to {highest}."
            )


def check_specs(real: Any, labels: Any, contract: Contract, extremes: "Callable | None" = None) -> None:
    """The same by shape and type alone: arrays, tensors and specs have both; see `values.check_spec`."""
    values.check_spec(real.shape, real.dtype, contract.shape, contract.value_range, extremes)
    if not contract.takes_labels:
        return
    if labels is None:
        raise ValueError(
            "Expected data of (samples, labels), because a network takes labels. Received: samples only. "
            "Pass fit(x, y), or a dataset that yields pairs."
        )
    if contract.num_tags is not None:
        if len(labels.shape) != 2 or labels.shape[1] != contract.num_tags:
            what = "vectors" if contract.vectors else "tags"
            each = "" if contract.vectors else ", 0 or 1 each"
            raise ValueError(
                f"Expected {what} of shape (batch, {contract.num_tags}){each}. Received: shape {tuple(labels.shape)}."
            )
        return
    if len(labels.shape) != 1 or not tf.as_dtype(labels.dtype).is_integer:
        raise ValueError(
            f"Expected labels of shape (batch,) as integers, one class each. Received: shape {tuple(labels.shape)}, "
            f"type {tf.as_dtype(labels.dtype).name}. Take the argmax of one-hot rows."
        )
