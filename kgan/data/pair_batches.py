"""Batches of pairs, from what reads a pair by its number or from a stream of pairs."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from kgan.data import order as orders
from kgan.data.sources import arrays, streams
from kgan.data.splits import TooFewSamplesError

__all__ = ["Drawing", "Reader", "check_batch_size", "held_out", "held_out_stream", "training", "training_stream"]

Reader = Callable[[tf.Tensor], tuple[tf.Tensor, ...]]


class Drawing(Protocol):
    """What makes pairs of what a reader gives, as `PairAugmentation` does, or `Patches`."""

    def drawn(self, epoch: tf.Tensor, number: tf.Tensor, *read: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """The pair `(input, target)` as training sees it in that epoch."""

    def central(self, *read: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """The pair as it is held out."""


def check_batch_size(batch_size: int, count: int | None) -> None:
    """Refuses batches larger than the data.

    Raises:
        TooFewSamplesError: if fewer than `batch_size` training pairs are known to be there.
    """
    if count is not None and batch_size > count:
        raise TooFewSamplesError(batch_size, count, "training pairs")


def training(numbers: np.ndarray, read: Reader, augmentation: Drawing, batch_size: int, seed: int) -> tf.data.Dataset:
    """Full batches of `(input, target)`, in an order and with crops and flips that are drawn anew each epoch.

    Args:
        numbers: Which pairs.
        read: From the number of a pair, int64 scalar tensor, to what the augmentation takes: its input and target.
        augmentation: Of each pair.
        batch_size: Pairs in a batch.
        seed: Of the order.
    """
    rows, order = arrays.index_batches(numbers, batch_size, seed, drop_remainder=True, epochs=True)
    each = rows.map(lambda epoch, rows: (tf.fill(tf.shape(rows), epoch), rows)).unbatch()

    def pair(epoch, number):
        return augmentation.drawn(epoch, number, *read(number))

    pairs = each.map(pair, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    batches = pairs.batch(batch_size, drop_remainder=True)
    batches = batches.apply(tf.data.experimental.assert_cardinality(len(numbers) // batch_size))
    return orders.attach(batches.prefetch(tf.data.AUTOTUNE), order)


def held_out(numbers: np.ndarray, read: Reader, augmentation: Drawing, batch_size: int) -> tf.data.Dataset | None:
    """Batches of held-out pairs in a fixed order, the last one short; `None` without any; arguments as `training`."""
    if not len(numbers):
        return None
    dataset = tf.data.Dataset.from_tensor_slices(np.asarray(numbers, np.int64))
    pairs = dataset.map(
        lambda number: augmentation.central(*read(number)), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    return pairs.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def training_stream(numbered: tf.data.Dataset, augmentation: Drawing, batch_size: int, seed: int) -> tf.data.Dataset:
    """As `training`, from a stream of `(number, (input, target))`, which is shuffled through a bounded buffer."""
    _, specs = numbered.element_spec
    sample_bytes = sum(spec.dtype.size * spec.shape.num_elements() for spec in specs)
    buffer = streams.shuffle_buffer(sample_bytes, batch_size)

    def shuffled(epoch):
        again = orders.shuffled(numbered, buffer, tf.stack([tf.constant(seed, tf.int64), epoch]))
        again = again.map(lambda number, pair: augmentation.drawn(epoch, number, *pair))
        return again.batch(batch_size, drop_remainder=True)

    order, count = orders.Order(), int(numbered.cardinality())
    ordered = order.batches(shuffled)
    if count >= 0:
        ordered = ordered.apply(tf.data.experimental.assert_cardinality(count // batch_size))
    return orders.attach(ordered.prefetch(tf.data.AUTOTUNE), order)


def held_out_stream(numbered: tf.data.Dataset, augmentation: Drawing, batch_size: int) -> tf.data.Dataset:
    """As `held_out`, from a stream of `(number, (input, target))`."""
    pairs = numbered.map(lambda number, pair: augmentation.central(*pair))
    return pairs.batch(batch_size).prefetch(tf.data.AUTOTUNE)
