"""SNGAN's residual networks, from 8 to 1,024 pixels: spectral normalisation keeps the discriminator 1-Lipschitz.

References:
    Miyato et al., 2018, Spectral Normalization for Generative Adversarial Networks. arXiv:1802.05957

    Miyato and Koyama, 2018, cGANs with Projection Discriminator. arXiv:1802.05637
"""

import keras

from kgan.architectures.residual import Residual, residual_discriminator, residual_generator

__all__ = ["sngan_discriminator", "sngan_generator"]


def sngan_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 128,
    width: int = 256,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator: a dense layer onto a small grid, then residual blocks that double it up to the image.

    The grid halves from the image while it stays 4 pixels or more; where a size does not halve evenly, the last picture
    is cropped about its centre. At 32 pixels it is the published one, with 4,276,739 trainable parameters for colour;
    beyond, blocks are as many as it takes, and half as wide at each further doubling. Kernels are drawn as Glorot and
    Bengio have it, with a gain of sqrt(2) within blocks.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        latent_dim: Size of z.
        width: Filters of the first three blocks.
        num_classes: Takes labels as a second input when given: batch normalisation has a scale and a shift for each
            class (conditional batch normalisation; not the last one).
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1; theirs are added up.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)` in (-1, 1): the last activation is
        tanh.

    Examples:
        >>> kgan.architectures.sngan_generator((32, 32, 3), width=16).output_shape
        (None, 32, 32, 3)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` or `latent_dim` is less than 1, or both
            `num_classes` and `num_tags` are given.
    """
    make = Residual(seed, "glorot", spectral=False)
    return residual_generator(make, shape, latent_dim, width, num_classes=num_classes, num_tags=num_tags, name=name)


def sngan_discriminator(
    shape: tuple[int, int, int],
    width: int = 128,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of residual blocks, every kernel of which is spectrally normalised.

    Blocks halve the image until a side has 8 positions or fewer; two that do not halve follow, and the sum over all
    positions. At 32 pixels it is the published one, with 1,053,825 trainable parameters for colour; at larger ones the
    first blocks are narrower, as the generator's last are.

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
        >>> kgan.architectures.sngan_discriminator((32, 32, 3), width=16, num_classes=10).output_shape
        (None, 1)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` is less than 1, or both `num_classes` and
            `num_tags` are given.
    """
    make = Residual(seed, "glorot", spectral=True)
    return residual_discriminator(make, shape, width, num_classes=num_classes, num_tags=num_tags, name=name)
