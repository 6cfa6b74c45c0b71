"""Pictures in files: what is read of them, and where each goes."""

import os
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from .bundle_file import BundleError, short

__all__ = ["PICTURES", "open_picture", "pairs_of"]

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")


def open_picture(path: str | os.PathLike) -> Image.Image:
    """A picture, turned as its EXIF data says.

    Raises:
        BundleError: if the file is no picture, is damaged, too large, or has more than one frame.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                # n_frames would go through all frames of a TIFF, in quadratic time
                if getattr(image, "is_animated", False) and image.format in ("GIF", "PNG", "WEBP", "TIFF"):
                    raise ValueError("several frames, where one picture was due")
                return ImageOps.exif_transpose(image)
    except Exception as error:  # a damaged file raises whatever its bytes happen to spell
        raise BundleError(f"Expected a picture. Received: {path}: {type(error).__name__}: {short(error)}.") from error


def pairs_of(source: Path, out: Path) -> list[tuple[Path, Path]]:
    """Each picture of a source with where it goes.

    Args:
        source: A picture, or a folder of pictures with its sub-folders.
        out: Where the picture goes; for a folder a folder, in which sub-folders and names are as they were.

    Raises:
        BundleError: if there is no picture, or `out` is not of the kind that `source` asks for.
    """
    if not source.is_dir():
        if not source.is_file():
            what = "is neither" if source.exists() else "does not exist"
            raise BundleError(f"Expected a picture, or a folder of them. Received: {source}, which {what}.")
        if out.suffix.lower() not in PICTURES:
            raise BundleError(f"Expected out to end in {', '.join(PICTURES)}. Received: {out}.")
        return [(source, out)]
    if out.exists() and not out.is_dir():
        raise BundleError(f"Expected a folder for the pictures of {source}. Received: {out}, which is a file.")
    if out.resolve().is_relative_to(source.resolve()):
        raise BundleError(f"Expected out outside of {source}, whose pictures it would add to. Received: {out}.")
    names = [path.relative_to(source) for path in sorted(source.rglob("*")) if path.suffix.lower() in PICTURES]
    names = [name for name in names if not name.name.startswith(".") and (source / name).is_file()]
    if not names:
        raise BundleError(f"Expected pictures ({', '.join(PICTURES)}) in {source}. Received: none.")
    return [(source / name, out / name) for name in names]
