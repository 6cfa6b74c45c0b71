"""What every program in a bundle asks of values that come from a file, and the error that it raises."""

from typing import Any

__all__ = ["BundleError", "is_number", "is_size", "short"]

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
