"""Pictures through a network that gives the same picture, larger or better: grey, transparency and 16 bits are kept."""

from typing import Any

import numpy as np
from PIL import Image

from .applier import Applier

__all__ = ["in_its_form"]


def in_its_form(applier: Applier, pixels: np.ndarray, **tiling: Any) -> np.ndarray:
    """What the network makes of a picture, with the channels and the depth that the picture has.

    Alpha does not go through the network, which has learned colours, but is enlarged by bicubic interpolation. Grey
    goes through a network of colours as three equal channels, of whose results the mean is taken.

    Args:
        applier: An `Applier`.
        pixels: `(height, width, channels)`, uint8 or uint16; 1 or 3 channels, with an alpha 2 or 4.
        tiling: `tile`, `overlap` and `batch` of `Applier.apply`.

    Returns:
        `(height * scale, width * scale, channels)` of the same type.

    Raises:
        ApplyError: if the picture has other channels than the network takes, or is too small or too large.
    """
    most = np.iinfo(pixels.dtype).max
    has_alpha = pixels.shape[2] in (2, 4)
    through = pixels if not has_alpha or applier.channels == 4 else pixels[..., :-1]
    if through.shape[2] == 2:  # grey with alpha, for a network that takes both with colours
        through = through[..., [0, 0, 0, 1]]
    low, high = applier.input_range
    drawn = applier.apply(through.astype(np.float32) / np.float32(most) * (high - low) + low, **tiling)
    low, high = applier.value_range
    unit = np.clip((drawn - low) / (high - low), 0.0, 1.0)
    colours = unit[..., :3] if unit.shape[2] == 4 else unit
    if pixels.shape[2] <= 2 and colours.shape[2] == 3:
        colours = colours.mean(axis=2, keepdims=True)
    parts = [colours]
    if has_alpha:
        parts.append(unit[..., 3:] if unit.shape[2] == 4 else _enlarged(pixels[..., -1] / most, unit.shape[:2]))
    return np.rint(np.concatenate(parts, axis=2) * most).astype(pixels.dtype)


def _enlarged(alpha: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    plane = Image.fromarray(alpha.astype(np.float32)).resize(size[::-1], Image.Resampling.BICUBIC)
    return np.clip(np.asarray(plane), 0.0, 1.0)[..., None]
