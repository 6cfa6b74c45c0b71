"""Plain values of recipes: as TOML writes them, and as `--set KEY=VALUE` gives them."""

import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from kgan._support import limits

__all__ = ["Text", "is_none", "key", "plain", "toml_value", "written"]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_WORD = re.compile(r"(?<=[=\[,])(\s*)(?!(?:true|false|inf|nan)\b)([A-Za-z_][\w.:/-]*)(?=\s*[,}\]])")
_TRUTH = re.compile(r"(?<=[=\[,])(\s*)(true|false)(?=\s*[,}\]])", re.IGNORECASE)  # `True`, as Python writes it
_DEEPEST = 16  # tables within tables; kgan's own recipes have four


class Text(str):
    """A value as it was typed, which its leaf turns into a number, a word or a table."""

    __slots__ = ()


def is_none(value: Any) -> bool:
    """Whether it says nothing: `None`, or the word `none`, because TOML has no null."""
    return value is None or (isinstance(value, str) and value.strip().lower() == "none")


def toml_value(text: str) -> Any:
    """What the text means in TOML; words need no quotes, and what is no TOML is a word."""
    text = _TRUTH.sub(lambda found: found[1] + found[2].lower(), text)
    for attempt in (text, _BARE_WORD.sub(r'\1"\2"', text)):
        try:
            content = tomllib.loads(f"value = {attempt}")
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        if set(content) == {"value"}:
            return content["value"]
    return str(text)


def plain(value: Any, where: str, within: Sequence[int] = ()) -> Any:
    """A copy in plain tables and lists.

    Raises:
        ValueError: if a table contains itself, or tables are nested deeper than any that kgan reads.
    """
    if not isinstance(value, Mapping | list | tuple):
        return value
    if id(value) in within:
        raise ValueError(
            f"Expected {where} as a table that ends. Received: one that contains itself, a cycle. Write its values out."
        )
    if len(within) == _DEEPEST:
        raise ValueError(
            f"Expected {where} as a number or a word. Received: tables nested more than {_DEEPEST} deep. "
            f"A schedule is one table of numbers."
        )
    within = (*within, id(value))
    if isinstance(value, Mapping):
        return {
            key: plain(entry, f"{where}.{limits.shortened(key)}" if where else limits.shortened(key), within)
            for key, entry in value.items()
        }
    return [plain(entry, where, within) for entry in value]


def written(value: Any) -> str:
    """The value as TOML writes it in one line; `None` as the word `"none"`.

    Raises:
        TypeError: if it is no plain value.
    """
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        entries = ", ".join(f"{key(name)} = {written(entry)}" for name, entry in value.items())
        return f"{{ {entries} }}" if entries else "{}"
    raise TypeError(f"Expected a plain value for TOML. Received: {value!r} of type {type(value).__name__}.")


def key(name: str) -> str:
    """A key as TOML writes it, in quotes where it is no bare word."""
    return name if _BARE_KEY.fullmatch(name) else written(name)
