"""Errors in the words of the command line: `--image-size 64` for what Python calls `image_size=64`."""

import re
from collections.abc import Sequence
from typing import Any

from typer.core import TyperOption

__all__ = ["as_typed"]

_VALUE = r"(?P<value>\"[^\"]*\"|'[^']*'|\([^)]*\)|[^\s,;)]*[^\s,;).:])"
_SWITCHES = {
    "crop=True": "--crop",
    "crop=False": "--stretch",
    "strict=True": "--strict",
    "overwrite=True": "--overwrite",
}


def as_typed(message: str, options: Sequence[Any]) -> str:
    """The message with the arguments of Python that this command has an option for written as that option.

    Args:
        message: Of an error.
        options: The parameters of the command that was typed.
    """
    for option in options:
        name = option.name
        if not isinstance(option, TyperOption) or name is None:
            continue
        flag = max(option.opts, key=len)
        if option.is_flag:
            for switch, typed in _SWITCHES.items():
                if switch.startswith(f"{name}=") and typed in (*option.opts, *option.secondary_opts):
                    message = re.sub(rf"(?<![\w.\"']){re.escape(switch)}\b", typed, message)
            continue
        whole = rf"(?<!--set )(?<![\w./\"'-])(?:data\.)?{re.escape(name)}"
        message = re.sub(rf"{whole}={_VALUE}", lambda found, flag=flag: _typed(flag, found["value"]), message)
        message = re.sub(rf"(?<=Expected )(?:data\.)?{re.escape(name)}(?= (?:[<>]|(?:in|of|as|to)\b))", flag, message)
        if name == "image_size":
            message = message.replace(f"{flag} as a number of pixels or (height, width)", f"{flag} as 64 or 64x96")
    return message


def _typed(flag: str, value: str) -> str:
    """The option with its value: a size in Python's order, `(height, width)`, as width x height."""
    pair = re.fullmatch(r"\((\d+), (\d+)\)", value)
    return f"{flag} {pair[2]}x{pair[1]}" if pair else f"{flag} {value}"
