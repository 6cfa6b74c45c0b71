"""Recipes as TOML files, each perhaps on the base of another."""

import contextlib
import os
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from kgan._support import limits, lookup
from kgan.recipes.schema import TABLES
from kgan.recipes.values import key, written

__all__ = ["PUBLISHED", "having", "is_table", "layers", "named", "published", "text"]

PUBLISHED = Path(__file__).parent / "published"
_OF_TABLES = ("discriminators", "penalties", "objectives", "callbacks")  # tables of tables
_UNLESS_EMPTY = ("discriminator", "discriminators")  # of which a recipe has one or the other
_WIDTH = 110  # of a comment, in characters
_MOST_BYTES = 2**20  # a recipe has some 5,000


def published() -> dict[str, Path]:
    """The files of the recipes that come with kgan, by name."""
    return {path.stem: path for path in sorted(PUBLISHED.glob("*.toml"))}


def having(setting: str) -> list[str]:
    """The names of the recipes that come with kgan in whose files a setting stands, or one that ends in it."""

    def names(table: Mapping, where: str) -> Iterator[str]:
        for one, value in table.items():
            if isinstance(value, dict):
                yield from names(value, f"{where}.{one}") if one != "sources" else ()
            else:
                yield f"{where}.{one}"

    return [
        recipe
        for recipe, path in published().items()
        if any(name.endswith(f".{setting}") for layer in layers(path) for name in names(layer, ""))
    ]


def layers(path: "str | os.PathLike", above: Sequence[Path] = ()) -> list[dict]:
    """What stands in a file, after what stands in its base, in the base of that, and so on.

    Args:
        path: The file. Its `base` is the name of a recipe that comes with kgan, or a path from the file's folder.
        above: The files that are based on this one.

    Raises:
        ValueError: if a file is missing, too large or no TOML, or if files are each other's bases.
    """
    path = Path(path).absolute()
    if path.resolve() in [one.resolve() for one in above]:
        circle = " -> ".join(one.name for one in (*above, path))
        raise ValueError(f"Expected recipes whose bases come to an end. Received: {circle}, a cycle. Drop one `base`.")
    content = _read(path)
    base = content.pop("base", None)
    content.setdefault("name", path.stem)
    if base is None:
        return [content]
    known = published()
    if not isinstance(base, str) or not (base in known or base.endswith(".toml")):
        near = lookup.nearest(base, known) if isinstance(base, str) else ""
        raise ValueError(
            f"Expected base as the name of a recipe ({', '.join(known)}) or a file that ends in .toml. "
            f"Received: base={limits.shortened(repr(base))} in {path}.{near}"
        )
    return [*layers(known.get(base) or path.parent / base, (*above, path)), content]


@contextlib.contextmanager
def named(path: "str | os.PathLike") -> Iterator[None]:
    """Around what is made of a file: an error says which it was.

    Raises:
        ValueError: if one was raised within; the message begins with the file.
    """
    try:
        yield
    except ValueError as error:
        raise ValueError(f"In {path}: {error}") from error


def _read(path: Path) -> dict:
    if not path.is_file():
        raise ValueError(f"Expected a recipe in TOML at {path}. Received: a path at which there is no file.")
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise ValueError(f"a file of {size:,} bytes, where at most {_MOST_BYTES:,} are looked at")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # a decoding error is a ValueError
        raise ValueError(f"Expected a recipe in TOML at {path}. Received: {limits.shortened(error)}.") from error


def text(content: dict, comments: Mapping[str, str] = MappingProxyType({})) -> str:
    """A resolved recipe as a file that `layers` reads back.

    Args:
        content: What the recipe says.
        comments: What stands above a setting, or below the header of a table, by its dotted name.
    """
    lines = _settings("", {name: value for name, value in content.items() if name not in TABLES}, comments)
    for name in TABLES:
        table = content[name]
        if name in _UNLESS_EMPTY and not table:
            continue
        inner = {one: entry for one, entry in table.items() if name in _OF_TABLES}
        alone = {one: entry for one, entry in table.items() if one not in inner}
        lines += ["", f"[{name}]", *_comment(name, comments), *_settings(f"{name}.", alone, comments)]
        for one, arguments in inner.items():
            where = f"{name}.{one}"
            lines += ["", f"[{name}.{key(one)}]", *_comment(where, comments)]
            lines += _settings(f"{where}.", arguments, comments)
    return "\n".join(lines) + "\n"


def is_table(name: str) -> bool:
    """Whether `text` writes what has that dotted name as a table of its own, with a header."""
    first, _, rest = name.partition(".")
    return first in TABLES and (not rest or (first in _OF_TABLES and "." not in rest))


def _comment(name: str, comments: Mapping[str, str]) -> list[str]:
    comment = " ".join(comments.get(name, "").split())
    return textwrap.wrap(comment, _WIDTH, initial_indent="# ", subsequent_indent="# ") if comment else []


def _settings(where: str, table: dict, comments: Mapping[str, str]) -> list[str]:
    lines = []
    for name, value in table.items():
        lines += _comment(f"{where}{name}", comments)
        lines.append(f"{key(name)} = {written(value)}")
    return lines
