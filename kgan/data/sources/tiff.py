"""TIFF files of more channels or bits than Pillow reads, through tifffile, which comes with the extra `tiff`."""

import importlib.util
import os
from typing import Any, BinaryIO

import numpy as np

from kgan._support import limits
from kgan.data import depth

__all__ = ["EXTENSIONS", "look", "planes", "readable"]

EXTENSIONS = frozenset((".tif", ".tiff"))
_MOST_PLANES = 16


def readable() -> bool:
    """Whether tifffile is there."""
    return importlib.util.find_spec("tifffile") is not None


def look(source: "str | os.PathLike | BinaryIO") -> dict[str, Any]:
    """Arguments of a `Look`.

    Raises:
        Exception: of any kind if the file is damaged, needs another reader, or is larger than a picture.
    """
    with _opened(source) as file:
        page = _first(file)
        bands = page.samplesperpixel
        return {
            "size": (page.imagelength, page.imagewidth),
            "channels": bands,
            "depth": depth.word_of(page.dtype),
            "planes": bands,
            "frames": 1,
        }


def planes(source: "str | os.PathLike | BinaryIO") -> np.ndarray:
    """The first page as `(height, width, channels)`, at its own depth; exceptions as for `look`."""
    with _opened(source) as file:
        page = _first(file)
        values = page.asarray()
        if page.samplesperpixel > 1 and page.planarconfig == 2:
            values = np.moveaxis(values, 0, -1)
        return values.reshape(page.imagelength, page.imagewidth, -1)


def _opened(source):
    if not readable():
        raise ValueError("a TIFF that Pillow cannot read; pip install 'kgan[tiff]' reads more of them")
    import tifffile  # here, because few pictures need it

    if not isinstance(source, str | os.PathLike):
        source.seek(0)
    return tifffile.TiffFile(source)


def _first(file):
    """The first page, once it is seen that it takes no more memory than a picture should."""
    page = file.pages[0]
    limits.check_picture(page.imagewidth, page.imagelength, "Cut it into parts.")
    if page.dtype is None or not 1 <= page.samplesperpixel <= _MOST_PLANES:
        raise ValueError(f"{page.samplesperpixel} channels of the type {page.dtype}")
    return page
