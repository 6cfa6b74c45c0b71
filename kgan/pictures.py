"""Grids and films of samples."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from kgan._support import files, limits
from kgan.data import values

__all__ = ["beside", "by_class", "film", "grid", "layout", "png_texts", "save", "strips", "title"]

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_SMALLEST_SIDE = 64  # smaller images are enlarged by whole factors, or a grid of digits would be a stamp
_MOST_FRAMES = 120
_SMALLEST_COLUMN = 96  # pixels that images beside others are enlarged to at least, so that names fit above them
_HEADER = 14  # pixels above the columns, for their names
_BACKGROUND = 255  # where there is no image
_FILM_SECONDS = 8.0
_MOST_CLASSES = 20  # beside each other
_WRONG = (201, 58, 58)  # what is drawn around samples of another class


def grid(
    images: np.ndarray,
    columns: int | None = None,
    value_range: values.ValueRange = values.IMAGE_RANGE,
    names: Sequence[str] | None = None,
) -> Image.Image:
    """Tiles images row by row, small ones enlarged by a whole factor without smoothing.

    Args:
        images: `(n, height, width, channels)`, uint8, or float in the value range. Of five channels and more the first
            three are drawn, as colour; of two the first.
        columns: Images in a row; by default about the square root of `n`, and so that rows come out even where that
            can be.
        value_range: `(low, high)` of float images.
        names: What stands above each column, shortened where it is too wide; `None` for nothing. `title` makes such
            names of classes.

    Returns:
        The picture; places left over are white.

    Raises:
        ValueError: if the images are not `(n, height, width, channels)` or there is not one name for each
            column.
    """
    if images.ndim != 4 or images.shape[-1] == 0:
        raise ValueError(
            f"Expected images of shape (n, height, width, channels) to draw. Received: shape {images.shape}."
        )
    images = _drawable(images)
    count, height, width, channels = images.shape
    columns, rows, factor = layout(count, height, width, columns)
    if names is not None and len(names) != columns:
        raise ValueError(f"Expected a name for each of {columns} columns. Received: {len(names)} names.")
    if images.dtype != np.uint8:
        images = values.to_uint8(images, value_range)
    tiles = np.full((rows * columns, height, width, channels), _BACKGROUND, np.uint8)
    tiles[:count] = images
    tiled = tiles.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    tiled = tiled.reshape(rows * height, columns * width, channels)
    tiled = tiled.repeat(factor, axis=0).repeat(factor, axis=1)
    drawn = Image.fromarray(tiled[..., 0] if channels == 1 else tiled, _MODES[channels])
    return drawn if names is None else _headed(drawn, names)


def _drawable(images: np.ndarray) -> np.ndarray:
    """As many channels as pictures have: the first three of many, the first of two."""
    channels = images.shape[-1]
    return images if channels in _MODES else images[..., : 1 if channels == 2 else 3]


def title(number: int, names: Sequence[str] | None = None) -> str:
    """What stands above the pictures of a class: its name, or its number where Pillow's font lacks the letters."""
    if names is None:
        return str(number)
    letters = "".join(one for one in unicodedata.normalize("NFKD", names[number]) if not unicodedata.combining(one))
    letters = " ".join(letters.split())
    return letters if letters and letters.isascii() and letters.isprintable() else f"#{number}"


def _headed(drawn: Image.Image, names: Sequence[str]) -> Image.Image:
    """A picture of columns with their names above."""
    bands = len(drawn.getbands())
    picture = Image.new(drawn.mode, (drawn.width, drawn.height + _HEADER), (_BACKGROUND,) * bands)
    picture.paste(drawn, (0, _HEADER))
    draw, width = ImageDraw.Draw(picture), drawn.width / len(names)
    for column, name in enumerate(names):
        place = ((column + 0.5) * width, _HEADER / 2)
        draw.text(place, _fitting(draw, name, width - 4), (0,) * min(3, bands), anchor="mm")
    return picture


def _fitting(draw: ImageDraw.ImageDraw, name: str, width: float) -> str:
    """A name, shortened until it is no wider than so many pixels."""
    if draw.textlength(name) <= width:
        return name
    kept = min(len(name), int(width))  # no letter is narrower than a pixel
    while kept > 1 and draw.textlength(f"{name[:kept].rstrip()}...") > width:
        kept -= 1
    return f"{name[:kept].rstrip()}..."


def beside(columns: Mapping[str, np.ndarray], value_range: values.ValueRange = values.IMAGE_RANGE) -> Image.Image:
    """Images of several kinds side by side, one kind a column under its name, one image of each in a row.

    Images of a column that are smaller than others in their row are enlarged without smoothing, and grey ones stand
    beside coloured ones as they are.

    Args:
        columns: By the names to write above them, `(n, height, width, channels)` each, uint8, or float in the value
            range. Heights and widths may differ from column to column, but not `n`.
        value_range: `(low, high)` of float images.

    Returns:
        The picture, in RGB, or RGBA where a column has an alpha.

    Raises:
        ValueError: if the images cannot be shown, or columns differ in length.
    """
    counts = {len(images) for images in columns.values()}
    if len(counts) != 1:
        lengths = ", ".join(f"{len(images)} of {name}" for name, images in columns.items())
        raise ValueError(f"Expected as many images in each column. Received: {lengths}.")
    mode = "RGBA" if any(images.shape[-1] == 4 for images in columns.values()) else "RGB"
    height, width = (max(images.shape[axis] for images in columns.values()) for axis in (1, 2))
    factor = max(1, math.ceil(_SMALLEST_COLUMN / min(height, width)))
    limits.check_picture(
        len(columns) * width * factor, _HEADER + counts.pop() * height * factor, "Draw fewer rows of images."
    )
    tiles = [
        np.stack([_tile(image, mode, (width * factor, height * factor), value_range) for image in images])
        for images in columns.values()
    ]
    rows = np.stack(tiles, axis=1)  # (n, columns, height, width, channels)
    return _headed(grid(rows.reshape(-1, *rows.shape[2:]), len(columns)), list(columns))


def strips(
    given: np.ndarray,
    predicted: np.ndarray,
    true: np.ndarray,
    value_range: values.ValueRange = values.IMAGE_RANGE,
) -> Image.Image:
    """Films as strips of frames: those that were given, then those predicted, and below the true ones.

    Args:
        given: `(n, frames, height, width, channels)`, uint8, or float in the value range.
        predicted: The same of the frames that were predicted.
        true: The same of those that followed.
        value_range: `(low, high)` of float frames.

    Returns:
        The picture, under the names of its two columns.

    Raises:
        ValueError: if the films cannot be shown.
    """
    given, predicted, true = (
        one if one.dtype == np.uint8 else values.to_uint8(one, value_range) for one in (given, predicted, true)
    )

    def strip(films: np.ndarray) -> np.ndarray:
        """`(n, frames, height, width, c)` as `(n, height, frames * width, c)`."""
        count, frames, height, width, channels = films.shape
        return films.swapaxes(1, 2).reshape(count, height, frames * width, channels)

    below = np.full_like(given, _BACKGROUND)
    columns = {"given": (given, below), "predicted, and below true": (predicted, true)}
    return beside({name: np.concatenate([strip(one) for one in pair], axis=1) for name, pair in columns.items()})


def by_class(
    samples: np.ndarray,
    told: np.ndarray,
    names: Sequence[str],
    truths: "np.ndarray | None" = None,
    value_range: values.ValueRange = values.IMAGE_RANGE,
    rows: int = 8,
) -> Image.Image:
    """Samples in columns, by the class that is told of them; those of another class have a red edge.

    Args:
        samples: Images `(n, height, width, channels)`, uint8, or float in the value range.
        told: The number of a class for each, `(n,)`.
        names: Of the classes, of which the first 20 are drawn.
        truths: The true classes, `(n,)`; `None` where they are not known.
        value_range: `(low, high)` of float images.
        rows: Samples of a class to draw, the first ones.

    Returns:
        The picture, in RGB; places left over are white.

    Raises:
        ValueError: if there is not one class for each sample.
    """
    if len(samples) != len(told):
        raise ValueError(f"Expected a class for each of {len(samples)} samples. Received: {len(told)}.")
    columns = {}
    for number, _ in enumerate(names[:_MOST_CLASSES]):
        column = np.full((rows, *samples.shape[1:3], 3), _BACKGROUND, np.uint8)
        for row, place in enumerate(np.flatnonzero(told == number)[:rows]):
            size = samples.shape[2:0:-1]
            column[row] = _tile(samples[place], "RGB", size, value_range)
            if truths is not None and truths[place] != number:
                for edge in (column[row, 0], column[row, -1], column[row, :, 0], column[row, :, -1]):
                    edge[:] = _WRONG
        columns[title(number, names)] = column
    return beside(columns)


def _tile(image: np.ndarray, mode: str, size: tuple[int, int], value_range: values.ValueRange) -> np.ndarray:
    """One image, uint8 in that mode, enlarged to `(width, height)`."""
    image = _drawable(image)
    pixels = image if image.dtype == np.uint8 else values.to_uint8(image, value_range)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels, _MODES[pixels.shape[-1]])
    return np.asarray(picture.convert(mode).resize(size, Image.Resampling.NEAREST))


def layout(count: int, height: int, width: int, columns: int | None = None) -> tuple[int, int, int]:
    """Columns, rows, and the whole factor that images are enlarged by.

    Raises:
        ValueError: if the grid would have more pixels than Pillow opens without a warning.
    """
    if columns is None:
        square = max(1, math.ceil(math.sqrt(count)))
        columns = next((one for one in range(square, 2 * square) if count % one == 0), square)
    rows = math.ceil(count / columns)
    factor = math.ceil(_SMALLEST_SIDE / max(1, min(height, width)))
    limits.check_picture(
        columns * width * factor, rows * height * factor, "Draw fewer images, or write the samples to a .npy file."
    )
    return columns, rows, factor


def save(picture: Image.Image, path: Path, texts: Mapping[str, str] | None = None) -> None:
    """Writes a picture in the format of its suffix, whole or not at all.

    Args:
        picture: The picture.
        path: Where it goes.
        texts: What a PNG file says of itself besides, by PNG's keywords, as `{"Disclaimer": "..."}`.
    """
    options: dict[str, Any] = {} if texts is None else {"pnginfo": png_texts(texts)}
    with files.replacing(path) as partial:
        picture.save(partial, **options)


def png_texts(texts: Mapping[str, str]) -> PngInfo:
    """What a PNG file says of itself, as Pillow's `save(pnginfo=...)` takes it."""
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(keyword, text)
    return info


def film(frames: Sequence[Path], path: Path) -> None:
    """Makes an animated GIF of pictures on disk, at most 120 of them evenly chosen, the last one held for a while."""
    if not frames:
        raise ValueError("Expected at least one frame for a film. Received: none.")
    chosen = [frames[i] for i in sorted({round(k) for k in np.linspace(0, len(frames) - 1, _MOST_FRAMES)})]
    each = max(40, int(1000 * _FILM_SECONDS / len(chosen)))

    with Image.open(chosen[-1]) as last:
        size, said = last.size, last.info.get("Disclaimer")

    def opened(frame: Path) -> Image.Image:
        with Image.open(frame) as picture:
            drawn = picture.convert("P" if picture.mode == "L" else "RGB")
        # Grids of an earlier kgan, in a run that went on since, have another size.
        return drawn if drawn.size == size else drawn.resize(size, Image.Resampling.NEAREST)

    with files.replacing(path) as partial:
        opened(chosen[0]).save(
            partial,
            save_all=True,
            append_images=(opened(frame) for frame in chosen[1:]),  # one decoded frame at a time
            duration=[each] * (len(chosen) - 1) + [2000],
            loop=0,
            **({} if said is None else {"comment": said.encode()}),
        )
