"""Pairs from a `tf.data.Dataset`."""

import numpy as np
import tensorflow as tf

from kgan.data import faults, found, pair_batches
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.sources import pair_arrays
from kgan.data.splits import DataError, Splits

__all__ = ["load", "prepared"]

_LOOKED_AT = 64  # pairs


def prepared(
    dataset: tf.data.Dataset, image_size: "int | tuple[int, int] | None", crop: bool, swapped: bool
) -> tf.data.Dataset:
    """Single pairs `(input, target)` of known shapes, images brought to one size; grey images gain their channel.

    Batches whose first axis is free, as `dataset.batch(n)` gives them, are unbatched first.

    Raises:
        DataError: if elements are no pairs of tensors, the data does not end, or samples differ in size and no
            `image_size` is given.
    """
    specs = dataset.element_spec
    if (
        not isinstance(specs, tuple)
        or len(specs) != 2
        or not all(isinstance(spec, tf.TensorSpec) and spec.shape.rank is not None for spec in specs)
    ):
        raise DataError(f"Expected a dataset of pairs (input, target) of tensors of known rank. Received: {specs}.")
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise DataError("Expected a dataset that ends. Received: an infinite one. Leave out repeat(); fit has epochs.")
    if all(_is_batch(spec.shape) for spec in specs):
        dataset = dataset.unbatch()
    if swapped:
        dataset = dataset.map(lambda a, b: (b, a))
    dataset = dataset.map(lambda *pair: tuple(_with_channel(side) for side in pair))
    resizers = []
    for name, spec in zip(pair_arrays.NAMES, dataset.element_spec, strict=True):
        if (spec.dtype != tf.uint8 and not spec.dtype.is_floating) or spec.shape.rank == 0:
            raise DataError(
                f"Expected {name} of at least one axis as uint8 or a float type. Received: shape {spec.shape}, "
                f"{spec.dtype.name}. For samples with labels, use kgan.data.load."
            )
        resize, shape = pair_arrays.resizer(tuple(spec.shape), spec.dtype, image_size, crop, name)
        if None in shape:
            raise DataError(
                f"Expected {name} of one size, or image_size to bring images to. Received: {shape}, where None is "
                f"free. Pass image_size=256, say, or cut them to one length before."
            )
        resizers.append(resize)

    def resized(*pair):
        return tuple(resize(side) for resize, side in zip(resizers, pair, strict=True))

    return dataset.map(resized, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _is_batch(shape: tf.TensorShape) -> bool:
    return shape.rank > 1 and shape[0] is None and (shape.rank == 4 or None not in tuple(shape[1:]))


def _with_channel(sample: tf.Tensor) -> tf.Tensor:
    return sample[..., None] if sample.dtype == tf.uint8 and sample.shape.rank == 2 else sample


def _check_first(dataset: tf.data.Dataset, repeats: bool) -> None:
    """Looks at the first pairs; with `repeats`, twice.

    Raises:
        DataError: if there are none, floats are out of range, or a second look gives others, so that every k-th pair
            cannot be held out.
    """

    def first() -> list[np.ndarray]:
        pairs = list(dataset.take(_LOOKED_AT).as_numpy_iterator())
        if not pairs:
            raise DataError("Expected a dataset with at least one pair. Received: an empty one.")
        return [np.stack(side) for side in zip(*pairs, strict=True)]

    sides = first()
    for name, side in zip(pair_arrays.NAMES, sides, strict=True):
        pair_arrays.check_values(name, side)
    if repeats and not all(map(np.array_equal, sides, first())):
        raise DataError(
            "Expected a dataset in the same order each time, so that held-out pairs stay held out. Received: one that "
            "is shuffled anew. Use shuffle(..., reshuffle_each_iteration=False), leave the shuffling to load_pairs, or "
            "pass validation_split=0."
        )


def load(
    dataset: tf.data.Dataset,
    *,
    batch_size: int,
    image_size: "int | tuple[int, int] | None",
    crop: bool,
    swapped: bool,
    augmentation: PairAugmentation,
    validation_split: float,
    seed: int,
    strict: bool,
) -> Splits:
    """Splits a dataset of pairs by holding out every k-th; see `kgan.data.load_pairs`.

    Args:
        dataset: Of pairs, batched or not, in the same order each time.
        batch_size: Pairs in a batch.
        image_size: To bring images to.
        crop: Whether resizing cuts or stretches.
        swapped: Whether its second element is the input.
        augmentation: Of each pair.
        validation_split: Share of the pairs held out.
        seed: Of the order.
        strict: Whether a faulty record is an error.
    """
    if validation_split > 0.5:
        raise DataError(
            f"Expected validation_split in [0, 0.5] for a tf.data.Dataset. Received: "
            f"validation_split={validation_split}."
        )
    skipped = {}
    dataset = faults.without(prepared(dataset, image_size, crop, swapped), skipped, strict)
    shapes = [tuple(spec.shape) for spec in dataset.element_spec]
    augmentation.check(*shapes)
    with faults.named():
        _check_first(dataset, repeats=validation_split > 0)
    total = int(dataset.cardinality())
    count, held_out = (total, 0) if total >= 0 else (None, None)
    train, validation = dataset.enumerate(), None
    if validation_split:
        every = round(1 / validation_split)
        if count is not None:
            count, held_out = total - total // every, total // every
        validation = _every(train, every, True, held_out)
        train = _every(train, every, False, count)
    pair_batches.check_batch_size(batch_size, count)
    return Splits(
        train=pair_batches.training_stream(train, augmentation, batch_size, seed),
        validation=None if validation is None else pair_batches.held_out_stream(validation, augmentation, batch_size),
        sample_shape=augmentation.shape_of(shapes[1]),
        count=count,
        skipped=skipped,
        input_shape=augmentation.shape_of(shapes[0]),
        held_out=held_out,
        found=found.of_pairs(*shapes, total if total >= 0 else None, held_out),
    )


def _every(numbered: tf.data.Dataset, every: int, held_out: bool, size: int | None) -> tf.data.Dataset:
    kept = numbered.filter(lambda number, pair: tf.equal(number % every == every - 1, held_out))
    return kept if size is None else kept.apply(tf.data.experimental.assert_cardinality(size))
