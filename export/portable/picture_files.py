"""Picture files, opened as a program in a bundle opens them."""

import os
import warnings

from PIL import Image, ImageOps

from .bundle_file import BundleError, short

__all__ = ["PICTURES", "open_picture"]

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
