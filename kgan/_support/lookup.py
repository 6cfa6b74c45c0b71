"""Finding a thing by its name, with the nearest match in the error."""

import difflib
import inspect
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import keras

T = TypeVar("T")


def snake_case(class_name: str) -> str:
    """`LeastSquares` -> `least_squares`, `R1` -> `r1`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()


def by_name(classes: Iterable[type[T]]) -> dict[str, type[T]]:
    """Maps the snake-case name of each class to the class."""
    return {snake_case(cls.__name__): cls for cls in classes}


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns ` Did you mean 'x'?` when a known name is close to `name`, else an empty string.

    Of several that are equally close it names two; a number is close to nothing.
    """
    if re.fullmatch(r"[-+]?[\d.]+", name.strip()):
        return ""
    matches = sorted(difflib.get_close_matches(name, list(known), n=3))
    close = {one: difflib.SequenceMatcher(None, one, name).ratio() for one in matches}
    best = [repr(one) for one in matches if close[one] == max(close.values())]
    return f" Did you mean {' or '.join(best[:2])}?" if best else ""


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


def spelled(name: str, table: Iterable[str]) -> str:
    """The name in the table that is written like `name` but for capitals, underscores, dashes and spaces, else `name`.

    `"NonSaturating"`, `"non-saturating"` -> `"non_saturating"`, `"WGAN-GP"` -> `"wgangp"`.
    """
    return {_letters(one): one for one in table}.get(_letters(name), name)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def resolve(argument: str, identifier, classes: Mapping[str, type[T]], base: type[T], hint: str = "") -> T:
    """Returns the object: made with its defaults by name or class, from its config, or as it is.

    Args:
        argument: Name of the argument, for the error.
        identifier: A name, as `"least_squares"` or `"LeastSquares"`; a `base` or a subclass of it; or a config
            dictionary with `"class_name"` and, where it is not to have its defaults, `"config"`.
        classes: Names and their classes.
        base: What an object must be.
        hint: What to do about something else.

    Raises:
        ValueError: if nothing has that name, or the config is not one of a `base`.
        TypeError: if `identifier` is none of these, or the class needs arguments.
    """
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, str):
        return _made(argument, find(argument, spelled(identifier, classes), classes))
    if inspect.isclass(identifier) and issubclass(identifier, base):
        return _made(argument, identifier)
    if isinstance(identifier, Mapping) and "class_name" in identifier:
        return _from_config(argument, identifier, classes, base)
    raise TypeError(
        f"Expected {argument} as a name ({', '.join(map(repr, classes))}), a {_public(base)} or its config. "
        f"Received: {identifier!r} of type {type(identifier).__name__}.{hint}"
    )


def _public(cls: type) -> str:
    """Where a user finds a class: `kgan.losses.AdversarialLoss`."""
    return f"{'.'.join(cls.__module__.split('.')[:2])}.{cls.__name__}"


def _made(argument: str, cls: type[T]) -> T:
    """The object with its defaults.

    Raises:
        TypeError: if an argument has no default.
    """
    parameters = inspect.signature(cls).parameters.values()
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [one.name for one in parameters if one.default is one.empty and one.kind not in starred]
    if needed:
        raise TypeError(
            f"Expected {argument} as an object, because {cls.__name__} has arguments without a default. Received: the "
            f"name or the class alone. Pass {_public(cls)}({', '.join(f'{one}=...' for one in needed)})."
        )
    return cls()


def _from_config(argument: str, identifier: Mapping, classes: Mapping[str, type[T]], base: type[T]) -> T:
    """The object of a config dictionary, with a class of the table or one that is registered with Keras."""
    unknown = set(identifier) - {"class_name", "config", "module", "registered_name", "build_config"}
    if unknown:
        raise ValueError(
            f"Expected {argument} as {{'class_name': ..., 'config': {{...}}}}. Received: {sorted(map(str, unknown))} "
            f"besides. Put arguments into 'config'."
        )
    name, config = str(identifier["class_name"]), dict(identifier.get("config") or {})
    registered = identifier.get("registered_name") or name
    if registered in (name, f"kgan>{name}") and spelled(name, classes) in classes:
        return classes[spelled(name, classes)].from_config(config)
    cls = keras.saving.get_registered_object(registered) or keras.saving.get_registered_object(f"Custom>{name}")
    if not (inspect.isclass(cls) and issubclass(cls, base)):
        raise ValueError(
            f"Expected {argument} as the config of a {_public(base)}: one of "
            f"{', '.join(cls.__name__ for cls in classes.values())}, or a class that is registered with "
            f"keras.saving.register_keras_serializable. Received: {registered!r}.{nearest(name, classes)}"
        )
    return cls.from_config(config)


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
