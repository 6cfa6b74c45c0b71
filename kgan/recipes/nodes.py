"""What may stand at each place of a recipe.

A node checks a value and fills in its defaults (`resolved`), lays changes over it (`laid_over`), makes of it what the
constructors take (`made`), and tells the dotted names of the leaves in it (`leaves`).
"""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kgan._support import json_documents, limits, lookup
from kgan._support.checks import whole
from kgan.recipes import ranges
from kgan.recipes.values import Text, is_none, toml_value

__all__ = ["REQUIRED", "Fields", "Leaf", "Node", "dotted", "unknown"]

REQUIRED = object()
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a word",
    list: "a list such as [0, 1]",
    type(None): "none",
}


def dotted(where: str, name: str) -> str:
    """`"generator"` and `"width"` as `"generator.width"`."""
    name = limits.shortened(name)
    return f"{where}.{name}" if where else name


class Node(ABC):
    """A place in a recipe.

    Attributes:
        what: For errors, where a table is meant: "a schedule".
    """

    what: str

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
        texts: What texts it may be; empty for any.
    """

    kinds: tuple[type, ...]
    least: int | None = None
    table: "Node | None" = None
    texts: tuple[str, ...] = ()

    def resolved(self, value: Any, where: str) -> Any:
        if isinstance(value, Text):
            value = self._read(value)
        if type(None) in self.kinds and is_none(value):
            return None
        if self.table is not None and isinstance(value, dict):
            return self.table.resolved(value, where)
        words = ranges.refused(where, value) if {int, float} & set(self.kinds) else ""
        if words:
            raise ValueError(f"Expected {where} {words}. Received: {where}={limits.shortened(repr(value))}.")
        if float in self.kinds and int not in self.kinds and type(value) is int and abs(value) < 2**53:
            value = float(value)
        if type(value) not in self.kinds or not _sound(value) or not self._is_known(value):
            near = self._near(value) if isinstance(value, str) else ""
            raise ValueError(
                f"Expected {where} as {self._words()}. Received: {where}={limits.shortened(repr(value))}.{near}"
            )
        return value if self.least is None or type(value) is not int else whole(where, value, self.least)

    def laid_over(self, below: Any, above: Any) -> Any:
        if self.table is not None and isinstance(below, dict) and isinstance(above, dict):
            return self.table.laid_over(below, above)
        return above

    def made(self, value: Any) -> Any:
        return self.table.made(value) if isinstance(value, dict) else value

    def leaves(self, value: Any, where: str) -> Any:
        yield from self.table.leaves(value, where) if isinstance(value, dict) else [(where, value)]

    def names(self, where: str) -> list[str]:
        yield where
        if self.table is not None:
            yield from self.table.names(where)

    def _read(self, text: Text) -> Any:
        """Typed text as a value of one of the kinds, where it can be read so."""
        if bool in self.kinds and text.strip().lower() in ("true", "false"):
            return text.strip().lower() == "true"
        value = toml_value(text)
        kinds = (*self.kinds, *((dict,) if self.table is not None else ()), *((int,) if float in self.kinds else ()))
        if type(value) in kinds:
            return value
        if float in self.kinds and isinstance(value, str):
            try:
                return float(text)  # `.5`, which is no TOML
            except ValueError:
                pass  # the error of `resolved` says more
        return str(text)

    def _near(self, text: str) -> str:
        """What may be meant by a text that is no value: one of the texts, or a number with a decimal comma."""
        if float in self.kinds and re.fullmatch(r"\s*-?\d+,\d+\s*", text):
            return f" Write {text.strip().replace(',', '.')}, with a point."
        return lookup.nearest(text, self.texts)

    def _is_known(self, value: Any) -> bool:
        return not self.texts or not isinstance(value, str) or value in self.texts

    def _words(self) -> str:
        kinds = [kind for kind in self.kinds if not (kind is int and float in self.kinds)]
        words = [word for kind in kinds for word in (self.texts if kind is str and self.texts else (_WORDS[kind],))]
        if self.table is not None:
            words.append(f"{self.table.what} such as {_example(self.table)}")
        if bool in kinds and len(words) > 1:
            words[kinds.index(bool)] = "true, false"
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _example(table: Node) -> str:
    """A table that could stand there, a schedule of learning rates or of another number."""
    of_rates = "cosine_decay" in getattr(table, "choices", ())
    if of_rates:
        return "{name = cosine_decay, initial_learning_rate = 0.001, decay_steps = 10000}"
    return "{name = cosine, start = 1.0, end = 0.1, images = 100000}"


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

    def resolved(self, value: Any, where: str) -> Any:
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

    def laid_over(self, below: Any, above: Any) -> Any:
        if not isinstance(above, dict) or not isinstance(below, dict):
            return above
        result = dict(below)
        for name, entry in above.items():
            node = self.nodes.get(name)
            result[name] = node.laid_over(below[name], entry) if node is not None and name in below else entry
        return result

    def made(self, value: Any) -> Any:
        return {name: self.nodes[name].made(entry) for name, entry in value.items()}

    def leaves(self, value: Any, where: str) -> Any:
        for name, entry in value.items():
            yield from self.nodes[name].leaves(entry, dotted(where, name))

    def names(self, where: str) -> list[str]:
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
