"""Regular expressions of keys of one length, as the characters that each place takes."""

import string

from kgan.data.splits import DataError

__all__ = ["parsed_pattern"]

_CLASSES = {"d": string.digits, "w": string.ascii_letters + string.digits + "_"}
_SPECIAL = "*+?|().^$"
_LONGEST = 100  # places


def parsed_pattern(pattern: str) -> tuple[str, ...]:
    r"""The characters at each place of the texts that match.

    Args:
        pattern: Characters; classes `[A-Z0-9]`, `\d` and `\w`; and `{n}` behind one. What takes texts of several
            lengths, `*` and the like, is refused.

    Raises:
        DataError: if it is something else.

    Examples:
        >>> from kgan.data.tables.key_patterns import parsed_pattern
        >>> parsed_pattern("[AB]-[0-2]{2}")
        ('AB', '-', '012', '012')
    """
    places: list[str] = []
    at = 0
    while at < len(pattern):
        one = pattern[at]
        if one == "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise _wrong(pattern, "a class without its end ]")
            places.append(_class(pattern, pattern[at + 1 : end]))
            at = end + 1
        elif one == "\\" and at + 1 < len(pattern):
            places.append(_CLASSES.get(pattern[at + 1], pattern[at + 1]))
            at += 2
        elif one == "{" and places:
            end = pattern.find("}", at)
            times = pattern[at + 1 : end] if end > 0 else ""
            if not times.isdecimal() or not 1 <= int(times) <= _LONGEST:
                raise _wrong(pattern, f"{pattern[at:]!r}, where {{n}} was due, n from 1 to {_LONGEST}")
            places += [places[-1]] * (int(times) - 1)
            at = end + 1
        elif one in _SPECIAL or one in "{}]":
            raise _wrong(pattern, repr(one))
        else:
            places.append(one)
            at += 1
    if not 1 <= len(places) <= _LONGEST:
        raise _wrong(pattern, f"{len(places)} places")
    return tuple(places)


def _class(pattern: str, inside: str) -> str:
    found, at = "", 0
    while at < len(inside):
        if inside[at] == "\\" and at + 1 < len(inside):
            found += _CLASSES.get(inside[at + 1], inside[at + 1])
            at += 2
        elif at + 2 < len(inside) and inside[at + 1] == "-":
            low, high = ord(inside[at]), ord(inside[at + 2])
            if low > high:
                raise _wrong(pattern, f"{inside[at : at + 3]!r}, which is empty")
            found += "".join(map(chr, range(low, high + 1)))
            at += 3
        elif inside[at] == "^" and at == 0:
            raise _wrong(pattern, "'^'")
        else:
            found += inside[at]
            at += 1
    return "".join(dict.fromkeys(found))


def _wrong(pattern: str, what: str) -> DataError:
    return DataError(
        f"Expected a regular expression of texts of one length: characters, [A-Z0-9], \\d, \\w, and {{n}} behind one. "
        f"Received: {what} in {pattern!r}."
    )
