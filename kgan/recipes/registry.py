"""Recipes by name."""

import functools
from collections.abc import Iterator, Mapping

from kgan._support import limits, lookup
from kgan.recipes import toml_files
from kgan.recipes.recipe import Recipe

__all__ = ["RECIPES", "get"]


class _Published(Mapping[str, Recipe]):
    """The recipes that come with kgan, each read when it is asked for."""

    def __getitem__(self, name: str) -> Recipe:
        return _read(name)

    def __contains__(self, name: object) -> bool:
        return name in toml_files.published()

    def __iter__(self) -> Iterator[str]:
        return iter(toml_files.published())

    def __len__(self) -> int:
        return len(toml_files.published())


@functools.cache
def _read(name: str) -> Recipe:
    return Recipe.from_toml(toml_files.published()[name])


RECIPES: Mapping[str, Recipe] = _Published()


def get(name: str) -> Recipe:
    """Returns the recipe of that name, or the one in a file that ends in `.toml`.

    Examples:
        >>> recipe = kgan.recipes.get("digits")
        >>> recipe.epochs, recipe.batch_size, recipe.generator["width"]
        (30, 64, 32)
        >>> recipe.changed({"generator.width": "64"}).generator["width"]
        64

    Raises:
        ValueError: if no recipe has that name, or the file holds none.
    """
    if str(name).endswith(".toml"):
        return Recipe.from_toml(name)
    if name not in RECIPES:
        raise ValueError(
            f"Expected recipe to be one of {', '.join(RECIPES)}, or a file that ends in .toml. "
            f"Received: recipe={limits.shortened(repr(name))}.{lookup.nearest(str(name), RECIPES)}"
        )
    return RECIPES[name]
