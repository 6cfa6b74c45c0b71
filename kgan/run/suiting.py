"""A look at the data and the machine, from which the recipe is chosen that suits both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from kgan import recipes
from kgan._support.cores import cores
from kgan.data import DataError, Splits
from kgan.data.loading import is_path
from kgan.data.resizing import parse_size
from kgan.models import kind as kinds
from kgan.recipes import Facts, Recipe, Suited

__all__ = ["facts", "suited_to"]

_LOOK = 64  # pixels that pictures of different sizes are brought to for the look; none is decoded
_EMBEDDED = "digits"


def suited_to(source: str, asked: Recipe, settings: Mapping[str, Any], seed: int, strict: bool) -> Suited:
    """The recipe that suits the data, with the user's settings laid over it.

    Args:
        source: What the data is loaded from.
        asked: Any recipe of such a model with the user's settings, whose `data` say how to load.
        settings: The user's, as `Recipe.changed` takes them.
        seed: Of the choice of held-out samples.
        strict: Whether a damaged sample is an error.

    Raises:
        DataError: if the data cannot be loaded, or are no pictures.
        ValueError: if the recipe that suits has no such setting.
    """
    if source == _EMBEDDED:
        measured = recipes.get(_EMBEDDED).changed(settings)
        return Suited(measured, ("Recipe digits, which was measured on them.",))
    size = parse_size(asked.data["image_size"])
    options = dict(asked.data)
    if size is None and _is_of_files(source):
        options["image_size"] = _LOOK
    splits = kinds.named(asked.kind).load(source, 1, options, seed, strict)
    return recipes.suited(facts(splits, size), settings)


def facts(splits: Splits, asked_size: tuple[int, int] | None = None) -> Facts:
    """What the rules look at, of data as they are loaded and of this machine.

    Args:
        splits: The data.
        asked_size: `(height, width)` that the user asked for.

    Raises:
        DataError: if they are no pictures.
    """
    if len(splits.sample_shape) != 3:
        raise DataError(f"Expected pictures to choose a recipe for. Received: samples of shape {splits.sample_shape}.")
    height, width, channels = splits.sample_shape
    sizes = splits.found.sizes
    own = (height, width)
    count = splits.found.count if splits.found.count is not None else splits.count
    return Facts(
        size=own if sizes is None else sizes.commonest,
        channels=channels,
        alike=sizes is None or sizes.smallest == sizes.largest,
        count=count,
        classes=splits.found.classes or dict.fromkeys(splits.class_names or ()),
        tags=splits.num_tags or 0,
        cores=cores(),
        gpu=bool(tf.config.list_physical_devices("GPU")),
        asked_size=asked_size,
    )


def _is_of_files(source: str) -> bool:
    """Whether it is a folder or an archive, whose pictures may have any sizes."""
    path = Path(source)
    return is_path(source) and (path.is_dir() or path.suffix.lower() == ".zip")
