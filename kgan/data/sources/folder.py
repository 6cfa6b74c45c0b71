"""A folder of images of any mix of sizes and formats, decoded while it is read."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from kgan.data import calls, found, resizing
from kgan.data import order as orders
from kgan.data.sources import arrays, picture_file
from kgan.data.splits import DataError, Splits, paired

__all__ = ["EXTENSIONS", "ImageFolder", "class_of", "find_images", "load"]

EXTENSIONS = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
)
_PROBED = 64  # files looked at before training, evenly spread, to learn the size and the channels


def find_images(folder: Path) -> list[str]:
    """Paths of the images below `folder`, relative to it and sorted; hidden files and folders are left out."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = os.path.relpath(parent, folder)
        found += [
            os.path.normpath(os.path.join(relative, name))
            for name in sorted(files)
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in EXTENSIONS
        ]
    return found


def class_of(path: str) -> str | None:
    """The top subfolder that an image lies in, its class; `None` for an image in the folder itself."""
    top, separator, _ = path.partition(os.sep)
    return top if separator else None


class ImageFolder:
    """Decodes images by their number.

    Args:
        folder: The folder.
        image_size: `(height, width)`; `None` takes the images' own, which must then agree.
        crop: Whether resizing cuts (`True`) or stretches.
        channels: 1, 3 or 4; `None` is 1 when every image looked at (64, evenly spread) is grey, else 3.
        strict: Whether a damaged file is an error. Otherwise it is skipped, and noted in `skipped`.

    Raises:
        DataError: if the folder holds no image, the sizes differ and no `image_size` is given, or, with `strict`, a
            file is damaged.
    """

    def __init__(
        self, folder: Path, image_size: "int | tuple[int, int] | None", crop: bool, channels: int | None, strict: bool
    ):
        self.folder = folder
        self.paths = find_images(folder)
        if not self.paths:
            raise DataError(
                f"Expected images ({', '.join(sorted(EXTENSIONS))}) in {folder}. Received: a folder without any."
            )
        if channels not in (None, 1, 3, 4):
            raise DataError(f"Expected channels to be 1, 3, 4 or None. Received: channels={channels}.")
        self.crop = crop
        self.strict = strict
        self.skipped: dict[str, str] = {}
        if strict:
            self._refuse_damaged()
        self._target = resizing.parse_size(image_size)
        self._first, found_channels = self._probe()
        self.size = self._target or self._first[1]
        self.channels = channels or found_channels
        found = [class_of(path) for path in self.paths]
        classes = [name for name in found if name is not None]
        self.class_names = tuple(sorted(set(classes))) if len(classes) == len(found) else None
        self.labels = None
        if self.class_names is not None:
            number = {name: label for label, name in enumerate(self.class_names)}
            self.labels = np.array([number[name] for name in classes], np.int32)

    def _opened(self, path: str) -> Image.Image:
        return picture_file.opened(os.path.join(self.folder, path))

    def _refuse_damaged(self) -> None:
        for path in self.paths:
            try:
                with self._opened(path) as image:
                    image.load()
            except picture_file.DAMAGE as error:
                raise DataError(
                    f"Expected every file to be a readable image (strict). Received: {self.folder / path}: {error}. "
                    f"Remove the file, or load without strict to skip it."
                ) from error

    def _probe(self) -> tuple[tuple[str, resizing.Size], int]:
        """The first readable image with its size, and the channels that the images looked at need."""
        step = max(1, len(self.paths) // _PROBED)
        channels, first = 1, None
        for path in self.paths[::step]:
            try:
                with self._opened(path) as image:
                    channels = max(channels, resizing.channels_of(image))
                    found = resizing.upright_size(image)
            except picture_file.DAMAGE as error:
                self._note(path, error)
                continue
            if self._target is None and first is not None and found != first[1]:
                raise self._sizes_differ(*first, path, found)
            first = first or (path, found)
        if first is None:
            raise DataError(f"Expected readable images in {self.folder}. Received: only damaged files: {self.skipped}.")
        return first, channels

    @staticmethod
    def _sizes_differ(path, size, other, other_size) -> DataError:
        return DataError(
            f"Expected images of one size, or image_size to bring them to. Received: {path} of {size[0]}x{size[1]} "
            f"and {other} of {other_size[0]}x{other_size[1]} pixels. Pass image_size=64, say."
        )

    def decode(self, numbers: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The images with these numbers, and the numbers themselves.

        The place of a damaged image is taken by another of the same part, chosen at random once and for all: batches
        stay full and every readable image is as likely as before.

        Args:
            numbers: Which images.
            part: The numbers to choose from in place of a damaged one.

        Raises:
            DataError: if an image has another size and no `image_size` was given; no image of the part can be read; or,
                with `strict`, a file is damaged.
        """
        images, found = [], []
        for number in numbers:
            for candidate in self._candidates(number, part):
                pixels = self._read(candidate)
                if pixels is not None:
                    images.append(pixels)
                    found.append(candidate)
                    break
            else:
                raise DataError(f"Expected readable images in {self.folder}. Received: only damaged files.")
        return np.stack(images), np.array(found, np.int64)

    @staticmethod
    def _candidates(number: int, part: np.ndarray) -> Iterator[int]:
        yield number
        yield from np.random.RandomState(number).permutation(part)  # reached only when the first is damaged

    def _note(self, path: str, error: Exception) -> None:
        """Lists a damaged or vanished file; what the machine could not do is no damage, and is raised."""
        self.skipped[path] = picture_file.reason_of(path, error, self.strict)

    def _read(self, number: int) -> np.ndarray | None:
        """One image, `None` when it is damaged."""
        path = self.paths[number]
        if path in self.skipped:
            return None
        try:
            with self._opened(path) as image:
                pixels = resizing.to_array(image, self.channels, self._target, self.crop)
        except picture_file.DAMAGE as error:
            self._note(path, error)
            return None
        if pixels.shape[:2] != self.size:
            raise self._sizes_differ(*self._first, path, pixels.shape[:2])
        return pixels


def load(
    folder: Path,
    *,
    batch_size: int,
    image_size: "resizing.Size | int | None",
    crop: bool,
    channels: int | None,
    validation_split: float,
    seed: int,
    strict: bool,
) -> Splits:
    """Splits a folder; see `kgan.data.load`."""
    images = ImageFolder(folder, image_size, crop, channels, strict)
    shape = (*images.size, images.channels)
    labels = None if images.labels is None else tf.constant(images.labels)

    def pipeline(part, shuffle_seed, drop_remainder):
        decode = calls.from_threads(lambda numbers: images.decode(numbers, part))

        def decoded(numbers):
            pixels, found = tf.numpy_function(decode, [numbers], (tf.uint8, tf.int64))
            pixels = tf.ensure_shape(pixels, (numbers.shape[0], *shape))
            found = tf.ensure_shape(found, numbers.shape)
            return paired(pixels, None if labels is None else tf.gather(labels, found))

        dataset, order = arrays.index_batches(part, batch_size, shuffle_seed, drop_remainder)
        dataset = dataset.map(decoded, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return orders.attach(dataset.prefetch(tf.data.AUTOTUNE), order)

    train, validation = arrays.split(len(images.paths), validation_split, seed)
    if batch_size > len(train):
        raise DataError(
            f"Expected batch_size from 1 to the number of training images, {len(train)}. "
            f"Received: batch_size={batch_size}."
        )
    return Splits(
        train=pipeline(train, seed, drop_remainder=True),
        validation=pipeline(validation, None, drop_remainder=False) if len(validation) else None,
        sample_shape=shape,
        count=len(train),
        class_names=images.class_names,
        skipped=images.skipped,
        found=found.Found(
            "pictures",
            len(images.paths),
            len(validation),
            classes=None if images.labels is None else found.count_labels(images.labels, images.class_names),
        ),
    )
