"""What settings mean: the first sentence of what docstrings say of the arguments that they are."""

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from kgan.recipes.choices import Each, Named, Several
from kgan.recipes.nodes import Fields, Node, dotted

__all__ = ["meanings"]

_ENTRY = re.compile(r"^(\*{0,2}\w+)(?: \([^)]*\))?: (.*)$")
_SENTENCE = re.compile(r"(?<=[.;:])(?<!e\.g\.)(?<!i\.e\.) ")
_TYPE_ALONE = re.compile(
    r"^(?:(?:An? )?(?:floats?|bool|boolean|int|integer|string|str|optional|tuple)\b|Defaults to)", re.I
)
_SHORT, _LONGEST = 20, 160  # characters
_UNSAID = {
    "model.conditional": "Whether the networks are given the labels, where the data has some.",
    "model.decay_from": "From which share of the training on learning rates fall in a straight line to 0; 1 for never.",
    "model.embedding_dim": "How many numbers the encoders of texts make of each.",
    "model.frozen_layers": "How many lower layers of the discriminator keep the weights that it starts from (FreezeD).",
    "model.pair_width": "Units that samples and latents become each, where a discriminator sees both.",
    "model.rate_factor": "What learning rates are multiplied by at each of model.rate_falls.",
    "model.rate_falls": "Shares of the game, ascending, after which learning rates fall; of pre-training just so.",
}
_OF_LOSS_WEIGHT = "What the adversarial loss of this discriminator is multiplied by."


def meanings(described: Mapping[str, Callable], tables: Fields, content: Mapping[str, Any]) -> dict[str, str]:
    """The meaning of each setting of a recipe in a sentence, by its dotted name, as far as a docstring says it.

    Args:
        described: What the arguments of a table are those of, by the table's name; `""` for the recipe itself.
        tables: What a recipe of this kind may say.
        content: What it says.
    """
    found = {name: text for name, text in _arguments(described[""]).items() if name in tables.nodes}
    for name, node in tables.nodes.items():
        inner = _arguments(described[name]) if name in described else _of(node, content[name])
        found |= {dotted(name, one): text for one, text in inner.items()}
    return _UNSAID | found


def _of(node: Node, value: Any) -> dict[str, str]:
    if isinstance(node, Several):
        found = {}
        for name, entry in value.items():
            found |= {f"{name}.{one}": text for one, text in _of(node.each, entry).items()}
            found[f"{name}.loss_weight"] = _OF_LOSS_WEIGHT
        return found
    if isinstance(node, Named) and value:
        name = value if isinstance(value, str) else value[node.key]
        chosen = node.choices[name]
        said = _first((inspect.getdoc(chosen) or "").partition("\n\n")[0])
        return {**_arguments(chosen), node.key: said}
    if isinstance(node, Each):
        found = {}
        for name in value:
            found |= {f"{name}.{one}": text for one, text in _arguments(node.choices[name]).items()}
        return found
    return {}


@cache
def _arguments(described: Callable) -> dict[str, str]:
    """The first sentence about each argument or attribute in a docstring as Google's style has it."""
    docs = [inspect.getdoc(one) or "" for one in getattr(described, "__mro__", (described,))]
    found: dict[str, str] = {}
    for text in docs:
        for section in re.findall(r"^(?:Args|Attributes):\n((?:[ \t]+.*\n?|\n)+)", text, re.MULTILINE):
            for name, said in _entries(section):
                found.setdefault(name, said)
    return found


def _entries(section: str) -> "list[tuple[str, str]]":
    lines = inspect.cleandoc(section).splitlines()
    entries: list[tuple[str, list[str]]] = []
    for line in lines:
        start = _ENTRY.match(line)
        if start:
            entries.append((start[1], [start[2]]))
        elif entries:
            entries[-1][1].append(line.strip())
    return [(name, _first(" ".join(said))) for name, said in entries]


def _first(text: str) -> str:
    """The first sentence that says more than a type, without the marks of code."""
    sentences = _SENTENCE.split(" ".join(text.replace("`", "").split()))
    telling = [one for one in sentences if not _TYPE_ALONE.match(one)] or sentences
    first = telling[0] if len(telling[0]) >= _SHORT else " ".join(telling[:2])
    return _in_a_line(first.rstrip(".;:,"))


def _in_a_line(text: str) -> str:
    """The text as one sentence of a line, without the clauses that go beyond it."""
    place = max(text[:_LONGEST].rfind(mark) for mark in (", ", "; ", ": "))
    return f"{text}." if len(text) <= _LONGEST or place < _SHORT else f"{text[:place]}."
