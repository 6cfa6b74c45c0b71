"""`kgan.data.load_upscaling`: large pictures, and small ones made of them, which a network is to enlarge again."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support.checks import whole
from kgan.data import colours, degradations, loading, missing, pair_batches, resizing
from kgan.data import depth as depths
from kgan.data.patches import Patches
from kgan.data.sources import arrays
from kgan.data.sources.originals import ArrayOfPictures, FolderOfPictures, Originals
from kgan.data.sources.survey import Wish
from kgan.data.splits import DataError, Splits
from kgan.data.whole_pairs import WholePairs

__all__ = ["SCALES", "load_upscaling"]

SCALES = (2, 3, 4)
_SIDES = ("small", "large")


def load_upscaling(
    source: Any,
    batch_size: int = 16,
    *,
    scale: int = 4,
    patch: "int | str | tuple[int, int] | None" = 128,
    degradation: str = "bicubic",
    turn: bool = True,
    sharpen: bool = False,
    image_size: "int | str | tuple[int, int] | None" = None,
    crop: bool = True,
    channels: "int | str | None" = None,
    background: str = "white",
    depth: "str | int" = "auto",
    levels: "Sequence[float] | None" = None,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
) -> Splits:
    """Loads pictures as pairs `(small, large)`: parts of the pictures, and what degradations make of them.

    Small pictures are made while training, another way each epoch, from nothing but the seed, the epoch and the number
    of the picture: a resumed run sees what an uninterrupted one does. Held-out pairs are always the same: cut about the
    centre.

    Args:
        source: A folder of pictures of any sizes with its sub-folders, or a `.zip` archive of one, in which `val/` or
            `test/` beside `train/` is held out; a `.npy` or `.npz` file of pictures; an array `(n, height, width,
            channels)`, uint8, or floats in [-1, 1]; or `"digits"`.
        batch_size: Pairs in a batch.
        scale: How many times smaller the small pictures are: 2, 3 or 4.
        patch: Pixels of a square, `(height, width)`, or a text of width x height, of the part that is cut out of each
            picture; multiples of `scale`. `None` takes the largest square that every picture has room for, at most 128
            pixels.
        degradation: How the small pictures are made, as `kgan.data.degrade` takes it: `"bicubic"`, or
            `"second_order"`, blur, noise and JPEG, for pictures as they come.
        turn: Whether training parts are flipped, half of the time, and turned by quarters.
        sharpen: Whether training truths are sharpened, and small pictures are not: the network learns to make crisper
            pictures than those that it saw, which figures then hold against it.
        image_size: To bring pictures to before, as `kgan.data.load` takes it; `None` keeps theirs, as is best.
        crop: Whether that resizing cuts, or stretches.
        channels: Of pictures in files, as `kgan.data.load` takes it, and the next three.
        background: Colour that transparent pictures are laid over.
        depth: `"auto"`, `"8"` or `"full"`: pictures of more than 8 bits keep them.
        levels: Values of black and white in pictures of more than 8 bits.
        validation_split: Share of the pictures held out where the folder does not say which, or 0 for none.
        seed: Of the choice of held-out pictures, the order, parts, turns and degradations.
        strict: Whether a picture that cannot be read is an error; otherwise another takes its place.

    Returns:
        `Splits`, which unpacks into `(train, validation)`, batches `(small, large)` each.

    Examples:
        >>> pictures = np.zeros((10, 40, 50, 3), np.uint8)
        >>> splits = kgan.data.load_upscaling(pictures, batch_size=2, scale=4, patch=32)
        >>> small, large = next(iter(splits.train))
        >>> small.shape, large.shape
        (TensorShape([2, 8, 8, 3]), TensorShape([2, 32, 32, 3]))

    Raises:
        DataError: if the source does not exist or holds no pictures, a picture is smaller than `patch`, `scale` is not
            2, 3 or 4, `patch` is no multiple of it, or another argument is out of its range.
        ValueError: if `image_size` or `patch` is no size.
    """
    loading.check_request(batch_size, image_size, seed)
    asked = {"channels": channels, "background": background, "depth": depth, "levels": levels}
    loading.check_pictures(asked)
    if scale not in SCALES:
        raise DataError(f"Expected scale as 2, 3 or 4. Received: scale={scale!r}. Apply a network twice for more.")
    degradations.check_degradation(degradation)
    for name, given in (("turn", turn), ("sharpen", sharpen)):
        if not isinstance(given, bool):
            raise DataError(f"Expected {name} to be True or False. Received: {name}={given!r}.")
    wish = Wish(
        resizing.parse_size(image_size),
        crop,
        colours.parse_channels(channels),
        background,
        depths.parse_depth(depth),
        depths.parse_levels(levels),
    )
    originals = _originals(source, wish, asked, strict)
    size = _patch_size(patch, scale, originals)
    originals.check_room(size)
    if originals.train is None:
        train, validation = arrays.split(originals.count, validation_split, seed)
    else:
        train = np.arange(originals.train)
        validation = np.arange(originals.train, originals.count if validation_split else originals.train)
    pair_batches.check_batch_size(batch_size, len(train))

    def patches(part: np.ndarray) -> Patches:
        return Patches(
            read=lambda number: originals.read(int(number), part),
            size=size,
            channels=originals.channels,
            dtype=originals.dtype,
            scale=scale,
            degradation=degradation,
            turn=turn,
            seed=seed,
            sharpen=sharpen,
        )

    def numbered(number: tf.Tensor) -> tuple[tf.Tensor]:
        return (number,)

    small, large = patches(train).shapes
    return Splits(
        train=pair_batches.training(train, numbered, patches(train), batch_size, seed),
        validation=pair_batches.held_out(validation, numbered, patches(validation), batch_size),
        sample_shape=large,
        count=len(train),
        skipped=originals.skipped,
        input_shape=small,
        held_out=len(validation),
        sides=_SIDES,
        found=originals.found(len(validation)),
        fingerprint=originals.fingerprint(validation),
        whole=WholePairs(lambda number: originals.read(number, validation), validation, scale, degradation, seed),
    )


def _patch_size(patch: "int | str | tuple[int, int] | None", scale: int, originals: Originals) -> resizing.Size:
    """`(height, width)` of the part that is cut out of pictures."""
    if patch is None:
        side = min(128, *originals.smallest) // (8 * scale) * 8 * scale  # as discriminators of U-Net form need it
        return (max(side, whole("scale", scale, 1)),) * 2
    try:
        height, width = resizing.parse_size(patch) or originals.smallest
    except ValueError as error:
        raise ValueError(str(error).replace("image_size", "patch")) from error
    if height % scale or width % scale:
        raise DataError(
            f"Expected patch as multiples of scale={scale}. Received: patch={patch!r}. Pass "
            f"patch={max(height // scale, 1) * scale}, say."
        )
    return height, width


def _originals(source: Any, wish: Wish, asked: dict[str, Any], strict: bool) -> Originals:
    path = (
        Path(source)
        if isinstance(source, os.PathLike) or (isinstance(source, str) and loading.is_path(source))
        else None
    )
    if path is not None and (path.is_dir() or (path.is_file() and path.suffix.lower() == ".zip")):
        return FolderOfPictures(path, strict, wish)
    loading.refuse_for_others(asked, load_upscaling)
    if wish.size is not None:
        raise DataError(
            f"Expected image_size for folders of pictures only. Received: image_size={wish.size} for another source. "
            f"Leave it out."
        )
    if path is not None:
        if path.is_file() and path.suffix in (".npy", ".npz"):
            return ArrayOfPictures(arrays.read(path)[0])
        raise DataError(missing.told(str(source)) if not path.exists() else _expected(f"the file {path}"))
    if isinstance(source, str) and source in missing.EMBEDDED:
        return ArrayOfPictures(importlib.import_module(f"kgan.data.sources.{source}").read()[0])
    if isinstance(source, np.ndarray):
        return ArrayOfPictures(source)
    raise DataError(_expected(repr(source) if isinstance(source, str) else f"a {type(source).__name__}"))


def _expected(received: str) -> str:
    return (
        "Expected a folder or .zip archive of pictures, a .npy or .npz file, an array (n, height, width, channels) or "
        f"'digits'. Received: {received}. Save the pictures into a folder first."
    )
