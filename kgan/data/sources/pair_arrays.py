"""Pairs from two arrays, in memory or mapped from a file, or from a `.npz` file with both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support import limits, numpy_files
from kgan.data import calls, fingerprint, found, pair_batches, resizing, values
from kgan.data import order as orders
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.sources import arrays
from kgan.data.splits import DataError, Splits

__all__ = ["NAMES", "batches", "check_values", "load", "read", "resizer"]

NAMES = ("inputs", "targets")


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The arrays `inputs` and `targets` of a `.npz` file.

    Raises:
        DataError: if the file is damaged, or has no such arrays.
    """

    def wanted(names: list[str]) -> tuple[str, str]:
        if not set(NAMES) <= set(names):
            raise DataError(
                f"Expected the arrays {' and '.join(NAMES)} in {path}. Received: "
                f"{limits.shortened(', '.join(names)) or 'an empty archive'}. Write them with "
                f"numpy.savez(path, inputs=..., targets=...)."
            )
        return NAMES

    try:
        unpacked = numpy_files.unpacked(path, wanted)
    except numpy_files.NumpyFileError as error:
        raise DataError(
            f"Expected {path} to be a NumPy .npz file without objects. Received: {error}. Write it anew, with "
            f"numpy.savez."
        ) from error
    return unpacked["inputs"], unpacked["targets"]


def check_values(name: str, samples: np.ndarray) -> None:
    """Refuses values that are not finite; of images, floats outside [-1, 1].

    Args:
        name: Of the side, for the error.
        samples: `(n, ...)`.

    Raises:
        DataError: if there are such values.
    """
    try:
        values.check_values(samples, values.IMAGE_RANGE if samples.ndim == 4 else None)
    except ValueError as error:
        raise DataError(f"In the {name}: {error}") from error


def resizer(
    shape: tuple[int | None, ...], dtype: Any, image_size: "int | tuple[int, int] | None", crop: bool, name: str
) -> tuple[Callable[[tf.Tensor], tf.Tensor], tuple[int | None, ...]]:
    """A function from a sample to the same with `image_size`, and the shape of what it gives.

    Args:
        shape: Of a sample, `None` for a free axis.
        dtype: Its type.
        image_size: As `kgan.data.load_pairs` takes it; `None` for no change.
        crop: Whether resizing cuts or stretches.
        name: Of the side, for the error.

    Raises:
        DataError: if samples are not uint8 images, which alone can be resized.
    """
    size = resizing.parse_size(image_size)
    if size is None or tuple(shape[:2]) == size:
        return (lambda one: one), tuple(shape)
    if len(shape) != 3 or tf.as_dtype(dtype) != tf.uint8 or shape[2] not in (1, 3, 4):
        raise DataError(
            f"Expected uint8 images (height, width, channels), of 1, 3 or 4 channels, to resize to "
            f"image_size={image_size!r}. Received: {name} of shape {tuple(shape)}, {tf.as_dtype(dtype).name}."
        )
    called = calls.from_threads(lambda pixels: resizing.resized(pixels, size, crop))
    changed = (*size, shape[2])
    return (lambda one: tf.ensure_shape(tf.numpy_function(called, [one], tf.uint8, stateful=False), changed)), changed


def batches(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    batch_size: int,
    shuffle_seed: int | None = None,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Streams batches of two arrays as they are, in an order that is drawn anew each epoch; see `arrays.batches`.

    Args:
        inputs: `(n, ...)`.
        targets: `(n, ...)`.
        batch_size: Pairs in a batch.
        shuffle_seed: Seed of the order; `None` keeps the given one.
        drop_remainder: Whether the short last batch is left out.
    """
    if drop_remainder:
        pair_batches.check_batch_size(batch_size, len(inputs))
    numbers = np.arange(len(inputs))
    rows, order = arrays.index_batches(numbers, batch_size, shuffle_seed, drop_remainder)
    with tf.device("CPU:0"):
        gathers = [arrays.gathering(side, numbers, None) for side in (inputs, targets)]
    pairs = rows.map(lambda rows: tuple(gather(rows)[0] for gather in gathers))
    return orders.attach(pairs.prefetch(tf.data.AUTOTUNE), order)


def _checked(name: str, samples: Any) -> np.ndarray:
    """The array, grey images with their channel.

    Raises:
        DataError: if it has no samples, or they are of another type than uint8 or float.
    """
    if not isinstance(samples, np.memmap):
        samples = np.asarray(samples)
    if samples.ndim == 0 or samples.size == 0:  # TensorFlow dies of samples without a value
        raise DataError(f"Expected pairs to train on. Received: {name} of shape {samples.shape}.")
    if samples.dtype == np.uint8 and samples.ndim == 3:
        samples = samples[..., None]
    if samples.ndim < 2 or not (samples.dtype == np.uint8 or samples.dtype.kind == "f"):
        raise DataError(
            f"Expected {name} of shape (n, ...) as uint8 or a float type. Received: shape {samples.shape}, type "
            f"{samples.dtype}. For samples with labels, use kgan.data.load."
        )
    check_values(name, samples)
    return samples


def load(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    batch_size: int,
    image_size: "int | tuple[int, int] | None",
    crop: bool,
    augmentation: PairAugmentation,
    validation_split: float,
    seed: int,
) -> Splits:
    """Splits two arrays of pairs; see `kgan.data.load_pairs`.

    A mapped file that is cut short while it is read is an error when a row is missed: another row would be no partner.

    Args:
        inputs: `(n, ...)`.
        targets: `(n, ...)`.
        batch_size: Pairs in a batch.
        image_size: To bring images to.
        crop: Whether resizing cuts or stretches.
        augmentation: Of each pair.
        validation_split: Share of the pairs held out.
        seed: Of the order and of the choice of held-out pairs.
    """
    sides = [_checked(name, side) for name, side in zip(NAMES, (inputs, targets), strict=True)]
    if len(sides[0]) != len(sides[1]):
        raise DataError(
            f"Expected a target for each input. Received: {len(sides[0])} inputs and {len(sides[1])} targets. Leave "
            f"out what has no partner."
        )
    resizers = [
        resizer(side.shape[1:], side.dtype, image_size, crop, name) for name, side in zip(NAMES, sides, strict=True)
    ]
    shapes = [shape for _, shape in resizers]
    augmentation.check(*shapes)
    train, validation = arrays.split(len(sides[0]), validation_split, seed)
    pair_batches.check_batch_size(batch_size, len(train))
    with tf.device("CPU:0"):  # the pipeline runs there; on a GPU the constants would only take up memory
        gathers = [arrays.gathering(side, np.arange(len(side)), None) for side in sides]

    def read(number):
        rows = [gather(number[None])[0][0] for gather in gathers]
        return tuple(resize(row) for (resize, _), row in zip(resizers, rows, strict=True))

    return Splits(
        train=pair_batches.training(train, read, augmentation, batch_size, seed),
        validation=pair_batches.held_out(validation, read, augmentation, batch_size),
        sample_shape=augmentation.shape_of(shapes[1]),
        count=len(train),
        input_shape=augmentation.shape_of(shapes[0]),
        held_out=len(validation),
        found=found.of_pairs(sides[0].shape[1:], sides[1].shape[1:], len(sides[0]), len(validation)),
        fingerprint=fingerprint.of_arrays(sides, None, len(validation)),
    )
