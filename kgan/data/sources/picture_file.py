"""One picture's file, which may be damaged, gone, or no picture at all: what its header says, and its pixels."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from kgan._support import limits, numpy_files
from kgan.data import depth, resizing
from kgan.data.sources import deep_colours, dicom, formats, places, tiff
from kgan.data.splits import DataError

__all__ = ["DAMAGE", "Look", "Pixels", "look", "of_bytes", "opened", "pixels", "reason_of"]

DAMAGE = (Exception,)  # Pillow's readers raise anything on a bad file: struct.error, IndexError, zlib.error ...
_OF_THE_FILE = (None, errno.ENOENT, errno.ENOTDIR, errno.EISDIR)  # damaged, or gone, or another thing by its name
_MOST_PLANES = 16


class Look(NamedTuple):
    """What a picture's header says.

    Attributes:
        format: As `"PNG"`.
        size: `(height, width)` once it stands upright.
        channels: Without alpha: 1, 3, or as many as it has.
        alpha: Whether it has an alpha channel, or a transparent colour.
        depth: `"8 bits"`, `"16 bits"`, `"32 bits"` or `"float"`.
        mode: How its colours are kept, where they are changed to be read: `"CMYK"`; else empty.
        frames: Pictures, or pages, in the file.
        planes: Channels that it has if all its pages, or all its bands, are taken for such; 0 for none.
        cut: What its reader makes 8 bits of: `"16 bits"`; empty where it keeps all.
    """

    format: str
    size: resizing.Size
    channels: int
    alpha: bool = False
    depth: str = "8 bits"
    mode: str = ""
    frames: int = 1
    planes: int = 0
    cut: str = ""


class Pixels(NamedTuple):
    """A picture as it is kept.

    Attributes:
        values: `(height, width, channels)` of its own type.
        depth: As `Look.depth`.
        alpha: Whether the last channel is one.
    """

    values: np.ndarray
    depth: str
    alpha: bool = False


def opened(source: "str | os.PathLike | BinaryIO") -> Image.Image:
    """The picture, not decoded yet; a pipe or a device, which would never end, is no picture.

    Raises:
        ValueError: if a path is neither a file nor a link to one. Pillow raises anything else for a damaged file.
    """
    if isinstance(source, str | os.PathLike) and not stat.S_ISREG(os.stat(source).st_mode):
        raise ValueError("neither a file nor a link to one")
    image = Image.open(source, formats=formats.of_pillow())
    if image.format == "TIFF" and _bands(image) > max(len(image.getbands()), 4 if image.mode == "RGB" else 1):
        image.close()
        raise Image.UnidentifiedImageError("a TIFF with more bands than Pillow reads")
    return image


def reason_of(path: "str | Path", error: Exception, strict: bool) -> str:
    """What is wrong with a damaged or vanished file; what the machine could not do is no damage, and is raised.

    Raises:
        DataError: if memory or the machine failed, or for any damage with `strict`.
    """
    of_the_machine = isinstance(error, MemoryError) or getattr(error, "errno", None) not in _OF_THE_FILE
    reason = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    if strict or of_the_machine:
        raise DataError(f"Expected a readable image. Received: {path}: {reason}") from error
    return reason


def look(source: "str | BinaryIO", name: str) -> Look:
    """What the header of a file says; pixels are not decoded.

    Args:
        source: The file, as `Place.source` gives it.
        name: Its name, by whose end it is read.

    Raises:
        Exception: of any kind if the file is damaged.
    """
    end = formats.extension(name)
    if end in formats.NUMPY:
        return _look_at_array(source)
    if end in formats.DICOM:
        return Look("DICOM", **dicom.look(source))
    try:
        with opened(source) as image:
            return _of_image(image, source)
    except Image.UnidentifiedImageError:
        if end not in tiff.EXTENSIONS:
            raise
        return Look("TIFF", **tiff.look(source))


def pixels(source: "str | BinaryIO", name: str, planes: int = 0) -> Pixels:
    """The picture upright, at the depth that it is kept in.

    Args:
        source: The file, as `Place.source` gives it.
        name: Its name, by whose end it is read.
        planes: How many pages or bands are its channels, where these are asked for; 0 for the usual ones.

    Raises:
        Exception: of any kind if the file is damaged, or has not so many planes.
    """
    end = formats.extension(name)
    if end in formats.NUMPY:
        values = _array(source)
        return Pixels(values, depth.word_of(values.dtype))
    if end in formats.DICOM:
        return Pixels(*dicom.pixels(source))
    try:
        with opened(source) as image:
            found = _of_image(image, source)
            if planes and found.planes == planes:
                return Pixels(_planes(image, source, planes), found.depth)
            return _from_image(image, found, source)
    except Image.UnidentifiedImageError:
        if end not in tiff.EXTENSIONS:
            raise
        values = tiff.planes(source)
        return Pixels(values, depth.word_of(values.dtype))


# --- Pillow's formats ---


def of_bytes(image: Image.Image, channels: int, planes: int) -> bool:
    """Whether Pillow alone makes that many channels of the picture: it has 8 bits, and no planes that are asked for."""
    if channels not in (1, 3, 4) or deep_colours.depth_of(image)[0] != "8 bits":
        return False
    return image.format != "TIFF" or planes == 0 or _planes_of(image) != planes


def _of_image(image: Image.Image, source: "str | BinaryIO") -> Look:
    alpha = "A" in image.mode.upper() or "transparency" in image.info
    frames = 1 if image.format == "MPO" else _frames(image)
    usual = {"format": "JPEG" if image.format == "MPO" else image.format, "size": resizing.upright_size(image)}
    planes = _planes_of(image) if image.format == "TIFF" else 0
    mode = image.mode if image.mode in ("CMYK", "LAB", "HSV", "YCbCr") else ""
    channels = 1 if deep_colours.is_grey(image) else resizing.channels_of(image)
    depth, cut = deep_colours.depth_of(image, source)
    return Look(**usual, channels=channels, alpha=alpha, depth=depth, mode=mode, frames=frames, planes=planes, cut=cut)


def _planes_of(image: Image.Image) -> int:
    """Channels that a TIFF has if all its bands, or all its pages, are taken for such; 0 for none."""
    bands = _bands(image)
    if bands == 4 and image.mode == "RGB":
        return bands
    pages = image.n_frames
    return pages if 1 < pages <= _MOST_PLANES and bands == 1 and resizing.channels_of(image) == 1 else 0


def _bands(image: Image.Image) -> int:
    return int(image.tag_v2.get(277, 1))  # SamplesPerPixel


def _frames(image: Image.Image) -> int:
    """How many pictures the file holds; 2 for more than one where counting them would read all of the file."""
    if image.format == "GIF":
        return 2 if image.is_animated else 1
    return int(getattr(image, "n_frames", 1))


def _from_image(image: Image.Image, found: Look, source: "str | BinaryIO") -> Pixels:
    if found.depth == "16 bits" and (found.alpha or image.mode in deep_colours.MODES):
        values = deep_colours.read(image, found.channels, found.alpha, source)
        return Pixels(resizing.upright(values, image), "16 bits", found.alpha and values.shape[-1] in (2, 4))
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I") or image.mode == "F":
        return Pixels(np.asarray(image)[..., None], found.depth)
    mode = ("LA" if found.alpha else "L") if found.channels == 1 else ("RGBA" if found.alpha else "RGB")
    values = np.asarray(image.convert(mode) if image.mode != mode else image)
    return Pixels(values.reshape(*values.shape[:2], -1), "8 bits", found.alpha)


def _planes(image: Image.Image, source: "str | BinaryIO", planes: int) -> np.ndarray:
    """All pages, or all bands, as channels."""
    if image.n_frames == 1:
        return tiff.planes(places.rewound(source))
    pages = []
    for number in range(planes):
        image.seek(number)
        if pages and image.size != pages[0].shape[::-1]:
            raise ValueError(f"page {number} of another size than the first")
        pages.append(np.array(image))
    return np.stack(pages, axis=-1)


# --- arrays ---


def _array(source: "str | BinaryIO") -> np.ndarray:
    """The array of a `.npy` file as `(height, width, channels)`."""
    with _of_numpy(source) as (file, size):
        values = numpy_files.read(file, size)
    shape = _picture_shape(values.shape)
    values = np.moveaxis(values, 0, -1) if shape != values.shape and values.ndim == 3 else values.reshape(shape)
    return values.astype(np.uint8) * np.uint8(255) if values.dtype == bool else values


def _look_at_array(source: "str | BinaryIO") -> Look:
    with _of_numpy(source) as (file, size):
        shape, dtype = numpy_files.described(file, size)
    height, width, channels = _picture_shape(shape)
    return Look("NPY", (height, width), channels, depth=depth.word_of(dtype))


@contextlib.contextmanager
def _of_numpy(source: "str | BinaryIO") -> Iterator[tuple[BinaryIO, int]]:
    """The open file, and how long it is."""
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            yield file, os.fstat(file.fileno()).st_size
    else:
        yield source, source.seek(0, os.SEEK_END) - source.seek(0)


def _picture_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """`(height, width, channels)` of an array that may lack the channels, or have them first."""
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) == 3 and shape[-1] > _MOST_PLANES >= shape[0]:
        shape = (*shape[1:], shape[0])
    if len(shape) != 3 or shape[-1] > _MOST_PLANES or 0 in shape:
        raise ValueError(f"an array of shape {shape}, and no picture (height, width, channels)")
    limits.check_picture(shape[1], shape[0], "Cut it into parts.")
    return shape
