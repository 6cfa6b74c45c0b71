"""PacGAN's packing: a discriminator sees several samples at once, joined along their last axis.

What lies behind the packing (discriminator, losses, penalties) takes a pack for one sample, as the paper has it: one
logit for each pack, and one gradient's norm. What lies before it (generator, augmentation, metrics) sees samples.
"""

from collections.abc import Callable, Mapping

import tensorflow as tf

from kgan._game.batch import Pair
from kgan._game.draws import Draws
from kgan._game.networks import Shape


def packed(samples: tf.Tensor, pac: int) -> tf.Tensor:
    """Each `pac` samples in a row as one: `(batch, ..., channels)` as `(batch / pac, ..., pac * channels)`.

    A batch that `pac` does not divide is filled up with its own first samples.
    """
    if pac == 1:
        return samples
    rank, sizes = len(samples.shape), _sizes(samples)
    if samples.shape[0] is None or samples.shape[0] % pac:
        count = sizes[0]
        samples = tf.gather(samples, tf.range(-(-count // pac) * pac) % count)
    groups = tf.reshape(samples, [-1, pac, *sizes[1:]])
    side_by_side = tf.transpose(groups, [0, *range(2, rank), 1, rank])
    return tf.reshape(side_by_side, [-1, *sizes[1:-1], pac * sizes[-1]])


def unpacked(packs: tf.Tensor, pac: int) -> tf.Tensor:
    """The samples of packs, in order: what `packed` does, undone."""
    if pac == 1:
        return packs
    rank, sizes = len(packs.shape), _sizes(packs)
    side_by_side = tf.reshape(packs, [-1, *sizes[1:-1], pac, sizes[-1] // pac])
    groups = tf.transpose(side_by_side, [0, rank - 1, *range(1, rank - 1), rank])
    return tf.reshape(groups, [-1, *sizes[1:-1], sizes[-1] // pac])


def _sizes(samples: tf.Tensor) -> list:
    """The lengths of all axes, as numbers where they are known."""
    return [tf.shape(samples)[axis] if size is None else size for axis, size in enumerate(samples.shape)]


def pairs(by_name: Mapping[str, Pair], pac: int) -> dict[str, Pair]:
    """What discriminators compare, in packs: reals, generated samples and conditions `(batch, ..., n)`."""
    return {
        name: Pair(packed(one.real, pac), packed(one.generated, pac), tuple(packed(c, pac) for c in one.conditions))
        for name, one in by_name.items()
    }


def each_apart(augment: Callable[[tf.Tensor, Draws], tf.Tensor], pac: int) -> Callable[[tf.Tensor, Draws], tf.Tensor]:
    """An augmentation of samples as one of packs, which draws for each sample anew."""
    return lambda packs, draws: packed(augment(unpacked(packs, pac), draws), pac)


def shape_of(samples: Shape, pac: int) -> Shape:
    """The shape of packs of samples of this shape, both with the batch."""
    last = samples[-1]
    return samples if pac == 1 else (*samples[:-1], None if last is None else pac * last)


def check(shape: Shape, discriminator_inputs: list[Shape], outputs: Mapping[str, Shape], pac: int) -> None:
    """Refuses a discriminator that cannot see packs.

    Args:
        shape: Of the samples, with the batch.
        discriminator_inputs: With the batch.
        outputs: Of the discriminator, by name.
        pac: Samples in a pack, 2 or more.

    Raises:
        ValueError: if it takes labels or tells classes, which belong to one sample, or takes samples of another shape.
    """
    if len(discriminator_inputs) > 1 or "classes" in outputs:
        what = "takes labels" if len(discriminator_inputs) > 1 else "tells classes"
        raise ValueError(
            f"Expected a discriminator that sees samples alone, because it sees packs of pac={pac}, and each of their "
            f"samples has a label of its own. Received: one that {what}. Build it without num_classes, in a recipe by "
            f"model.conditional=False, or pass pac=1."
        )
    expected, received = shape_of(shape, pac)[1:], discriminator_inputs[0][1:]
    same = len(expected) == len(received) and all(
        a == b or None in (a, b) for a, b in zip(expected, received, strict=True)
    )
    if not same:
        raise ValueError(
            f"Expected a discriminator that takes packs of pac={pac} samples, joined along the last axis: "
            f"{expected}. Received: one that takes {received}. Build it for that shape, as "
            f"kgan.architectures.dcgan_discriminator({expected}), or pass another pac."
        )


def check_batch(count: int | None, pac: int, replicas: int = 1) -> None:
    """Refuses batches to train on that cannot be divided into packs.

    Args:
        count: Samples in a batch, on one replica; `None` where that is not known.
        pac: Samples in a pack.
        replicas: That share a batch.

    Raises:
        ValueError: if `pac` does not divide `count`.
    """
    if count is not None and count % pac:
        nearest = " or ".join(str(replicas * one) for one in (count // pac * pac, -(-count // pac) * pac) if one)
        each = "" if replicas == 1 else f" on each of {replicas} replicas"
        raise ValueError(
            f"Expected a batch size that pac={pac} divides, because the discriminator sees packs of {pac} samples. "
            f"Received: batches of {count}{each}. Take batch_size={nearest}."
        )
