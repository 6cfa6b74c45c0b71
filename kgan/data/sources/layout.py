"""How a folder of pictures is laid out: what is trained on and what held out, and which label each picture has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kgan._support import limits, lookup
from kgan.data.found import count_labels, listed
from kgan.data.sources import formats, labels_file, places
from kgan.data.splits import DataError

__all__ = ["LABELS", "Layout", "find"]

LABELS = ("auto", "folders", "none")
_HELD_OUT = ("val", "valid", "validation", "test", "testing")  # the first that is there is held out
_TRAIN = ("train", "training")
_MOST_TABLES = 3  # that are looked into for labels that nobody asked for
_STRAY = 0.1  # of all pictures: so few beside folders of classes are left out


@dataclass
class Layout:
    """Pictures of a place, with labels.

    Attributes:
        names: Of the pictures, those to train on first.
        train: How many of them are to be trained on, where the place itself keeps others apart; else `None`.
        class_names: By label number; `None` without classes.
        tag_names: By place in a row of tags; `None` without tags.
        labels: int32 `(n,)`, or float32 `(n, tags)`; `None` without labels.
        ignored: How many files are left out, by the reason.
        notes: Whole sentences on the rest.
    """

    names: list[str]
    train: int | None = None
    class_names: tuple[str, ...] | None = None
    tag_names: tuple[str, ...] | None = None
    labels: np.ndarray | None = None
    ignored: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def label(self, by_name: dict[str, Any], names: Sequence[str], tags: bool, what: str, strict: bool) -> None:
        """Labels the pictures, and leaves out those without.

        Raises:
            DataError: with `strict`, if one has no label.
        """
        missing = [name for name in self.names if name not in by_name]
        if missing:
            self.leave_out(missing, what, strict)
        values = [by_name[name] for name in self.names]
        if tags:
            self.tag_names, self.labels = tuple(names), np.array(values, np.float32)
        else:
            self.class_names, self.labels = tuple(names), np.array(values, np.int32)

    def leave_out(self, names: Sequence[str], reason: str, strict: bool) -> None:
        """Takes pictures out, and notes it.

        Raises:
            DataError: if it is `strict`.
        """
        gone = set(names)
        some = listed([limits.shortened(name) for name in names])
        if strict:
            raise DataError(
                f"Expected every picture to have its place (strict). Received: {some}, {reason}. Move or remove them, "
                f"or load without strict to leave them out."
            )
        if self.train is not None:
            self.train = sum(name not in gone for name in self.names[: self.train])
        self.names = [name for name in self.names if name not in gone]
        self.ignored[f"{reason} ({limits.shortened(names[0])}{', ...' if len(names) > 1 else ''})"] += len(names)

    def told(self) -> dict[str, Any]:
        """Attributes of `Found`: classes or tags with their numbers, and what is left out."""
        classes = tags = None
        if self.class_names is not None:
            classes = count_labels(self.labels, self.class_names)
        if self.tag_names is not None:
            tags = dict(zip(self.tag_names, self.labels.sum(axis=0).astype(int).tolist(), strict=True))
        return {"classes": classes, "tags": tags, "ignored": dict(self.ignored)}


def find(place: places.Place, labels: str, strict: bool) -> Layout:
    """How a place is laid out.

    Args:
        place: The folder or archive.
        labels: `"auto"` for a file of labels where there is one, else folders of classes; `"folders"`, `"none"`, or
            the name of a file in the place.
        strict: Whether pictures without a label, or outside the folders of classes, are an error.

    Raises:
        DataError: if there is no picture, or no such file of labels, or for what `strict` says.
    """
    listing = place.walk()
    layout = Layout([], ignored=Counter(listing.ignored))
    for name in listing.files:
        reason = formats.reason_against(name)
        if reason is None:
            layout.names.append(name)
        elif name.rpartition("/")[2] not in labels_file.NAMES and name != labels:
            layout.ignored[reason] += 1
    if not layout.names:
        raise _no_pictures(place, layout)
    roots = _split(layout, listing, strict)
    if labels == "none":
        return layout
    files = _label_files(listing, roots, labels, place)
    if files:
        _by_files(place, layout, files, strict)
    else:
        _by_folders(layout, listing, roots, strict)
        layout.notes += _overlooked(place, layout, listing) if layout.class_names is None else []
    if not layout.names:
        raise DataError(f"Expected pictures with labels in {place.path}. Received: none that has one.")
    return layout


def _no_pictures(place: places.Place, layout: Layout) -> DataError:
    there = listed([f"{count:,} {reason}" for reason, count in layout.ignored.items()], "; ")
    return DataError(
        f"Expected images ({', '.join(sorted(formats.EXTENSIONS))}) in {place.path}. Received: a folder without any"
        f"{f', but {there}' if there else ''}."
    )


# --- what is held out ---


def _split(layout: Layout, listing: places.Listing, strict: bool) -> list[str]:
    """Notes what the place itself keeps apart; the folders, with a `/`, below which classes may lie."""
    tops = [folder for folder in listing.folders if "/" not in folder]
    known = {folder.lower(): folder for folder in tops}
    train = next((known[name] for name in _TRAIN if name in known), None)
    held_out = next((known[name] for name in _HELD_OUT if name in known), None)
    filled = {name.partition("/")[0] for name in layout.names if "/" in name}
    if train is None or train not in filled or (held_out is None and filled != {train}):
        return [""]
    if held_out is not None and held_out not in filled:
        layout.notes.append(f"{held_out}/ is empty: part of {train}/ is held out in its place.")
        held_out = None
    parts = [train, *([held_out] if held_out else [])]
    chosen = [[name for name in layout.names if name.startswith(f"{part}/")] for part in parts]
    chosen_names = {name for part in chosen for name in part}
    left = [name for name in layout.names if name not in chosen_names]
    kept_apart = [name for name in left if name.partition("/")[0].lower() in _HELD_OUT and "/" in name]
    if kept_apart:
        layout.leave_out(kept_apart, "in other parts, kept for later", False)
    if len(left) > len(kept_apart):
        astray = [name for name in left if name not in set(kept_apart)]
        layout.leave_out(astray, f"beside {' and '.join(f'{part}/' for part in parts)}", strict)
    layout.names = [name for part in chosen for name in part]
    if held_out:
        layout.train = len(chosen[0])
        layout.notes.append(f"{train}/ is trained on, {held_out}/ is held out.")
    else:
        layout.notes.append(f"{train}/ is trained on.")
    return [f"{part}/" for part in parts]


# --- labels from a file ---


def _label_files(listing: places.Listing, roots: list[str], labels: str, place: places.Place) -> list[str]:
    """Files of labels in the folders that the pictures lie in, or in the place itself."""
    there = set(listing.files)
    if labels not in LABELS:
        if labels not in there:
            known = [name for name in listing.files if formats.extension(name) in (".csv", ".json")]
            raise DataError(
                f"Expected labels to be {', '.join(map(repr, LABELS))} or a file in {place.path}. "
                f"Received: labels={labels!r}.{lookup.nearest(labels, [*LABELS, *known])}"
            )
        return [labels]
    if labels == "folders":
        return []
    for name in labels_file.NAMES:
        found = [f"{root}{name}" for root in roots if f"{root}{name}" in there]
        found = found or ([name] if name in there else [])
        if found:
            return found
    return []


def _overlooked(place: places.Place, layout: Layout, listing: places.Listing) -> list[str]:
    """A sentence on a table beside the pictures that says of most of them what they are, under a name of its own."""
    tables = [name for name in listing.files if "/" not in name and formats.extension(name) in (".csv", ".tsv")]
    for name in [one for one in tables if one not in labels_file.NAMES][:_MOST_TABLES]:
        try:
            found = labels_file.read(place, name)
        except DataError:  # it holds something else
            continue
        if found.names and 2 * len(found.find(layout.names)) > len(layout.names):
            return [f"{name} looks like labels, and is left aside: labels={name!r} reads it."]
    return []


def _by_files(place: places.Place, layout: Layout, files: list[str], strict: bool) -> None:
    read = {file: labels_file.read(place, file) for file in files}
    layout.notes += [f"{file}: {note}" for file, one in read.items() for note in one.notes]
    if not any(one.names for one in read.values()):
        return
    if len({one.tags for one in read.values()}) > 1 or len({one.names for one in read.values() if one.tags}) > 1:
        raise DataError(f"Expected labels of one kind in {' and '.join(files)}. Received: others in each.")
    names = next(iter(read.values())).names
    if len(read) > 1 and not next(iter(read.values())).tags:
        names = tuple(sorted({name for one in read.values() for name in one.names}, key=_by_number))
    by_name: dict[str, Any] = {}
    unknown = 0
    for file, one in read.items():
        root = file.rpartition("/")[0]
        root = f"{root}/" if root else ""
        within = [name.removeprefix(root) for name in layout.names if name.startswith(root)]
        found = one.find(within)
        unknown += len(one.by_file) - len(found)
        number = {index: names.index(name) for index, name in enumerate(one.names)} if not one.tags else {}
        by_name |= {f"{root}{name}": label if one.tags else number[label] for name, label in found.items()}
    said = " and ".join(files)
    if not by_name:
        raise DataError(
            f"Expected {said} to name pictures in {place.path}. Received: {unknown:,} names, none of them a picture "
            f"there. Name them from the file's own folder, as 'images/1.png', or pass labels='folders'."
        )
    layout.notes.append(f"Labels are those of {said}.")
    if unknown:
        layout.notes.append(f"{unknown:,} files that {said} names are not there.")
    tags = next(iter(read.values())).tags
    layout.label(by_name, names, tags, f"without a label in {said}", strict)


def _by_number(name: str) -> tuple[bool, int, str]:
    return (False, int(name), name) if name.isdecimal() else (True, 0, name)


# --- labels from folders ---


def _by_folders(layout: Layout, listing: places.Listing, roots: list[str], strict: bool) -> None:
    """The folders below the roots are the classes, if all pictures but a few lie in them."""
    of = {name: _class_of(name, roots) for name in layout.names}
    strays = [name for name, one in of.items() if one is None]
    filled = {one for one in of.values() if one is not None}
    if not filled:
        return
    if len(strays) > max(1, _STRAY * len(layout.names)):
        where = "the folder itself" if roots == [""] else " and ".join(roots)
        layout.notes.append(
            f"No classes: {len(strays):,} pictures lie in {where}, beside sub-folders: {listed(sorted(filled))}. "
            f"Move them into folders of their own for classes."
        )
        return
    below = {folder for folder in listing.folders if _class_of(f"{folder}/", roots) and _is_class(folder, roots)}
    empty = {_class_of(f"{folder}/", roots) for folder in below} - filled - {None}
    other_files = {_class_of(name, roots) for name in listing.files if not _of_pictures(name)}
    without = sorted(one for one in empty if one in other_files and not _unreadable(one, listing, roots))
    kept = sorted(empty - set(without))
    names = sorted(filled | set(kept))
    if strays:
        layout.leave_out(strays, "outside the folders of classes", strict)
    if without:
        layout.notes.append(f"Sub-folders without pictures, which are no classes: {listed(without)}.")
    if kept:
        layout.notes.append(
            f"Classes without a picture: {listed(kept)}. They keep their label numbers; remove the folders if they "
            f"should not."
        )
    number = {name: label for label, name in enumerate(names)}
    by_name = {name: number[one] for name, one in of.items() if one is not None}
    layout.label(by_name, names, False, "", strict)


def _class_of(name: str, roots: list[str]) -> str | None:
    """The folder right below the roots that a file lies in."""
    root = max((root for root in roots if name.startswith(root)), key=len, default="")
    top, separator, _ = name.removeprefix(root).partition("/")
    return top if separator and top else None


def _is_class(folder: str, roots: list[str]) -> bool:
    return any(folder.startswith(root) and "/" not in folder.removeprefix(root) for root in roots)


def _of_pictures(name: str) -> bool:
    reason = formats.reason_against(name)
    return reason is None or not reason.startswith(formats.OTHER)


def _unreadable(one: str, listing: places.Listing, roots: list[str]) -> bool:
    """Whether a folder holds pictures, though none that can be read."""
    return any(_class_of(name, roots) == one and _of_pictures(name) for name in listing.files)
