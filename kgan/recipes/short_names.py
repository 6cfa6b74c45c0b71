"""Short names of settings that are changed often, for `--set`."""

__all__ = ["SHORT_NAMES"]

SHORT_NAMES: dict[str, tuple[str, ...]] = {
    "latent_dim": ("generator.latent_dim",),
    "generator_width": ("generator.width",),
    "discriminator_width": ("discriminator.width",),
    "generator_batch_norm": ("generator.batch_norm",),
    "discriminator_batch_norm": ("discriminator.batch_norm",),
    "conditioning": ("discriminator.conditioning",),
    "conditional": ("model.conditional",),
    "latents": ("model.latents",),
    "ema_half_life": ("model.ema_half_life",),
    "r1_gamma": ("penalties.r1.gamma",),
    "r2_gamma": ("penalties.r2.gamma",),
    "learning_rate": ("generator_optimizer.learning_rate", "discriminator_optimizer.learning_rate"),
    "generator_learning_rate": ("generator_optimizer.learning_rate",),
    "discriminator_learning_rate": ("discriminator_optimizer.learning_rate",),
    "beta_1": ("generator_optimizer.beta_1", "discriminator_optimizer.beta_1"),
    "beta_2": ("generator_optimizer.beta_2", "discriminator_optimizer.beta_2"),
    "image_size": ("data.image_size",),
    "crop": ("data.crop",),
}
"""The dotted names that each stands for. A name that only one setting ends in needs no entry: it works as it is."""
