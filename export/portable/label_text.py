"""Labels as they are typed at the command line, by name or by number."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from .bundle_file import BundleError, short

__all__ = ["check_names", "number_of", "parse_labels", "title", "unknown"]

LISTED = 20  # names in an error
COMPARED = 5000  # names that a wrong one is compared with: of a million it takes a minute to find the nearest
LONGEST_COMPARED = 100  # characters of one


def parse_labels(text: str, names: Sequence[str] | None = None, joined: bool = True) -> list[int | tuple[int, ...]]:
    """Labels with commas between as a list of their numbers: `0,1,2`, `Flags,People`.

    A text that as a whole is a name is that name. An entry that is no name and is a whole number is that number, but
    where a class has a number for a name, `10`, say, numbers are names. `#10` is the number in any case. A name with a
    comma, or with quotation marks, stands between quotation marks, doubled within: `"Food, Drink",Flags`.

    Args:
        text: What was typed.
        names: Of the classes or tags, in order; `None` for none.
        joined: Whether + joins several tags of one sample, `hat+beard,smile`, which become a tuple: `[(0, 1), 2]`.

    Raises:
        BundleError: if an entry is neither a name nor a number.
    """
    whole = None if names is None else _place(text, names)
    if whole is not None:
        return [whole]
    plain = r'[^",+]*' if joined else r'[^",]*'
    entries: list[tuple[int, ...]] = [()]
    form, place = re.compile(rf'\s*(?:"((?:[^"]|"")*)"|({plain}))\s*'), 0
    while (found := form.match(text, place)) is not None:  # it always fits: an empty entry is one, too
        quoted, bare = found.groups()
        place = found.end()
        if text[place : place + 1] not in ("", ",", "+" if joined else ","):
            raise BundleError(f'Expected quotation marks around whole names, "a, b",c. Received: {short(text)!r}.')
        if quoted is None and not bare.strip() and ("," in text or "+" in text):
            raise BundleError(_empty(text, found.start()))
        number = _number(bare.strip(), names, joined) if quoted is None else number_of(quoted.replace('""', '"'), names)
        entries[-1] = (*entries[-1], number)
        if place == len(text):
            break
        if text[place] == ",":
            entries.append(())
        place += 1
    return [entry[0] if len(entry) == 1 else entry for entry in entries]


def _empty(text: str, place: int) -> str:
    """The error for a label that is missing between commas, or beside one."""
    where = f"after {short(text[:place])}" if place else f"before {short(text)}"
    return f"Expected a label on each side of a comma or +. Received: an empty label {where}. Leave the comma out."


def number_of(name: str, names: Sequence[str] | None) -> int:
    """The number of a class or tag by its name.

    Raises:
        BundleError: if none has that name.
    """
    found = None if names is None else _place(name, names)
    if found is None:
        raise unknown(name, names)
    return found


def _number(entry: str, names: Sequence[str] | None, joined: bool) -> int:
    """The number of a class or tag by its name, or by its number as text."""
    found = None if names is None else _place(entry, names)
    if found is not None:
        return found
    names_are_numbers = names is not None and any(map(_is_number, names)) and not entry.startswith("#")
    if names_are_numbers or not _is_number(entry):
        raise unknown(entry, names, joined)
    return int(entry.removeprefix("#"))


def _is_number(text: str) -> bool:
    return re.fullmatch("#?-?[0-9]{1,18}", text) is not None


def _place(name: str, names: Sequence[str]) -> int | None:
    """Where a name stands; `None` where it does not. Letters and their accents may come composed or not."""
    if name in names:
        return names.index(name)
    composed = [unicodedata.normalize("NFC", one) for one in names]
    return (
        composed.index(unicodedata.normalize("NFC", name)) if unicodedata.normalize("NFC", name) in composed else None
    )


def unknown(entry: str, names: Sequence[str] | None, joined: bool = False) -> BundleError:
    """The error for a label that is no name: what names there are, and which is near where they are not too many.

    Args:
        entry: What was given.
        names: Of the classes or tags; `None` for none.
        joined: Whether + joins several tags of one sample.
    """
    if names is None:
        tags = ", tags of one sample joined by +" if joined else ""
        return BundleError(
            f"Expected labels as integers with commas between, 0,1,2{tags}, because the export has no names of "
            f"classes. Received: {short(entry)!r}."
        )
    compared = len(names) <= COMPARED and len(entry) <= LONGEST_COMPARED and not _is_number(entry)
    by_case = {} if not compared else {name.casefold(): name for name in reversed(names)}
    close = [name for name in by_case if len(entry) > 1 and name.startswith(entry.casefold())]
    close = close or difflib.get_close_matches(entry.casefold(), by_case, n=1)
    nearest = f" Did you mean {short(by_case[close[0]])!r}?" if close else ""
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    listed = ", ".join(repr(short(name)) for name in names[:LISTED])
    numbers = "or as #0, #1, ..." if any(map(_is_number, names)) else "or as numbers"
    return BundleError(
        f"Expected labels by these names: {listed}{more}; {numbers}. Received: {short(entry)!r}.{nearest}"
    )


def check_names(names: Any, count: int | None) -> None:
    """Refuses what is no list of as many different names, or `None`: a file may come from anyone.

    Raises:
        ValueError: if it is not.
    """
    if names is None:
        return
    fits = isinstance(names, list) and len(names) == count and all(isinstance(name, str) for name in names)
    if not fits or len(set(names)) < len(names):
        raise ValueError(f"class_names={short(names)}")


def title(number: int, names: Sequence[str] | None = None) -> str:
    """What stands above the pictures of a class: its name, or its number where Pillow's font lacks the letters."""
    if names is None:
        return str(number)
    letters = "".join(one for one in unicodedata.normalize("NFKD", names[number]) if not unicodedata.combining(one))
    letters = " ".join(letters.split())
    return letters if letters and letters.isascii() and letters.isprintable() else f"#{number}"
