"""Batches from arrays, in memory or mapped from a file."""

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support import limits, numpy_files
from kgan.data import calls, fingerprint, found, resizing
from kgan.data import order as orders
from kgan.data import values as sample_checks
from kgan.data.splits import DataError, Splits, TooFewSamplesError

__all__ = [
    "Mapped",
    "batches",
    "check_classes",
    "gathering",
    "index_batches",
    "load",
    "numbered_classes",
    "read",
    "split",
]

_SAMPLE_KEYS = ("images", "samples", "x", "x_train")
_LABEL_KEYS = ("labels", "y", "y_train")


def batches(
    samples: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    batch_size: int,
    indices: np.ndarray | None = None,
    shuffle_seed: int | None = None,
    drop_remainder: bool = False,
    skipped: dict[str, str] | None = None,
) -> tf.data.Dataset:
    """Streams batches of an array, in an order that is drawn anew each epoch.

    Only indices are shuffled; each batch is gathered from a tensor that holds the array, or read from its file when it
    is memory-mapped.

    Args:
        samples: `(n, ...)`, kept in its type.
        labels: `(n,)`, or `None` for batches without labels.
        batch_size: Samples in a batch.
        indices: Which rows to use, in order; `None` uses all.
        shuffle_seed: Seed of the order; `None` keeps the given one.
        drop_remainder: Whether the short last batch is left out.
        skipped: Where it is noted that a mapped file was cut short: other rows then take the place of those that are
            gone. `None` makes it an error.

    Returns:
        A dataset of `samples`, or of `(samples, labels)` with int32 labels.

    Raises:
        ValueError: if labels and samples differ in number, or a batch is larger than the data.
    """
    if labels is not None and len(labels) != len(samples):
        raise DataError(f"Expected a label for each of {len(samples)} samples. Received: {len(labels)} labels.")
    indices = np.arange(len(samples)) if indices is None else indices
    if batch_size < 1 or (drop_remainder and batch_size > len(indices)):
        raise TooFewSamplesError(batch_size, len(indices), "samples")
    rows, order = index_batches(indices, batch_size, shuffle_seed, drop_remainder)
    with tf.device("CPU:0"):  # the pipeline runs there; on a GPU the constant would only take up memory
        gather = gathering(samples, indices, skipped)
        labels = None if labels is None else tf.constant(np.asarray(labels), tf.int32)

    def batch(rows):
        taken, found = gather(rows)
        return taken if labels is None else (taken, tf.gather(labels, found))

    return orders.attach(rows.map(batch).prefetch(tf.data.AUTOTUNE), order)


def index_batches(
    indices: np.ndarray, batch_size: int, shuffle_seed: int | None, drop_remainder: bool, epochs: bool = False
) -> tuple[tf.data.Dataset, "orders.Order | None"]:
    """Batches of indices, in an order drawn anew each epoch where a seed is given, and that order.

    Args:
        indices: Which rows to use.
        batch_size: Indices in a batch.
        shuffle_seed: Seed of the order; `None` keeps the given one.
        drop_remainder: Whether the short last batch is left out.
        epochs: Whether each batch comes with the epoch that it belongs to, as `(epoch, indices)`; needs a seed.
    """

    def batches_of(rows):
        return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size, drop_remainder=drop_remainder)

    if shuffle_seed is None:
        return batches_of(indices), None
    indices, order = tf.constant(indices, tf.int64), orders.Order()

    def shuffled(epoch):
        seed = tf.stack([tf.constant(shuffle_seed, tf.int64), epoch])
        rows = batches_of(tf.random.experimental.stateless_shuffle(indices, seed, alg="philox"))
        return rows.map(lambda rows: (epoch, rows)) if epochs else rows

    number = len(indices) // batch_size if drop_remainder else -(-len(indices) // batch_size)
    return order.batches(shuffled).apply(tf.data.experimental.assert_cardinality(number)), order


def gathering(samples: np.ndarray, indices: np.ndarray, skipped: dict[str, str] | None) -> Callable:
    """A function from rows to their samples, and to the rows that these are."""
    if not isinstance(samples, np.memmap):
        tensor = tf.constant(samples)
        return lambda rows: (tf.gather(tensor, rows), rows)
    mapped = Mapped(samples, indices, skipped)
    take = calls.from_threads(mapped.take)

    def read(rows):
        batch, found = tf.numpy_function(take, [rows], (samples.dtype, rows.dtype), stateful=False)
        return tf.ensure_shape(batch, (rows.shape[0], *samples.shape[1:])), tf.ensure_shape(found, rows.shape)

    return read


class Mapped:
    """The rows of a mapped file that may be cut short while it is read.

    To touch what lay behind its end kills the process (SIGBUS), so its length is asked before each batch.

    Args:
        samples: The mapped array.
        part: The rows to choose from in place of one that is gone.
        skipped: Where a file cut short is noted; `None` makes it an error.
    """

    def __init__(self, samples: np.memmap, part: np.ndarray, skipped: dict[str, str] | None):
        self.samples = samples
        self.part = part
        self.skipped = skipped
        self._map: Any = samples
        while not isinstance(self._map, mmap.mmap):
            self._map = self._map.base

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The samples of these rows, or of others where the file ends before them; and the rows that they are.

        Raises:
            DataError: if the file was cut short, and that is an error or leaves no row of the part.
        """
        there = self._rows_there()
        gone = rows >= there
        if gone.any():
            self._note(there)
            rest = self.part[self.part < there]
            if not len(rest):
                raise DataError(f"Expected rows in {self.samples.filename}. Received: a file cut short before them.")
            rows = np.where(gone, rest[rows % len(rest)], rows)
        return np.asarray(self.samples[rows]), rows

    def _rows_there(self) -> int:
        """How many whole rows the file holds now, while the map still has its old length."""
        if not self.samples.flags.c_contiguous:  # a user's own view of a file: its rows lie anywhere
            return len(self.samples)
        within = self.samples.ctypes.data - np.frombuffer(self._map, np.uint8).ctypes.data
        mapped_from = self.samples.offset - self.samples.offset % mmap.ALLOCATIONGRANULARITY
        rows = (self._map.size() - mapped_from - within) // self.samples.strides[0]
        return max(0, min(len(self.samples), rows))

    def _note(self, there: int) -> None:
        reason = f"cut short while it is read: {there} of {len(self.samples)} rows are left"
        if self.skipped is None:
            raise DataError(f"Expected {self.samples.filename} to stay as it was. Received: a file {reason}.")
        self.skipped[str(self.samples.filename)] = reason


def split(count: int, validation_split: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Shuffled indices of the training and of the validation samples.

    Raises:
        DataError: if `validation_split` is not in [0, 1), or nothing would be left to train on.
    """
    if not 0.0 <= validation_split < 1.0:
        raise DataError(f"Expected validation_split in [0, 1). Received: validation_split={validation_split}.")
    held_out = round(count * validation_split)
    if count - held_out < 1:
        raise DataError(f"Expected samples to train on. Received: {count}, of which {held_out} are held out.")
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def numbered_classes(count: int) -> tuple[str, ...]:
    """Names for classes that have none: their numbers.

    Raises:
        DataError: if `count` is more than a data set has classes, because the labels are something else.
    """
    check_classes(count)
    return tuple(str(label) for label in range(count))


def check_classes(count: int) -> None:
    """Refuses labels that are no classes.

    Raises:
        DataError: if `count` is more than a data set has classes.
    """
    limits.check_most("classes", count, limits.MOST_CLASSES, "Number the classes from 0 without gaps.", DataError)


def read(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """`(samples, labels or None)` from a `.npy` (mapped, not read) or a `.npz` file.

    Raises:
        DataError: if the file is not what its name says, or holds no array of samples.
    """
    try:
        if path.suffix == ".npy":
            return numpy_files.mapped(path), None
        arrays = numpy_files.unpacked(path, lambda names: _wanted(names, path))
    except numpy_files.NumpyFileError as error:
        raise DataError(
            f"Expected {path} to be a NumPy {path.suffix} file without objects. Received: {error}. "
            f"Write it anew, with numpy.save or numpy.savez."
        ) from error
    samples, *labels = arrays.values()
    return samples, labels[0] if labels else None


def _wanted(names: list[str], path: Path) -> list[str]:
    """The array of samples, and that of labels where there is one."""
    samples = [key for key in _SAMPLE_KEYS if key in names]
    labels = [key for key in _LABEL_KEYS if key in names]
    if not samples and len(names) == 1:
        samples = names
    if not samples:
        raise DataError(
            f"Expected one of the arrays {', '.join(_SAMPLE_KEYS)} in {path}. "
            f"Received: {limits.shortened(', '.join(names)) or 'an empty archive'}."
        )
    return [samples[0], *labels[:1]]


def load(
    samples: np.ndarray,
    labels: np.ndarray | None,
    *,
    batch_size: int,
    image_size: "resizing.Size | int | None",
    crop: bool,
    validation_split: float,
    seed: int,
    strict: bool,
) -> Splits:
    """Splits an array; see `kgan.data.load`."""
    if isinstance(samples, tuple | list):
        raise DataError(
            "Expected an array, or a pair (samples, labels) of arrays. Received: a pair of pairs, as "
            "keras.datasets.mnist.load_data() gives. Pass its first pair: (train_images, train_labels)."
        )
    if not isinstance(samples, np.memmap):
        samples = np.asarray(samples)
    if len(samples.shape) == 0 or samples.size == 0:  # TensorFlow dies of samples without a value
        raise DataError(f"Expected samples to train on. Received: an array of shape {samples.shape}.")
    if samples.dtype == np.uint8 and samples.ndim == 3:
        samples = samples[..., None]  # grey images, as keras.datasets gives them
    if samples.ndim < 2 or not (samples.dtype == np.uint8 or samples.dtype.kind == "f"):
        raise DataError(
            f"Expected samples of shape (n, ...) as uint8 or a float type. "
            f"Received: shape {samples.shape}, type {samples.dtype}."
        )
    is_image = samples.ndim == 4
    shape, dtype, known = samples.shape[1:], samples.dtype, samples
    size = resizing.parse_size(image_size)
    if size is not None:
        if not is_image or samples.dtype != np.uint8:
            raise DataError(
                f"Expected uint8 images to resize to image_size={image_size!r}. "
                f"Received: shape {samples.shape}, type {samples.dtype}."
            )
        held = limits.array_bytes((len(samples), *size, samples.shape[-1]), itemsize=2)  # each, and all of them joined
        limits.check_bytes("image_size", image_size, held, "Ask for fewer pixels, or put them in a folder.", DataError)
        samples = np.stack([resizing.resized(one, size, crop) for one in samples])
    try:
        sample_checks.check_values(samples, sample_checks.IMAGE_RANGE if is_image else None)
    except ValueError as error:
        raise DataError(str(error)) from error
    class_names, classes = None, None
    if labels is not None:
        labels = np.asarray(labels)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]  # as keras.datasets.cifar10 gives them
        if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.size == 0 or labels.min() < 0:
            raise DataError(
                f"Expected labels of shape (n,) as integers from 0. "
                f"Received: shape {labels.shape}, type {labels.dtype}."
            )
        class_names = numbered_classes(int(labels.max()) + 1)
        classes = found.count_labels(labels, class_names)
    train, validation = split(len(samples), validation_split, seed)
    skipped: dict[str, str] = {}
    common: dict[str, Any] = {"batch_size": batch_size, "skipped": None if strict else skipped}
    return Splits(
        train=batches(samples, labels, indices=train, shuffle_seed=seed, drop_remainder=True, **common),
        validation=batches(samples, labels, indices=validation, **common) if len(validation) else None,
        sample_shape=samples.shape[1:],
        count=len(train),
        class_names=class_names,
        skipped=skipped,
        found=found.of_shape(shape, dtype, len(samples), held_out=len(validation), classes=classes),
        fingerprint=fingerprint.of_arrays([known], labels, len(validation)),
    )
