"""One film in a file or a folder of frames: what it is like, and its frames as pixels."""

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from kgan._support import limits, numpy_files
from kgan.data import resizing
from kgan.data.splits import DataError

__all__ = ["ANIMATIONS", "FRAMES", "VIDEOS", "FilmError", "Look", "Wanted", "frames_in", "look", "read", "without_av"]

ANIMATIONS = (".gif", ".webp", ".apng", ".png")  # what Pillow reads
VIDEOS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv")  # what PyAV reads
FRAMES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")  # of a folder
_STILL = 0.1  # seconds that browsers show a frame for whose file says nothing


class FilmError(ValueError):
    """A film cannot be read; the message is what is wrong with it."""


class Look(NamedTuple):
    """What a film is like.

    Attributes:
        frames: How many.
        rate: Frames a second; `None` where nothing says.
        size: `(height, width)`.
        grey: Whether the first frame has no colours.
    """

    frames: int
    rate: float | None
    size: resizing.Size
    grey: bool


class Wanted(NamedTuple):
    """How frames are asked for.

    Attributes:
        channels: 1 or 3.
        size: `(height, width)` to bring them to; `None` for their own.
        crop: Whether resizing cuts about the centre, or stretches.
        background: Colour that transparent frames are laid over.
    """

    channels: int
    size: resizing.Size | None
    crop: bool
    background: str


def without_av() -> bool:
    """Whether videos cannot be read, because their reader is not installed."""
    return importlib.util.find_spec("av") is None


def frames_in(folder: Path) -> list[Path]:
    """The pictures that lie in a folder, in the order of their names, numbers by their size: `frame9` before 10."""
    found = [one for one in folder.iterdir() if one.suffix.lower() in FRAMES and not one.name.startswith(".")]
    return sorted((one for one in found if one.is_file()), key=_in_order)


def look(path: Path) -> Look:
    """What a film is like.

    Args:
        path: A file, or a folder of frames.

    Raises:
        FilmError: if it cannot be read, or is no film.
    """
    with _damage_by_name():
        if path.is_dir():
            frames = frames_in(path)
            with Image.open(frames[0]) as first:
                return Look(len(frames), None, *_first(first))
        if path.suffix.lower() == ".npy":
            film = _mapped(path)
            grey = film.shape[-1] == 1 or bool((film[0] == film[0][..., :1]).all())
            return Look(len(film), None, film.shape[1:3], grey)
        if path.suffix.lower() in VIDEOS:
            return _look_at_video(path)
        with Image.open(path) as film:
            size, grey = _first(film)
            return Look(getattr(film, "n_frames", 1), _rate_of(film), size, grey)


def read(path: Path, wanted: Wanted) -> np.ndarray:
    """All frames of a film, uint8 `(frames, height, width, channels)`.

    Raises:
        FilmError: if one of them cannot be read, or frames have several sizes and `wanted.size` is `None`.
    """
    with _damage_by_name():
        frames = [
            resizing.to_array(frame, wanted.channels, wanted.size, wanted.crop, wanted.background)
            for frame in _frames_of(path)
        ]
    sizes = {frame.shape for frame in frames}
    if len(sizes) != 1:
        raise FilmError(f"frames of {len(sizes)} sizes; bring them to one, image_size=64, say")
    return np.stack(frames)


def _frames_of(path: Path) -> Iterator[Image.Image]:
    if path.is_dir():
        for frame in frames_in(path):
            with Image.open(frame) as picture:
                yield picture
    elif path.suffix.lower() == ".npy":
        for pixels in _mapped(path):
            yield Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))
    elif path.suffix.lower() in VIDEOS:
        with _opened(path) as video:
            yield from (frame.to_image() for frame in video.decode(video=0))
    else:
        with Image.open(path) as film:
            for number in range(getattr(film, "n_frames", 1)):
                film.seek(number)
                yield film.copy()


def _mapped(path: Path) -> np.ndarray:
    """uint8 `(frames, height, width, channels)`."""
    film = numpy_files.mapped(path)
    film = film[..., None] if film.ndim == 3 else film
    if film.ndim != 4 or film.dtype != np.uint8 or film.shape[-1] not in (1, 3, 4) or not film.size:
        raise FilmError(f"{film.dtype} of shape {film.shape}, where uint8 (frames, height, width, 1, 3 or 4) was due")
    return film


def _first(picture: Image.Image) -> tuple[resizing.Size, bool]:
    size = resizing.upright_size(picture)
    limits.check_picture(size[1], size[0], "Make it smaller first.")
    colours = np.asarray(picture.convert("RGB"))
    return size, bool((colours == colours[..., :1]).all())


def _rate_of(film: Image.Image) -> float | None:
    count = getattr(film, "n_frames", 1)
    seconds = 0.0
    for number in range(count):
        film.seek(number)
        film.load()  # WebP knows how long a frame is shown once it is decoded
        seconds += float(film.info.get("duration") or 0) / 1000.0 or _STILL
    return count / seconds if count > 1 else None


def _look_at_video(path: Path) -> Look:
    with _opened(path) as video:
        stream = video.streams.video[0]
        rate = float(stream.average_rate) if stream.average_rate else None
        first = next(video.decode(video=0))
        size, grey = _first(first.to_image())
        frames = stream.frames or 1 + sum(1 for _ in video.decode(video=0))
    return Look(frames, rate, size, grey)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if without_av():
        raise DataError(
            f"Expected GIF, WebP, APNG, .npy or folders of frames, or a reader of videos. Received: {path.name}, and "
            f"no PyAV. pip install 'kgan[video]' brings it."
        )
    import av  # here, because only videos need it

    with av.open(str(path)) as video:
        if not video.streams.video:
            raise FilmError("no pictures in it")
        yield video


@contextlib.contextmanager
def _damage_by_name() -> Iterator[None]:
    """A damaged file raises whatever its bytes happen to spell."""
    try:
        yield
    except (DataError, FilmError):
        raise
    except Exception as error:
        raise FilmError(f"{type(error).__name__}: {limits.shortened(error)}") from error


def _in_order(path: Path) -> tuple:
    """Names with their numbers by size."""
    parts, digits = [], ""
    for letter in f"{path.name} ":
        if letter.isascii() and letter.isdigit():
            digits += letter
            continue
        if digits:
            parts.append((0, int(digits), ""))
            digits = ""
        parts.append((1, 0, letter))
    return (*parts, path.name)
