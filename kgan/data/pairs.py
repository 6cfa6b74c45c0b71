"""`kgan.data.load_pairs`: the door to paired data, of which one half is to become the other."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support import lookup
from kgan.data import colours, loading, missing, resizing
from kgan.data import depth as depths
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.sources import pair_arrays, pair_pictures, pair_streams
from kgan.data.sources.survey import Wish
from kgan.data.splits import DataError, Splits

__all__ = ["DIRECTIONS", "crop_size", "load_pairs"]

DIRECTIONS = ("a2b", "b2a")
_SOURCES = (
    "a folder of pairs (two sub-folders, or pictures side by side), a .npz file with inputs and targets, a pair of "
    "arrays (inputs, targets), or a tf.data.Dataset of pairs"
)


def load_pairs(
    source: Any,
    batch_size: int = 1,
    *,
    image_size: "int | str | tuple[int, int] | None" = None,
    crop: bool = True,
    direction: str = "a2b",
    random_crop: "int | str | tuple[int, int] | None" = None,
    flip: bool = False,
    channels: "int | str | None" = None,
    target_channels: "int | str | None" = None,
    background: str = "white",
    depth: "str | int" = "auto",
    levels: "Sequence[float] | None" = None,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
) -> Splits:
    """Loads pairs `(input, target)` as training and validation pipelines.

    The pipelines stream: pictures are decoded while they are read and stay uint8, and what is drawn (the order, crops,
    flips) depends on nothing but the seed, the epoch and the pair, so that a resumed run sees what an uninterrupted one
    does. As pix2pix has it (Isola et al., 2017, arXiv:1611.07004): `image_size=286, random_crop=256, flip=True`.

    Args:
        source: One of
            a folder with two sub-folders, whose pictures are paired by their names without the extension: the first in
            alphabetical order is a, the second b (`a` and `b`, `input` and `target`, `edges` and `photos`);
            a folder of pictures with both sides of a pair side by side, twice as wide as high, or with halves in
            proportion to `image_size`: the left half is a, the right half b;
            a folder of either form in `train/`, and in `val/` or `test/`, of which the first that is there is held out
            whole; the same as `trainA/`, `trainB/`, `valA/` ... or `a/train/`, `b/train/` ...;
            a `.npz` file with `inputs` (a) and `targets` (b); a pair of arrays `(inputs, targets)`, `(n, ...)` each,
            of any rank, uint8 or float;
            a `tf.data.Dataset` of such pairs that ends and comes in the same order each time, one by one or in batches
            whose first axis is free: every k-th pair is held out.
        batch_size: Pairs in a batch.
        image_size: Pixels of a square, `(height, width)`, or a text of `width x height`, `"64x96"`, to bring both sides
            to; `None` keeps theirs.
        crop: Whether resizing scales until the size is covered and cuts about the centre, or stretches.
        direction: `"a2b"`, where a is the input and b the target, or `"b2a"`.
        random_crop: Pixels of a square, or `(height, width)`, of the part that is cut out of both sides after resizing,
            at the same random place of each; about the centre for held-out pairs.
        flip: Whether both sides are flipped from left to right, half of the time; never for held-out pairs.
        channels: Of inputs from pictures, as `kgan.data.load` takes it: 1 to 16, `"grey"`, `"colour"`; `None` is 1 when
            every input is grey, else 3. The halves of pictures side by side have those of the whole.
        target_channels: The same for targets.
        background: Colour that transparent pictures are laid over where their alpha is not kept.
        depth: Of each side, as `kgan.data.load` takes it: `"auto"`, `"8"` or `"full"`.
        levels: Values of black and white in pictures of more than 8 bits; `None` finds them for each side.
        validation_split: Share of the pairs held out, or 0 for none, where the folder does not say which.
        seed: Of the choice of held-out pairs, the order, crops and flips.
        strict: Whether a picture that cannot be read is an error, found before training; otherwise another pair takes
            the place of its pair, and it is listed in `Splits.skipped`.

    Returns:
        `Splits`, which unpacks into `(train, validation)`, batches `(input, target)` each.

    Raises:
        DataError: if the source does not exist, a side is missing or empty, a picture has no partner, sizes differ
            between the sides of a pair or, without `image_size` and `random_crop`, between pairs, or an argument is out
            of its range.
        ValueError: if `image_size` or `random_crop` is no size.

    Examples:
        >>> import numpy as np
        >>> grey = np.zeros((20, 64, 64, 1), np.uint8)
        >>> colour = np.zeros((20, 64, 64, 3), np.uint8)
        >>> splits = load_pairs((grey, colour), batch_size=2, random_crop=56, flip=True)
        >>> print(splits)
        18 pairs of 56 x 56 pixels, grey -> 56 x 56 pixels, colour, 2 held out
        >>> inputs, targets = next(iter(splits.train))
        >>> inputs.shape, targets.shape
        (TensorShape([2, 56, 56, 1]), TensorShape([2, 56, 56, 3]))
    """
    loading.check_request(batch_size, image_size, seed)
    if direction not in DIRECTIONS:
        raise DataError(
            f"Expected direction to be {' or '.join(map(repr, DIRECTIONS))}. Received: direction={direction!r}."
            f"{lookup.nearest(str(direction), DIRECTIONS)}"
        )
    if not 0.0 <= validation_split < 1.0:
        raise DataError(f"Expected validation_split in [0, 1). Received: validation_split={validation_split}.")
    asked: dict[str, Any] = {"channels": channels, "target_channels": target_channels}
    asked |= {"background": background, "depth": depth, "levels": levels}
    loading.check_pictures(asked)
    if not isinstance(flip, bool):
        raise DataError(f"Expected flip to be True or False. Received: flip={flip!r}.")
    swapped = direction == "b2a"
    common: dict[str, Any] = {
        "batch_size": batch_size,
        "augmentation": PairAugmentation(crop_size(random_crop, image_size), flip, seed),
        "validation_split": validation_split,
        "seed": seed,
    }
    path = Path(source) if isinstance(source, str | os.PathLike) else None
    if path is not None and path.is_dir():
        size, black_and_white = resizing.parse_size(image_size), depths.parse_levels(levels)
        depth = depths.parse_depth(depth)
        both = [
            Wish(size, crop, colours.parse_channels(one), background, depth, black_and_white)
            for one in (channels, target_channels)
        ]
        return pair_pictures.load(path, swapped=swapped, wishes=(both[0], both[1]), strict=strict, **common)
    loading.refuse_for_others(asked, load_pairs)
    common |= {"image_size": image_size, "crop": crop}
    if isinstance(source, tf.data.Dataset):
        return pair_streams.load(source, swapped=swapped, strict=strict, **common)
    inputs, targets = _arrays(source, path)
    return pair_arrays.load(*((targets, inputs) if swapped else (inputs, targets)), **common)


def crop_size(
    random_crop: "int | str | tuple[int, int] | None", image_size: "int | str | tuple[int, int] | None"
) -> "resizing.Size | None":
    """`(height, width)` of the crop, which must fit into what pictures are brought to."""
    try:
        size = resizing.parse_size(random_crop)
    except ValueError as error:
        raise ValueError(str(error).replace("image_size", "random_crop")) from error
    target = resizing.parse_size(image_size)
    if size is not None and target is not None and (size[0] > target[0] or size[1] > target[1]):
        raise DataError(
            f"Expected random_crop of at most image_size, to which pictures are brought before. Received: "
            f"random_crop={random_crop!r} and image_size={image_size!r}. pix2pix takes 256 out of 286."
        )
    return size


def _arrays(source: Any, path: Path | None) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(source, tuple | list) and len(source) == 2 and all(hasattr(side, "shape") for side in source):
        return source[0], source[1]
    if path is not None and path.is_file() and path.suffix == ".npz":
        return pair_arrays.read(path)
    if isinstance(source, str) and not missing.is_path(source):
        raise DataError(
            f"Expected pairs: {_SOURCES}. Received: {source!r}, which has none. Pass a folder with a/ and b/, or "
            f"choose another recipe."
        )
    if path is None:
        kind = f"one array of shape {source.shape}" if isinstance(source, np.ndarray) else f"a {type(source).__name__}"
        raise DataError(f"Expected {_SOURCES}. Received: {kind}.")
    there = "which is no such file" if path.exists() else "which does not exist"
    there += "; unpack it first" if path.suffix.lower() == ".zip" else ""
    raise DataError(f"Expected {_SOURCES}. Received: {str(source)!r}, {there}.")
