"""The blocks of a GIF, gone through without decoding any: how large its screen is, and how many pictures it has."""

import struct
from collections.abc import Iterator

__all__ = ["size_and_frames"]

_TERMINATED = b"\x3b"
_EXTENSION, _PICTURE = 0x21, 0x2C
_COMMENT = 0xFE


def size_and_frames(body: bytes, most: int) -> tuple[int, int, int]:
    """The height and width of the screen, and how many pictures are drawn on it.

    Nothing is told of them unless every block is whole, known, and within the screen: a decoder takes a picture beyond
    it for a larger screen, and whoever counted before would have counted too few pixels.

    Args:
        body: The bytes of the file.
        most: Pictures, after which no more are counted.

    Raises:
        ValueError: if it is no such GIF.
    """
    if body[:6] not in (b"GIF87a", b"GIF89a") or len(body) < 13:
        raise ValueError("no GIF")
    width, height, flags = struct.unpack_from("<HHB", body, 6)
    if not width or not height:
        raise ValueError(f"a screen of {width} x {height}")
    frames = 0
    for left, top, wide, high in _pictures(body, 13 + _colours(flags)):
        if left + wide > width or top + high > height or not wide or not high:
            raise ValueError(f"a picture of {wide} x {high} at {left}, {top} on a screen of {width} x {height}")
        frames += 1
        if frames > most:
            break
    if not frames:
        raise ValueError("no pictures")
    return height, width, frames


def _pictures(body: bytes, at: int) -> Iterator[tuple[int, int, int, int]]:
    """Where each picture lies on the screen."""
    while body[at : at + 1] not in (b"", _TERMINATED):
        kind = body[at]
        if kind == _EXTENSION:
            label = body[at + 1 : at + 2]
            after = _behind(body, at + 2)
            if after == at + 3 and label != bytes([_COMMENT]):
                raise ValueError("an empty extension")  # behind which Pillow would take what follows for its content
            at = after
        elif kind == _PICTURE:
            if at + 10 > len(body):
                raise ValueError("the end within a picture's head")
            left, top, wide, high, flags = struct.unpack_from("<HHHHB", body, at + 1)
            yield left, top, wide, high
            at = _behind(body, at + 10 + _colours(flags) + 1)
        else:
            raise ValueError(f"a block of kind {kind}")


def _colours(flags: int) -> int:
    """The bytes of a table of colours, 0 where there is none."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind(body: bytes, at: int) -> int:
    """Where what follows a run of pieces begins, each of which says how long it is; the last is empty."""
    while True:
        if at >= len(body):
            raise ValueError("the end within a block")
        length = body[at]
        at += 1 + length
        if not length:
            return at
