"""What stands in a run's JSON files, held against the types that kgan writes before anything is made of it."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from kgan._support import limits

T = TypeVar("T")


def made(kind: type[T], content: Any, where: str) -> T:
    """A dataclass of plain values from the object that describes it.

    Args:
        kind: The dataclass. Its fields are plain values, perhaps with `None` among them, or further dataclasses.
        content: What stands in the file.
        where: Its place there, for the error.

    Raises:
        ValueError: if a field is unknown, missing or of another type.
    """
    if not isinstance(content, Mapping):
        raise ValueError(f"{where} of type {type(content).__name__}, where an object was due")
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = [name for name in content if name not in fields]
    if unknown:
        raise ValueError(f"{where} with {limits.shortened(unknown)}, which this version of kgan does not know")
    nothing = dataclasses.MISSING
    needed = [name for name, field in fields.items() if field.default is field.default_factory is nothing]
    missing = [name for name in needed if name not in content]
    if missing:
        raise ValueError(f"{where} without {', '.join(missing)}")
    return kind(**{name: value(hints[name], entry, f"{where}.{name}") for name, entry in content.items()})


def value(kind: Any, entry: Any, where: str) -> Any:
    """The entry, if it is of that kind.

    Raises:
        ValueError: if `entry` is of another kind.
    """
    if isinstance(kind, types.UnionType):
        if entry is None and types.NoneType in kind.__args__:
            return None
        kinds = [one for one in kind.__args__ if one is not types.NoneType]
        kind = next((one for one in kinds if type(entry) is one), kinds[0])
    if dataclasses.is_dataclass(kind):
        return made(kind, entry, where)
    kind = typing.get_origin(kind) or kind
    if kind is float and type(entry) is int and abs(entry) < 2**53:
        entry = float(entry)
    if kind is tuple and type(entry) is list:
        entry = tuple(entry)
    # By type(), because a bool is an int to Python; NaN and infinity are numbers to its JSON.
    if type(entry) is not kind or (kind is float and not math.isfinite(entry)):
        raise ValueError(f"{where}={limits.shortened(repr(entry))}, where {kind.__name__} was due")
    if kind is str and not is_text(entry):
        raise ValueError(f"{where} with characters that no text has")
    return entry


def is_text(entry: str) -> bool:
    """Whether it has no control characters and no halves of characters, which no text has."""
    return not any(_unprintable(character) for character in entry)


def _unprintable(character: str) -> bool:
    """Control characters, which a terminal would obey and no path can have, and halves of characters."""
    return (ord(character) < 32 and character not in "\t\n") or 0xD800 <= ord(character) < 0xE000


def check_list(entry: Any, where: str) -> None:
    """Refuses what is no list.

    Raises:
        ValueError: if `entry` is of another kind.
    """
    value(list, entry, where)


def check_object(entry: Any, where: str, **kinds: type) -> None:
    """Refuses what is no object with these entries, of these types; there may be others.

    Raises:
        ValueError: if `entry` is of another kind.
    """
    value(dict, entry, where)
    for name, kind in kinds.items():
        if name not in entry:
            raise ValueError(f"{where} without {name}")
        value(kind, entry[name], f"{where}.{name}")


def check_texts(entry: Any, where: str) -> None:
    """Refuses what is no object of texts.

    Raises:
        ValueError: if `entry` is of another kind.
    """
    value(dict, entry, where)
    for name, text in entry.items():
        value(str, text, f"{where}.{limits.shortened(name)}")


def check_numbers(entry: Any, where: str) -> None:
    """Refuses what is no object of finite numbers, or of `null` in their place.

    Raises:
        ValueError: if `entry` is of another kind.
    """
    value(dict, entry, where)
    for name, number in entry.items():
        value(float | None, number, f"{where}.{limits.shortened(name)}")
