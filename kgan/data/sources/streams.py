"""Batches from a `tf.data.Dataset`: the user's own, or one of tensorflow-datasets."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data import calls, faults, fingerprint, found, resizing
from kgan.data import order as orders
from kgan.data import values as sample_checks
from kgan.data.found import Found
from kgan.data.sources import arrays
from kgan.data.splits import DataError, Splits, TooFewSamplesError, extract, paired

__all__ = ["batches", "check_first", "counted_classes", "load", "look", "prepared", "shuffle_buffer"]

_SHUFFLE_BYTES = 256 * 2**20  # a shuffle buffer holds whole samples: this bounds its memory
_SHUFFLE_LARGEST = 20_000
_COUNTED = 4096  # labels that are counted at once


def prepared(dataset: tf.data.Dataset, image_size: "int | tuple[int, int] | None", crop: bool) -> tf.data.Dataset:
    """Single samples, with int32 labels where there are any, images brought to one size.

    Batched data is unbatched first: images of rank 4, grey uint8 images of rank 3 without a channel axis, vectors of
    rank 2. Grey images gain their channel.

    Raises:
        DataError: if elements are of no known form, or images differ in size and no `image_size` is given.
    """
    samples, _ = extract(dataset.element_spec)
    if not isinstance(samples, tf.TensorSpec) or samples.shape.rank is None:
        raise DataError(
            f"Expected a dataset of tensors, of (samples, labels), or of dictionaries with 'image', of a known rank. "
            f"Received: {dataset.element_spec}."
        )
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise DataError("Expected a dataset that ends. Received: an infinite one. Leave out repeat(); fit has epochs.")
    grey = samples.dtype == tf.uint8 and samples.shape.rank in (2, 3) and samples.shape[-1] not in (1, 3, 4)
    batched = samples.shape.rank == (3 if grey else 4) or (samples.shape.rank == 2 and not grey)
    if batched:
        dataset = dataset.unbatch()
    _, labels = extract(dataset.element_spec)
    if labels is not None and (labels.shape.rank != 0 or not labels.dtype.is_integer):
        raise DataError(
            f"Expected labels as one integer for each sample. Received: shape {labels.shape}, {labels.dtype.name}."
        )
    size = resizing.parse_size(image_size)
    resized = calls.from_threads(lambda pixels: pixels if size is None else resizing.resized(pixels, size, crop))

    def standard(*element):
        one, label = extract(element[0] if len(element) == 1 else element)
        if grey:
            one = one[..., None]
        if size is not None and one.shape[:2] != size:
            if one.dtype != tf.uint8:
                raise DataError(f"Expected uint8 images to resize to image_size={image_size!r}. Received: {one.dtype}.")
            channels = one.shape[2]
            one = tf.numpy_function(resized, [one], tf.uint8)
            one = tf.ensure_shape(one, (*size, channels))
        return paired(one, None if label is None else tf.cast(label, tf.int32))

    dataset = dataset.map(standard, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    samples, _ = extract(dataset.element_spec)
    if not samples.shape.is_fully_defined():
        raise DataError(
            f"Expected samples of one size, or image_size to bring them to. Received: {tuple(samples.shape)}, where "
            f"None is free. Pass image_size=64, say."
        )
    if samples.dtype != tf.uint8 and not samples.dtype.is_floating:
        raise DataError(f"Expected samples as uint8 or a float type. Received: {samples.dtype.name}.")
    return dataset


def _first(dataset: tf.data.Dataset) -> np.ndarray:
    """The first samples, at most 64."""
    first = [extract(element)[0] for element in dataset.take(64).as_numpy_iterator()]
    if not first:
        raise DataError("Expected a dataset with at least one sample. Received: an empty one.")
    return np.stack(first)


def check_first(dataset: tf.data.Dataset, repeats: bool) -> None:
    """Looks at the first samples of a prepared dataset.

    Raises:
        DataError: if there are none, floats are out of range, or, with `repeats`, a second look gives others: every
            k-th sample cannot be held out of data that is shuffled anew each time.
    """
    spec, _ = extract(dataset.element_spec)
    first = _first(dataset)
    if repeats and not np.array_equal(first, _first(dataset), equal_nan=spec.dtype.is_floating):
        raise DataError(
            "Expected a dataset in the same order each time, so that held-out samples stay held out. Received: one "
            "that is shuffled anew. Use shuffle(..., reshuffle_each_iteration=False), leave the shuffling to load, or "
            "pass validation_split=0."
        )
    try:
        sample_checks.check_values(first, sample_checks.IMAGE_RANGE if spec.shape.rank == 3 else None)
    except ValueError as error:
        raise DataError(str(error)) from error


def shuffle_buffer(sample_bytes: int, batch_size: int) -> int:
    """How many samples a shuffle holds: as many as a bounded memory does, and a batch at least."""
    return int(min(_SHUFFLE_LARGEST, max(batch_size, _SHUFFLE_BYTES // sample_bytes)))


def batches(dataset: tf.data.Dataset, batch_size: int, shuffle_seed: int | None) -> tf.data.Dataset:
    """Batches: shuffled through a bounded buffer and full ones only, or, without a seed, all in order."""
    if shuffle_seed is None:
        return dataset.batch(batch_size).prefetch(tf.data.AUTOTUNE)
    spec, _ = extract(dataset.element_spec)
    buffer = shuffle_buffer(spec.dtype.size * spec.shape.num_elements(), batch_size)

    def shuffled(epoch):
        again = orders.shuffled(dataset, buffer, tf.stack([tf.constant(shuffle_seed, tf.int64), epoch]))
        return again.batch(batch_size, drop_remainder=True)

    order, count = orders.Order(), int(dataset.cardinality())
    ordered = order.batches(shuffled)
    if count >= 0:
        ordered = ordered.apply(tf.data.experimental.assert_cardinality(count // batch_size))
    return orders.attach(ordered.prefetch(tf.data.AUTOTUNE), order)


def load(
    dataset: tf.data.Dataset,
    *,
    batch_size: int,
    image_size: "resizing.Size | int | None",
    crop: bool,
    validation_split: float,
    seed: int,
    strict: bool,
) -> Splits:
    """Splits the user's dataset by holding out every k-th sample; see `kgan.data.load`."""
    if not 0.0 <= validation_split <= 0.5:
        raise DataError(
            f"Expected validation_split in [0, 0.5] for a tf.data.Dataset. Received: "
            f"validation_split={validation_split}."
        )
    skipped: dict[str, str] = {}
    dataset = faults.without(prepared(dataset, image_size, crop), skipped, strict)
    with faults.named():
        check_first(dataset, repeats=validation_split > 0)
    spec, label = extract(dataset.element_spec)
    total = int(dataset.cardinality())
    count = total if total >= 0 else None
    train, validation, held_out = dataset, None, None if count is None else 0
    if validation_split:
        every = round(1 / validation_split)
        numbered = dataset.enumerate()

        def part(held_out: bool, size: int | None) -> tf.data.Dataset:
            kept = numbered.filter(lambda number, element: tf.equal(number % every == every - 1, held_out))
            kept = kept.map(lambda number, element: element)
            return kept if size is None else kept.apply(tf.data.experimental.assert_cardinality(size))

        held_out = None if count is None else count // every
        count = None if held_out is None or count is None else count - held_out
        train, validation = part(False, count), part(True, held_out)
    if count is not None and batch_size > count:
        raise TooFewSamplesError(batch_size, count)
    class_names, classes = None, None
    if label is not None:
        classes = counted_classes(dataset)
        class_names = tuple(classes)
    return Splits(
        train=batches(train, batch_size, seed),
        validation=None if validation is None else batches(validation, batch_size, None),
        sample_shape=tuple(spec.shape),
        count=count,
        class_names=class_names,
        skipped=skipped,
        found=look(spec, total if total >= 0 else None, image_size, held_out=held_out, classes=classes),
        fingerprint=fingerprint.of_stream(spec, total if total >= 0 else None, held_out, class_names),
    )


def look(spec: tf.TensorSpec, count: int | None, image_size: "int | tuple[int, int] | None", **others: Any) -> Found:
    """What a stream holds.

    Args:
        spec: Of one sample as it is trained on.
        count: How many there are, `None` where the stream cannot say.
        image_size: What images are brought to: the stream's own sizes are then not known.
        **others: Further attributes of `Found`.
    """
    seen = found.of_shape(tuple(spec.shape), spec.dtype.as_numpy_dtype, count, **others)
    return seen if image_size is None else dataclasses.replace(seen, sizes=None)


def counted_classes(dataset: tf.data.Dataset) -> dict[str, int]:
    """Samples of each class by its name, a number: labels carry no number of classes, so one pass tells it.

    Raises:
        DataError: if there are more than a data set has classes, because the labels are something else.
    """
    counts = np.zeros(0, np.int64)
    with faults.named():
        for labels in dataset.map(lambda _, label: label).batch(_COUNTED).as_numpy_iterator():
            arrays.check_classes(int(labels.max()) + 1)
            more = np.bincount(labels)
            counts = np.pad(counts, (0, max(0, len(more) - len(counts))))
            counts[: len(more)] += more
    return dict(zip(arrays.numbered_classes(len(counts)), counts.tolist(), strict=True))
