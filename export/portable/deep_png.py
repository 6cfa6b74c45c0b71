"""PNG of 16 bits a channel, read and written with NumPy, Pillow and zlib: Pillow alone keeps 8 bits of colours."""

import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

__all__ = ["deep_pixels", "write_deep_png"]

_CHANNELS = {"RGB;16B": 3, "RGBA;16B": 4}
_GREY_WITH_ALPHA = "LA;16B"
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # of PNG, by channels


def deep_pixels(path: str | os.PathLike) -> np.ndarray | None:
    """The pixels `(height, width, channels)` uint16 of a PNG of 16 bits in colour or grey with alpha, turned upright.

    Pillow unpacks such a file to the first byte of each value; told that the bytes come the other way round, to the
    second. Of grey with alpha it knows no other order: four bytes a pixel are read as four channels.

    Returns:
        `None` for any other picture, which Pillow keeps as it is.
    """
    halves = []
    for order in ("B", "L"):
        with Image.open(path) as image:
            form = image.tile[0][3] if image.format == "PNG" and image.tile else ""
            if form not in (*_CHANNELS, _GREY_WITH_ALPHA) or "transparency" in image.info:
                return None
            if form == _GREY_WITH_ALPHA:
                image._mode, image.tile = "RGBA", [(*image.tile[0][:3], "RGBA")]  # type: ignore[list-item]
                pairs = np.asarray(ImageOps.exif_transpose(image)).astype(np.uint16)  # high, low, high, low
                return pairs[..., 0::2] * np.uint16(256) + pairs[..., 1::2]
            image.tile = [(*image.tile[0][:3], form[:-1] + order)]  # type: ignore[list-item]
            image.load()
            halves.append(np.asarray(ImageOps.exif_transpose(image)).astype(np.uint16))
    high, low = halves
    return high * np.uint16(256) + low


def write_deep_png(path: str | os.PathLike, values: np.ndarray) -> None:
    """Writes pixels `(height, width, 1, 2, 3 or 4)` uint16; 2 and 4 channels have an alpha."""
    height, width, channels = values.shape
    rows = np.ascontiguousarray(values.astype(">u2")).view(np.uint8).reshape(height, -1)
    changes = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))  # from the row above, modulo 256: filter 2
    filtered = np.concatenate([np.full((height, 1), 2, np.uint8), changes], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[channels], 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, content in ((b"IHDR", header), (b"IDAT", zlib.compress(filtered.tobytes(), 6)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(content)) + kind + content)
            file.write(struct.pack(">I", zlib.crc32(kind + content)))
