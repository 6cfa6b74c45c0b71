"""One image of any size and mode, made the size and channels that the networks take.

Pillow resizes with a filter that covers every source pixel; TensorFlow's default skips pixels when it shrinks, which
shows in the samples and in every distance measured on them (Parmar et al., 2022, On Aliased Resizing and Surprising
Subtleties in GAN Evaluation, arXiv:2104.11222).
"""

import numpy as np
from PIL import Image, ImageOps

__all__ = ["Size", "channels_of", "parse_size", "resized", "to_array", "upright_size"]

Size = tuple[int, int]
_ORIENTATION = 0x0112  # the EXIF tag
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def parse_size(image_size: "int | tuple[int, int] | None") -> Size | None:
    """`64` -> `(64, 64)`; checks a `(height, width)`.

    Raises:
        ValueError: if `image_size` is neither a positive integer nor a pair of them.
    """
    if image_size is None:
        return None
    sides: tuple = (image_size, image_size) if isinstance(image_size, int) else ()
    if isinstance(image_size, tuple | list):
        sides = tuple(image_size)
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise ValueError(
            f"Expected image_size as a number of pixels or (height, width). Received: image_size={image_size!r}."
        )
    height, width = sides
    return height, width


def channels_of(image: Image.Image) -> int:
    """1 for a grey image, 3 for any other: what the image needs to be shown over white."""
    return 1 if image.mode in ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L") else 3


def upright_size(image: Image.Image) -> Size:
    """`(height, width)` once the camera's orientation is applied."""
    sideways = image.getexif().get(_ORIENTATION, 1) >= 5
    return (image.width, image.height) if sideways else (image.height, image.width)


def to_array(image: Image.Image, channels: int, size: Size | None = None, crop: bool = True) -> np.ndarray:
    """Decodes, orients, converts and resizes one image.

    Args:
        image: An open Pillow image of any mode; it is turned upright where it stands.
        channels: 1 (grey), 3 (RGB, what is transparent over white) or 4 (RGBA).
        size: `(height, width)` of the result; `None` keeps the image's.
        crop: `True` scales the image until it covers the size and cuts about the centre; `False` stretches it.

    Returns:
        uint8 `(height, width, channels)`.
    """
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip rather than scale
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    if channels != 4 and ("A" in image.mode or "transparency" in image.info):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    if image.mode != _MODES[channels]:
        image = image.convert(_MODES[channels])
    if size is not None and (image.height, image.width) != size:
        width_height = (size[1], size[0])
        if crop:
            image = ImageOps.fit(image, width_height, Image.Resampling.LANCZOS)
        else:
            image = image.resize(width_height, Image.Resampling.LANCZOS)
    return np.asarray(image).reshape(image.height, image.width, channels)


def resized(pixels: np.ndarray, size: Size, crop: bool = True) -> np.ndarray:
    """The same for an image that is an array already: uint8 `(height, width, 1, 3 or 4)`."""
    channels = pixels.shape[-1]
    if pixels.shape[:2] == size:
        return pixels
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    return to_array(image, channels, size, crop)
