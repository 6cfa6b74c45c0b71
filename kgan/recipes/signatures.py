"""The arguments of functions and classes as fields of a recipe."""

import functools
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

from kgan import latents, schedules
from kgan.recipes.choices import Named
from kgan.recipes.nodes import REQUIRED, Fields, Leaf, Node

__all__ = ["LATENTS", "SCHEDULES", "arguments_of"]

# What is worked out from the data, or is not a recipe's to say.
_DERIVED = {"name", "seed", "dtype", "num_classes", "num_tags", "class_names", "vocabulary", "latents"}
_DERIVED |= {"shape", "sample_shape", "input_shape", "condition_shape", "output_channels"}
_DERIVED |= {"scale", "hop"}  # of networks that enlarge, and of spectrograms
_DERIVED |= {"output_frames"}  # of networks that predict films
_DERIVED |= {"source", "batch_size", "strict", "data_dir"}
_PLAIN = (bool, int, float, str, list, types.NoneType)


@functools.cache
def arguments_of(function: Callable, also: tuple[str, ...] = ()) -> Fields:
    """What a recipe may say of a function or class, with its defaults.

    Types are those of the annotations; an argument without one takes what its default is like.

    Args:
        function: A function, or a class for its constructor.
        also: Names that a recipe may say though they are worked out elsewhere.
    """
    hints = _hints(function)
    nodes: dict[str, Node] = {}
    defaults = {}
    for name, parameter in inspect.signature(function).parameters.items():
        starred = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if starred or (name in _DERIVED and name not in also) or name in getattr(function, "from_data", ()):
            continue
        node = _node(hints.get(name, Any), parameter.default)
        if node is not None:
            nodes[name] = node
            missing = parameter.default is parameter.empty
            defaults[name] = REQUIRED if missing else _listed(parameter.default)
    return Fields(nodes, defaults)


def _hints(function: Callable) -> dict[str, Any]:
    """Annotations by argument; those that name what is imported for type checkers alone are left out."""
    target = function.__init__ if inspect.isclass(function) else function
    found = {}
    for name, annotation in getattr(target, "__annotations__", {}).items():
        alone = types.SimpleNamespace(__annotations__={name: annotation})
        try:
            found |= typing.get_type_hints(alone, getattr(target, "__globals__", {}))
        except NameError:
            continue  # its default says what it is like
    return found


def _node(hint: Any, default: Any) -> Node | None:
    """The node for an annotation; `None` for what no recipe can write, as a network."""
    kinds = _like(default) if hint is Any else list(_types(hint))
    if any(issubclass(kind, latents.Latents) for kind in kinds):
        return LATENTS
    table = SCHEDULES if any(issubclass(kind, schedules.Schedule) for kind in kinds) else None
    plain = tuple(dict.fromkeys(kind for kind in kinds if kind in _PLAIN))
    return Leaf(plain, table=table, texts=tuple(_texts(hint))) if plain and plain != (types.NoneType,) else None


def _texts(hint: Any) -> "typing.Iterator[str]":
    """The texts that an annotation lists, as `Literal["projection", "concat"]` does; none where any will do."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        for one in typing.get_args(hint):
            yield from _texts(one)
    elif typing.get_origin(hint) is typing.Literal:
        yield from (one for one in typing.get_args(hint) if isinstance(one, str))


def _types(hint: Any) -> "typing.Iterator[type]":
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        for one in typing.get_args(hint):
            yield from _types(one)
    elif typing.get_origin(hint) is typing.Literal:
        yield from {type(one) for one in typing.get_args(hint)}
    else:
        kind = typing.get_origin(hint) or hint
        if inspect.isclass(kind):
            sequence = kind in (list, tuple) or kind is Sequence
            yield list if sequence else kind


def _like(default: Any) -> list[type]:
    """Types for an argument without annotation: those of its default; numbers where that is `None` or missing."""
    if default is inspect.Parameter.empty:
        return [int, float, list]
    if default is None:
        return [int, float, types.NoneType]
    return [list if isinstance(default, tuple | list) else type(default)]


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# A schedule's own arguments are numbers: one within another is refused as no number.
SCHEDULES = Named("a schedule", schedules.SCHEDULES, arguments_of, tried=True)
LATENTS = Named("a distribution of latents", latents.DISTRIBUTIONS, arguments_of, compact=True, tried=True)
