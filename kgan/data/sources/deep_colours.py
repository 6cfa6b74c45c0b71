"""Colours of more than 8 bits, of which Pillow keeps 8: what other readers keep, and what is cut for want of one."""

from typing import BinaryIO

import numpy as np
import tensorflow as tf
from PIL import Image

from kgan.data.sources import places, tiff

__all__ = ["MODES", "depth_of", "is_grey", "read"]

MODES = ("RGB", "RGBA", "LA", "L")  # Pillow's, of 8 bits a channel
_HEADER = 2**14  # bytes in which formats say how many bits they have


def depth_of(image: Image.Image, source: "str | BinaryIO | None" = None) -> tuple[str, str]:
    """How deep the picture is as it can be read, and how deep it is kept where that is more; empty otherwise.

    Args:
        image: As Pillow opened it.
        source: The file, where it should be told what is cut.

    Returns:
        `("16 bits", "")`, `("8 bits", "16 bits")` and the like.
    """
    if image.mode == "F":
        return "float", ""
    if image.mode in MODES:
        kept = _kept(image, source)
        return ("16 bits", "") if kept == "16 bits" and _has_reader(image) else ("8 bits", kept)
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM")):
        return "16 bits", ""
    return ("32 bits", "") if image.mode == "I" else ("8 bits", "")


def is_grey(image: Image.Image) -> bool:
    """Whether Pillow has made colours of grey: it has no grey of 16 bits with alpha."""
    return _raw_mode(image).startswith("LA;16")


def read(image: Image.Image, channels: int, alpha: bool, source: "str | BinaryIO") -> np.ndarray:
    """The pixels `(height, width, channels)`, uint16, as they are stored, not turned upright.

    Args:
        image: As Pillow opened it; `depth_of` says 16 bits.
        channels: Without alpha: 1 or 3.
        alpha: Whether there is alpha, or a transparent colour, which becomes alpha.
        source: The file.

    Raises:
        Exception: of any kind if the file is damaged.
    """
    if image.format == "PNG":
        content = places.content(places.rewound(source))
        with tf.device("CPU:0"):
            values = tf.io.decode_png(content, channels=4 if alpha else 0, dtype=tf.uint16).numpy()
        return values[..., [0, 3]] if alpha and channels == 1 else values
    if image.format == "PPM":
        return _of_ppm(image, places.content(places.rewound(source)))
    return tiff.planes(places.rewound(source))


def _of_ppm(image: Image.Image, content: bytes) -> np.ndarray:
    """Scaled to all 16 bits, as Pillow does it with grey."""
    (_, (_, most)), offset = image.tile[0][0::3], image.tile[0][2]
    shape = image.height, image.width, len(image.getbands())
    values = np.frombuffer(content, ">u2", int(np.prod(shape)), offset).reshape(shape)
    return np.rint(np.minimum(values / most, 1.0) * 65535).astype(np.uint16)


def _has_reader(image: Image.Image) -> bool:
    if image.format == "PPM":
        return image.mode == "RGB" and image.tile[0][0] == "ppm"  # not those that are written out as text
    return image.format == "PNG" or (image.format == "TIFF" and tiff.readable())


def _kept(image: Image.Image, source: "str | BinaryIO | None") -> str:
    """How deep the file keeps colours: `"16 bits"`; empty for 8 and fewer."""
    bits = 16 if ";16" in _raw_mode(image) else 0
    if image.format == "PPM" and image.tile and isinstance(image.tile[0][3], tuple):
        bits = 16 if image.tile[0][3][-1] > 255 else 0
    if image.format in ("JPEG2000", "AVIF") and source is not None:
        bits = _of_header(image.format, source)
    return f"{bits} bits" if bits > 8 else ""


def _of_header(name: str, source: "str | BinaryIO") -> int:
    """Bits that JPEG 2000 (ISO 15444-1, marker SIZ) or AVIF (box av1C) says; 0 where it says nothing."""
    place = None if isinstance(source, str) else source.tell()
    header = places.beginning(places.rewound(source), _HEADER)
    if place is not None:
        source.seek(place)  # where Pillow, which shares the file, had left it
    start, depth_at = (b"\xff\x4f\xff\x51", 42) if name == "JPEG2000" else (b"av1C", 6)
    found = header.find(start)
    if found < 0 or len(header) <= found + depth_at:
        return 0
    said = header[found + depth_at]
    if name == "JPEG2000":
        return (said & 0x7F) + 1
    return 12 if said & 0x60 == 0x60 else 10 if said & 0x40 else 8


def _raw_mode(image: Image.Image) -> str:
    """How the file keeps its pixels: `"RGB;16B"` is 16 bits, which Pillow cuts down to 8."""
    if not image.tile:
        return ""
    given = image.tile[0][3]
    given = given[0] if isinstance(given, tuple) and given else given
    return given if isinstance(given, str) else ""
