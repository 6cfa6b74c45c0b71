"""Films in files: GIF, WebP, APNG, `.npy` and folders of frames with Pillow; videos with PyAV where it is installed."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from .bundle_file import MOST_BYTES, MOST_PIXELS, BundleError, short, written_whole

__all__ = [
    "USUAL_RATE",
    "FilmError",
    "frames_of",
    "frames_of_array",
    "joined",
    "read_film",
    "write_film",
    "write_moving",
]

FilmError = BundleError
MOVING = (".gif", ".webp", ".png", ".apng")
VIDEOS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg")
STILLS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
USUAL_RATE = 10.0  # frames a second, where nothing says


def read_film(path: Path) -> tuple[np.ndarray, float]:
    """The frames of a film, and how many there are in a second.

    Args:
        path: A GIF, WebP or APNG, a video, a `.npy` file `(frames, height, width, channels)`, or a folder of frames.

    Returns:
        uint8 `(frames, height, width, 1 or 3)`, 1 where no frame has colours; and the rate, 10 where nothing says.

    Raises:
        FilmError: if there is no such film, it cannot be read, frames have several sizes, or it is too large.
    """
    path = Path(path)
    if not path.exists():
        raise FilmError(f"Expected a film. Received: {path}, which does not exist.")
    try:
        frames, rate = _read(path)
        return joined(frames), rate
    except FilmError:
        raise
    except Exception as error:  # a damaged file raises whatever its bytes happen to spell
        raise FilmError(f"Expected a film. Received: {path}: {type(error).__name__}: {short(error)}.") from error


def joined(frames: Sequence[np.ndarray]) -> np.ndarray:
    """Frames `(height, width, 1 or 3)` as one film, of one channel where none of them has colours.

    Raises:
        ValueError: if there are none, or they have several sizes.
    """
    if len({frame.shape for frame in frames}) != 1:
        raise ValueError("no frames" if not len(frames) else "frames of several sizes")
    film = np.stack(frames)
    grey = film.shape[-1] == 1 or bool((film == film[..., :1]).all())
    return film[..., :1] if grey else film[..., :3]


def _read(path: Path) -> tuple[list[np.ndarray], float]:
    if path.is_dir():
        found = [one for one in path.iterdir() if one.suffix.lower() in STILLS and not one.name.startswith(".")]
        frames = []
        for one in sorted(found, key=lambda one: [int(part) if part.isdigit() else part for part in _parts(one.name)]):
            with Image.open(one) as picture:
                frames.append(_pixels(picture))
                _check_size(len(found), frames[-1].shape)
        return frames, USUAL_RATE
    if path.suffix.lower() == ".npy":
        return list(np.asarray(frames_of_array(np.load(path, mmap_mode="r", allow_pickle=False)))), USUAL_RATE
    if path.suffix.lower() in VIDEOS:
        return _video(path)
    with Image.open(path) as film:
        return frames_of(film, getattr(film, "n_frames", 1))


def frames_of_array(film: np.ndarray) -> np.ndarray:
    """An array as frames `(frames, height, width, 1 or 3)`.

    Raises:
        ValueError: if it is none of bytes, of such a shape.
        FilmError: if it is too large.
    """
    film = film[..., None] if film.ndim == 3 else film
    if film.ndim != 4 or film.dtype != np.uint8 or film.shape[-1] not in (1, 3) or not film.size:
        raise ValueError(f"{film.dtype} of shape {film.shape}, where uint8 (frames, height, width, 1 or 3) was due")
    _check_size(len(film), film.shape[1:])
    return film


def frames_of(film: Image.Image, count: int) -> tuple[list[np.ndarray], float]:
    """The frames of a GIF, WebP or APNG that was opened and has so many, and how many there are in a second."""
    frames, seconds = [], 0.0
    for number in range(count):
        film.seek(number)
        frames.append(_pixels(film))
        _check_size(count, frames[-1].shape)
        seconds += float(film.info.get("duration") or 1000.0 / USUAL_RATE) / 1000.0
    return frames, count / seconds


def _parts(name: str) -> list[str]:
    """A name cut into numbers and what is between; the first part is always a text."""
    return re.split(r"(\d+)", name)


def _pixels(picture: Image.Image) -> np.ndarray:
    """uint8 `(height, width, 3)`, what is transparent over white."""
    if "A" in picture.mode or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture.convert("RGB"))


def _check_size(count: int, shape: tuple[int, ...]) -> None:
    if count * shape[0] * shape[1] * 3 * 8 > MOST_BYTES or shape[0] * shape[1] > MOST_PIXELS:
        raise FilmError(
            f"Expected a film for which {MOST_BYTES / 2**30:g} GiB of memory suffice. Received: {count:,} frames of "
            f"{shape[1]:,} x {shape[0]:,} pixels. Cut it into pieces first."
        )


def _av(path: Path) -> Any:
    try:
        import av  # here, because only videos need it
    except ImportError as error:
        raise FilmError(
            f"Expected GIF, WebP, APNG, .npy or a folder of frames, or a reader of videos. Received: {path}, and no "
            f"PyAV. pip install av brings it."
        ) from error
    return av


def _video(path: Path) -> tuple[list[np.ndarray], float]:
    with _av(path).open(str(path)) as video:
        rate = video.streams.video[0].average_rate
        frames: list[np.ndarray] = []
        for frame in video.decode(video=0):
            frames.append(frame.to_ndarray(format="rgb24"))
            _check_size(len(frames), frames[-1].shape)
    return frames, float(rate) if rate else USUAL_RATE


def write_film(film: np.ndarray, out: Path, rate: float = USUAL_RATE) -> None:
    """Writes a film, whole or not at all.

    Args:
        film: uint8 `(frames, height, width, 1 or 3)`.
        out: `.gif`, `.webp`, `.png` (APNG), `.npy`, a video where PyAV is installed, or a folder without a suffix, for
            which a picture of each frame is written.
        rate: Frames a second.

    Raises:
        FilmError: if the name says none of these, or the file cannot be written.
    """
    suffix = out.suffix.lower()
    if suffix == "":
        out.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(_pictures(film)):
            with written_whole(out / f"frame-{number + 1:04d}.png") as partial:
                picture.save(partial)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as partial:
        try:
            _written(film, partial, suffix, rate)
        except (ValueError, OSError) as error:
            raise FilmError(f"Expected {out} to be written. Received: {short(error)}.") from error


def _written(film: np.ndarray, partial: Path, suffix: str, rate: float) -> None:
    if suffix == ".npy":
        with partial.open("wb") as file:
            np.save(file, film)
        return
    if suffix in VIDEOS:
        _write_video(film, partial, rate)
        return
    write_moving(film, partial, {".webp": "WEBP", ".gif": "GIF"}.get(suffix, "PNG"), rate)


def write_moving(film: np.ndarray, file: "Path | IO[bytes]", form: str, rate: float) -> None:
    """Writes a film as a picture that moves.

    Args:
        film: uint8 `(frames, height, width, 1 or 3)`.
        file: Where it goes, a path or an opened file.
        form: `"GIF"`, `"WEBP"` or `"PNG"`, as Pillow calls them.
        rate: Frames a second.
    """
    first, *others = _pictures(film)
    options = {"lossless": True} if form == "WEBP" else {}
    duration = max(round(1000.0 / rate), 20)  # browsers show shorter ones for longer
    first.save(file, form, save_all=True, append_images=others, duration=duration, loop=0, **options)


def _pictures(film: np.ndarray) -> list[Image.Image]:
    return [Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame) for frame in film]


def _write_video(film: np.ndarray, partial: Path, rate: float) -> None:
    from fractions import Fraction

    av = _av(partial)
    height, width = (side - side % 2 for side in film.shape[1:3])  # which 4:2:0 needs
    with av.open(str(partial), "w") as video:
        stream = video.add_stream("mpeg4", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 4_000_000
        for frame in film[:, :height, :width]:
            pixels = np.ascontiguousarray(np.repeat(frame, 3, axis=-1) if frame.shape[-1] == 1 else frame)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                video.mux(packet)
        for packet in stream.encode():
            video.mux(packet)
