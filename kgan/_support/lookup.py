"""Finding a thing by its name, with the nearest match in the error."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


def snake_case(class_name: str) -> str:
    """`LeastSquares` -> `least_squares`, `R1` -> `r1`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()


def by_name(classes: Iterable[type[T]]) -> dict[str, type[T]]:
    """Maps the snake-case name of each class to the class."""
    return {snake_case(cls.__name__): cls for cls in classes}


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns ` Did you mean 'x'?` when a known name is close to `name`, else an empty string."""
    matches = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {matches[0]!r}?" if matches else ""


def find(argument: str, name: str, table: Mapping[str, T]) -> T:
    """Returns `table[name]`.

    Raises:
        ValueError: if `name` is not in the table; the message names the argument, what there is and the nearest match.
    """
    if name not in table:
        raise ValueError(
            f"Expected {argument} to be one of {', '.join(sorted(table))}. "
            f"Received: {argument}={name!r}.{nearest(name, table)}"
        )
    return table[name]


def resolve(argument: str, identifier, classes: Mapping[str, type[T]], base: type[T], hint: str = "") -> T:
    """Returns the object: made with its defaults by name, or as it is when it is a `base` already.

    Args:
        argument: Name of the argument, for the error.
        identifier: A name or an object.
        classes: Names and their classes.
        base: What an object must be.
        hint: What to do about something else.

    Raises:
        ValueError: if nothing has that name.
        TypeError: if `identifier` is neither a name nor a `base`.
    """
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, str):
        return find(argument, identifier, classes)()
    package = base.__module__.removesuffix(".base")  # where a user finds it
    raise TypeError(
        f"Expected {argument} as a name or a {package}.{base.__name__}. "
        f"Received: {identifier!r} of type {type(identifier).__name__}.{hint}"
    )


def check_known(argument: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuses names in a dictionary that nothing has.

    Raises:
        ValueError: if a name is unknown; the message names the argument, what there is and the nearest match.
    """
    known = list(known)
    for name in given:
        if name not in known:
            raise ValueError(
                f"Expected {argument} by these names: {', '.join(map(repr, known))}. "
                f"Received: {name!r}.{nearest(str(name), known)}"
            )
