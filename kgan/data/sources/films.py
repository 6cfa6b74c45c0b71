"""Films read by their number, of which windows of frames are cut: a folder of them, an array, or moving digits."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kgan._support import limits
from kgan.data import film_rates, fingerprint, resizing
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, Sizes, about_damaged, listed
from kgan.data.sources import film_files
from kgan.data.sources.film_files import FilmError, Look, Wanted
from kgan.data.sources.film_layout import FilmLayout
from kgan.data.sources.moving_digits import moving_digits
from kgan.data.splits import DataError

__all__ = ["ArrayOfFilms", "Films", "FolderOfFilms", "MovingDigits"]

_KEPT_BYTES = 2**30  # of decoded films, so that a window does not decode all of its film each time
_READ = 2**16  # bytes of a file by which it is known again
DIGITS_FILMS, DIGITS_FRAMES = 4_000, 20


class Films(Protocol):
    """What `kgan.data.load_films` reads films from.

    Attributes:
        names: Of each, for errors.
        lengths: Frames of each.
        train: How many of them, the first ones, are to be trained on, where the source says so; else `None`.
        shape: `(height, width, channels)` of a frame.
        dtype: `np.uint8` or `np.float32`.
        skipped: What is wrong with each damaged film, by its name.
    """

    names: Sequence[str]
    lengths: Sequence[int]
    train: int | None
    shape: tuple[int, int, int]
    dtype: Any
    skipped: dict[str, str]

    def read(self, number: int) -> np.ndarray:
        """The film with that number, `(frames, height, width, channels)`."""

    def found(self, held_out: int) -> Found:
        """What was found, of which so many films are held out."""

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the data are known again, of which films with these numbers are held out."""


class FolderOfFilms:
    """The films of a folder: files, and sub-folders of frames.

    Args:
        path: The folder, or one file.
        wanted: How frames are asked for; `channels=0` stands for as many as the films have.
        rate: Frames a second to bring all films to; `None` for their own.
        strict: Whether a damaged film is an error.

    Raises:
        DataError: if there is no film, none can be read, or films have several sizes or rates.
    """

    dtype: Any = np.uint8

    def __init__(self, path: Path, wanted: Wanted, rate: float | None, strict: bool):
        self._layout = FilmLayout.of(path)
        self.skipped: dict[str, str] = {}
        looks = {name: look for name in self._layout.names if (look := self._look(name, strict)) is not None}
        if not looks:
            raise DataError(f"Expected readable films in {path}. Received: only damaged ones: {self.skipped}.")
        self.names = list(looks)
        self._looks = list(looks.values())
        known = self._layout.train
        self.train = None if known is None else sum(name in looks for name in self._layout.names[:known])
        channels = wanted.channels or (1 if all(look.grey for look in self._looks) else 3)
        self._wanted = wanted._replace(channels=channels, size=wanted.size or self._only_size())
        self._chosen = film_rates.chosen(dict(zip(self.names, self._looks, strict=True)), rate)
        self.lengths = [len(numbers) for numbers in self._chosen]
        self.shape = (*self._wanted.size, channels)
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def _look(self, name: str, strict: bool) -> Look | None:
        try:
            return film_files.look(self._layout.path_of(name))
        except FilmError as error:
            if strict:
                raise DataError(f"Expected films that can be read. Received: {name}: {error}. Remove it.") from error
            self.skipped[name] = str(error)
            return None

    def _only_size(self) -> resizing.Size:
        sizes = Counter(look.size for look in self._looks)
        if len(sizes) > 1:
            told = ", ".join(f"{count} of {width} x {height}" for (height, width), count in sizes.most_common(4))
            raise DataError(
                f"Expected films of one size. Received: {told} pixels (width x height). Pass image_size=64, say, which "
                f"brings them to one."
            )
        return next(iter(sizes))

    def read(self, number: int) -> np.ndarray:
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
        name = self.names[number]
        try:
            film = film_files.read(self._layout.path_of(name), self._wanted)
        except FilmError as error:
            raise DataError(f"Expected a film that can be read. Received: {name}: {error}. Remove it.") from error
        if len(film) <= self._chosen[number][-1]:
            raise DataError(
                f"Expected {self._looks[number].frames} frames of {name}, as its file says. Received: {len(film)}. "
                f"Remove it, or write it anew."
            )
        film = film[self._chosen[number]]
        with self._lock:
            self._kept[number] = film
            while len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return film

    def found(self, held_out: int) -> Found:
        sizes = Counter(look.size for look in self._looks)
        shortest, longest = min(self.lengths), max(self.lengths)
        lengths = f"{shortest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
        notes = [f"Films have {lengths} frames."]
        rates = sorted({round(look.rate, 2) for look in self._looks if look.rate is not None})
        if rates:
            notes.append(f"They come with {listed([f'{rate:g}' for rate in rates])} frames a second.")
        return Found(
            "films",
            len(self.names),
            held_out,
            formats=dict(Counter(self._layout.format_of(name) for name in self.names)),
            sizes=Sizes.of(sizes),
            channels={"grey" if self._wanted.channels == 1 else "colour": len(self.names)},
            ignored=dict(self._layout.ignored),
            notes=[*about_damaged(self.skipped, "films"), *notes],
        )

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        sizes = [self._layout.bytes_of(name) for name in self.names]
        return fingerprint.of_files(sizes, self.names, None, held_out, read=self._first_bytes)

    def _first_bytes(self, name: str) -> bytes:
        path = self._layout.path_of(name)
        with (film_files.frames_in(path)[0] if path.is_dir() else path).open("rb") as file:
            return file.read(_READ)


class ArrayOfFilms:
    """Films that are an array already.

    Args:
        films: `(n, frames, height, width)` or `(n, frames, height, width, channels)`, uint8, or floats in [-1, 1].

    Raises:
        DataError: if it is no such array.
    """

    train: int | None = None

    def __init__(self, films: Any):
        films = films if isinstance(films, np.memmap) else np.asarray(films)
        films = films[..., None] if films.ndim == 4 else films
        if films.ndim != 5 or not films.size or not (films.dtype == np.uint8 or films.dtype.kind == "f"):
            raise DataError(
                f"Expected films (n, frames, height, width, channels) as uint8, or floats in [-1, 1]. Received: "
                f"{films.dtype} of shape {films.shape}. Pass a folder where lengths differ."
            )
        if films.dtype != np.uint8 and not np.all(np.abs(films) <= 1.0):
            raise DataError(
                f"Expected finite floats in [-1, 1]. Received: values from {np.min(films):g} to {np.max(films):g}. "
                f"Scale them, or pass uint8."
            )
        self._films = films
        self.names = [f"film {number}" for number in range(len(films))]
        self.lengths = [films.shape[1]] * len(films)
        self.shape = films.shape[2:]
        self.dtype: Any = np.uint8 if films.dtype == np.uint8 else np.float32
        self.skipped: dict[str, str] = {}

    def read(self, number: int) -> np.ndarray:
        return np.asarray(self._films[number], self.dtype)

    def found(self, held_out: int) -> Found:
        count, frames, height, width, _ = self._films.shape
        notes = [f"Films have {frames:,} frames."]
        return Found("films", count, held_out, sizes=Sizes(*[(height, width)] * 3), notes=notes)

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        return fingerprint.of_arrays([self._films], None, len(held_out))


class MovingDigits:
    """4,000 films of 20 frames of moving digits, of which none is kept.

    Args:
        seed: Of the films; 0 in `kgan.data.load_films`, whatever its own seed is.
    """

    train: int | None = None
    shape = (64, 64, 1)
    dtype: Any = np.uint8

    def __init__(self, seed: int = 0):
        self._seed = seed
        self.names = [f"film {number}" for number in range(DIGITS_FILMS)]
        self.lengths = [DIGITS_FRAMES] * DIGITS_FILMS
        self.skipped: dict[str, str] = {}

    def read(self, number: int) -> np.ndarray:
        return moving_digits(1, DIGITS_FRAMES, self.shape[0], seed=self._seed, first=int(number))[0]

    def found(self, held_out: int) -> Found:
        notes = [f"Films have {DIGITS_FRAMES} frames, made from a seed when they are read."]
        return Found("films", DIGITS_FILMS, held_out, sizes=Sizes(*[self.shape[:2]] * 3), notes=notes)

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        spec = ("moving_digits", self._seed, DIGITS_FRAMES, self.shape)
        return fingerprint.of_stream(spec, DIGITS_FILMS, len(held_out), None)


def check_memory(films: Films) -> None:
    """Refuses a film that memory should not hold decoded.

    Raises:
        DataError: if there is one; it is named.
    """
    longest = int(np.argmax(films.lengths))
    held = limits.array_bytes((films.lengths[longest], *films.shape), 1)
    if held > limits.MOST_BYTES:
        raise DataError(
            f"Expected films of which memory holds each. Received: {films.names[longest]} of "
            f"{films.lengths[longest]:,} frames, {limits.gibibytes(held)}. Cut it into pieces, or pass a smaller "
            f"image_size."
        )
