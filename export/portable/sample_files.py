"""Samples as files: one grid, an array, or a file each."""

import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .bundle_file import MOST_PIXELS, BundleError, written_whole
from .output_form import as_uint8

__all__ = [
    "MODES",
    "PICTURES",
    "STREAMED",
    "check_out",
    "each_name",
    "grid",
    "layout",
    "picture_of",
    "refuse_existing",
    "write",
    "write_one",
]

STREAMED = (".npy", ".npz", ".zip")  # files of any number of samples
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
MODES = (1, 3, 4)  # channels of pictures
SMALLEST_SIDE = 64  # pixels; smaller images are enlarged by whole factors
HEADER = 14  # pixels above the columns, for their names
BACKGROUND = 255


def grid(
    images: np.ndarray,
    columns: int | None = None,
    value_range: Sequence[float] = (-1.0, 1.0),
    names: Sequence[str] | None = None,
) -> Image.Image:
    """Tiles float images in the value range into one picture.

    Args:
        images: `(n, height, width, channels)`. Of five channels and more the first three are drawn, as colour; of two
            the first.
        columns: Images in a row; by default, so that no row is left incomplete where that can be.
        value_range: `(low, high)` of the images.
        names: What stands above the columns, shortened to fit; `None` for nothing.
    """
    if images.shape[-1] not in MODES:
        images = images[..., : 1 if images.shape[-1] == 2 else 3]
    count, height, width, channels = images.shape
    columns, rows, factor = layout(count, height, width, columns)
    tiles = np.full((rows * columns, height, width, channels), BACKGROUND, np.uint8)
    tiles[:count] = as_uint8(images, value_range)
    tiled = tiles.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    tiled = tiled.reshape(rows * height, columns * width, channels)
    drawn = Image.fromarray(squeezed(tiled.repeat(factor, axis=0).repeat(factor, axis=1)))
    return drawn if names is None else headed(drawn, names)


def headed(drawn: Image.Image, names: Sequence[str]) -> Image.Image:
    """A picture of columns with their names above."""
    picture = Image.new(drawn.mode, (drawn.width, drawn.height + HEADER), (BACKGROUND,) * len(drawn.getbands()))
    picture.paste(drawn, (0, HEADER))
    draw, width = ImageDraw.Draw(picture), drawn.width / len(names)
    ink = (0,) * min(3, len(drawn.getbands()))
    for column, name in enumerate(names):
        draw.text(((column + 0.5) * width, HEADER / 2), fitting(draw, name, width - 4), ink, anchor="mm")
    return picture


def fitting(draw: ImageDraw.ImageDraw, name: str, width: float) -> str:
    """A name, shortened until it is no wider than so many pixels."""
    if draw.textlength(name) <= width:
        return name
    kept = min(len(name), int(width))  # no letter is narrower than a pixel
    while kept > 1 and draw.textlength(f"{name[:kept].rstrip()}...") > width:
        kept -= 1
    return f"{name[:kept].rstrip()}..."


def layout(count: int, height: int, width: int, columns: int | None = None) -> tuple[int, int, int]:
    """Columns, rows, and the whole factor that images are enlarged by."""
    if columns is None:
        square = math.ceil(math.sqrt(count))
        columns = next((one for one in range(square, 2 * square) if count % one == 0), square)
    rows = math.ceil(count / columns)
    factor = math.ceil(SMALLEST_SIDE / min(height, width))
    if columns * width * rows * height * factor**2 > MOST_PIXELS:
        raise BundleError(
            f"Expected a picture of at most {MOST_PIXELS:,} pixels, the largest that Pillow opens without a warning. "
            f"Received: {columns * width * factor:,} x {rows * height * factor:,} pixels for {count:,} images. Draw "
            f"fewer, or write a .npy file."
        )
    return columns, rows, factor


def squeezed(pixels: np.ndarray) -> np.ndarray:
    """Pixels as Pillow takes them, grey ones without an axis of channels."""
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def picture_of(sample: np.ndarray, value_range: Sequence[float]) -> Image.Image:
    """A sample as a picture of its own, in its own size."""
    return Image.fromarray(squeezed(as_uint8(sample, value_range)))


def check_out(out: Path, sample_shape: Sequence[int]) -> None:
    """Refuses a kind of file that these samples cannot be written as."""
    kinds = ".npy, .npz, .zip"
    kinds = f"{kinds}, {', '.join(PICTURES)}" if len(sample_shape) == 3 else f"{kinds} (these samples are no images)"
    if out.suffix.lower() not in STREAMED and (out.suffix.lower() not in PICTURES or len(sample_shape) != 3):
        raise BundleError(f"Expected out to end in {kinds}. Received: {out}.")


def write(
    samples: np.ndarray,
    out: str | os.PathLike,
    columns: int | None = None,
    value_range: Sequence[float] = (-1.0, 1.0),
    names: Sequence[str] | None = None,
) -> None:
    """Writes a grid (.png and other pictures) or the samples themselves (.npy), whole or not at all."""
    out = Path(out)
    check_out(out, samples.shape[1:])
    out.parent.mkdir(parents=True, exist_ok=True)
    write_one(samples if out.suffix.lower() == ".npy" else grid(samples, columns, value_range, names), out)


def write_one(content: np.ndarray | Image.Image, out: Path) -> None:
    """Writes an array or a picture, whole or not at all."""
    suffix = out.suffix.lower()
    with written_whole(out) as partial:
        if isinstance(content, np.ndarray):
            np.save(partial, content)
        else:
            try:
                content.convert("RGB").save(partial) if suffix in (".jpg", ".jpeg") else content.save(partial)
            except (ValueError, OSError) as error:  # a side beyond what the format has, say
                size = f"{content.width:,} x {content.height:,} pixels"
                raise BundleError(f"Expected {out} to be written. Received: {error}, at {size}.") from error


def each_name(stem: str, number: int, last: int, title: str, suffix: str) -> str:
    """The file of one sample: `seed0-07-Flags.png`, with what no file system takes replaced."""
    digits = len(str(last))
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]', "_", title).strip(" .")
    plain = plain.encode()[:120].decode(errors="ignore").strip(" .")
    return f"{stem}-{number:0{digits}d}{f'-{plain}' if plain else ''}{suffix}"


def refuse_existing(paths: Iterable[Path]) -> None:
    """Refuses to write over files.

    Raises:
        BundleError: if one of them exists.
    """
    taken: list[Path] = []
    more = 0
    for path in paths:  # of which there may be many
        if path.exists():
            more += len(taken) == 3
            taken = [*taken, path][:3]
    if taken:
        others = f" and {more:,} more" if more else ""
        raise BundleError(
            f"Expected files that do not exist yet. Received: {', '.join(map(str, taken[:3]))}{others}, which exist. "
            f"Nothing was written: pass --overwrite to replace them, another --seed or another folder."
        )
