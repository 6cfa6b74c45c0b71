"""A sheet of texts: in each row one of them, the real that it was written for, and samples that it asks for."""

import itertools
import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

from kgan.data import values

__all__ = ["Shown", "first_of", "sheet"]

_TILE = 64  # pixels of a side, at least
_TEXT = 200  # pixels for the texts
_LETTERS = 32  # of a line
_WHITE = (255, 255, 255)


class Shown(NamedTuple):
    """Held-out pictures and what they are called.

    Attributes:
        texts: Of each.
        rows: The same as networks take them, float32 `(n, text_dim)`.
        reals: uint8 `(n, height, width, channels)`.
    """

    texts: tuple[str, ...]
    rows: np.ndarray
    reals: np.ndarray


def first_of(held_out: Any, count: int, model: Any) -> Shown | None:
    """Held-out pictures, evenly spread over those whose texts say something; `None` where none can be read again.

    Args:
        held_out: Batches `(images, texts)`, as `kgan.data.load_captions` holds them out.
        count: How many.
        model: A `kgan.TextToImage`, whose words name texts that are only known by theirs.
    """
    if not isinstance(held_out, tf.data.Dataset):
        return None
    reals, rows = [], []
    for images, texts in held_out.as_numpy_iterator():
        reals.append(images if images.dtype == np.uint8 else values.to_uint8(images, model.value_range))
        rows.append(texts)
    all_rows = np.concatenate(rows)
    said = getattr(held_out, "kgan_texts", None)
    telling = np.flatnonzero(all_rows.any(axis=1))  # of unknown words alone, nothing is said
    if not len(telling):
        return None
    chosen = telling[np.unique(np.linspace(0, len(telling) - 1, count).round().astype(int))]
    if said is None:
        said = [
            " ".join(itertools.compress(model.class_names or (), row)) or f"text {i}" for i, row in enumerate(all_rows)
        ]
    return Shown(tuple(said[row] for row in chosen), all_rows[chosen], np.concatenate(reals)[chosen])


def sheet(shown: Shown, generated: np.ndarray, value_range: values.ValueRange = values.IMAGE_RANGE) -> Image.Image:
    """The picture: a row for each text, with the text at its left, the real, and what was generated.

    Args:
        shown: What the rows are of.
        generated: Samples `(n, k, height, width, channels)`, float in the value range.
        value_range: `(low, high)` of the samples.
    """
    count, each, height, width, channels = generated.shape
    pixels = values.to_uint8(generated, value_range)
    tiles = np.concatenate([shown.reals[:, None], pixels], axis=1)[..., : 3 if channels >= 3 else 1]
    factor = math.ceil(_TILE / min(height, width))
    picture = Image.new("RGB", (_TEXT + (each + 1) * width * factor, count * height * factor), _WHITE)
    draw = ImageDraw.Draw(picture)
    for row, text in enumerate(shown.texts):
        strip = np.concatenate(list(tiles[row]), axis=1)
        drawn = Image.fromarray(strip[..., 0] if strip.shape[-1] == 1 else strip).convert("RGB")
        size = (strip.shape[1] * factor, height * factor)
        picture.paste(drawn.resize(size, Image.Resampling.NEAREST), (_TEXT, row * height * factor))
        draw.text((4, row * height * factor + 4), _lines(text), (0, 0, 0))
    return picture


def _lines(text: str) -> str:
    """The text in lines that fit, three at most; letters that Pillow's font lacks as question marks."""
    plain = text.encode("ascii", "replace").decode()
    lines = [""]
    for word in plain.split():
        if lines[-1] and len(lines[-1]) + len(word) >= _LETTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()[:_LETTERS]
    return "\n".join(lines[:3])
