"""From the name of a setting to its place in a recipe."""

from collections.abc import Iterable

from kgan._support import limits, lookup
from kgan.recipes import toml_files
from kgan.recipes.short_names import SHORT_NAMES

__all__ = ["paths"]

_FIXED = ("name", "kind", "source", "sources")  # what a recipe is, and not a setting of it


def paths(name: str, tops: Iterable[str], leaves: Iterable[str]) -> tuple[str, ...]:
    """The dotted names that a name stands for.

    Args:
        name: A dotted name, a short one, or the last part of a dotted one.
        tops: First parts of dotted names.
        leaves: Dotted names of what the recipe holds.

    Raises:
        ValueError: if there is none, or several settings end in it.
    """
    tops = [one for one in tops if one not in _FIXED]
    leaves = [one for one in leaves if one not in _FIXED]
    first, dot, rest = name.partition(".")
    if first in SHORT_NAMES:
        return tuple(path + dot + rest for path in SHORT_NAMES[first])
    if first in tops:
        return (name,)
    ends = [leaf for leaf in leaves if leaf.endswith(f".{name}")]
    if len(ends) == 1:
        return (ends[0],)
    if ends:
        raise ValueError(
            f"Expected a setting by its full name: {', '.join(ends)}. Received: {name}, in which each of them ends."
        )
    known = dict.fromkeys([*SHORT_NAMES, *tops, *(leaf.rpartition(".")[2] for leaf in leaves), *leaves])
    plain = name.strip().strip("-").lower().replace("-", "_")
    if plain not in known:
        plain = next((one for one in known if one.startswith(f"{plain}_")), plain)  # `r1` for `r1_gamma`
    elsewhere = () if plain in known or name in _FIXED else toml_files.having(name)
    if elsewhere:
        raise ValueError(
            f"Expected a setting of the recipe, as generator.width. Received: {limits.shortened(repr(name))}. "
            f"Of kgan's recipes, {', '.join(elsewhere)} {'has' if len(elsewhere) == 1 else 'have'} it."
        )
    near = f" Did you mean {plain!r}?" if plain in known else lookup.nearest(plain, known)
    if near:
        raise ValueError(
            f"Expected a setting of the recipe, as generator.width. Received: {limits.shortened(repr(name))}.{near}"
        )
    raise ValueError(
        f"Expected a setting to be one of {', '.join(dict.fromkeys([*tops, *SHORT_NAMES]))}, or one within, as "
        f"generator.width. Received: {limits.shortened(repr(name))}.{near}"
    )
