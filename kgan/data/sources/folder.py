"""A folder, or a zip archive, of pictures of any mix of sizes and formats, decoded while they are read."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data import calls, fingerprint, resizing
from kgan.data import order as orders
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, about_damaged, listed
from kgan.data.sources import arrays, formats, layout, places
from kgan.data.sources.reading import PictureReader, brought
from kgan.data.sources.survey import Survey, Target, Wish
from kgan.data.splits import DataError, Splits, TooFewSamplesError, paired

__all__ = ["EXTENSIONS", "ImageFolder", "find_images", "load"]

EXTENSIONS = formats.EXTENSIONS


def find_images(folder: Path) -> list[str]:
    """Paths of the images below `folder`, relative to it and sorted; hidden files and folders are left out."""
    return [name for name in places.Folder(folder).walk().files if formats.reason_against(name) is None]


class ImageFolder:
    """Decodes images by their number.

    Args:
        folder: The folder, or the zip archive.
        image_size: `(height, width)`; `None` takes the images' own, which must then agree.
        crop: Whether resizing cuts (`True`) or stretches.
        channels: 1 to 16; `None` for what the images need: 1 when every one is grey, else 3.
        strict: Whether a damaged file, or one without a place, is an error. Otherwise it is skipped, and noted.
        labels: As `layout.find` takes them; or what lays the place out, called with it and `strict`.
        **others: Further attributes of `Wish`.

    Attributes:
        paths: Of the images, relative, those to train on first.
        train: How many of them are to be trained on, where the folder says it; else `None`.
        labels: int32 `(n,)`, float32 `(n, tags)`, or `None`.

    Raises:
        DataError: if the folder holds no image, the sizes differ and no `image_size` is given, or, with `strict`, a
            file is damaged.
    """

    def __init__(
        self,
        folder: Path,
        image_size: "int | tuple[int, int] | None",
        crop: bool,
        channels: int | None,
        strict: bool,
        labels: "str | Callable[..., layout.Layout]" = "auto",
        **others: Any,
    ):
        self.folder = folder
        self._reader = PictureReader(places.place_of(folder), strict)
        lay_out = labels if callable(labels) else functools.partial(layout.find, labels=labels)
        self._layout = lay_out(self._reader.place, strict=strict)
        self.paths, self.train, self.labels = self._layout.names, self._layout.train, self._layout.labels
        self.class_names, self.tag_names = self._layout.class_names, self._layout.tag_names
        if strict:
            self._reader.refuse_damaged(self.paths)
        wish = Wish(resizing.parse_size(image_size), crop, channels, **others)
        self._survey = self._surveyed(wish.size)
        self.target: Target = self._reader.target(self._survey, wish)
        self.size = wish.size or self._first[1]
        self.channels = self.target.channels

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the pictures are known again, of which those with these numbers are held out."""
        sizes = [self._reader.place.size(name) for name in self.paths]
        names = self.class_names or self.tag_names
        read = self._reader.first_bytes
        return fingerprint.of_files(sizes, self.paths, self.labels, held_out, names, read=read)

    @property
    def skipped(self) -> dict[str, str]:
        """What is wrong with each damaged file, by its name."""
        return self._reader.skipped

    def _surveyed(self, size: "resizing.Size | None") -> Survey:
        """Looks at all headers; notes the first readable image with its size."""
        survey, looks = self._reader.survey(self.paths)
        if not looks:
            some = listed([f"{name}: {reason}" for name, reason in self.skipped.items()], "; ")
            raise DataError(f"Expected readable images in {self.folder}. Received: only damaged files: {some}.")
        self._first = next((name, look.size) for name, look in looks.items())
        for name, look in looks.items() if size is None else ():
            if look.size != self._first[1]:
                raise self._sizes_differ(*self._first, name, look.size)
        return survey

    @staticmethod
    def _sizes_differ(path, size, other, other_size) -> DataError:
        return DataError(
            f"Expected images of one size, or image_size to bring them to. Received: {path} of {size[0]}x{size[1]} "
            f"and {other} of {other_size[0]}x{other_size[1]} pixels. Pass image_size=64, say."
        )

    def found(self, held_out: int) -> Found:
        """What was found.

        Args:
            held_out: How many images are held out.
        """
        seen = Found("pictures", len(self.paths), held_out, **self._survey.found(self.target), **self._layout.told())
        damaged = about_damaged(self.skipped, "pictures")
        return dataclasses.replace(seen, notes=[*damaged, *self._layout.notes, *seen.notes])

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

    def _read(self, number: int) -> np.ndarray | None:
        """One image, `None` when it is damaged."""
        path = self.paths[number]
        if path in self.skipped:
            return None
        pixels = self._reader.read(path, self.target)
        if pixels is None:
            return None
        if self.target.size is None and pixels.shape[:2] != self.size:
            raise self._sizes_differ(*self._first, path, pixels.shape[:2])
        return brought(pixels, self.target)


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
    **others: Any,
) -> Splits:
    """Splits a folder or archive; see `kgan.data.load`, and `ImageFolder` for what else there is."""
    images = ImageFolder(folder, image_size, crop, channels, strict, **others)
    shape, dtype = (*images.size, images.channels), tf.as_dtype(images.target.dtype)
    labels = None if images.labels is None else tf.constant(images.labels)

    def pipeline(part, shuffle_seed, drop_remainder):
        decode = calls.from_threads(lambda numbers: images.decode(numbers, part))

        def decoded(numbers):
            pixels, found = tf.numpy_function(decode, [numbers], (dtype, tf.int64))
            pixels = tf.ensure_shape(pixels, (numbers.shape[0], *shape))
            found = tf.ensure_shape(found, numbers.shape)
            return paired(pixels, None if labels is None else tf.gather(labels, found))

        dataset, order = arrays.index_batches(part, batch_size, shuffle_seed, drop_remainder)
        dataset = dataset.map(decoded, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return orders.attach(dataset.prefetch(tf.data.AUTOTUNE), order)

    count = len(images.paths)
    train, validation = arrays.split(count, validation_split, seed)
    if images.train is not None:  # as the folder itself says
        train, validation = (
            np.arange(images.train),
            np.arange(images.train, count if validation_split else images.train),
        )
    if batch_size > len(train):
        raise TooFewSamplesError(batch_size, len(train), "training images")
    return Splits(
        train=pipeline(train, seed, drop_remainder=True),
        validation=pipeline(validation, None, drop_remainder=False) if len(validation) else None,
        sample_shape=shape,
        count=len(train),
        class_names=images.class_names,
        tag_names=images.tag_names,
        skipped=images.skipped,
        found=images.found(len(validation)),
        fingerprint=images.fingerprint(validation),
    )
