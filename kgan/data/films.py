"""`kgan.data.load_films`: films, of which a network is to predict the next frames from the last ones."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kgan._support import numpy_files
from kgan._support.checks import whole
from kgan.data import colours, film_rates, loading, missing, pair_batches, resizing
from kgan.data.sources import arrays
from kgan.data.sources.film_files import Wanted
from kgan.data.sources.films import ArrayOfFilms, Films, FolderOfFilms, MovingDigits, check_memory
from kgan.data.splits import DataError, Splits
from kgan.data.windows import Place, Windows, places

__all__ = ["load_films"]

_SIDES = ("frames", "next frames")
_SHOWN = 3  # short films named in an error


def load_films(
    source: Any,
    batch_size: int = 8,
    *,
    input_frames: int = 4,
    target_frames: int = 4,
    rate: float | None = None,
    image_size: "int | str | tuple[int, int] | None" = None,
    crop: bool = True,
    channels: "int | str | None" = None,
    background: str = "white",
    flip: bool = False,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
) -> Splits:
    """Loads films as pairs `(frames, next frames)`: windows that are cut out of them.

    An epoch has about as many windows as fit into the films without overlap. Where they begin is drawn anew each epoch,
    from nothing but the seed, the epoch and the number of the window: a resumed run sees what an uninterrupted one
    does. Held-out windows are always the same.

    Args:
        source: A folder of films, each of them a GIF, WebP or APNG, a video (MP4 and the like, which takes
            `pip install 'kgan[video]'`), a `.npy` file `(frames, height, width, channels)`, or a sub-folder of frames;
            `val/` or `test/` beside `train/` is held out. One such file, or a folder of frames, is one film. Or a
            `.npy` file or array `(n, frames, height, width, channels)`, uint8, or floats in [-1, 1]; or
            `"moving_digits"`, 4,000 films of two digits, see `kgan.data.moving_digits`.
        batch_size: Windows in a batch.
        input_frames: Frames that are given, 1 or more.
        target_frames: Frames that follow and are to be predicted, 1 or more.
        rate: Frames a second that films in files are brought to, by leaving frames out; `None` takes all of them.
        image_size: Pixels of a square, `(height, width)`, or a text of width x height, that frames in files are brought
            to; `None` keeps theirs.
        crop: Whether that resizing cuts about the centre, or stretches.
        channels: Of films in files: `"grey"` (1) or `"colour"` (3); `None` is 1 where the first frame of every film is
            grey, else 3.
        background: Colour that transparent frames are laid over.
        flip: Whether training windows are flipped from left to right, half of the time.
        validation_split: Share of the films held out where the folder does not say which, or 0 for none; of films that
            are too few for that, the end of each.
        seed: Of the choice of held-out films, the order, windows and flips.
        strict: Whether a film that cannot be opened is an error; otherwise it is left out, and listed in
            `Splits.skipped`.

    Returns:
        `Splits`, which unpacks into `(train, validation)`, batches `(frames, next frames)` of shapes `(batch,
        input_frames, height, width, channels)` and `(batch, target_frames, height, width, channels)`.

    Examples:
        >>> splits = kgan.data.load_films("moving_digits", batch_size=2, input_frames=5, target_frames=5)
        >>> given, following = next(iter(splits.train))
        >>> given.shape, following.shape
        (TensorShape([2, 5, 64, 64, 1]), TensorShape([2, 5, 64, 64, 1]))

    Raises:
        DataError: if the source does not exist or holds no films, films differ in size or rate and nothing brings them
            to one, all are too short for a window, or an argument is out of its range.
        ValueError: if `image_size` is no size.
    """
    loading.check_request(batch_size, image_size, seed)
    loading.check_pictures({"channels": channels, "background": background})
    film_rates.check_rate(rate)
    try:
        window = whole("input_frames", input_frames, 1) + whole("target_frames", target_frames, 1)
    except ValueError as error:
        raise DataError(str(error)) from error
    if not isinstance(flip, bool):
        raise DataError(f"Expected flip to be True or False. Received: flip={flip!r}.")
    asked = {"rate": rate, "image_size": image_size, "channels": channels, "background": background}
    wanted = _wanted(image_size, crop, channels, background)
    films = _films(source, wanted, rate, strict, asked)
    check_memory(films)
    parts = _split(films, window, validation_split, seed)
    pair_batches.check_batch_size(batch_size, len(parts.train))

    def windows(part: list[Place]) -> Windows:
        return Windows(films.read, part, films.shape, films.dtype, input_frames, target_frames, flip, seed)

    def numbered(number: tf.Tensor) -> tuple[tf.Tensor]:
        return (number,)

    train, held_out = windows(parts.train), windows(parts.validation)
    numbers = np.arange(len(parts.train)), np.arange(len(parts.validation))
    return Splits(
        train=pair_batches.training(numbers[0], numbered, train, batch_size, seed),
        validation=pair_batches.held_out(numbers[1], numbered, held_out, batch_size),
        sample_shape=train.shapes[1],
        count=len(parts.train),
        skipped=films.skipped,
        input_shape=train.shapes[0],
        held_out=len(parts.validation),
        sides=_SIDES,
        found=films.found(len(parts.held_out)),
        fingerprint=films.fingerprint(parts.held_out),
    )


class _Parts(NamedTuple):
    """Windows to train on, held-out ones, and which films are held out whole."""

    train: list[Place]
    validation: list[Place]
    held_out: np.ndarray


def _split(films: Films, window: int, validation_split: float, seed: int) -> _Parts:
    _check_lengths(films, window)
    count = len(films.names)
    if films.train is None:
        train, held_out = arrays.split(count, validation_split, seed)
    else:
        train, held_out = np.arange(films.train), np.arange(films.train, count if validation_split else films.train)
    if films.train is None and validation_split and not len(held_out):  # too few films: the end of each
        shares = (0.0, 1.0 - validation_split), (1.0 - validation_split, 1.0)
        parts = [places(films.lengths, train, window, share) for share in shares]
        if not parts[0]:
            parts = [places(films.lengths, train, window), []]
    else:
        parts = [places(films.lengths, numbers, window) for numbers in (train, held_out)]
    if not parts[0]:
        raise DataError(
            f"Expected films to train on of {window} frames, input_frames and target_frames together. Received: none "
            f"beside those held out. Pass a smaller validation_split, or fewer frames."
        )
    return _Parts(parts[0], parts[1], held_out)


def _check_lengths(films: Films, window: int) -> None:
    """Names films that are too short, which are left out; refuses data of none that is long enough."""
    short = [number for number, length in enumerate(films.lengths) if length < window]
    if not short:
        return
    some = ", ".join(f"{films.names[number]} of {films.lengths[number]}" for number in short[:_SHOWN])
    if len(short) == len(films.names):
        raise DataError(
            f"Expected films of at least {window} frames, input_frames and target_frames together. Received: "
            f"{len(short)} shorter of {len(films.names)}: {some}. Pass fewer frames, or longer films."
        )
    for number in short:
        films.skipped[films.names[number]] = f"{films.lengths[number]} frames, where {window} were due"


def _wanted(image_size: Any, crop: bool, channels: Any, background: str) -> Wanted:
    number = colours.parse_channels(channels)
    if number not in (None, 1, 3):
        raise DataError(
            f"Expected channels as 'grey' (1), 'colour' (3) or None for films. Received: channels={channels!r}."
        )
    return Wanted(number or 0, resizing.parse_size(image_size), crop, background)


def _films(source: Any, wanted: Wanted, rate: float | None, strict: bool, asked: dict[str, Any]) -> Films:
    if isinstance(source, os.PathLike) or (isinstance(source, str) and loading.is_path(source)):
        path = Path(source)
        if not path.exists():
            raise DataError(missing.told(str(source)) or _expected(str(path)))
        film = _array_of(path)
        if film is None:
            return FolderOfFilms(path, wanted, rate, strict)
        loading.refuse_for_others(asked, load_films)
        return ArrayOfFilms(film)
    loading.refuse_for_others(asked, load_films)
    if isinstance(source, str) and source in missing.EMBEDDED_FILMS:
        return MovingDigits()
    if isinstance(source, np.ndarray):
        return ArrayOfFilms(source)
    raise DataError(_expected(repr(source) if isinstance(source, str) else f"a {type(source).__name__}"))


def _array_of(path: Path) -> np.ndarray | None:
    """The array of a `.npy` file of many films; `None` for anything else, one film in such a file too."""
    if path.suffix.lower() != ".npy" or not path.is_file():
        return None
    try:
        films = numpy_files.mapped(path)
    except numpy_files.NumpyFileError as error:
        raise DataError(
            f"Expected {path} to be a NumPy .npy file of films. Received: {error}. Write it anew, with numpy.save."
        ) from error
    return films if films.ndim == 5 or films.dtype != np.uint8 else None


def _expected(received: str) -> str:
    return (
        "Expected a folder of films (GIF, WebP, APNG, videos, .npy files or sub-folders of frames), one of them, an "
        f"array (n, frames, height, width, channels), or 'moving_digits'. Received: {received}."
    )
