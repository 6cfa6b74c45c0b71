"""Plans as `config.json` held them before recipes were tables, so that old runs open and go on.

Until version 0.1 a recipe was one row of settings, for DCGAN alone, and the size of images was the plan's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kgan._support import json_documents

__all__ = ["converted", "is_flat"]


@dataclass(frozen=True)
class _FlatRecipe:
    source: str
    epochs: int
    batch_size: int = 64
    conditional: bool = True
    conditioning: str = "projection"
    latents: str = "normal"
    latent_dim: int = 64
    generator_width: int = 32
    discriminator_width: int = 32
    generator_batch_norm: bool = True
    discriminator_batch_norm: bool = False
    loss: str = "relativistic_pairing"
    r1_gamma: float = 1.0
    r2_gamma: float = 1.0
    augmentation: str | None = None
    discriminator_steps: int = 1
    generator_learning_rate: float = 1e-3
    discriminator_learning_rate: float = 1e-3
    beta_1: float = 0.0
    beta_2: float = 0.99
    ema_half_life: float | None = 20_000.0
    features: str | None = "auto"


@dataclass(frozen=True)
class _FlatPlan:
    source: str
    recipe_name: str
    recipe: _FlatRecipe
    seed: int = 0
    image_size: int | None = None
    crop: bool = True
    strict: bool = False


def is_flat(content: Any) -> bool:
    """Whether a plan is one of those."""
    return isinstance(content, Mapping) and "recipe_name" in content


def converted(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same plan with its recipe as tables.

    Raises:
        ValueError: if an entry is unknown, missing or of another type.
    """
    plan = json_documents.made(_FlatPlan, content, "plan")
    return {
        "source": plan.source,
        "recipe": _tables(plan.recipe_name, plan.recipe, {"image_size": plan.image_size, "crop": plan.crop}),
        "seed": plan.seed,
        "strict": plan.strict,
    }


def _tables(name: str, old: _FlatRecipe, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "gan",
        "source": old.source,
        "epochs": old.epochs,
        "batch_size": old.batch_size,
        "features": old.features,
        "loss": old.loss,
        "augmentation": old.augmentation,
        "discriminator_steps": old.discriminator_steps,
        "generator": {
            "architecture": "dcgan_generator",
            "latent_dim": old.latent_dim,
            "width": old.generator_width,
            "batch_norm": old.generator_batch_norm,
        },
        "discriminator": {
            "architecture": "dcgan_discriminator",
            "width": old.discriminator_width,
            "conditioning": old.conditioning,
            "batch_norm": old.discriminator_batch_norm,
        },
        "model": {"conditional": old.conditional, "latents": old.latents, "ema_half_life": old.ema_half_life},
        "generator_optimizer": _adam(old.generator_learning_rate, old),
        "discriminator_optimizer": _adam(old.discriminator_learning_rate, old),
        "penalties": {key: {"gamma": gamma} for key, gamma in (("r1", old.r1_gamma), ("r2", old.r2_gamma)) if gamma},
        "data": data,
    }


def _adam(learning_rate: float, old: _FlatRecipe) -> dict[str, Any]:
    return {"name": "adam", "learning_rate": learning_rate, "beta_1": old.beta_1, "beta_2": old.beta_2}
