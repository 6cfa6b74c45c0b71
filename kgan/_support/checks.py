"""Checks of arguments that classes share."""

import math
import numbers


def whole(argument: str, value, least: int) -> int:
    """The whole number.

    Raises:
        ValueError: if `value` is no whole number, or less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"Expected {argument} >= {least}, a whole number. Received: {argument}={value}.")
    return int(value)


def not_negative(argument: str, value) -> float:
    """The number.

    Raises:
        ValueError: if `value` is no finite number of 0 or more.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0.0 <= value < math.inf:
        raise ValueError(f"Expected {argument} as a finite number of 0 or more. Received: {argument}={value!r}.")
    return float(value)


def positive(argument: str, value) -> float:
    """The number.

    Raises:
        ValueError: if `value` is no finite number above 0.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0.0 < value < math.inf:
        raise ValueError(f"Expected {argument} as a finite number above 0. Received: {argument}={value!r}.")
    return float(value)
