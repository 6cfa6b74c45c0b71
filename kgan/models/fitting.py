"""What `fit` is given, turned into what Keras trains on, and looked at before the first step."""

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kgan._game import packing
from kgan.data import first_batch, given
from kgan.data.sources import arrays
from kgan.data.splits import Splits, extract
from kgan.models import resume_order

__all__ = [
    "FitData",
    "Preparation",
    "Prepared",
    "in_packs",
    "listed",
    "refuse_weights",
    "running",
    "xla_errors_by_name",
]

_BATCH = 32  # of arrays, as in Keras


class FitData(NamedTuple):
    """What a fit in progress trains and is validated on, for callbacks that look at it.

    Attributes:
        train: The training data: a pair of arrays (labels may be `None`), or what Keras is given. A dataset that
            shuffles anew at each reading goes on in another order after one that Keras did not ask for.
        held_out: The validation data in the same way; `None` without.
    """

    train: Any
    held_out: Any


class Prepared(NamedTuple):
    """Data as Keras is given it.

    Attributes:
        x: Training data.
        y: Labels, where `x` is neither an array nor a dataset.
        batch_size: For Keras; `None` where the data comes in batches.
        validation_data: A dataset or what Keras takes; `None` without.
        looked_at: What callbacks may look at.
    """

    x: Any
    y: Any
    batch_size: int | None
    validation_data: Any
    looked_at: FitData

    def arguments(self, callbacks: list[keras.callbacks.Callback], shuffle: bool) -> dict[str, Any]:
        """What `keras.Model.fit` is called with, beside what it takes as it comes."""
        return {
            "x": self.x,
            "y": self.y,
            "batch_size": self.batch_size,
            "validation_data": self.validation_data,
            "callbacks": callbacks,
            "shuffle": shuffle and isinstance(self.x, keras.utils.PyDataset),  # another's order is its own business
        }


class Preparation:
    """Turns what `fit` is given into `Prepared`.

    Args:
        check_arrays: From samples and labels to the same, checked; labels that are not used become `None`.
        check_source: Looks at the first batch of a source, refuses what does not fit, and gives the source back.
        seed: Of the order in which arrays are read.
        batches: From two arrays to a dataset of their batches.
    """

    def __init__(
        self,
        check_arrays: Callable,
        check_source: Callable[[Any], Any],
        seed: int,
        batches: Callable[..., tf.data.Dataset] = arrays.batches,
    ):
        self._check_arrays = check_arrays
        self._check_source = check_source
        self._seed = seed
        self._batches = batches

    def __call__(
        self,
        x: Any,
        y: Any,
        batch_size: int | None,
        validation_split: float,
        validation_data: Any,
        validation_batch_size: int | None,
        shuffle: bool,
    ) -> Prepared:
        """The arguments are those of `fit`.

        Raises:
            ValueError: if the data does not fit the networks, `validation_split` is not in [0, 1), or what is given
                cannot be split.
        """
        if not 0.0 <= validation_split < 1.0:
            raise ValueError(f"Expected validation_split in [0, 1). Received: validation_split={validation_split}.")
        if validation_split and (isinstance(x, Splits) or validation_data is None):
            _check_splittable(x, validation_split)
        if isinstance(x, Splits):
            x, validation_data = x.train, x.validation if validation_data is None else validation_data
        x, y = given.unpacked(x, y)
        if given.is_array(x):
            batch_size = batch_size or _BATCH
            x, y = self._check_arrays(x, y)
            if validation_split and validation_data is None:
                x, y, validation_data = _split(x, y, validation_split)
            train, order = (x, y), self._seed % 2**31 if shuffle else None
            x, y = self._batches(x, y, batch_size=batch_size, shuffle_seed=order, drop_remainder=True), None
        else:
            x = self._check_source(x)
            train = x
        validation_data, held_out = self._validation(validation_data, validation_batch_size or batch_size or _BATCH)
        in_batches = isinstance(x, tf.data.Dataset)
        return Prepared(x, y, None if in_batches else batch_size, validation_data, FitData(train, held_out))

    def _validation(self, data, batch_size: int) -> tuple[Any, Any]:
        """Validation data for Keras, and for callbacks to look at."""
        if isinstance(data, tuple | list) and len(data) == 3:  # Keras's (x, y, sample_weight)
            self._check_arrays(*data)
        if isinstance(data, list) and len(data) == 2 and all(one is None or given.is_array(one) for one in data):
            data = tuple(data)
        if data is None:
            return None, None
        x, y = given.unpacked(data)
        if given.is_array(x):
            held_out = self._check_arrays(x, y)
            return self._batches(*held_out, batch_size=batch_size), held_out
        source = self._check_source(x)
        return source, source


def _check_splittable(x: Any, validation_split: float) -> None:
    """Refuses to split what comes in batches, as Keras does.

    Raises:
        ValueError: if it is a source of batches.
    """
    asked = f"validation_split={validation_split}"
    if isinstance(x, Splits):
        raise ValueError(
            f"Expected {asked} where the data are loaded: kgan.data.load(source, batch_size, {asked}). "
            f"Received: {asked} for what kgan.data.load returned, which is split already."
        )
    x, _ = given.unpacked(x)
    if not given.is_array(x):
        raise ValueError(
            f"Expected an array to split with {asked}. Received: a {type(x).__name__}, which comes in batches. "
            f"Pass validation_data=..., or hold samples out with kgan.data.load(dataset, batch_size, {asked})."
        )


def _split(x, y, validation_split: float) -> tuple[Any, Any, tuple[Any, Any]]:
    """The last rows kept for validation, as many as Keras keeps.

    Raises:
        ValueError: if no row would be kept, or none left.
    """
    left = math.floor(len(x) * (1.0 - validation_split))
    if left in (0, len(x)):
        raise ValueError(
            f"Expected samples on both sides of validation_split={validation_split}. Received: {len(x)} samples, of "
            f"which {left} would be trained on. Pass more samples, or another validation_split."
        )
    return x[:left], None if y is None else y[:left], (x[left:], None if y is None else y[left:])


def in_packs(data: Prepared, pac: int) -> Prepared:
    """Training data whose first batch is known to divide into packs.

    Args:
        data: What a model is fitted on.
        pac: Samples in a pack, 1 for data as they come.

    Raises:
        ValueError: if `pac` does not divide the first batch.
    """
    if pac == 1:
        return data
    batch, source = first_batch.of(data.x)
    packing.check_batch(len(extract(batch)[0]), pac)
    return data._replace(x=source)


def refuse_weights(arguments: dict) -> None:
    """Refuses weights of samples or classes.

    Raises:
        ValueError: if there are any.
    """
    for argument in ("sample_weight", "class_weight"):
        if arguments.get(argument) is not None:
            raise ValueError(f"Expected no {argument}: a GAN weighs all samples alike. Received: one.")


def listed(callbacks: Any) -> list[keras.callbacks.Callback]:
    """Callbacks as a list."""
    if callbacks is None or isinstance(callbacks, keras.callbacks.Callback):
        callbacks = getattr(callbacks, "callbacks", [] if callbacks is None else [callbacks])  # a CallbackList is one
    return list(callbacks)


@contextlib.contextmanager
def xla_errors_by_name() -> Iterator[None]:
    """Turns XLA's error of a layer that it cannot compile into one that says what to do.

    Raises:
        ValueError: if XLA cannot compile a layer.
    """
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if "unsupported operations" not in str(error).lower():
            raise
        raise ValueError(
            "Expected layers that XLA can compile. Received: one that it cannot, named above. "
            "Pass compile(jit_compile=False)."
        ) from error


@contextlib.contextmanager
def running(model: Any, data: Prepared, initial_batch: int) -> Iterator[keras.callbacks.Callback]:
    """What holds while a model is fitted: callbacks find its data, which is read in an order that can be resumed.

    Args:
        model: The model; its `fit_data` is set.
        data: What it is fitted on.
        initial_batch: As in `fit`.

    Returns:
        A context whose value is the callback that keeps the order; it comes before all others.
    """
    model.fit_data = data.looked_at
    try:
        with xla_errors_by_name(), resume_order.kept_in_order(model, data.x, initial_batch) as in_order:
            yield in_order
    finally:
        model.fit_data = None
