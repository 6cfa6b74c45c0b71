"""Grids and films of samples."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kgan._support import files, limits
from kgan.data import values

__all__ = ["film", "grid", "layout", "save"]

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_SMALLEST_SIDE = 56  # smaller images are enlarged by whole factors, or a grid of digits would be a stamp
_MOST_FRAMES = 120
_FILM_SECONDS = 8.0


def grid(
    images: np.ndarray, columns: int | None = None, value_range: values.ValueRange = values.IMAGE_RANGE
) -> Image.Image:
    """Tiles images row by row, small ones enlarged by a whole factor without smoothing.

    Args:
        images: `(n, height, width, 1, 3 or 4)`, uint8, or float in the value range.
        columns: Images in a row; the square root of `n`, rounded up, by default.
        value_range: `(low, high)` of float images.

    Returns:
        The picture; places left over are black.

    Raises:
        ValueError: if the images are not `(n, height, width, channels)` with 1, 3 or 4 channels.
    """
    if images.ndim != 4 or images.shape[-1] not in _MODES:
        raise ValueError(
            f"Expected images of shape (n, height, width, channels) with 1, 3 or 4 channels to draw. "
            f"Received: shape {images.shape}."
        )
    count, height, width, channels = images.shape
    columns, rows, factor = layout(count, height, width, columns)
    if images.dtype != np.uint8:
        images = values.to_uint8(images, value_range)
    tiles = np.zeros((rows * columns, height, width, channels), np.uint8)
    tiles[:count] = images
    tiled = tiles.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    tiled = tiled.reshape(rows * height, columns * width, channels)
    tiled = tiled.repeat(factor, axis=0).repeat(factor, axis=1)
    return Image.fromarray(tiled[..., 0] if channels == 1 else tiled, _MODES[channels])


def layout(count: int, height: int, width: int, columns: int | None = None) -> tuple[int, int, int]:
    """Columns, rows, and the whole factor that images are enlarged by.

    Raises:
        ValueError: if the grid would have more pixels than Pillow opens without a warning.
    """
    columns = columns or max(1, math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    factor = max(1, _SMALLEST_SIDE // max(1, min(height, width)))
    limits.check_picture(
        columns * width * factor, rows * height * factor, "Draw fewer images, or write the samples to a .npy file."
    )
    return columns, rows, factor


def save(picture: Image.Image, path: Path) -> None:
    """Writes a picture in the format of its suffix, whole or not at all."""
    with files.replacing(path) as partial:
        picture.save(partial)


def film(frames: Sequence[Path], path: Path) -> None:
    """Makes an animated GIF of pictures on disk, at most 120 of them evenly chosen, the last one held for a while."""
    if not frames:
        raise ValueError("Expected at least one frame for a film. Received: none.")
    chosen = [frames[i] for i in sorted({round(k) for k in np.linspace(0, len(frames) - 1, _MOST_FRAMES)})]
    each = max(40, int(1000 * _FILM_SECONDS / len(chosen)))

    def opened(frame: Path) -> Image.Image:
        with Image.open(frame) as picture:
            return picture.convert("P" if picture.mode == "L" else "RGB")

    with files.replacing(path) as partial:
        opened(chosen[0]).save(
            partial,
            save_all=True,
            append_images=(opened(frame) for frame in chosen[1:]),  # one decoded frame at a time
            duration=[each] * (len(chosen) - 1) + [2000],
            loop=0,
        )
