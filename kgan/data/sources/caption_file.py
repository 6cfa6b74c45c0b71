"""Captions of pictures: a table `file,caption` beside them, and which pictures it speaks of."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kgan._support import limits
from kgan.data.found import listed
from kgan.data.missing import is_path
from kgan.data.sources import formats, labels_file, layout, places
from kgan.data.splits import DataError

__all__ = ["TABLES", "CaptionLayout", "hashes", "is_captions", "read"]

TABLES = ("captions.csv", "captions.tsv", "metadata.csv")  # that are looked for in a folder
_SUFFIXES = (".csv", ".tsv")
_TEXTS = ("caption", "captions", "text", "prompt", "description", "title")
_HEADER = 2**16  # bytes that hold it


def is_captions(source: str) -> bool:
    """Whether a place names a table of pictures and captions: a `.csv` or `.tsv` whose header has columns for both."""
    path = Path(source)
    if not is_path(source) or path.suffix.lower() not in _SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        first = file.read(_HEADER).decode("utf-8-sig", "replace").partition("\n")[0]
    header = {name.strip().lower() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])}
    return bool(header & set(_TEXTS)) and bool(header & set(labels_file.FILE_COLUMNS))


def read(path: Path) -> dict[str, list[str]]:
    """The captions of each file that the table names, in order; several rows of one file are several captions.

    Raises:
        DataError: if the file cannot be read, has no columns for files and captions, rows of other lengths, or no
            caption at all.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text.partition("\n")[0])) if row]
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(
            f"Expected a table of captions in {path}. Received: {type(error).__name__}: {error}."
        ) from error
    header = [name.strip().lower() for name in rows[0]] if rows else []
    file = next((name for name in labels_file.FILE_COLUMNS if name in header), None)
    caption = next((name for name in _TEXTS if name in header), None)
    if file is None or caption is None:
        raise DataError(
            f"Expected columns 'file' and 'caption' in {path}. Received: the columns "
            f"{limits.shortened(', '.join(header)) or 'of an empty file'}. Rename those that hold them."
        )
    found: dict[str, list[str]] = {}
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            raise DataError(
                f"Expected {len(header)} cells in each row of {path}. Received: {len(row)} in row {number}. Put "
                f"quotation marks around captions with commas."
            )
        name, said = labels_file.normal(row[header.index(file)]), row[header.index(caption)].strip()
        known = found.setdefault(name, [])
        if said and said not in known:
            known.append(said)
    if not any(found.values()):
        raise DataError(f"Expected captions in {path}. Received: {len(found):,} files, all without. Write some.")
    return found


def _delimiter(first: str) -> str:
    return max(",;\t", key=first.count)


class CaptionLayout:
    """Which pictures of a folder have captions.

    Args:
        path: The table; names are relative to its folder.

    Attributes:
        captions: Of each picture, in the order of the pictures; known once the folder was laid out.

    Raises:
        DataError: if the table cannot be read.
    """

    def __init__(self, path: Path):
        self._path, self._said = path, read(path)
        self.captions: list[list[str]] = []

    def __call__(self, place: places.Place, *, strict: bool) -> layout.Layout:
        """The pictures with captions.

        Raises:
            DataError: if there is none; with `strict`, if a picture has no caption or a caption no picture.
        """
        listing = place.walk()
        pictures = [name for name in listing.files if formats.reason_against(name) is None]
        found: Mapping[str, list[str]] = labels_file.Labels(self._said, ()).find(pictures)
        chosen = [name for name in pictures if found.get(name)]
        if not chosen:
            raise DataError(
                f"Expected {self._path.name} to name pictures in {place.path} with a caption each. Received: "
                f"{len(self._said):,} names, none of them one of {len(pictures):,} pictures there. Name them from the "
                f"file's own folder, as 'images/1.png'."
            )
        without = [name for name in pictures if not found.get(name)]
        gone = len(self._said) - len(found)
        if strict and (without or gone):
            some = listed([limits.shortened(name) for name in without])
            received = f"{gone:,} captions without a picture" if gone else f"pictures without a caption: {some}"
            raise DataError(
                f"Expected a caption for every picture and a picture for every caption (strict). Received: {received}. "
                f"Mend {self._path.name}, or load without strict to leave them out."
            )
        made = layout.Layout(chosen, ignored=Counter(listing.ignored))
        if without:
            made.ignored[f"pictures without a caption ({limits.shortened(without[0])}, ...)"] += len(without)
        if gone:
            made.notes.append(f"{gone:,} files that {self._path.name} names are not there.")
        self.captions = [found[name] for name in chosen]
        return made


def hashes(captions: Sequence[Sequence[str]]) -> np.ndarray:
    """A number for the captions of each picture, by which a change shows, int64 `(n,)`."""
    whole = ["\n".join(one).encode() for one in captions]
    return np.array([int.from_bytes(hashlib.sha256(one).digest()[:7], "big") for one in whole], np.int64)
