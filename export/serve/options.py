"""Options in the address of a request: whole numbers, each of which is known, and given once."""

import re
from collections.abc import Sequence

from ..portable.bundle_file import short
from .kinds import Option
from .refusals import Refused

__all__ = ["options_of"]

_ONE = re.compile(r"([a-z_]{1,30})=([0-9]{1,10})", re.ASCII)


def options_of(query: str, options: Sequence[Option]) -> dict[str, int]:
    """The value of each option, as the address says or as it is without a word.

    Args:
        query: What stands behind the `?`, as it came.
        options: Those that there are.

    Raises:
        Refused: if it has anything else, or a number out of range.
    """
    found = {one.name: one.default for one in options}
    if not query:
        return found
    parts = [_ONE.fullmatch(part) for part in query.split("&")]
    given = {part[1]: int(part[2]) for part in parts if part is not None}
    bounds = {one.name: range(one.least, one.most + 1) for one in options}
    if (
        None in parts
        or len(given) < len(parts)
        or any(value not in bounds.get(name, ()) for name, value in given.items())
    ):
        known = [f"{one.name} from {one.least:,} to {one.most:,}, a whole number" for one in options]
        due = f"no options in the address but {', '.join(known)}" if known else "no options in the address"
        raise Refused(422, f"Expected {due}. Received: {short(query[:100])!r}.")
    return found | given
