"""Checks of arguments that classes share."""

import numbers


def whole(argument: str, value, least: int) -> int:
    """The whole number.

    Raises:
        ValueError: if `value` is no whole number, or less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"Expected {argument} >= {least}, a whole number. Received: {argument}={value}.")
    return int(value)
