"""How samples of another type or range are brought to what is trained on: the advice that errors end with."""

from typing import Any

import numpy as np

__all__ = ["to_float_type", "to_pixels", "to_range"]

_DEPTHS = (255.0, 65535.0)  # the most that a pixel of 8 and of 16 bits can be


def to_pixels(dtype: Any, low: float | None, high: float | None) -> str:
    """The advice for images of a type that is neither uint8 nor float.

    Args:
        dtype: NumPy's type of the images.
        low: Their least value; `None` where it is not known.
        high: Their greatest value; `None` where it is not known.
    """
    kind = np.dtype(dtype).kind
    if kind == "b":
        return "Convert them with x.astype('uint8') * 255."
    if kind not in "iu":
        return "Pass numbers: arrays of uint8 or float32."
    if low is None or high is None:
        return (
            f"Convert them with x.astype('uint8') if their values are 0 to 255, and with "
            f"(x / M * 255).round().astype('uint8') if they reach M: {_of_all_bits(dtype)}."
        )
    if low < 0:
        span = high - low
        return (
            f"Their values are {low:g} to {high:g}: convert them with "
            f"((x.astype('float32') + {-low:g}) / {span:g} * 255).round().astype('uint8')."
        )
    if high <= 1:
        return "They never exceed 1: convert them with x.astype('uint8') * 255."
    if high <= _DEPTHS[0]:
        return "Convert them with x.astype('uint8'): their values are within 0 to 255."
    if high <= _DEPTHS[1]:
        return (
            f"They reach {high:g}: convert them with (x / {high:g} * 255).round().astype('uint8'), or with "
            f"(x / 257).round().astype('uint8') to keep the scale of 16 bits."
        )
    return f"They reach {high:g}: convert them with (x / {high:g} * 255).round().astype('uint8')."


def _of_all_bits(dtype: Any) -> str:
    if np.dtype(dtype) == np.uint16:
        return "(x / 257).round().astype('uint8') for all 16 bits, M = 4095 for 12"
    return "M = 4095 for 12 bits, 65535 for 16"


def to_float_type(dtype: Any) -> str:
    """The advice for samples that are no images, of a type that is not float."""
    if np.dtype(dtype).kind in "biu":
        return "Convert them with x.astype('float32')."
    return "Pass numbers: an array of float32."


def to_range(low: float, high: float, value_range: "tuple[float, float]") -> str:
    """The advice for images as floats outside the value range.

    Args:
        low: Their least value.
        high: Their greatest value.
        value_range: `(low, high)` that the model trains on.
    """
    least, most = value_range
    if low >= 0.0 and high <= 1.0:
        return f"They look like [0, 1]: rescale them with {_scaled('x', 1.0, least, most)}."
    if low >= 0.0 and high <= _DEPTHS[0] + 0.5:
        return f"They look like [0, 255]: pass them as x.astype('uint8'), or {_scaled('x', 255.0, least, most)}."
    if low >= 0.0 and high <= _DEPTHS[1] + 0.5:
        return (
            f"They look like 12 or 16 bits: rescale them with {_scaled('x', high, least, most)}, or with "
            f"{_scaled('x', _DEPTHS[1], least, most)} to keep the scale of 16 bits."
        )
    if low >= -1.001 and high <= 1.001:
        return f"They look like [-1, 1]: rescale them with {_scaled('(x + 1)', 2.0, least, most)}."
    moved = "x" if low == 0 else f"(x {'+' if low < 0 else '-'} {abs(low):g})"
    return (
        f"Rescale them with {_scaled(moved, high - low, least, most)}, with the least and greatest value of all your "
        f"data, or pass value_range=None to train on them as they are."
    )


def _scaled(x: str, span: float, least: float, most: float) -> str:
    """`x` of 0 to `span` brought to the range, as a formula."""
    width = most - least
    factor = span / width
    scaled = x if factor == 1.0 else f"{x} / {factor:.10g}" if factor > 1.0 else f"{x} * {1 / factor:.10g}"
    return scaled if least == 0 else f"{scaled} {'-' if least < 0 else '+'} {abs(least):g}"
