"""NumPy's `.npy` files as bodies: the header is looked at, and the values stay where they came."""

import io
import math
import warnings

import numpy as np

from ..portable.bundle_file import short
from .refusals import Refused

__all__ = ["NPY", "array_in", "npy"]

NPY = ("application/x-npy", "application/octet-stream")  # the second, because browsers know no type of .npy
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_NUMBERS = "uif"  # NumPy's letters for whole numbers and floats


def array_in(body: bytes) -> np.ndarray:
    """The numbers of a `.npy` file, which are not copied: what the header says must be what follows it.

    Raises:
        Refused: if it is no such file, or has anything but numbers.
    """
    file = io.BytesIO(body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers of Python 2
            shape, in_columns, kind = _HEADERS[np.lib.format.read_magic(file)](file)
        if kind.kind not in _NUMBERS:
            raise ValueError(f"values of {kind}")
        count = math.prod(shape)
        if any(axis < 0 for axis in shape) or count * kind.itemsize != len(body) - file.tell():
            raise ValueError(f"{len(body) - file.tell():,} bytes for {kind} of shape {shape}")
        values = np.frombuffer(body, kind, count, file.tell())
        return values.reshape(shape, order="F" if in_columns else "C")
    except Exception as error:  # damaged bytes raise whatever they happen to spell
        said = "Expected a NumPy array of numbers, as numpy.save writes it."
        raise Refused(422, f"{said} Received: {type(error).__name__}: {short(error)}.") from error


def npy(values: np.ndarray) -> bytes:
    """An array as a `.npy` file."""
    held = io.BytesIO()
    np.save(held, values, allow_pickle=False)
    return held.getvalue()
