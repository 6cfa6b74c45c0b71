"""The rows of `train.py` that play a published family, at 32 x 32 x 3 and widths that two cores step in under a second.

The standard library only, because PyTorch's contenders run in an environment of their own.
"""

import sys
from dataclasses import dataclass

__all__ = ["FAMILIES", "Family", "check_parameters", "named"]


@dataclass(frozen=True)
class Family:
    """One row of the table: a published game, and how many parameters its networks have.

    An iteration is `updates` of the generator, each with `discriminator_steps` of the discriminator on reals of their
    own; `updates` is the period of what is paid lazily, so that every iteration costs the same.

    Attributes:
        name: Of the functions, `kgan.architectures.<name>_generator` and `<name>_discriminator`.
        generator_width: Filters, as those functions count them.
        discriminator_width: Filters.
        parameters: Trainable, of the generator and of the discriminator, which every contender checks at its start.
        loss: kgan's name of it.
        rates: Learning rates of Adam, generator and discriminator.
        betas: Of both Adams.
        latent_dim: Size of z.
        max_width: Most filters of StyleGAN2's networks.
        wgangp: Weight of the penalty at points between reals and samples, at each step.
        r1: gamma of R1 on reals, at every `r1_every` steps; 0 for none.
        r1_every: Steps of the discriminator between two updates for R1.
        path_length: Weight of path length regularisation, at every `path_length_every` updates; 0 for none.
        path_length_every: Updates of the generator between two for path length.
        batch: Reals in an update of the discriminator, and samples in one of the generator.
        discriminator_steps: Updates of the discriminator to one of the generator.
        updates: Of the generator in an iteration.
    """

    name: str
    generator_width: int
    discriminator_width: int
    parameters: tuple[int, int]
    loss: str
    rates: tuple[float, float] = (2e-4, 2e-4)
    betas: tuple[float, float] = (0.0, 0.9)
    latent_dim: int = 128
    max_width: int | None = None
    wgangp: float = 0.0
    r1: float = 0.0
    r1_every: int = 16
    path_length: float = 0.0
    path_length_every: int = 4
    batch: int = 64
    discriminator_steps: int = 1
    updates: int = 1
    size: int = 32
    channels: int = 3
    images: int = 4096
    mapped: bool = False

    @property
    def reals(self) -> int:
        """Reals that an iteration sees."""
        return self.batch * self.discriminator_steps * self.updates


# Losses, penalties, rates and betas are those of the recipes of these names; StyleGAN2's gamma is for 32 pixels.
FAMILIES = {
    "SNGAN 32 x 32 x 3, 5 steps": Family("sngan", 64, 32, (368_771, 66_849), "hinge", discriminator_steps=5),
    "SAGAN 32 x 32 x 3": Family("sagan", 64, 32, (373_892, 68_130), "hinge", rates=(1e-4, 4e-4)),
    "WGAN-GP ResNet 32 x 32 x 3, 5 steps": Family(
        "wgan_gp_resnet", 32, 32, (126_019, 66_849), "wasserstein", wgangp=10.0, discriminator_steps=5
    ),
    "StyleGAN2 32 x 32 x 3": Family(
        "stylegan2",
        16,
        16,
        (345_155, 218_449),
        "non_saturating",
        rates=(2.5e-3, 2.5e-3),
        betas=(0.0, 0.99),
        max_width=64,
        r1=0.01,
        path_length=2.0,
        batch=32,
        updates=16,
    ),
}


def named(text: str) -> Family:
    """The family's game of that name."""
    if text not in FAMILIES:
        raise ValueError(f"Expected one of {', '.join(FAMILIES)}. Received: {text!r}.")
    return FAMILIES[text]


def check_parameters(family: Family, generator: int, discriminator: int) -> None:
    """Ends the program if a network has another number of trainable parameters than the game says."""
    if (generator, discriminator) != family.parameters:
        sys.exit(
            f"Expected {family.name} with {family.parameters[0]:,} and {family.parameters[1]:,} trainable parameters. "
            f"Received: {generator:,} and {discriminator:,}."
        )
