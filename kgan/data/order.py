"""The order in which training takes its data: drawn anew each epoch, and a function of nothing but seed and epoch.

TensorFlow's own reshuffling counts iterators: a process that starts in the middle of a run would begin with the first
order again. Here the place is said beforehand, so that a resumed run sees the batches that an uninterrupted one would.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data import calls

__all__ = ["Order", "attach", "of", "shuffled"]


class Order:
    """A place in the data: an epoch, and a batch of it.

    Each reading of the data begins at that place and moves it to the start of the next epoch.
    """

    def __init__(self) -> None:
        self.seek(0)

    def seek(self, epoch: int, batch: int = 0) -> None:
        """Sets where the next reading begins.

        Args:
            epoch: Counts from 0.
            batch: Of that epoch; the ones before it come last, so that the number of batches stays what it is.
        """
        self._epoch, self._batch = epoch, batch

    def _begin(self) -> tuple[np.int64, np.int64]:
        place = np.int64(self._epoch), np.int64(self._batch)
        self.seek(self._epoch + 1)
        return place

    def batches(self, batches_of: Callable[[tf.Tensor], tf.data.Dataset]) -> tf.data.Dataset:
        """A dataset that reads the batches of one epoch after another.

        Args:
            batches_of: From an epoch, int64 scalar tensor, to its batches.
        """

        def one_epoch(_):
            epoch, first = tf.numpy_function(calls.from_threads(self._begin), [], (tf.int64, tf.int64))
            epoch, first = tf.ensure_shape(epoch, ()), tf.ensure_shape(first, ())
            batches = batches_of(epoch)
            return batches.skip(first).concatenate(batches.take(first))

        return tf.data.Dataset.from_tensors(0).flat_map(one_epoch)


def shuffled(dataset: tf.data.Dataset, buffer: int, seed: tf.Tensor) -> tf.data.Dataset:
    """As `dataset.shuffle`, but by no other seed than the given one, int64 `(2,)`, which may be drawn in the graph."""
    flat = tf.nest.flatten(dataset.element_spec)
    variant = tf.raw_ops.ShuffleDataset(
        input_dataset=tf.data.experimental.to_variant(dataset),
        buffer_size=tf.constant(buffer, tf.int64),
        seed=seed[0],
        seed2=seed[1] + 1,  # two zeros would mean any
        output_types=[spec.dtype for spec in flat],
        output_shapes=[spec.shape for spec in flat],
        reshuffle_each_iteration=False,
    )
    return tf.data.experimental.from_variant(variant, dataset.element_spec)


def attach(dataset: tf.data.Dataset, order: Order | None) -> tf.data.Dataset:
    """The dataset, in which `of` finds the order; what is made from it has none."""
    dataset.kgan_order = order
    return dataset


def of(dataset: Any) -> Order | None:
    """The order that the data is read in, where it is one of kgan's; else `None`."""
    return getattr(dataset, "kgan_order", None)
