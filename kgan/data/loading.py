"""`kgan.data.load`: one door to every kind of source."""

import importlib
import inspect
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support import limits
from kgan.data import colours, missing, resizing, two_places
from kgan.data import depth as depths
from kgan.data.missing import is_path
from kgan.data.sources import arrays, catalogue, folder, streams
from kgan.data.splits import DataError, Splits

__all__ = ["check_pictures", "check_request", "is_path", "load", "refuse_for_others", "takes_time"]

_SIDES = (("a", "b"), ("input", "target"), ("inputs", "targets"), ("traina", "trainb"))  # of folders of pairs


def load(
    source: Any,
    batch_size: int = 64,
    *,
    image_size: "int | str | tuple[int, int] | None" = None,
    crop: bool = True,
    channels: "int | str | None" = None,
    background: str = "white",
    depth: "str | int" = "auto",
    levels: "Sequence[float] | None" = None,
    labels: str = "auto",
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
    data_dir: "str | os.PathLike | None" = None,
) -> Splits:
    """Loads real samples as training and validation pipelines.

    The pipelines stream: images stay uint8 until the model turns them into float32 in [-1, 1] on the device, a folder
    is decoded while it is read, and only indices (or a bounded buffer) are shuffled.

    Args:
        source: One of
            `"digits"`: 5,000 real MNIST digits that come with kgan;
            `"tfds:NAME"`, `"tfds:NAME/SPLIT"`: a dataset of tensorflow-datasets with images, validated on its own
            validation or test split where it has one and no split is asked for;
            a folder of images, or a `.zip` archive of one, which is read as it is: any mix of formats, sizes and modes;
            `labels` says what its classes are, and `train/` beside `val/`, `valid/`, `validation/` or `test/` is
            trained on, while the other is held out;
            a `.npy` file (mapped, not read into memory) or a `.npz` file with `images` and, if you like, `labels`;
            an array, or a pair `(samples, labels)` of arrays; a `tf.data.Dataset`, batched or not, that ends and comes
            in the same order each time: every k-th sample is held out.
        batch_size: Samples in a batch.
        image_size: Pixels of a square, or `(height, width)`, to bring images to, or a text of `width x height`,
            `"64x96"`; `None` keeps theirs.
        crop: Whether resizing scales until the size is covered and cuts about the centre, or stretches.
        channels: Of folders and archives: `"grey"` (1), `"colour"` (3), 4 to keep transparency, or as many as images
            have, to 16: bands or pages of a TIFF, the last axis of a `.npy` file. `None` is 1 when every image is grey,
            3 when one is in colour, and what they have in common beyond that.
        background: Colour that transparent images of folders are laid over where their alpha is not kept: a name, as
            `"white"`, `"black"`, or `"#rrggbb"`.
        depth: `"full"` makes images of folders float32 in [-1, 1], at the depth that they have; `"8"` makes them uint8;
            `"auto"` is `"full"` when most of them have more than 8 bits.
        levels: Values of black and white in images of more than 8 bits; `None` finds them: for whole numbers the range
            of the 8, 10, 12, 14 or 16 bits that suffice, for others [0, 1], [-1, 1], or from the smallest to the
            largest.
        labels: Of folders: `"auto"` takes them from `metadata.csv`, `labels.csv` or StyleGAN's `dataset.json` where
            there is one, else the sub-folders are the classes, when all images but a few lie in them; `"folders"` and
            `"none"` leave such a file aside; or the name of another such file in the folder. A table has a column
            `file_name` or `file`, and a column `label`, or several of 0 and 1, which are tags.
        validation_split: Share of the samples held out, or 0 for none, where the source does not say which.
        seed: Of the choice of held-out samples and of the order of training.
        strict: Whether a sample that cannot be read is an error, in a folder found before training; otherwise another
            takes its place and it is listed in `Splits.skipped`.
        data_dir: Where tensorflow-datasets keeps its files; its own default when `None`.

    Returns:
        `Splits`, which unpacks into `(train, validation)`.

    Examples:
        >>> splits = kgan.data.load("digits", batch_size=64)
        >>> splits.sample_shape, splits.count, len(splits.class_names)
        ((28, 28, 1), 4500, 10)
        >>> train, validation = splits
        >>> images, labels = next(iter(train))
        >>> images.shape, images.dtype.name
        (TensorShape([64, 28, 28, 1]), 'uint8')

    Raises:
        DataError: if the source does not exist, is empty or does not hold what it should, or a number is out of range.
    """
    asked = {"channels": channels, "background": background, "depth": depth, "levels": levels}
    check_pictures(asked)
    check_request(batch_size, image_size, seed)
    common: dict[str, Any] = {
        "batch_size": batch_size,
        "image_size": image_size,
        "crop": crop,
        "validation_split": validation_split,
        "seed": seed,
        "strict": strict,
    }
    path = Path(source) if isinstance(source, os.PathLike) or (isinstance(source, str) and is_path(source)) else None
    if path is not None and (path.is_dir() or (path.is_file() and path.suffix.lower() == ".zip")):
        common |= {"background": background, "depth": depths.parse_depth(depth), "levels": depths.parse_levels(levels)}
        splits = folder.load(path, channels=colours.parse_channels(channels), labels=labels, **common)
        _warn_of_pairs(path, splits.class_names)
        return splits
    refuse_for_others(asked | {"labels": labels}, load)
    if path is not None:
        if path.is_file() and path.suffix in (".npy", ".npz"):
            return arrays.load(*arrays.read(path), **common)
        raise _unknown(source, path)
    if isinstance(source, tf.data.Dataset):
        return streams.load(source, **common)
    if isinstance(source, str):
        if source in missing.EMBEDDED_FILMS:
            raise DataError(
                f"Expected pictures or other samples. Received: {source!r}, which are films. Load them with "
                f"kgan.data.load_films, or train on them with the recipe video."
            )
        if source in missing.EMBEDDED:
            return arrays.load(*importlib.import_module(f"kgan.data.sources.{source}").read(), **common)
        return catalogue.load(source.removeprefix(missing.CATALOGUE), data_dir=data_dir, **common)
    if isinstance(source, tuple) and len(source) == 2:
        return arrays.load(*source, **common)
    if isinstance(source, np.ndarray):
        return arrays.load(source, None, **common)
    raise DataError(
        f"Expected a name, a path, an array, a pair (samples, labels) or a tf.data.Dataset. "
        f"Received: {type(source).__name__}."
    )


def _warn_of_pairs(path: Path, class_names: tuple[str, ...] | None) -> None:
    names = class_names or ()
    of_folders = any(all((above / name).is_dir() for name in names) for above in (path, path / "train"))
    if of_folders and tuple(sorted(name.lower() for name in names)) in _SIDES:
        warnings.warn(
            f"The sub-folders of {path} are taken for the classes {' and '.join(names)}. If they hold pairs, "
            f"load them with kgan.data.load_pairs, or train a translation: kgan train {path} --recipe pix2pix.",
            stacklevel=3,
        )


def check_request(batch_size: int, image_size: "int | str | tuple[int, int] | None", seed: int) -> None:
    """Refuses a seed or a size that cannot be, and a batch or an image that memory should not hold as float32.

    Raises:
        DataError: if `seed` is negative, `batch_size` less than 1, or either takes too much memory.
        ValueError: if `image_size` is no size.
    """
    if seed < 0:
        raise DataError(f"Expected seed >= 0. Received: seed={seed}.")
    if batch_size < 1:
        raise DataError(f"Expected batch_size >= 1. Received: batch_size={batch_size}.")
    size = resizing.parse_size(image_size)
    if size is not None:
        try:
            limits.check_picture(size[1], size[0], "Ask for fewer pixels, image_size=64, say.")
        except ValueError as error:
            raise DataError(str(error)) from error
    asked = batch_size * limits.array_bytes(size or (1, 1))
    limits.check_bytes("batch_size", batch_size, asked, "Use smaller batches, batch_size=64, say.", DataError)


def check_pictures(options: Mapping[str, Any]) -> None:
    """Refuses arguments of `load` and `load_pairs` that no picture can be made to fit, before anything is looked at.

    Args:
        options: Arguments by name; those that are not about pictures are passed over.

    Raises:
        DataError: if channels, background, depth or levels are none.
        ValueError: if a size is none.
    """
    for name in ("channels", "target_channels"):
        colours.parse_channels(options.get(name), name)
    colours.parse_background(options.get("background", "white"))
    depths.parse_depth(options.get("depth", "auto"))
    depths.parse_levels(options.get("levels"))
    resizing.parse_size(options.get("image_size"))


def refuse_for_others(options: Mapping[str, Any], load: Callable) -> None:
    """Refuses arguments that only pictures in files have a use for.

    Args:
        options: Such arguments by name.
        load: The function that takes them, for its defaults.

    Raises:
        DataError: if one has another value than its default.
    """
    defaults = inspect.signature(load).parameters
    asked = [f"{name}={value!r}" for name, value in options.items() if value != defaults[name].default]
    if asked:
        raise DataError(
            f"Expected {', '.join(options)} for folders of pictures only. Received: {', '.join(asked)} for another "
            f"source. Leave them out: arrays keep the channels, values and labels that they have."
        )


def takes_time(source: str) -> bool:
    """Whether there is something to look through, or to prepare, before `load` returns: all but embedded data."""
    embedded = (*missing.EMBEDDED, *missing.EMBEDDED_FILMS)
    return any(
        one not in embedded and (not is_path(one) or os.path.exists(missing.file_of(one)))
        for one in two_places.parts(source)
    )


def _unknown(source, path: Path) -> DataError:
    if path.is_file():
        return DataError(f"Expected a folder of images, a .zip, .npy or .npz file. Received: the file {path}.")
    return DataError(missing.told(str(source)))
