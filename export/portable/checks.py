"""What every program in a bundle asks of values that come from a file, and the error that it raises."""

import re
from typing import Any

__all__ = ["BundleError", "checked_licence", "is_licence", "is_number", "is_size", "short"]

LARGEST_SIZE = 2**31 - 1  # of an axis, a number of classes, ...: what ONNX's shapes are indexed with


class BundleError(ValueError):
    """The file is no kgan export, or what was asked of it cannot be done."""


def short(value: Any) -> str:
    """A value in an error, which may come from a file: of any length, with what a terminal would take for commands."""
    text = " ".join(str(value).split())
    text = text if len(text) <= 200 else f"{text[:180]}..."
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def is_size(value: Any, least: int = 1) -> bool:
    """Whether a value is a whole number that an axis can be long."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST_SIZE


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e30  # no NaN either


def is_licence(value: Any) -> bool:
    """Whether a value may be the name of a licence, as the Hub calls it: `"cc-by-4.0"`, `"unknown"`."""
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,63}", value) is not None


def checked_licence(licence: Any) -> str:
    """The name of a licence.

    Raises:
        ValueError: if it is none.
    """
    if not is_licence(licence):
        raise ValueError(
            f"Expected licence as the Hub calls it, such as apache-2.0, cc-by-4.0 or other. Received: "
            f"licence={short(licence)!r}."
        )
    return licence
