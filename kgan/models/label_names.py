"""Names of classes and tags: what is asked of them, and which numbers they stand for."""

import difflib
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["checked", "numbered"]

_LISTED = 20  # names in an error


def checked(class_names: Any, count: int | None) -> tuple[str, ...] | None:
    """Names as a tuple, in the order of the labels.

    Args:
        class_names: A list or tuple of text, no two alike; `None` for classes without names.
        count: How many classes or tags there are; `None` for as many as there are names.

    Raises:
        TypeError: if `class_names` is no list or tuple of text.
        ValueError: if there are not as many as classes, or two are alike.
    """
    if class_names is None:
        return None
    if isinstance(class_names, str) or not isinstance(class_names, Sequence | np.ndarray):
        raise TypeError(
            f"Expected class_names as a list of text. Received: class_names={class_names!r}. "
            f"Pass them in the order of the labels, ['shirt', 'shoe'], say."
        )
    names = tuple(str(name) if isinstance(name, str) else name for name in class_names)  # np.str_ is no plain str
    for place, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(f"Expected class_names as text. Received: {name!r} for class {place}. Pass {str(name)!r}.")
    alike = {name for name, other in zip(sorted(names), sorted(names)[1:], strict=False) if name == other}
    if alike:
        raise ValueError(
            f"Expected class_names of which no two are alike. Received: {sorted(alike)[0]!r} several times."
        )
    if len(names) != (len(names) if count is None else count):
        raise ValueError(
            f"Expected one of class_names for each of {count} classes or tags. Received: {len(names)} names."
        )
    return names


def numbered(labels: Any, class_names: Sequence[str] | None) -> Any:
    """The same labels with numbers in the place of names, also within lists of lists; what holds no text as it is.

    Text is always a name and a number always a number: `"3"` is the class that is called 3, and 3 the fourth class.

    Raises:
        ValueError: if no class has a name, or none has this one; the message lists the names and the nearest one.
    """
    if isinstance(labels, np.ndarray) and labels.dtype.kind in ("U", "O"):
        labels = labels.tolist()
    elif hasattr(labels, "to_list"):  # a column of pandas
        labels = labels.to_list()
    if isinstance(labels, list | tuple):
        return [numbered(label, class_names) for label in labels]
    return _number(labels, class_names) if isinstance(labels, str) else labels


def _number(name: str, class_names: Sequence[str] | None) -> int:
    if class_names is None:
        raise ValueError(
            f"Expected labels as numbers, because this model has no class_names. Received: {name!r}. "
            f"Set gan.class_names, or pass them to kgan.GAN."
        )
    if name in class_names:
        return class_names.index(name)
    plain = [unicodedata.normalize("NFC", one) for one in class_names]  # names of files may come decomposed
    if unicodedata.normalize("NFC", name) in plain:
        return plain.index(unicodedata.normalize("NFC", name))
    raise ValueError(
        f"Expected labels by these names: {_listed(class_names)}. Received: {name!r}.{_nearest(name, class_names)}"
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(map(repr, names[:_LISTED])) + more


def _nearest(name: str, names: Sequence[str]) -> str:
    """` Did you mean 'Flags'?`, where a name is close, whatever its case."""
    by_case = {one.casefold(): one for one in reversed(names)}
    found = [one for one in by_case if len(name) > 1 and one.startswith(name.casefold())]
    found = [] if name.isdecimal() else found or difflib.get_close_matches(name.casefold(), by_case, n=1)
    return f" Did you mean {by_case[found[0]]!r}?" if found else ""
