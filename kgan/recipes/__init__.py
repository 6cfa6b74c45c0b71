"""Named settings, as data that compose."""

from kgan.recipes.recipe import AUTO, Recipe
from kgan.recipes.registry import RECIPES, get
from kgan.recipes.run_metrics import sample_metrics
from kgan.recipes.short_names import SHORT_NAMES
from kgan.recipes.suiting import Facts, Suited, suited

__all__ = [
    "AUTO",
    "RECIPES",
    "SHORT_NAMES",
    "Facts",
    "Recipe",
    "Suited",
    "get",
    "sample_metrics",
    "suited",
]
