"""Which files are pictures: by the ends of their names, and what is said of those that cannot be read."""

import functools
import importlib.util
import os
from collections.abc import Mapping

from PIL import Image

from kgan._support import limits

__all__ = ["DICOM", "EXTENSIONS", "NUMPY", "OTHER", "extension", "of_pillow", "reason_against", "without_dicom"]

NUMPY = frozenset((".npy",))
DICOM = frozenset((".dcm", ".dicom"))
_BY_PILLOW = (
    ".apng .avif .avifs .bmp .dib .gif .j2c .j2k .jfif .jp2 .jpc .jpe .jpeg .jpf .jpg .jpx .pbm .pfm .pgm .png .pnm "
    ".ppm .qoi .tga .tif .tiff .webp"
)
EXTENSIONS = frozenset(_BY_PILLOW.split()) | NUMPY | DICOM

# What Pillow may take a file for, whatever its name says. Not EPS: to draw one, Pillow runs another program.
_OF_PILLOW = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "JPEG2000", "PPM", "QOI", "TGA", "DIB")

_AS_PICTURES = "save them as JPEG, PNG or TIFF"
OTHER = "of another kind"
_REASONS: Mapping[str, tuple[str, str]] = {
    "HEIC": (".heic .heif .hif", _AS_PICTURES),
    "camera raw": (".3fr .arw .cr2 .cr3 .dng .erf .kdc .nef .nrw .orf .pef .raf .raw .rw2 .srw .x3f", _AS_PICTURES),
    "Photoshop": (".psb .psd", _AS_PICTURES),
    "drawing": (".ai .cdr .emf .eps .pdf .ps .svg .svgz .wmf", "draw them in pixels first"),
    "HDR": (".exr .hdr", "save them as float TIFF"),
    "JPEG XL": (".jxl .jxr", _AS_PICTURES),
    "layered": (".kra .xcf .ora", _AS_PICTURES),
    "medical volume": (".mha .mhd .mgz .nii .nrrd", "save their slices as DICOM, TIFF or .npy"),
    "film": (".avi .m4v .mkv .mov .mp4 .mpeg .mpg .webm .wmv", "save their frames as pictures"),
}
_UNREADABLE = {end: (kind, way) for kind, (ends, way) in _REASONS.items() for end in ends.split()}


def extension(name: str) -> str:
    """The end of a file's name, in small letters: `.jpg`."""
    return os.path.splitext(name)[1].lower()


@functools.cache
def of_pillow() -> list[str]:
    """Names of the formats that this Pillow may take a file for: it may be built without AVIF, say."""
    Image.init()
    return [name for name in _OF_PILLOW if name in Image.OPEN]


def without_dicom() -> bool:
    """Whether DICOM files cannot be read, because their reader is not installed."""
    return importlib.util.find_spec("pydicom") is None


def reason_against(name: str) -> str | None:
    """Why a file is left out, in words that a count can precede; `None` for a picture that can be read."""
    end = extension(name)
    if end in DICOM and without_dicom():
        return "DICOM (pip install 'kgan[dicom]' reads them)"
    if end in EXTENSIONS:
        return None
    if end in _UNREADABLE:
        kind, way = _UNREADABLE[end]
        return f"{kind} ({end}: {way})"
    return f"{OTHER} ({limits.shortened(end) or 'without extension'})"
