"""One image of any size and mode, made the size and channels that the networks take.

Pillow resizes with a filter that covers every source pixel; TensorFlow's default skips pixels when it shrinks, which
shows in the samples and in every distance measured on them (Parmar et al., 2022, On Aliased Resizing and Surprising
Subtleties in GAN Evaluation, arXiv:2104.11222).
"""

import re

import numpy as np
from PIL import Image, ImageOps

from kgan._support import limits

__all__ = [
    "Size",
    "channels_of",
    "fitted",
    "parse_size",
    "resized",
    "to_array",
    "typed_size",
    "upright",
    "upright_size",
]

Size = tuple[int, int]
_ORIENTATION = 0x0112  # the EXIF tag
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_TYPED = re.compile(r"\s*(\d{1,9})\s*(?:[xX\u00d7]\s*(\d{1,9})\s*)?")  # 64, or 64x96
_GREY = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_UPRIGHT = {  # what turns an array whose picture has that orientation
    2: lambda values: values[:, ::-1],
    3: lambda values: values[::-1, ::-1],
    4: lambda values: values[::-1],
    5: lambda values: values.swapaxes(0, 1),
    6: lambda values: values.swapaxes(0, 1)[:, ::-1],
    7: lambda values: values[::-1, ::-1].swapaxes(0, 1),
    8: lambda values: values.swapaxes(0, 1)[::-1],
}


def typed_size(text: str) -> "int | Size":
    """A size as it is typed: `"64"` for a square, or `"64x96"`, 64 wide and 96 high, which is `(96, 64)`.

    Raises:
        ValueError: if the text is neither.
    """
    found = _TYPED.fullmatch(text)
    if found is None or 0 in (int(found[1]), int(found[2] or 1)):
        raise ValueError(
            f"Expected image_size as a number of pixels, 64, or as width x height, 64x96. "
            f"Received: image_size={limits.shortened(repr(text))}."
        )
    return int(found[1]) if found[2] is None else (int(found[2]), int(found[1]))


def parse_size(image_size: "int | str | tuple[int, int] | None") -> Size | None:
    """`64` -> `(64, 64)`; checks a `(height, width)`; reads a text as `typed_size` does.

    Raises:
        ValueError: if `image_size` is neither a positive integer, nor a pair of them, nor a text of such.
    """
    if image_size is None:
        return None
    if isinstance(image_size, str):
        image_size = typed_size(image_size)
    sides: tuple = (image_size, image_size) if isinstance(image_size, int) else ()
    if isinstance(image_size, tuple | list):
        sides = tuple(image_size)
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise ValueError(
            f"Expected image_size as a number of pixels, at least 1, or (height, width). "
            f"Received: image_size={image_size!r}."
        )
    height, width = sides
    return height, width


def channels_of(image: Image.Image) -> int:
    """1 for a grey image, 3 for any other: what the image needs to be shown over white."""
    if image.mode in ("P", "PA"):
        palette = np.frombuffer(bytes(image.getpalette("RGB") or ()), np.uint8).reshape(-1, 3)
        return 1 if len(palette) and (palette == palette[:, :1]).all() else 3
    return 1 if image.mode in _GREY else 3


def upright_size(image: Image.Image) -> Size:
    """`(height, width)` once the camera's orientation is applied."""
    sideways = _orientation(image) >= 5
    return (image.width, image.height) if sideways else (image.height, image.width)


def upright(values: np.ndarray, image: Image.Image) -> np.ndarray:
    """An array `(height, width, ...)` with the orientation of the picture that it was read from applied."""
    turn = _UPRIGHT.get(_orientation(image))
    return values if turn is None else turn(values)


def _orientation(image: Image.Image) -> int:
    if image.format == "PNG" and not {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"} & image.info.keys():
        return 1  # Pillow would decode it all, to look for one behind the pixels
    found = image.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) else 1


def to_array(
    image: Image.Image, channels: int, size: Size | None = None, crop: bool = True, background: str = "white"
) -> np.ndarray:
    """Decodes, orients, converts and resizes one image.

    Args:
        image: An open Pillow image of any mode; it is turned upright where it stands.
        channels: 1 (grey), 3 (RGB, what is transparent over the background) or 4 (RGBA).
        size: `(height, width)` of the result; `None` keeps the image's.
        crop: `True` scales the image until it covers the size and cuts about the centre; `False` stretches it.
        background: A colour, as `"white"` or `"#102030"`.

    Returns:
        uint8 `(height, width, channels)`.
    """
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip rather than scale
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    if channels != 4 and ("A" in image.mode or "transparency" in image.info):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, background), image)
    if image.mode != _MODES[channels]:
        image = image.convert(_MODES[channels])
    if size is not None and (image.height, image.width) != size:
        width_height = (size[1], size[0])
        if crop:
            image = ImageOps.fit(image, width_height, Image.Resampling.LANCZOS)
        else:
            image = image.resize(width_height, Image.Resampling.LANCZOS)
    return np.asarray(image).reshape(image.height, image.width, channels)


def fitted(values: np.ndarray, size: Size | None, crop: bool = True) -> np.ndarray:
    """Resizes a picture of any number of channels and any depth.

    Args:
        values: float32 `(height, width, channels)`.
        size: `(height, width)` of the result; `None` keeps the picture's.
        crop: As for `to_array`.

    Returns:
        float32; sharp edges overshoot the picture's own values a little.
    """
    if size is None or values.shape[:2] == size:
        return values
    how, width_height = Image.Resampling.LANCZOS, (size[1], size[0])
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(values, -1, 0)]
    planes = [ImageOps.fit(one, width_height, how) if crop else one.resize(width_height, how) for one in planes]
    return np.stack([np.asarray(plane) for plane in planes], axis=-1)


def resized(pixels: np.ndarray, size: Size, crop: bool = True) -> np.ndarray:
    """The same for an image that is an array already: uint8 `(height, width, 1, 3 or 4)`."""
    channels = pixels.shape[-1]
    if pixels.shape[:2] == size:
        return pixels
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    return to_array(image, channels, size, crop)
