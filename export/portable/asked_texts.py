"""Texts that pictures are asked for by, as the labels of a generator that was trained on captions."""

import difflib
import os
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from .asked_labels import OverAndOver
from .bundle_file import BundleError, short

__all__ = ["asked_by_text", "rows_of", "words_of"]

WORD = re.compile("\\w+(?:['\u2019]\\w+)*")
WORDS_NAMED = 10  # words in an error
MOST = 1000  # texts at once
LARGEST_VECTORS_HEADER = 10_000  # characters of a file of vectors


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, as `kgan.data.words_of` has them."""
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def rows_of(texts: Sequence[str], vocabulary: Sequence[str]) -> np.ndarray:
    """Texts as which words they hold, float32 `(n, words)` of 0 and 1.

    Raises:
        BundleError: if there is no text, one is empty or holds a word that the vocabulary lacks.
    """
    if not 1 <= len(texts) <= MOST:
        raise BundleError(f"Expected 1 to {MOST:,} texts. Received: {len(texts):,}.")
    places = {word: place for place, word in enumerate(vocabulary)}
    rows = np.zeros((len(texts), len(vocabulary)), np.float32)
    for row, text in zip(rows, texts, strict=True):
        words = words_of(text) if isinstance(text, str) else []
        if not words:
            raise BundleError(f"Expected text of at least one word. Received: {short(text)!r}.")
        for word in words:
            if word not in places:
                close = difflib.get_close_matches(word, vocabulary, n=1)
                nearest = f" Did you mean {short(close[0])!r}?" if close else ""
                raise BundleError(
                    f"Expected text of the {len(vocabulary):,} words that the model was trained on: "
                    f"{', '.join(map(short, vocabulary[:WORDS_NAMED]))}, ... Received: {short(word)!r}.{nearest} Say "
                    f"it in other words."
                )
            row[places[word]] = 1.0
    return rows


def _printable(text: str) -> str:
    """The text as a column or a file is called, without letters that Pillow's own font lacks."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join("".join(one if one.isascii() and one.isprintable() else "?" for one in letters).split())


def asked_by_text(sampler: Any, text: "Sequence[str] | None", vectors: "str | os.PathLike | None") -> Any:
    """The labels that texts, or vectors of a file, ask for over and over; `None` where neither is given.

    Args:
        sampler: A `Sampler`.
        text: Texts, for an export with a vocabulary.
        vectors: A `.npy` file of rows, for an export that takes the vectors of an encoder.

    Raises:
        BundleError: if the export takes something else, or the texts or the file are not what it takes.
    """
    if text is not None and vectors is not None:
        raise BundleError("Expected text or vectors. Received: both. Leave one out.")
    if text is not None:
        if sampler.texts != "words":
            instead = "Pass vectors=FILE.npy" if sampler.texts == "vectors" else "Leave text out"
            raise BundleError(
                f"Expected text for an export that was trained on captions, with a vocabulary. Received: "
                f"text={short(text[0] if text else '')!r} for another. {instead}."
            )
        return OverAndOver(rows_of(text, sampler.class_names), [_printable(one) for one in text])
    if vectors is None:
        return None
    if sampler.texts != "vectors":
        raise BundleError(f"Expected vectors for an export that takes those. Received: vectors={vectors} for another.")
    try:
        rows = np.lib.format.open_memmap(vectors, mode="r", max_header_size=LARGEST_VECTORS_HEADER)
    except (OSError, ValueError, EOFError, SyntaxError, TypeError) as error:
        raise BundleError(
            f"Expected vectors as a .npy file, as numpy.save writes it. Received: {vectors}: {short(error)}."
        ) from error
    if rows.dtype.kind != "f" or rows.ndim != 2 or rows.shape[1] != sampler.num_tags or not 1 <= len(rows) <= MOST:
        raise BundleError(
            f"Expected vectors of float32 and shape (count, {sampler.num_tags}), at most {MOST:,}. Received: {vectors} "
            f"of {rows.dtype} and shape {rows.shape}."
        )
    if not np.isfinite(rows).all():
        raise BundleError(f"Expected vectors of finite numbers. Received: others in {vectors}.")
    return OverAndOver(np.array(rows, np.float32))
