"""The columns of a grid of samples: a class each, under its name, and reals to stand beside them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan import pictures
from kgan.data import values
from kgan.data.splits import extract

__all__ = ["GridColumns", "columns_of", "reals_in"]

_MOST = 16  # by default
_PLAIN = 8  # without labels


class GridColumns(NamedTuple):
    """The columns of a grid.

    Attributes:
        across: How many.
        kinds: The class or tag of each; `None` without labels.
        labels: Of all samples, row by row, as `generate` takes them; `None` without.
        names: What stands above each; `None` without labels.
    """

    across: int
    kinds: np.ndarray | None
    labels: np.ndarray | None
    names: list[str] | None


def columns_of(model: Any, rows: int, columns: int | None) -> GridColumns:
    """The columns for a `kgan.GAN`.

    Args:
        model: The GAN.
        rows: Rows of the grid.
        columns: How many columns; `None` for one of each class or tag, at most 16, or 8 without labels.
    """
    number = (model.num_classes or model.num_tags) if model.generator_takes_labels else None
    if number is None:
        return GridColumns(columns or _PLAIN, None, None, None)
    kinds = np.arange(columns or min(_MOST, number)) % number
    labels = np.tile(kinds, rows)
    names = [pictures.title(kind, model.class_names) for kind in kinds]
    return GridColumns(len(kinds), kinds, labels if model.num_tags is None else np.eye(number)[labels], names)


def reals_in(data: Any, columns: GridColumns, rows: int, value_range: "values.ValueRange") -> np.ndarray | None:
    """The first held-out reals as uint8, row by row, those of its class in each column; places left over are white.

    Training reals where none are held out and they are arrays; a training pipeline is not read for a picture's sake,
    because its order would go on from there.

    Args:
        data: The `FitData` of a fit in progress.
        columns: Of the grid.
        rows: Of the grid, at most.
        value_range: Of reals that are floats.

    Returns:
        The images; `None` where there are no such reals.
    """
    source = data.train if data.held_out is None and isinstance(data.train, tuple) else data.held_out
    found: list[list[np.ndarray]] = [[] for _ in range(columns.across)]
    for real, labels in _batches(source):
        for number, place in enumerate(found):
            if columns.kinds is None:
                chosen = real[number :: columns.across]
            elif labels is None:
                return None
            else:
                kind = columns.kinds[number]
                chosen = real[(labels == kind) if np.ndim(labels) == 1 else (labels[:, kind] == 1)]
            place += [_pixels(one, value_range) for one in chosen[: rows - len(place)]]
        if all(len(place) >= rows for place in found):
            break
    longest = max(map(len, found))
    if longest == 0:
        return None
    shape = next(place[0].shape for place in found if place)
    images = np.full((longest, columns.across, *shape), 255, np.uint8)
    for number, place in enumerate(found):
        images[: len(place), number] = np.reshape(place, (-1, *shape))
    return images.reshape(-1, *shape)


def _pixels(real: np.ndarray, value_range: "values.ValueRange") -> np.ndarray:
    return real if real.dtype == np.uint8 else values.to_uint8(real, value_range)


def _batches(source: Any) -> Iterator[tuple[np.ndarray, "np.ndarray | None"]]:
    """Batches of reals and labels of what can be read again; none of what cannot."""
    elements: Any = ()
    if isinstance(source, tuple):
        elements = [source]
    elif isinstance(source, tf.data.Dataset):
        elements = source.as_numpy_iterator()
    elif isinstance(source, keras.utils.PyDataset):
        elements = (source[number] for number in range(source.num_batches or 0))
    for element in elements:
        real, labels = extract(element)
        yield np.asarray(real), None if labels is None else np.asarray(labels)
