"""SAGAN, from 8 to 1,024 pixels: SNGAN's residual networks with self-attention, spectrally normalised on both sides.

Reference:
    Zhang et al., 2019, Self-Attention Generative Adversarial Networks. arXiv:1805.08318
"""

import keras

from kgan.architectures.residual import Residual, residual_discriminator, residual_generator

__all__ = ["sagan_discriminator", "sagan_generator"]

_ATTENTION = 32  # positions of a side, as in the paper's table 1


def sagan_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 128,
    width: int = 256,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator as `sngan_generator`, with self-attention, and every kernel spectrally normalised.

    Attention stands at the largest grid below the image whose shorter side has at most 32 positions: after the second
    of three blocks at 32 pixels, where the network for ten classes has 4,386,308 trainable parameters; at 32 positions
    from 64 pixels on, as in the paper.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        latent_dim: Size of z.
        width: Filters of the first three blocks; half at each further one.
        num_classes: Takes labels as a second input when given: batch normalisation has a scale and a shift for each
            class (not the last one).
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1; theirs are added up.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)` in (-1, 1): the last activation is
        tanh.

    Examples:
        >>> generator = kgan.architectures.sagan_generator((64, 64, 3), width=16)
        >>> generator.get_layer("attention").output.shape
        (None, 32, 32, 16)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` or `latent_dim` is less than 1, or both
            `num_classes` and `num_tags` are given.
    """
    make = Residual(seed, "glorot", spectral=True)
    return residual_generator(
        make, shape, latent_dim, width, num_classes=num_classes, num_tags=num_tags, attention=_ATTENTION, name=name
    )


def sagan_discriminator(
    shape: tuple[int, int, int],
    width: int = 128,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator as `sngan_discriminator`, with self-attention.

    Attention stands at the largest grid below the image whose shorter side has at most 32 positions: after the first
    block at 32 pixels, where the network for ten classes has 1,075,586 trainable parameters.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        width: Filters of the last blocks.
        num_classes: Takes labels as a second input when given: the logit gains the inner product of the features with
            their embedding, a projection.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1; embeddings are added up.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images, or `[images, labels]` with labels `(batch,)` int32 or tags `(batch, num_tags)` float32, to
        logits `(batch, 1)`.

    Examples:
        >>> discriminator = kgan.architectures.sagan_discriminator((64, 64, 3), width=16)
        >>> discriminator.get_layer("attention").output.shape
        (None, 32, 32, 8)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` is less than 1, or both `num_classes` and
            `num_tags` are given.
    """
    make = Residual(seed, "glorot", spectral=True)
    return residual_discriminator(
        make, shape, width, num_classes=num_classes, num_tags=num_tags, attention=_ATTENTION, name=name
    )
