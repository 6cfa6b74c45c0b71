"""WGAN-GP's residual networks, from 8 to 1,024 pixels: no normalisation in the discriminator, for its gradient penalty.

Reference:
    Gulrajani et al., 2017, Improved Training of Wasserstein GANs. arXiv:1704.00028
"""

from typing import Literal

import keras

from kgan._support import lookup
from kgan.architectures.residual import Residual, residual_discriminator, residual_generator

__all__ = ["wgan_gp_resnet_discriminator", "wgan_gp_resnet_generator"]

_CONDITIONINGS = ("auxiliary", "projection")


def wgan_gp_resnet_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 128,
    width: int = 128,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator: a dense layer onto a small grid, then residual blocks that double it up to the image.

    The grid halves from the image while it stays 4 pixels or more; where a size does not halve evenly, the last picture
    is cropped about its centre. At 32 pixels it is the published one, with 1,204,483 trainable parameters for colour;
    beyond, blocks are as many as it takes, and half as wide at each further doubling. Kernels are drawn as He et al.
    have it within blocks, and as Glorot and Bengio elsewhere.

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
        >>> kgan.architectures.wgan_gp_resnet_generator((32, 32, 3), width=16).output_shape
        (None, 32, 32, 3)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` or `latent_dim` is less than 1, or both
            `num_classes` and `num_tags` are given.
    """
    make = Residual(seed, "he", spectral=False)
    return residual_generator(make, shape, latent_dim, width, num_classes=num_classes, num_tags=num_tags, name=name)


def wgan_gp_resnet_discriminator(
    shape: tuple[int, int, int],
    width: int = 128,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    conditioning: Literal["auxiliary", "projection"] = "auxiliary",
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator, the paper's critic, of residual blocks without any normalisation.

    Blocks halve the image until a side has 8 positions or fewer; two that do not halve follow, and the mean over all
    positions. At 32 pixels it is the published one, with 1,053,825 trainable parameters for colour; at larger ones the
    first blocks are narrower, as the generator's last are.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        width: Filters of the last blocks.
        num_classes: Is conditional on classes when given.
        num_tags: Is conditional on tags when given, `(batch, num_tags)` of 0 and 1.
        conditioning: How labels are taken into account. `"auxiliary"`, as published: a second output `"classes"` tells
            them from the image, for `kgan.objectives.AuxiliaryClassifier`. `"projection"`: labels are a second input,
            and the logit gains the inner product of the features with their embedding.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images to logits `(batch, 1)`, or to `{"logits": ..., "classes": (batch, n)}`; with
        `"projection"`, from `[images, labels]` to logits.

    Examples:
        >>> kgan.architectures.wgan_gp_resnet_discriminator((32, 32, 3), width=16).output_shape
        (None, 1)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` is less than 1, both `num_classes` and
            `num_tags` are given, or `conditioning` is unknown.
    """
    if conditioning not in _CONDITIONINGS:
        raise ValueError(
            f"Expected conditioning to be one of {', '.join(_CONDITIONINGS)}. "
            f"Received: conditioning={conditioning!r}.{lookup.nearest(str(conditioning), _CONDITIONINGS)}"
        )
    make = Residual(seed, "he", spectral=False)
    return residual_discriminator(
        make,
        shape,
        width,
        num_classes=num_classes,
        num_tags=num_tags,
        conditioning=conditioning,
        summed=False,
        name=name,
    )
