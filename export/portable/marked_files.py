"""Pictures that say of themselves what they are, in words that lie in their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .bundle_file import BundleError, written_whole

__all__ = ["MARKED", "write_marked"]

MARKED = (".png", ".jpg", ".jpeg", ".webp")  # kinds of files that hold words


def write_marked(pixels: np.ndarray, out: Path, marks: Mapping[str, Any]) -> None:
    """Writes a picture with what it says of itself, whole or not at all.

    Args:
        pixels: uint8 `(height, width, 1 or 3)`.
        out: Where it goes; its name ends in one of `MARKED`.
        marks: `"texts"` by PNG's keywords, `"Disclaimer"` among them, and `"xmp"`.

    Raises:
        BundleError: if the format has no room for the picture.
    """
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    options: dict[str, Any] = {}
    if out.suffix.lower() == ".png":
        info = PngInfo()
        for keyword, text in marks["texts"].items():
            info.add_itxt(keyword, text)
        info.add_itxt("XML:com.adobe.xmp", marks["xmp"])
        options["pnginfo"] = info
    else:
        exif = Image.Exif()
        exif[0x010E] = marks["texts"]["Disclaimer"]  # ImageDescription
        exif[0x0131] = marks["texts"].get("Software", "kgan")
        options |= {"exif": exif, "xmp": marks["xmp"].encode(), "quality": 95}
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as partial:
        try:
            picture.save(partial, **options)
        except (ValueError, OSError) as error:  # a side beyond what the format has, say
            raise BundleError(f"Expected {out} to be written. Received: {error}.") from error
