"""Choices by name in a recipe: one of many, or any of many, each with its arguments."""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kgan._support import limits, lookup
from kgan.recipes.nodes import Fields, Node, dotted, unknown
from kgan.recipes.values import Text, is_none, toml_value

__all__ = ["Each", "Named", "Several"]


@dataclass(frozen=True)
class Named(Node):
    """One of many, by name, with its arguments: `"normal"`, or `{name = "truncated_normal", threshold = 1.5}`.

    Attributes:
        what: For errors: "a schedule".
        choices: What there is, by name.
        arguments: From one of the choices to the fields that are its arguments.
        key: Under which the name stands.
        optional: Whether `None` is one of the choices.
        dispensable: Whether an empty table stands where there is none at all.
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
    dispensable: bool = False
    compact: bool = False
    tried: bool = False
    spelled: Callable[[str], "str | dict"] = str
    check: Callable[[dict, str], None] = lambda arguments, where: None

    def resolved(self, value: Any, where: str) -> Any:
        value = toml_value(value) if isinstance(value, Text) else value
        if self.optional and is_none(value):
            return None
        if self.dispensable and (value == {} or is_none(value)):
            return {}
        try:
            table = self._table(value)
        except ValueError as error:
            raise ValueError(str(error) if f"{where}=" in str(error) else f"{error} That is {where}.") from error
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

    def laid_over(self, below: Any, above: Any) -> Any:
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

    def made(self, value: Any) -> Any:
        if value is None:
            return None
        name, _ = self._of(value)
        return self.choices[name](**self.arguments_made(value))

    def arguments_made(self, value: "str | dict") -> dict[str, Any]:
        """The arguments alone, as the function or class takes them."""
        _, fields = self._of(value)
        arguments = {} if isinstance(value, str) else {one: e for one, e in value.items() if one != self.key}
        return fields.made(arguments)

    def leaves(self, value: Any, where: str) -> Any:
        if value == {}:
            return
        if not isinstance(value, dict):
            yield where, value
            return
        _, fields = self._of(value)
        yield dotted(where, self.key), value[self.key]
        yield from fields.leaves({one: entry for one, entry in value.items() if one != self.key}, where)

    def names(self, where: str) -> list[str]:
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

    def resolved(self, value: Any, where: str) -> Any:
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

    def laid_over(self, below: Any, above: Any) -> Any:
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

    def made(self, value: Any) -> Any:
        return {name: self.arguments(self.choices[name]).made(entry) for name, entry in value.items()}

    def leaves(self, value: Any, where: str) -> Any:
        for name, entry in value.items():
            yield from self.arguments(self.choices[name]).leaves(entry, dotted(where, name))

    def names(self, where: str) -> list[str]:
        for name, choice in self.choices.items():
            yield from self.arguments(choice).names(dotted(where, name))


@dataclass(frozen=True)
class Several(Node):
    """Several of a kind under names of one's own: `{film = {architecture = "patchgan_discriminator", width = 32}}`.

    Attributes:
        what: For errors: "a discriminator".
        each: What stands under each name.
    """

    what: str
    each: Named

    def resolved(self, value: Any, where: str) -> Any:
        value = toml_value(value) if isinstance(value, Text) else value
        if is_none(value):
            return {}
        if not isinstance(value, dict):
            raise ValueError(
                f"Expected {where} as tables, one for {self.what} each, under names of your own. "
                f"Received: {where}={limits.shortened(repr(value))}."
            )
        resolved = {}
        for name, entry in value.items():
            if not isinstance(name, str) or not name.isidentifier():
                raise ValueError(
                    f"Expected names in {where} that can stand in the logs, as 'coarse'. "
                    f"Received: {limits.shortened(repr(name))}. Use letters, digits and underscores."
                )
            if not is_none(entry):
                resolved[name] = self.each.resolved(entry, dotted(where, name))
        return resolved

    def laid_over(self, below: Any, above: Any) -> Any:
        if not isinstance(above, dict) or not isinstance(below, dict):
            return above
        result = dict(below)
        for name, entry in above.items():
            if is_none(entry):
                result.pop(name, None)
            else:
                result[name] = self.each.laid_over(below[name], entry) if name in below else entry
        return result

    def leaves(self, value: Any, where: str) -> Any:
        for name, entry in value.items():
            yield from self.each.leaves(entry, dotted(where, name))

    def names(self, where: str) -> Iterator[str]:
        yield where

    def names_within(self, value: Any, where: str) -> Iterator[str]:
        """The dotted names of all leaves that there could be of what stands in it."""
        for name in value:
            yield from self.each.names(dotted(where, name))


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


def _takes(node: "Node", value: Any) -> bool:
    try:
        node.resolved(value, "")
    except ValueError:
        return False
    return True
