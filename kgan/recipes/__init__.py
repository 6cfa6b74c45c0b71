"""Named settings, as data that compose."""

from kgan.recipes.recipe import AUTO, Recipe
from kgan.recipes.registry import RECIPES, get
from kgan.recipes.run_metrics import sample_metrics
from kgan.recipes.short_names import SHORT_NAMES

__all__ = [
    "AUTO",
    "RECIPES",
    "SHORT_NAMES",
    "Recipe",
    "get",
    "sample_metrics",
]
