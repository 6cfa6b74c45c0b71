"""Batches of two collections side by side, each in an order of its own."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kgan.data import calls
from kgan.data import order as orders
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.sources import arrays
from kgan.data.splits import DataError

__all__ = ["held_out", "of_arrays", "reread", "training"]

Sides = tuple[tf.data.Dataset, tf.data.Dataset]


def of_arrays(
    a: np.ndarray,
    b: np.ndarray,
    *,
    batch_size: int,
    shuffle_seed: int | None = None,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Streams batches `(a, b)` of two arrays.

    Args:
        a: `(n, ...)`.
        b: `(m, ...)`.
        batch_size: Samples of each side in a batch.
        shuffle_seed: Of the orders, which are drawn anew each epoch; an epoch goes through the longer array once.
            `None` keeps the given order, as far as the shorter one goes.
        drop_remainder: Whether the short last batch is left out.
    """
    if shuffle_seed is None:
        sides = [arrays.batches(one, batch_size=batch_size) for one in (a, b)]
        return held_out((sides[0], sides[1]), batch_size, min(len(a), len(b)))
    seeds = (shuffle_seed, (shuffle_seed + 1) % 2**31)  # else arrays of one length would meet in the same pairs
    sides = [
        arrays.batches(one, batch_size=batch_size, shuffle_seed=seed, drop_remainder=drop_remainder)
        for one, seed in zip((a, b), seeds, strict=True)
    ]
    return training((sides[0], sides[1]), batch_size)


def training(
    sides: Sides, batch_size: int, augmentations: "Sequence[PairAugmentation] | None" = None
) -> tf.data.Dataset:
    """Batches `(a, b)`, full ones where those of the sides are.

    An epoch has as many batches as the longer side; the shorter one begins again, in another order, as often as it
    takes. What comes when is a function of the epoch alone, as it is on each side.

    Args:
        sides: Batches of each, with an order of kgan's and of a known number.
        batch_size: Samples of each side in a batch.
        augmentations: Of each side; `None` for none.

    Raises:
        DataError: if it is not known how many batches a side has.
    """
    counts = [int(side.cardinality()) for side in sides]
    inner = [order for order in map(orders.of, sides) if order is not None]
    if min(counts) < 1 or len(inner) < len(sides):
        raise DataError(
            "Expected collections of a known number of samples. Received: one that cannot say before it is read. Write "
            "it to a folder or an array first."
        )
    most = max(counts)
    times = [-(-most // count) for count in counts]

    def seek(epoch):
        for order, rounds in zip(inner, times, strict=True):
            order.seek(int(epoch) * rounds)
        return epoch

    def beside(epoch):
        batches = tf.data.Dataset.zip(
            tuple(side.repeat(rounds).take(most) for side, rounds in zip(sides, times, strict=True))
        )
        return batches if augmentations is None else _augmented(batches, augmentations, epoch, batch_size)

    order = orders.Order()
    ordered = order.batches(lambda epoch: _after(seek, epoch).flat_map(beside))
    ordered = ordered.apply(tf.data.experimental.assert_cardinality(most)).prefetch(tf.data.AUTOTUNE)
    ordered.kgan_sides = sides  # whose orders are moved from within the pipeline
    return orders.attach(ordered, order)


def reread(batches: tf.data.Dataset) -> tf.data.Dataset:
    """The first epoch of batches with an order of kgan's, the same at each reading."""

    def seek(epoch):
        inner = orders.of(batches)
        if inner is not None:
            inner.seek(int(epoch))
        return epoch

    dataset = _after(seek, tf.constant(0, tf.int64)).flat_map(lambda _: batches)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(int(batches.cardinality())))
    dataset.kgan_sides = (batches,)
    return dataset


def held_out(
    sides: Sides, batch_size: int, count: int, augmentations: "Sequence[PairAugmentation] | None" = None
) -> tf.data.Dataset:
    """Batches `(a, b)` in the order of the sides, the last one short.

    Args:
        sides: Batches of each.
        batch_size: Samples of each side in a batch.
        count: Samples of the shorter side, after which it ends.
        augmentations: Of each side; `None` for none.
    """
    samples = tf.data.Dataset.zip(tuple(side.unbatch() for side in sides))
    if augmentations is not None:

        def central(a, b):
            return tuple(
                augmentation.central(one, one)[0] for augmentation, one in zip(augmentations, (a, b), strict=True)
            )

        samples = samples.map(central, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    batches = samples.batch(batch_size)
    batches = batches.apply(tf.data.experimental.assert_cardinality(-(-count // batch_size)))
    return batches.prefetch(tf.data.AUTOTUNE)


def _after(seek, epoch: tf.Tensor) -> tf.data.Dataset:
    """The epoch, once the sides were told of it: at each reading, and not when the pipeline is made."""

    def told(epoch):
        return tf.ensure_shape(tf.numpy_function(calls.from_threads(seek), [epoch], tf.int64), ())

    return tf.data.Dataset.from_tensors(epoch).map(told)


def _augmented(
    batches: tf.data.Dataset, augmentations: Sequence[PairAugmentation], epoch: tf.Tensor, batch_size: int
) -> tf.data.Dataset:
    def drawn(number, sides):
        return tuple(
            augmentation.drawn(epoch, number, one, one)[0]
            for augmentation, one in zip(augmentations, sides, strict=True)
        )

    samples = batches.unbatch().enumerate().map(drawn, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return samples.batch(batch_size, drop_remainder=True)
