"""Pictures of any sizes, read by their number, of which parts are cut: a folder or archive of them, or an array."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kgan.data import fingerprint, found, resizing
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, about_damaged
from kgan.data.sources import layout, places
from kgan.data.sources.reading import PictureReader, brought
from kgan.data.sources.survey import Wish
from kgan.data.splits import DataError

__all__ = ["ArrayOfPictures", "FolderOfPictures", "Originals", "Size"]

Size = resizing.Size
_SHOWN = 3  # small pictures named in an error


class Originals(Protocol):
    """What `kgan.data.load_upscaling` reads pictures from.

    Attributes:
        count: How many pictures there are.
        train: How many of them, the first ones, are to be trained on, where the source says so; else `None`.
        channels: Of all of them.
        dtype: `np.uint8` or `np.float32`.
        smallest: `(height, width)` that every picture has at least.
    """

    count: int
    train: int | None
    channels: int
    dtype: Any
    smallest: Size

    @property
    def skipped(self) -> dict[str, str]:
        """What is wrong with each damaged file, by its name."""

    def read(self, number: int, part: np.ndarray) -> np.ndarray:
        """The picture with that number; that of another of the part where it is damaged."""

    def check_room(self, size: Size) -> None:
        """Refuses pictures that a part of that size does not fit into."""

    def found(self, held_out: int) -> Found:
        """What was found."""

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the data are known again, of which pictures with these numbers are held out."""


class FolderOfPictures:
    """The pictures of a folder and its sub-folders, or of a `.zip` archive.

    Args:
        path: The folder or archive.
        strict: Whether a damaged file is an error.
        wish: How pictures are asked for.

    Raises:
        DataError: if there is no picture, none can be read, or, with `strict`, one cannot.
    """

    def __init__(self, path: Path, strict: bool, wish: Wish):
        self._reader = PictureReader(places.place_of(path), strict)
        self._layout = layout.find(self._reader.place, "none", strict)
        self._names = self._layout.names
        self.count: int = len(self._names)
        self.train: int | None = self._layout.train
        if strict:
            self._reader.refuse_damaged(self._names)
        self._survey, looks = self._reader.survey(self._names)
        if not looks:
            raise DataError(f"Expected readable pictures in {path}. Received: only damaged files: {self.skipped}.")
        self._sizes = {name: wish.size or look.size for name, look in looks.items()}
        self._target = self._reader.target(self._survey, wish)
        self.channels, self.dtype = self._target.channels, self._target.dtype
        self.smallest = _smallest(list(self._sizes.values()))

    @property
    def skipped(self) -> dict[str, str]:
        """What is wrong with each damaged file, by its name."""
        return self._reader.skipped

    def check_room(self, size: Size) -> None:
        """Refuses pictures that a part of that size does not fit into.

        Raises:
            DataError: if there are any; it names some.
        """
        small = {name: own for name, own in self._sizes.items() if own[0] < size[0] or own[1] < size[1]}
        if not small:
            return
        some = ", ".join(f"{name} of {own[0]}x{own[1]}" for name, own in list(small.items())[:_SHOWN])
        raise DataError(
            f"Expected pictures of at least {size[0]}x{size[1]} pixels, the patch that is cut out of them. Received: "
            f"{len(small)} smaller of {self.count}: {some}. Move them elsewhere, or pass a smaller patch."
        )

    def read(self, number: int, part: np.ndarray) -> np.ndarray:
        """The picture with that number; where it is damaged, always the same other one of the part.

        Raises:
            DataError: if no picture of the part can be read.
        """
        for candidate in (number, *np.random.RandomState(number).permutation(part)):
            name = self._names[candidate]
            pixels = None if name in self.skipped else self._reader.read(name, self._target)
            if pixels is not None:
                return brought(pixels, self._target)
        raise DataError(f"Expected readable pictures in {self._reader.place.path}. Received: only damaged files.")

    def found(self, held_out: int) -> Found:
        """What was found."""
        seen = self._survey.found(self._target)
        told = {"ignored": dict(self._layout.ignored), **seen}
        told["notes"] = [*about_damaged(self.skipped, "pictures"), *self._layout.notes, *seen.get("notes", ())]
        return Found("pictures", self.count, held_out, **told)

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the data are known again, of which pictures with these numbers are held out."""
        sizes = [self._reader.place.size(name) for name in self._names]
        return fingerprint.of_files(sizes, self._names, None, held_out, read=self._reader.first_bytes)


class ArrayOfPictures:
    """Pictures that are an array already.

    Args:
        pictures: `(n, height, width)` or `(n, height, width, channels)`, uint8, or floats in [-1, 1].

    Raises:
        DataError: if it is no such array.
    """

    train: int | None = None

    def __init__(self, pictures: Any):
        pictures = pictures if isinstance(pictures, np.memmap) else np.asarray(pictures)
        pictures = pictures[..., None] if pictures.ndim == 3 else pictures
        if pictures.ndim != 4 or not pictures.size or not (pictures.dtype == np.uint8 or pictures.dtype.kind == "f"):
            raise DataError(
                f"Expected pictures (n, height, width, channels) as uint8, or floats in [-1, 1]. Received: "
                f"{pictures.dtype} of shape {pictures.shape}. Pass a folder where sizes differ."
            )
        if pictures.dtype != np.uint8 and not np.all(np.abs(pictures) <= 1.0):
            raise DataError(
                f"Expected floats in [-1, 1]. Received: values from {np.min(pictures):g} to {np.max(pictures):g}. "
                f"Scale them, or pass uint8."
            )
        self._pictures = pictures
        self.count, self.channels = len(pictures), pictures.shape[3]
        self.dtype: Any = np.uint8 if pictures.dtype == np.uint8 else np.float32
        self.smallest: Size = pictures.shape[1:3]
        self.skipped: dict[str, str] = {}

    def check_room(self, size: Size) -> None:
        """Refuses pictures that a part of that size does not fit into.

        Raises:
            DataError: if they are smaller.
        """
        if any(own < asked for own, asked in zip(self.smallest, size, strict=True)):
            raise DataError(
                f"Expected pictures of at least {size[0]}x{size[1]} pixels, the patch that is cut out of them. "
                f"Received: {self.smallest[0]}x{self.smallest[1]}. Pass a smaller patch."
            )

    def read(self, number: int, part: np.ndarray) -> np.ndarray:
        """The picture with that number."""
        return np.asarray(self._pictures[number], self.dtype)

    def found(self, held_out: int) -> Found:
        """What was found."""
        shape = self._pictures.shape[1:]
        return found.of_shape(shape, self._pictures.dtype, self.count, held_out=held_out)

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the data are known again, of which pictures with these numbers are held out."""
        return fingerprint.of_arrays([self._pictures], None, len(held_out))


def _smallest(sizes: Sequence[Size]) -> Size:
    return min(height for height, _ in sizes), min(width for _, width in sizes)
