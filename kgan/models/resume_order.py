"""Going on in the middle: the data where they were left, and the epoch's figures as they stood."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from kgan._support.checks import whole
from kgan.data import order as orders

__all__ = ["kept_in_order"]


@contextlib.contextmanager
def kept_in_order(gan: Any, data: Any, initial_batch: int) -> Iterator[keras.callbacks.Callback]:
    """A callback that lets each epoch of a fit read its data in an order that depends on nothing but `gan.steps`.

    Args:
        gan: The model.
        data: What `fit` reads: its order is said where it is one of kgan's, and left alone where not.
        initial_batch: Batches of the first epoch that the model has seen already.

    Raises:
        ValueError: if `initial_batch` is not a number of batches, or the data cannot be read from the middle.
    """
    initial_batch = whole("initial_batch", initial_batch, 0)
    batches = int(data.cardinality()) if isinstance(data, tf.data.Dataset) else -1
    if initial_batch and (orders.of(data) is None or batches < 0):
        raise ValueError(
            f"Expected initial_batch=0 for data whose order is not kgan's, or of an unknown number of batches. "
            f"Received: initial_batch={initial_batch}. Pass an array, or what kgan.data.load returns."
        )
    if initial_batch > max(batches, 0):
        raise ValueError(
            f"Expected initial_batch of at most the {batches} batches of an epoch. Received: "
            f"initial_batch={initial_batch}. Was the model trained on other data, or with another batch size?"
        )
    with warnings.catch_warnings():
        if initial_batch:  # the rest of an epoch is no data that ran out
            warnings.filterwarnings("ignore", message="Your input ran out of data")
        yield _InOrder(gan, orders.of(data), initial_batch, batches - initial_batch)


class _InOrder(keras.callbacks.Callback):
    def __init__(self, gan: Any, order: orders.Order | None, done: int, left: int):
        super().__init__()
        self._order = order
        self._done, self._left = done, left
        self._figures = [variable.numpy() for variable in gan.metrics_variables] if done else []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._order is not None:
            self._order.seek(int(self.model.steps.numpy()) - self._done, self._done)
        for variable, value in zip(self.model.metrics_variables if self._figures else (), self._figures, strict=True):
            variable.assign(value)
        # Keras logs what the last batch gave; where none is left, the figures are those of the batches before.
        self._results = (
            {}
            if self._left or not self._done
            else {metric.name: float(metric.result()) for metric in self.model.metrics}
        )

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self._done and batch >= self._left:
            raise StopIteration  # as Keras takes the end of the data

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None and self._done:
            logs.update(self._results)
        self._done, self._figures = 0, []
