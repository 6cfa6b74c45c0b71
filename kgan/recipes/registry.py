"""Recipes by name."""

from kgan._support import lookup
from kgan.recipes.recipe import Recipe

RECIPES: dict[str, Recipe] = {
    "digits": Recipe(
        source="kgan, measured on the 5,000 embedded digits: RpGAN + R1 + R2 (Huang et al., 2024, arXiv:2501.05441) "
        "on DCGAN networks, conditional by embedding and projection",
        epochs=30,
    ),
    "dcgan": Recipe(
        source="Radford et al., 2015, arXiv:1511.06434",
        epochs=25,
        batch_size=128,
        conditional=False,
        latents="uniform",
        latent_dim=100,
        generator_width=128,
        discriminator_width=128,
        discriminator_batch_norm=True,
        loss="non_saturating",
        r1_gamma=0.0,
        r2_gamma=0.0,
        generator_learning_rate=2e-4,
        discriminator_learning_rate=2e-4,
        beta_1=0.5,
        beta_2=0.999,
        ema_half_life=None,
    ),
}


def get(name: str) -> Recipe:
    """Returns the recipe of that name.

    Raises:
        ValueError: No recipe has that name.
    """
    return lookup.find("recipe", name, RECIPES)
