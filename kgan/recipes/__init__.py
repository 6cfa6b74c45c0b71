"""Named settings."""

from kgan.recipes.recipe import AUTO, Recipe
from kgan.recipes.registry import RECIPES, get
from kgan.recipes.run_metrics import sample_metrics

__all__ = [
    "AUTO",
    "RECIPES",
    "Recipe",
    "get",
    "sample_metrics",
]
