"""What may stand at each place of a recipe.

A node checks a value and fills in its defaults (`resolved`), lays changes over it (`laid_over`), makes of it what the
constructors take (`made`), and tells the dotted names of the leaves in it (`leaves`).
"""

import functools
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kgan._support import json_documents, limits, lookup
from kgan._support.checks import whole
from kgan.recipes.values import Text, is_none, toml_value

__all__ = ["REQUIRED", "Each", "Fields", "Leaf", "Named", "Node", "dotted"]

REQUIRED = object()
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a word",
    list: "a list",
    type(None): "none",
}


def dotted(where: str, name: str) -> str:
    """`"generator"` and `"width"` as `"generator.width"`."""
    name = limits.shortened(name)
    return f"{where}.{name}" if where else name


class Node(ABC):
    """A place in a recipe."""

    @abstractmethod
    def resolved(self, value: Any, where: str) -> Any:
        """The value with every default filled in.

        Raises:
            ValueError: if it is not what belongs here; the message has the dotted name.
        """

    def laid_over(self, below: Any, above: Any) -> Any:
        """`above` where it says something, else `below`; neither is checked."""
        return above

    def made(self, value: Any) -> Any:
        """What a resolved value stands for: the value, or an object of kgan."""
        return value

    def leaves(self, value: Any, where: str) -> Iterator[tuple[str, Any]]:
        """Dotted names and values of a resolved value."""
        yield where, value

    def names(self, where: str) -> Iterator[str]:
        """The dotted names of all leaves that there could be, whatever is chosen."""
        yield where


@dataclass(frozen=True)
class Leaf(Node):
    """A plain value.

    Attributes:
        kinds: Types that it may have; an `int` is taken for a `float` too.
        least: The smallest whole number.
        table: What a table in its place describes, a schedule; `None` where there can be none.
    """

    kinds: tuple[type, ...]
    least: int | None = None
    table: "Named | None" = None

    def resolved(self, value, where):
        if isinstance(value, Text):
            value = self._read(value)
        if type(None) in self.kinds and is_none(value):
            return None
        if self.table is not None and isinstance(value, dict):
            return self.table.resolved(value, where)
        if float in self.kinds and int not in self.kinds and type(value) is int and abs(value) < 2**53:
            value = float(value)
        if type(value) not in self.kinds or not _sound(value):
            raise ValueError(f"Expected {where} as {self._words()}. Received: {where}={limits.shortened(repr(value))}.")
        return value if self.least is None or type(value) is not int else whole(where, value, self.least)

    def laid_over(self, below, above):
        if self.table is not None and isinstance(below, dict) and isinstance(above, dict):
            return self.table.laid_over(below, above)
        return above

    def made(self, value):
        return self.table.made(value) if isinstance(value, dict) else value

    def leaves(self, value, where):
        yield from self.table.leaves(value, where) if isinstance(value, dict) else [(where, value)]

    def names(self, where):
        yield where
        if self.table is not None:
            yield from self.table.names(where)

    def _read(self, text: Text) -> Any:
        """Typed text as a value of one of the kinds, where it can be read so."""
        value = toml_value(text)
        kinds = (*self.kinds, *((dict,) if self.table is not None else ()), *((int,) if float in self.kinds else ()))
        if type(value) in kinds:
            return value
        if bool in self.kinds and text.strip().lower() in ("true", "false"):
            return text.strip().lower() == "true"
        if float in self.kinds and isinstance(value, str):
            try:
                return float(text)  # `.5`, which is no TOML
            except ValueError:
                pass  # the error of `resolved` says more
        return str(text)

    def _words(self) -> str:
        kinds = [kind for kind in self.kinds if not (kind is int and float in self.kinds)]
        words = [_WORDS[kind] for kind in kinds]
        if self.table is not None:
            words.append(f"{self.table.what}, {{{self.table.key} = ...}}")
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _sound(value: Any) -> bool:
    """Whether a number is finite, a text printable, and a list one of such."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(type(entry) in (int, float, str) and _sound(entry) for entry in value)
    return not isinstance(value, str) or json_documents.is_text(value)


@dataclass(frozen=True)
class Fields(Node):
    """A table of known names.

    Attributes:
        nodes: What may stand at each.
        defaults: What stands there where the recipe is silent; `REQUIRED` where it must not be.
    """

    nodes: Mapping[str, Node]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def resolved(self, value, where):
        if not isinstance(value, dict):
            raise ValueError(
                f"Expected {where} as a table of {', '.join(self.nodes) or 'nothing'}. "
                f"Received: {where}={limits.shortened(repr(value))}."
            )
        for name in value:
            if name not in self.nodes:
                raise unknown(where, name, self.nodes)
        return {
            name: node.resolved(self._entry(value, name, where), dotted(where, name))
            for name, node in self.nodes.items()
        }

    def _entry(self, value: dict, name: str, where: str) -> Any:
        if name in value:
            return value[name]
        entry = self.defaults.get(name, REQUIRED)
        if entry is REQUIRED:
            raise ValueError(f"Expected {dotted(where, name)} to be given. Received: a recipe without it.")
        return entry

    def laid_over(self, below, above):
        if not isinstance(above, dict) or not isinstance(below, dict):
            return above
        result = dict(below)
        for name, entry in above.items():
            node = self.nodes.get(name)
            result[name] = node.laid_over(below[name], entry) if node is not None and name in below else entry
        return result

    def made(self, value):
        return {name: self.nodes[name].made(entry) for name, entry in value.items()}

    def leaves(self, value, where):
        for name, entry in value.items():
            yield from self.nodes[name].leaves(entry, dotted(where, name))

    def names(self, where):
        for name, node in self.nodes.items():
            yield from node.names(dotted(where, name))


def unknown(where: str, name: Any, known: Mapping[str, Any]) -> ValueError:
    """The error for a setting that there is none of, with the nearest match."""
    received = dotted(where, repr(name)[1:-1])
    if not known:
        return ValueError(f"Expected no settings of {where}, which takes none. Received: {received}. Leave it out.")
    near = lookup.nearest(dotted(where, str(name)), [dotted(where, one) for one in known])
    of = f" of {where}" if where else ""
    return ValueError(f"Expected a setting{of} to be one of {', '.join(known)}. Received: {received}.{near}")


def _takes(node: "Node", value: Any) -> bool:
    try:
        node.resolved(value, "")
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Named(Node):
    """One of many, by name, with its arguments: `"normal"`, or `{name = "truncated_normal", threshold = 1.5}`.

    Attributes:
        what: For errors: "a schedule".
        choices: What there is, by name.
        arguments: From one of the choices to the fields that are its arguments.
        key: Under which the name stands.
        optional: Whether `None` is one of the choices.
        compact: Whether one without arguments is written as its name alone.
        tried: Whether one is made to see that its arguments are in range.
        spelled: From a name to the table that it is short for.
        check: Called with resolved arguments and the dotted name; refuses what is out of range.
    """

    what: str
    choices: Mapping[str, Callable]
    arguments: Callable[[Callable], Fields]
    key: str = "name"
    optional: bool = False
    compact: bool = False
    tried: bool = False
    spelled: Callable[[str], "str | dict"] = str
    check: Callable[[dict, str], None] = lambda arguments, where: None

    def resolved(self, value, where):
        value = toml_value(value) if isinstance(value, Text) else value
        if self.optional and is_none(value):
            return None
        try:
            table = self._table(value)
        except ValueError as error:
            raise ValueError(f"{error} That is {where}.") from error
        if not isinstance(table, dict) or not isinstance(table.get(self.key), str):
            raise ValueError(
                f"Expected {where} as {self.what}: a name, or a table with {self.key}. "
                f"Received: {where}={limits.shortened(repr(value))}."
            )
        name = str(table[self.key])
        named = dotted(where, self.key) if isinstance(value, dict) else where
        fields = self.arguments(lookup.find(named, limits.shortened(name), self.choices))
        rest = {one: entry for one, entry in table.items() if one != self.key}
        arguments = fields.resolved(rest, where)
        self.check(arguments, where)
        if self.tried:
            try_out(lambda: self.choices[name](**fields.made(arguments)), arguments, where)
        return name if self.compact and not arguments else {self.key: name, **arguments}

    def laid_over(self, below, above):
        if not isinstance(above, dict):
            return above
        below = self._table(below)
        below = below if isinstance(below, dict) else {}
        name = above.get(self.key, below.get(self.key))
        if not isinstance(name, str) or name not in self.choices:
            return {**below, **above}
        fields = self.arguments(self.choices[name])
        kept = {one: entry for one, entry in below.items() if one in fields.nodes}
        if name != below.get(self.key):  # what another one does not take goes
            kept = {one: entry for one, entry in kept.items() if _takes(fields.nodes[one], entry)}
        laid = {one: entry for one, entry in above.items() if one != self.key}
        return {self.key: name, **fields.laid_over(kept, laid)}

    def made(self, value):
        if value is None:
            return None
        name, _ = self._of(value)
        return self.choices[name](**self.arguments_made(value))

    def arguments_made(self, value: "str | dict") -> dict[str, Any]:
        """The arguments alone, as the function or class takes them."""
        _, fields = self._of(value)
        arguments = {} if isinstance(value, str) else {one: e for one, e in value.items() if one != self.key}
        return fields.made(arguments)

    def leaves(self, value, where):
        if not isinstance(value, dict):
            yield where, value
            return
        _, fields = self._of(value)
        yield dotted(where, self.key), value[self.key]
        yield from fields.leaves({one: entry for one, entry in value.items() if one != self.key}, where)

    def names(self, where):
        yield from (where, dotted(where, self.key))
        for choice in self.choices.values():
            yield from self.arguments(choice).names(where)

    def _of(self, value: "str | dict") -> tuple[str, Fields]:
        name = value if isinstance(value, str) else value[self.key]
        return name, self.arguments(self.choices[name])

    def _table(self, value: Any) -> Any:
        if isinstance(value, str):
            value = self.spelled(value)
        return {self.key: value} if isinstance(value, str) else value


@dataclass(frozen=True)
class Each(Node):
    """Any of many, by name, each with its arguments: `{r1 = {gamma = 1.0}}`.

    Attributes:
        what: For errors: "a penalty".
        choices: What there is, by name.
        arguments: From one of the choices to the fields that are its arguments.
        tried: Which of them are made to see that their arguments are in range.
    """

    what: str
    choices: Mapping[str, Callable]
    arguments: Callable[[Callable], Fields]
    tried: Callable[[Callable], bool] = lambda choice: True

    def resolved(self, value, where):
        value = toml_value(value) if isinstance(value, Text) else value
        if is_none(value):
            return {}
        if not isinstance(value, dict):
            raise ValueError(
                f"Expected {where} as a table of names with their arguments. "
                f"Received: {where}={limits.shortened(repr(value))}."
            )
        resolved = {}
        for name, given in value.items():
            if name not in self.choices:
                raise unknown(where, name, self.choices)
            given = toml_value(given) if isinstance(given, Text) else given
            if is_none(given):
                continue
            fields, place = self.arguments(self.choices[name]), dotted(where, name)
            resolved[name] = fields.resolved(given, place)
            if self.tried(self.choices[name]):
                make = functools.partial(self.choices[name], **fields.made(resolved[name]))
                try_out(make, resolved[name], place)
        return resolved

    def laid_over(self, below, above):
        if not isinstance(above, dict) or not isinstance(below, dict):
            return above
        result = dict(below)
        for name, entry in above.items():
            if is_none(entry):
                result.pop(name, None)
            elif name in below and name in self.choices:
                result[name] = self.arguments(self.choices[name]).laid_over(below[name], entry)
            else:
                result[name] = entry
        return result

    def made(self, value):
        return {name: self.arguments(self.choices[name]).made(entry) for name, entry in value.items()}

    def leaves(self, value, where):
        for name, entry in value.items():
            yield from self.arguments(self.choices[name]).leaves(entry, dotted(where, name))

    def names(self, where):
        for name, choice in self.choices.items():
            yield from self.arguments(choice).names(dotted(where, name))


def try_out(make: Callable[[], Any], arguments: dict, where: str) -> None:
    """Makes the object, so that what is out of range is refused by its dotted name.

    Raises:
        ValueError: if the constructor refuses an argument.
    """
    try:
        make()
    except (ValueError, TypeError) as error:
        said = str(error)
        for name in arguments:
            said = re.sub(rf"(?<![\w.]){re.escape(name)}(?=[ =])", dotted(where, name), said)
        raise ValueError(said if where in said else f"{where}: {said}") from error
