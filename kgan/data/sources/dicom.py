"""DICOM files through pydicom, which comes with the extra `dicom`: the first frame, in the unit that it is kept in."""

import os
from typing import Any, BinaryIO

import numpy as np

from kgan._support import limits

__all__ = ["look", "pixels"]

_PALETTE = "PALETTE COLOR"
_TYPES = {"8 bits": np.uint8, "16 bits": np.uint16, "32 bits": np.uint32}


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
        "channels": 3 if _indexed(dataset) else int(dataset.SamplesPerPixel),
        "depth": _depth(dataset),
        "frames": int(dataset.get("NumberOfFrames", 1) or 1),
        "mode": _PALETTE if _indexed(dataset) else "MONOCHROME1" if _inverted(dataset) else "",
    }


def pixels(source: "str | os.PathLike | BinaryIO") -> tuple[np.ndarray, str]:
    """`(height, width, channels)` with the depth's word: what is kept, times its slope, plus its intercept.

    What says that its smallest value is white (MONOCHROME1) is turned about, and numbers of colours (PALETTE COLOR)
    become these. Exceptions as for `look`.
    """
    import pydicom
    from pydicom.pixels import pixel_array

    dataset = pydicom.dcmread(source)
    limits.check_picture(int(dataset.Columns), int(dataset.Rows), "Cut it into parts.")
    depth = _depth(dataset)
    values = pixel_array(dataset, index=0)
    if _indexed(dataset):
        values = _coloured(values, dataset)
    values = values if values.ndim == 3 else values[..., None]
    if _inverted(dataset):
        values = (-1 if _signed(dataset) else 2 ** int(dataset.BitsStored) - 1) - values.astype(np.int64)
    if depth == "float":
        slope, intercept = _rescaling(dataset)
        return (values.astype(np.float64) * slope + intercept).astype(np.float32), depth
    if int(dataset.BitsAllocated) == 1:
        values = values * 255  # black and white
    return values.astype(_TYPES[depth]), depth


def _inverted(dataset) -> bool:
    return dataset.get("PhotometricInterpretation", "") == "MONOCHROME1"


def _indexed(dataset) -> bool:
    return dataset.get("PhotometricInterpretation", "") == _PALETTE


def _signed(dataset) -> bool:
    return int(dataset.get("PixelRepresentation", 0)) == 1


def _coloured(values: np.ndarray, dataset) -> np.ndarray:
    """Colours by their numbers, of which those outside the palette are its first and last."""
    from pydicom.pixels import apply_color_lut

    entries, first, _ = dataset.RedPaletteColorLookupTableDescriptor
    last = first + (entries or 2**16) - 1
    colours = apply_color_lut(np.clip(values.astype(np.int64), first, last), dataset)
    if colours.dtype == np.uint8 and last - first > 255:
        raise ValueError("a palette of more than 256 colours of 8 bits")
    return colours[..., :3]  # what may be the fourth says how to lay the picture over another


def _rescaling(dataset) -> tuple[float, float]:
    slope, intercept = float(dataset.get("RescaleSlope", 1) or 1), float(dataset.get("RescaleIntercept", 0) or 0)
    dose = float(dataset.get("DoseGridScaling", 1) or 1)  # of radiotherapy: from what is kept to the dose
    if dose != 1 and (slope, intercept) != (1, 0):
        raise ValueError("values with both a DoseGridScaling and a RescaleSlope or RescaleIntercept")
    return slope * dose, intercept


def _depth(dataset) -> str:
    """The word for what `pixels` gives."""
    if _indexed(dataset):
        return "8 bits" if int(dataset.RedPaletteColorLookupTableDescriptor[2]) <= 8 else "16 bits"
    if "BitsStored" not in dataset or _signed(dataset) or _rescaling(dataset) != (1.0, 0.0):
        return "float"  # those that keep floats do not say how many bits
    bits = int(dataset.BitsAllocated)
    if bits > 32:
        raise ValueError(f"whole numbers of {bits} bits")
    return next(f"{most} bits" for most in (8, 16, 32) if bits <= most)
