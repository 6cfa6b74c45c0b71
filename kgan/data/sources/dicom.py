"""DICOM files through pydicom, which comes with the extra `dicom`: the first frame, in the unit that it is kept in."""

import os
from typing import Any, BinaryIO

import numpy as np

from kgan._support import limits

__all__ = ["look", "pixels"]


def look(source: "str | os.PathLike | BinaryIO") -> dict[str, Any]:
    """Arguments of a `Look`.

    Raises:
        Exception: of any kind if the file is damaged, or larger than a picture.
    """
    import pydicom  # here, because it is an extra

    dataset = pydicom.dcmread(source, stop_before_pixels=True)
    height, width = int(dataset.Rows), int(dataset.Columns)
    limits.check_picture(width, height, "Cut it into parts.")
    return {
        "size": (height, width),
        "channels": int(dataset.SamplesPerPixel),
        "depth": _depth(dataset),
        "frames": int(dataset.get("NumberOfFrames", 1) or 1),
        "mode": "MONOCHROME1" if _inverted(dataset) else "",
    }


def pixels(source: "str | os.PathLike | BinaryIO") -> tuple[np.ndarray, str]:
    """`(height, width, channels)` with the depth's word: what is kept, times its slope, plus its intercept.

    What says that its smallest value is white (MONOCHROME1) is turned about. Exceptions as for `look`.
    """
    import pydicom
    from pydicom.pixels import pixel_array

    dataset = pydicom.dcmread(source)
    limits.check_picture(int(dataset.Columns), int(dataset.Rows), "Cut it into parts.")
    values = pixel_array(dataset, index=0)
    values = values if values.ndim == 3 else values[..., None]
    if _inverted(dataset):
        values = 2 ** int(dataset.BitsStored) - 1 - values.astype(np.int32)
    depth = _depth(dataset)
    if depth == "float":
        slope, intercept = _rescaling(dataset)
        return values.astype(np.float32) * np.float32(slope) + np.float32(intercept), depth
    return values.astype(np.uint8 if depth == "8 bits" else np.uint16), depth


def _inverted(dataset) -> bool:
    return dataset.get("PhotometricInterpretation", "") == "MONOCHROME1"


def _rescaling(dataset) -> tuple[float, float]:
    return float(dataset.get("RescaleSlope", 1) or 1), float(dataset.get("RescaleIntercept", 0) or 0)


def _depth(dataset) -> str:
    """The word for what `pixels` gives."""
    signed = int(dataset.get("PixelRepresentation", 0)) == 1
    if signed or _rescaling(dataset) != (1.0, 0.0):
        return "float"
    return "8 bits" if int(dataset.BitsAllocated) <= 8 else "16 bits"
