"""Applies a network that kgan exported to pictures, with NumPy, Pillow and onnxruntime alone.

    python apply.py in.png --out out.png
    python apply.py photos/ --out drawn/            # a folder with its sub-folders; names are kept

As a module:

    from apply import Applier
    image = Applier("generator.onnx").apply(image)  # (height, width, channels): uint8 -> uint8, float -> float32

A picture may have any size: where the network needs another, the picture is extended by reflection and cut back; a
large one goes through in tiles that overlap, and are blended. A picture that exists already is never overwritten unless
`--overwrite` is given.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .applier import BATCH, TILE, Applier, ApplyError, to_bytes
from .bundle_file import written_whole
from .deep_png import deep_pixels, write_deep_png
from .kept_form import in_its_form
from .picture_files import open_picture, pairs_of
from .sessions import PROVIDERS

__all__ = ["Applier", "ApplyError", "apply_to_files", "apply_to_picture", "open_picture"]

CLEAR = ("LA", "La", "PA", "RGBA", "RGBa")  # Pillow's modes with transparency


def apply_to_picture(applier: Applier, picture: Image.Image, **tiling: Any) -> Image.Image:
    """What the network makes of a Pillow picture, as one of 8 bits a channel.

    Where the network gives the same picture, larger or better, grey stays grey and 16 bits stay 16.

    Transparency goes through a network that takes RGBA; else it is kept aside, and put back. A picture of 16 bits
    reaches the network with all of them.

    Args:
        applier: An `Applier`.
        picture: Grey, in colour, or of a palette, with or without transparency.
        tiling: `tile`, `overlap` and `batch` of `Applier.apply`.

    Raises:
        ApplyError: if the picture has channels that the network does not take, or is too small or too large.
    """
    if picture.mode in ("I", "F"):
        raise ApplyError(f"Expected a picture of 8 or 16 bits a channel. Received: one of mode {picture.mode}.")
    if applier.keeps_form:
        return _pillow(in_its_form(applier, _own_pixels(picture), **tiling))
    if picture.mode.startswith("I;16"):
        low, high = applier.input_range
        drawn = applier.apply(np.asarray(picture) / 65535.0 * (high - low) + low, **tiling)
        low, high = applier.value_range
        return _picture(to_bytes((drawn - low) / (high - low)))
    clear = picture.mode in CLEAR or "transparency" in picture.info
    grey = picture.mode in ("1", "L", "LA", "La")
    pixels = np.asarray(picture.convert(("LA" if clear else "L") if grey else ("RGBA" if clear else "RGB")))
    if not clear or applier.channels == 4:
        return _picture(applier.apply(_repeated(pixels), **tiling))
    alpha = pixels[..., -1]
    share = alpha[..., None] / 255.0  # what is transparent lies over white, as in training
    drawn = applier.apply(np.rint(pixels[..., :-1] * share + 255.0 * (1.0 - share)).astype(np.uint8), **tiling)
    if drawn.shape[2] == 4:  # a network that gives a transparency of its own
        return _picture(drawn)
    sized = np.asarray(Image.fromarray(alpha).resize(drawn.shape[1::-1], Image.Resampling.BILINEAR))
    return _picture(np.dstack([drawn, sized]))


def _repeated(pixels: np.ndarray) -> np.ndarray:
    """Grey with transparency, as RGBA; all else as it is."""
    return pixels[..., [0, 0, 0, 1]] if pixels.ndim == 3 and pixels.shape[2] == 2 else pixels


def _own_pixels(picture: Image.Image) -> np.ndarray:
    """The pixels `(height, width, channels)` as the picture has them: uint8, or uint16 of grey."""
    if picture.mode.startswith("I;16"):
        return np.asarray(picture).astype(np.uint16)[..., None]
    clear = picture.mode in CLEAR or "transparency" in picture.info
    grey = picture.mode in ("1", "L", "LA", "La")
    pixels = np.asarray(picture.convert(("LA" if clear else "L") if grey else ("RGBA" if clear else "RGB")))
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _pillow(pixels: np.ndarray) -> Image.Image:
    """A Pillow picture of pixels with 1 to 4 channels, uint8, or uint16 of grey."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _made(applier: Applier, path: Path, **tiling: Any) -> Image.Image | np.ndarray:
    """What the network makes of a picture file: a Pillow picture, or pixels uint16 of colours that it keeps."""
    picture = open_picture(path)
    deep = deep_pixels(path) if applier.keeps_form else None
    return apply_to_picture(applier, picture, **tiling) if deep is None else in_its_form(applier, deep, **tiling)


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def apply_to_files(
    model: str | os.PathLike,
    source: str | os.PathLike,
    out: str | os.PathLike,
    overwrite: bool = False,
    threads: int | None = None,
    provider: str | None = None,
    **tiling: Any,
) -> list[Path]:
    """Applies an export to a picture, or to every picture of a folder and its sub-folders.

    Args:
        model: `generator.onnx`, or the bundle folder that holds it.
        source: A picture, or a folder of pictures. Hidden files and files of other kinds are passed over.
        out: Where the picture goes; for a folder a folder, in which sub-folders and names are as they were.
        overwrite: Whether pictures that exist already are replaced.
        threads: How many onnxruntime computes with, as `Applier` takes it.
        provider: What computes, as `Applier` takes it.
        tiling: `tile`, `overlap` and `batch` of `Applier.apply`.

    Returns:
        The pictures that were written.

    Raises:
        ApplyError: if the model is no export that takes pictures, if there is no picture, if one exists already and
            `overwrite` is false, or if a picture cannot be read or is none that the network takes. In a folder, the
            other pictures are written before the bad ones are named.
    """
    applier = Applier(model, threads, provider)
    source, out = Path(source), Path(out)
    pairs = pairs_of(source, out)
    taken = [target for _, target in pairs if target.exists()]
    if taken and not overwrite:
        more = f", and {len(taken) - 1} more" if len(taken) > 1 else ""
        raise ApplyError(
            f"Expected no picture to be overwritten. Received: {taken[0]}, which exists{more}. "
            f"Pass --overwrite, or choose another --out."
        )
    wrong = {}
    for picture, target in pairs:
        try:
            _write(_made(applier, picture, **tiling), target)
        except ApplyError as error:
            if not source.is_dir():
                raise
            wrong[str(picture.relative_to(source))] = error
    if wrong:
        names = ", ".join(list(wrong)[:20]) + (", ..." if len(wrong) > 20 else "")
        raise ApplyError(
            f"Expected {len(pairs)} pictures that the network takes in {source}. Received: {len(wrong)} others: "
            f"{names}. The first: {next(iter(wrong.values()))} The remaining {len(pairs) - len(wrong)} were written "
            f"to {out}."
        )
    return [target for _, target in pairs]


def _write(picture: Image.Image | np.ndarray, out: Path) -> None:
    """Writes the picture, whole or not at all; one of 16 bits in colour as PNG, and else with the 8 bits that fit."""
    if isinstance(picture, np.ndarray):
        if out.suffix.lower() == ".png":
            out.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(out) as partial:
                write_deep_png(partial, picture)
            return
        if out.suffix.lower() in (".tif", ".tiff"):
            raise ApplyError(f"Expected out to end in .png, which keeps 16 bits of colours. Received: {out}.")
        picture = _pillow((picture >> 8).astype(np.uint8))
    if picture.mode.startswith("I;16") and out.suffix.lower() not in (".png", ".tif", ".tiff"):
        picture = _pillow((_own_pixels(picture) >> 8).astype(np.uint8))
    jpeg = out.suffix.lower() in (".jpg", ".jpeg")
    if jpeg and picture.mode in CLEAR:
        raise ApplyError(f"Expected a picture that keeps transparency, .png or .webp. Received: {out}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as partial:
        try:
            options: dict[str, Any] = {"quality": 95} if jpeg else {}
            picture.save(partial, **options)
        except (ValueError, OSError) as error:  # a side beyond what the format has, say
            size = f"{picture.width:,} x {picture.height:,} pixels"
            raise ApplyError(f"Expected {out} to be written. Received: {error}, at {size}.") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Apply a network that kgan exported to pictures.")
    parser.add_argument("source", metavar="IN", help="a picture, or a folder of pictures")
    parser.add_argument("--out", required=True, help="where the picture goes; for a folder, a folder")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--tile", type=int, default=TILE, help=f"largest side that is computed at once ({TILE})")
    parser.add_argument("--overlap", type=int, default=None, help="pixels that tiles share (a quarter of a tile)")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"tiles that are computed at once ({BATCH})")
    parser.add_argument("--overwrite", action="store_true", help="replace pictures that exist already")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given = parser.parse_args(arguments)
    tiling = {"tile": given.tile, "overlap": given.overlap, "batch": given.batch}
    try:
        how = (given.overwrite, given.threads, given.provider)
        written = apply_to_files(given.model, given.source, given.out, *how, **tiling)
    except (ApplyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{len(written)} picture{'' if len(written) == 1 else 's'} in {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
