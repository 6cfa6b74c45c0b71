"""Where the two pictures of each pair lie: two folders paired by file name, or pictures with both side by side."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from kgan.data.sources import folder as image_folder
from kgan.data.splits import DataError

__all__ = ["HALVES", "HELD_OUT", "Layout", "Pair", "find", "parts", "side_names"]

HALVES = ("left", "right")
HELD_OUT = ("val", "valid", "validation", "test")  # the first that is there is held out
_PARTS = ("train", *HELD_OUT)
_LETTERED = re.compile(rf"({'|'.join(_PARTS)})[_-]?([ab])", re.IGNORECASE)  # trainA, train_b
_NAMED = 5  # files named in an error
_FORMS = (
    "two sub-folders of pictures paired by file name, as a/ and b/, or pictures side by side twice as wide as high; "
    "either may lie in train/, val/ and test/"
)


class Pair(NamedTuple):
    """Paths of the two pictures relative to the data's folder; without a `b`, `a` holds both side by side."""

    a: str
    b: str | None = None


class Layout(NamedTuple):
    """The pairs of a folder.

    Attributes:
        train: In order of their names.
        held_out: Those that the folder itself keeps apart; `None` where it does not.
        sides: What a and b are called: names of their folders, or `HALVES`.
    """

    train: list[Pair]
    held_out: list[Pair] | None
    sides: tuple[str, str]


def find(folder: Path) -> Layout:
    """The pairs in a folder.

    Of two sub-folders the first in alphabetical order, without regard to case, is a: `a` and `b`, `A` and `B`,
    `input` and `target`, `edges` and `photos`. As published sets do, the folder may have parts `train`, `val` and
    `test`, inside of which, or inside of both sides of which, the same holds, or sub-folders `trainA`, `trainB`,
    `valA` and so on. Of the parts, `train` is trained on, and `val` or else `test` held out.

    Raises:
        DataError: if the folder has none of these forms, a side is missing or empty, or a picture has no partner.
    """
    there = parts(folder)
    held_out = next((part for part in HELD_OUT if part in there), None)
    train = there["train"]
    return Layout(
        train=_pairs(folder, train),
        held_out=None if held_out is None else _pairs(folder, there[held_out]),
        sides=HALVES if len(train) == 1 else side_names(*train),
    )


def parts(folder: Path) -> dict[str, tuple[Path, ...]]:
    """For each part its one folder of pictures side by side, or its two sides."""
    names = _sub_folders(folder)
    there = {name.lower(): folder / name for name in names if name.lower() in _PARTS}
    if there:
        others = [name for name in names if name.lower() not in _PARTS]
        if others or "train" not in there:
            raise DataError(
                f"Expected train, and val or test beside it if there is more, in {folder}. Received: the sub-folders "
                f"{', '.join(names)}. Rename or move what is something else."
            )
        return {part: _sides(path) for part, path in there.items()}
    lettered = {name: _LETTERED.fullmatch(name) for name in names}
    if any(lettered.values()):
        return _lettered_parts(folder, lettered)
    sides = _sides(folder)
    if len(sides) == 2:
        inner = [{name.lower(): name for name in _sub_folders(side)} for side in sides]
        if all("train" in names for names in inner):
            return {
                part: tuple(side / names[part] for side, names in zip(sides, inner, strict=True))
                for part in _PARTS
                if all(part in names for names in inner)
            }
    return {"train": sides}


def _lettered_parts(folder: Path, lettered: dict[str, "re.Match | None"]) -> dict[str, tuple[Path, ...]]:
    parts = {}
    for name, match in lettered.items():
        if match is not None:
            parts.setdefault(match[1].lower(), []).append(folder / name)
    if None in lettered.values() or "train" not in parts or any(len(sides) != 2 for sides in parts.values()):
        raise DataError(
            f"Expected trainA and trainB, and valA and valB or testA and testB if there is more, in {folder}. "
            f"Received: the sub-folders {', '.join(lettered)}. Add the side that is missing, or move what is "
            f"something else."
        )
    return {part: tuple(sides) for part, sides in parts.items()}


def _sub_folders(folder: Path) -> list[str]:
    return sorted(
        (entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith(".")),
        key=lambda name: (name.lower(), name),
    )


def _sides(folder: Path) -> tuple[Path, ...]:
    """The folder itself, when its pictures are side by side, or its two sub-folders."""
    names = _sub_folders(folder)
    own = [path for path in image_folder.find_images(folder) if os.sep not in path]
    if not names and own:
        return (folder,)
    if len(names) == 2 and not own:
        return folder / names[0], folder / names[1]
    if not names:
        received = "no picture and no sub-folder"
    elif own:
        received = f"both pictures ({_some(own)}) and sub-folders ({_some(names)})"
    elif len(names) == 1:
        received = f"one side only, the sub-folder {names[0]}"
    else:
        received = f"{len(names)} sub-folders: {_some(names)}"
    raise DataError(f"Expected {_FORMS}, in {folder}. Received: {received}. Leave exactly the two sides there.")


def _pairs(folder: Path, sides: tuple[Path, ...]) -> list[Pair]:
    """The pairs of one part."""
    found = [image_folder.find_images(side) for side in sides]
    empty = [str(side) for side, paths in zip(sides, found, strict=True) if not paths]
    if empty:
        raise DataError(
            f"Expected pictures ({', '.join(sorted(image_folder.EXTENSIONS))}) on both sides. Received: none in "
            f"{' and '.join(empty)}. Put the pictures there."
        )
    within = [os.path.relpath(side, folder) for side in sides]
    if len(sides) == 1:
        return [Pair(os.path.normpath(os.path.join(within[0], path))) for path in found[0]]
    by_name = [_by_name(side, paths) for side, paths in zip(sides, found, strict=True)]
    _check_partners(sides, by_name)
    return [
        Pair(*(os.path.join(side, paths[name]) for side, paths in zip(within, by_name, strict=True)))
        for name in sorted(by_name[0])
    ]


def _by_name(side: Path, paths: list[str]) -> dict[str, str]:
    """Pictures by their paths without the extensions."""
    by_name = {}
    for path in paths:
        name = os.path.splitext(path)[0]
        if name in by_name:
            raise DataError(
                f"Expected one picture of each name in {side}. Received: {by_name[name]} and {path}. Pairs are found "
                f"by the name without its extension: remove or rename one of them."
            )
        by_name[name] = path
    return by_name


def _check_partners(sides: tuple[Path, Path], by_name: list[dict[str, str]]) -> None:
    alone = []
    for own, other in ((0, 1), (1, 0)):
        names = sorted(by_name[own].keys() - by_name[other].keys())
        if names:
            alone.append(
                f"{len(names)} of the {len(by_name[own])} in {sides[own]} without one in {sides[other]}: "
                f"{_some([by_name[own][name] for name in names])}"
            )
    if alone:
        raise DataError(
            f"Expected a partner of the same name, whatever the extension, for every picture. Received: "
            f"{'; and '.join(alone)}. Add or rename the partners, or remove the pictures."
        )


def side_names(first: Path, second: Path) -> tuple[str, str]:
    """Names of the two folders, those above them where they are called alike (`A/train`, `B/train`)."""
    return (first.parent.name, second.parent.name) if first.name == second.name else (first.name, second.name)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
