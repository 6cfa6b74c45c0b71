"""Labels that a file beside the pictures holds: `metadata.csv`, `labels.csv`, or StyleGAN's `dataset.json`."""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from kgan._support import limits
from kgan.data.sources import formats, places
from kgan.data.splits import DataError

__all__ = ["FILE_COLUMNS", "NAMES", "TEXT_COLUMNS", "Labels", "normal", "read"]

NAMES = ("metadata.csv", "labels.csv", "dataset.json")
FILE_COLUMNS = (
    "file_name",
    "file",
    "filename",
    "image",
    "image_file",
    "image_name",
    "path",
    "image_path",
    "image_id",
    "id",
)
_LABELS = ("label", "labels", "class", "class_name", "category", "target")
TEXT_COLUMNS = ("text", "caption", "captions", "prompt", "description", "title", "url", "license", "author", "split")
_YES_OR_NO = {"1": 1.0, "1.0": 1.0, "true": 1.0, "yes": 1.0, "0": 0.0, "0.0": 0.0, "-1": 0.0, "false": 0.0, "no": 0.0}


class Labels(NamedTuple):
    """What the file says.

    Attributes:
        by_file: From a name, as the file has it, to the number of a class, or to tags of 0 and 1; empty without labels.
        names: Of the classes or tags, in the order of their numbers.
        tags: Whether they are tags.
        notes: What is left aside.
    """

    by_file: dict[str, Any]
    names: tuple[str, ...]
    tags: bool = False
    notes: tuple[str, ...] = ()

    def find(self, pictures: Sequence[str]) -> dict[str, Any]:
        """Labels of those pictures that have one, by their names relative to the file.

        A name in the file may lack the folder, or the extension too, where only one picture is called so.
        """
        for short in (str, _base, _stem):
            shortened: dict[str, list[str]] = {}
            for picture in pictures:
                shortened.setdefault(short(picture), []).append(picture)
            found = {
                shortened[name][0]: label for name, label in self.by_file.items() if len(shortened.get(name, ())) == 1
            }
            if found:
                return found
        return {}


def _base(name: str) -> str:
    return PurePosixPath(name).name


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def read(place: places.Place, name: str) -> Labels:
    """The labels of a file in a folder or archive.

    Raises:
        DataError: if the file is damaged, gives a picture two labels, names two columns alike, or does not say which
            of its columns are labels.
    """
    try:
        content = places.content(place.source(name))
        if len(content) > limits.MOST_DOCUMENT_BYTES:
            raise ValueError(f"{limits.gibibytes(len(content))}, more than labels take")
        text = content.decode("utf-8-sig")
        return _of_json(text) if formats.extension(name) == ".json" else _of_table(text)
    except DataError as error:
        raise DataError(f"In {place.path / name}: {error}") from error
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise DataError(
            f"Expected labels in {place.path / name}: rows 'file,label', or StyleGAN's dataset.json. "
            f"Received: {type(error).__name__}: {error}. Mend the file, or pass labels='folders' to leave it aside."
        ) from error


# --- tables ---


def _of_table(text: str) -> Labels:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    if not rows:
        raise ValueError("no rows")
    header = [cell.strip() or f"column {number}" for number, cell in enumerate(rows[0], 1)]
    if formats.extension(header[0]) in formats.EXTENSIONS:  # no header: the first row is a picture's
        header = ["file", "label", *(f"column {number}" for number in range(3, len(header) + 1))][: len(header)]
    else:
        rows = rows[1:]
    if any(len(row) != len(header) for row in rows):
        number = next(number for number, row in enumerate(rows, 2) if len(row) != len(header))
        raise ValueError(f"row {number} of other columns than {', '.join(header)}")
    _check_header(header)
    columns = {name.lower(): [row[place].strip() for row in rows] for place, name in enumerate(header)}
    file = next((name for name in FILE_COLUMNS if name in columns), None)
    if file is None:
        raise DataError(f"Expected a column 'file_name' or 'file'. Received: the columns {', '.join(header)}.")
    files = [normal(one) for one in columns.pop(file)]
    spelled = {name.lower(): name for name in header}
    return _chosen(files, columns, spelled)


def _check_header(header: list[str]) -> None:
    """Refuses two columns of one name, in small or capital letters, of which only one could be read."""
    spelled: dict[str, list[str]] = {}
    for name in header:
        spelled.setdefault(name.lower(), []).append(name)
    repeated = [" and ".join(names) for names in spelled.values() if len(names) > 1]
    if repeated:
        raise DataError(
            f"Expected columns of different names. Received: {limits.shortened(', '.join(repeated))}. Remove or rename "
            f"one of them."
        )


def _check_agreement(files: Sequence[str], labels: Sequence[Any]) -> None:
    """Refuses a picture with two labels; a row that is merely repeated is none."""
    first: dict[str, Any] = {}
    against: dict[str, Any] = {}
    for file, label in zip(files, labels, strict=True):
        if first.setdefault(file, label) != label:
            against.setdefault(file, label)
    if against:
        file, label = next(iter(against.items()))
        pictures = "1 picture" if len(against) == 1 else f"{len(against):,} pictures"
        raise DataError(
            f"Expected one label for each picture. Received: {pictures} with different ones, as "
            f"{limits.shortened(file)} with {limits.shortened(repr(first[file]))} and "
            f"{limits.shortened(repr(label))}. Keep one row of each, or pass labels='folders' or 'none'."
        )


def _chosen(files: list[str], columns: dict[str, list[str]], spelled: dict[str, str]) -> Labels:
    label = next((name for name in _LABELS if name in columns), None)
    others = [name for name in columns if name not in (*TEXT_COLUMNS, *FILE_COLUMNS)]
    if label is None and len(others) == 1:
        label = others[0]  # also where it is a tag: one tag is two classes
    if label is not None:
        aside = [spelled[name] for name in columns if name != label]
        notes = (f"Columns that are no labels: {', '.join(aside)}.",) if aside else ()
        return _of_classes(files, columns[label])._replace(notes=notes)
    if not others:
        aside = ", ".join(spelled[name] for name in columns)
        return Labels(
            {},
            (),
            notes=(f"No labels: its columns ({aside}) hold texts. To draw by them, train on the table itself.",)
            if aside
            else (),
        )
    if not all(_is_tag(columns[name]) for name in others):
        raise DataError(
            f"Expected a column 'label', or tags of 0 and 1 in all columns. Received: the columns "
            f"{', '.join(spelled[name] for name in others)}. Rename the one that holds the classes, or pass "
            f"labels='folders' or 'none'."
        )
    cells = [[_YES_OR_NO[cell.lower()] for cell in columns[name]] for name in others]
    _check_agreement(files, list(zip(*cells, strict=True)))
    rows = np.array(cells, np.float32).T
    return Labels(dict(zip(files, rows, strict=True)), tuple(spelled[name] for name in others), tags=True)


def _is_tag(cells: list[str]) -> bool:
    return all(cell.lower() in _YES_OR_NO for cell in cells)


def _of_classes(files: list[str], labels: list[str]) -> Labels:
    labelled = [(file, label) for file, label in zip(files, labels, strict=True) if label]
    _check_agreement([file for file, _ in labelled], [label for _, label in labelled])
    known = {label for _, label in labelled}
    if all(label.isdecimal() for label in known):
        names = tuple(sorted(known, key=lambda label: (int(label), label)))
    else:
        names = tuple(sorted(known))
    limits.check_most("classes", len(names), limits.MOST_CLASSES, "Give each picture one of a few.", DataError)
    if len(files) > 20 and len(names) > len(files) // 2:
        raise DataError(
            f"Expected classes that many pictures have in common. Received: {len(names):,} labels for {len(files):,} "
            f"pictures. Pass labels='folders' or 'none' if the file holds no classes."
        )
    number = {name: index for index, name in enumerate(names)}
    return Labels({file: number[label] for file, label in labelled}, names)


def normal(name: str) -> str:
    """A file's name with / between its parts, and nothing that goes up and down again."""
    return os.path.normpath(name.strip().replace("\\", "/")).replace(os.sep, "/")


# --- StyleGAN's dataset.json ---


def _of_json(text: str) -> Labels:
    content = json.loads(text, object_pairs_hook=_object)
    if not isinstance(content, dict) or "labels" not in content:
        raise ValueError("no table with 'labels'")
    entries = content["labels"]
    if entries is None:
        return Labels({}, (), notes=("No labels: dataset.json says that there are none.",))
    if isinstance(entries, dict):
        entries = list(entries.items())
    if not isinstance(entries, list) or not all(isinstance(one, list | tuple) and len(one) == 2 for one in entries):
        raise ValueError("labels that are no pairs [file, label]")
    files, labels = [normal(str(file)) for file, _ in entries], [label for _, label in entries]
    _check_agreement(files, labels)
    if all(type(label) is int and 0 <= label < limits.MOST_CLASSES for label in labels) and labels:
        names = tuple(str(number) for number in range(max(labels) + 1))
        return Labels(dict(zip(files, labels, strict=True)), names)
    rows = np.array(labels, np.float32)
    if rows.ndim != 2 or not np.isin(rows, (0, 1)).all():
        raise ValueError("labels that are neither numbers of classes from 0 nor rows of 0 and 1")
    names = tuple(str(number) for number in range(rows.shape[1]))
    if (rows.sum(axis=1) == 1).all():  # one-hot
        return Labels(dict(zip(files, rows.argmax(axis=1).tolist(), strict=True)), names)
    return Labels(dict(zip(files, rows, strict=True)), names, tags=True)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, whose reader would keep the last of two values by one name."""
    _check_agreement([name for name, _ in pairs], [value for _, value in pairs])
    return dict(pairs)
