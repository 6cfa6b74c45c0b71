"""Channels and backgrounds, as they are asked for by number, word or code."""

import re

from PIL import ImageColor

from kgan._support import limits
from kgan.data.splits import DataError

__all__ = ["MOST_CHANNELS", "WORDS", "parse_background", "parse_channels", "word_for"]

MOST_CHANNELS = 16
WORDS = {"grey": 1, "gray": 1, "colour": 3, "color": 3}
_CODE = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def parse_channels(channels: "int | str | None", name: str = "channels") -> int | None:
    """A number of channels from a number or a word.

    Args:
        channels: 1 to 16, `"grey"`, `"colour"`, or `None`.
        name: Of the argument, for the error.

    Raises:
        DataError: if it is none of these.
    """
    if isinstance(channels, str):
        channels = WORDS.get(channels.strip().lower(), channels)
    if isinstance(channels, str) and re.fullmatch(r"\d{1,3}", channels.strip()):
        channels = int(channels)
    if channels is None or (type(channels) is int and 1 <= channels <= MOST_CHANNELS):
        return channels
    raise DataError(
        f"Expected {name} from 1 to {MOST_CHANNELS}, 'grey' (1), 'colour' (3) or None. "
        f"Received: {name}={limits.shortened(repr(channels))}."
    )


def parse_background(background: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255 each, of a colour by its name or code.

    Raises:
        DataError: if there is no such colour.
    """
    text = background.strip().lower() if isinstance(background, str) else ""
    if _CODE.fullmatch(text) or text in ImageColor.colormap:
        return ImageColor.getrgb(text)[:3]
    raise DataError(
        f"Expected background as the name of a colour, 'white', or its code, '#rrggbb'. "
        f"Received: background={limits.shortened(repr(background))}."
    )


def word_for(channels: int, alpha: bool = False) -> str:
    """What pictures of so many channels, alpha left aside, are called: `"grey"`, `"colour with alpha"`."""
    word = {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
    return f"{word} with alpha" if alpha else word
