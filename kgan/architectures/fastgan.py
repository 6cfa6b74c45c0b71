"""FastGAN: for a hundred to a few thousand pictures; its discriminator must also draw what it sees.

Reference:
    Liu et al., 2021, Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis.
    arXiv:2101.04775

The networks are those of the paper's figures. Its authors' program (github.com/odegeasslbc/FastGAN-pytorch) has more,
which these have not: every convolution is spectrally normalised in both networks; the generator adds noise, in two
convolutions at every other size, and gives a picture of 128 pixels besides, which the discriminator sees in a second
branch; and the margins of its hinge loss are drawn at random, up to 1.
"""

import math

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.sizes import check_shape, cropped, first_grid
from kgan.architectures.stands import convolution, leaky, normalised

__all__ = ["LARGEST", "SMALLEST", "fastgan_discriminator", "fastgan_generator"]

SMALLEST, LARGEST = 16, 1_024
_WIDER = (16, 8, 4, 2, 2, 1, 0.5)  # times the width, the generator's channels from the smallest grid on
_DISCRIMINATOR_WIDER = (16, 8, 4, 2, 1, 0.5)  # the discriminator's, from its last grid on
_THIN = 3  # channels of sizes beyond those
_SKIPS = 4  # doublings from the features that excite to those that are excited: 8 to 128 pixels
_DECODED = 4  # doublings of a decoder, at most: 8 to 128 pixels
_DECODER_WIDER = (2, 1, 1, 0.5)


def fastgan_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 256,
    width: int = 64,
    *,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator with one convolution at each size, in which small features weigh the channels of large ones.

    A dense layer onto a small grid, then at each size nearest upsampling, a convolution 3x3, batch normalisation and a
    gated linear unit. Skip-layer excitation: features of 8 pixels, averaged to 4, go through a convolution 4x4,
    LeakyReLU(0.1), a convolution 1x1 and a sigmoid, and multiply the channels of those of 128 pixels; so do 16 those of
    256, and 32 those of 512. Where the image is smaller than 128 pixels, those of 8 pixels weigh the last ones. Weights
    are drawn from N(0, 0.02).

    The grid halves from the image while it stays 4 pixels or more; where a size does not halve evenly, the last picture
    is cropped about its centre.

    Args:
        shape: `(height, width, channels)` of the images, each side 16 to 1,024 pixels, any number of channels.
        latent_dim: Size of z.
        width: Channels at 128 pixels; twice, 4, 8 and 16 times as many towards the small grid, half at 256 pixels, and
            3 beyond.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)` to images `(batch, height, width, channels)` in (-1, 1): the last
        activation is tanh. As published, it takes no labels.

    Examples:
        >>> kgan.architectures.fastgan_generator((64, 48, 3), width=8).output_shape
        (None, 64, 48, 3)

    Raises:
        ValueError: if a side is below 16 or above 1,024 pixels, or `width` or `latent_dim` is less than 1.
    """
    check_shape(shape, SMALLEST, LARGEST)
    check_sizes("width", width, latent_dim)
    weights = InitialWeights(seed)
    grid, doublings = first_grid(shape)
    filters = [_filters(width, _WIDER, stage) for stage in range(doublings + 1)]
    excited = {low + _SKIPS: low for low in (1, 2, 3) if low + _SKIPS <= doublings}
    excited = excited or {doublings: min(1, doublings - 2)}

    latents = keras.Input((latent_dim,), name="latents")
    units = 2 * math.prod(grid) * filters[0]
    x = layers.Dense(units, use_bias=False, kernel_initializer=weights(), name="dense")(latents)
    x = layers.Reshape((*grid, 2 * filters[0]), name="grid")(x)
    features = [_gated(x, "grid")]  # (b, h, w, filters)
    for stage in range(1, doublings + 1):
        x = _upsampled(features[-1], filters[stage], weights, f"upsample_{stage}")  # (b, 2h, 2w, filters)
        if stage in excited:
            low = excited[stage]
            gate = _excitation(features[low], 2**low, filters[stage], weights, f"excitation_{stage}")
            x = layers.Multiply(name=f"excited_{stage}")([x, gate])
        features.append(x)
    x = _convolution(features[-1], shape[2], 3, weights, "images", use_bias=True, activation="tanh")
    return keras.Model(latents, cropped(x, shape), name=name)


def fastgan_discriminator(
    shape: tuple[int, int, int],
    width: int = 64,
    *,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of patches, whose features must suffice to draw the image again.

    A block halves the image twice and averages the two: a convolution 4x4 with stride 2 and one 3x3; and an average
    over 2x2 pixels and a convolution 1x1; each with batch normalisation and LeakyReLU(0.2). The last grid, of 8 to 15
    positions, goes through a convolution 1x1 and one 4x4 to a logit for each patch.

    Two decoders keep it from looking at a few details alone: one draws the whole image of the last features, the other
    one of its corners of a corner of the features before, in up to 128 pixels. What they miss is its second output, for
    `kgan.objectives.Reconstruction`. They see what the discriminator sees, an augmented image where there is an
    augmentation. They are learned on reals alone; yet they run on generated images too, so that the moving statistics
    of their batch normalisations are those of both. Training does not use these: it normalises by the batch. What the
    decoders draw in inference mode is a mixture's.

    Args:
        shape: `(height, width, channels)` of the images, each side 16 to 1,024 pixels, any number of channels.
        width: Channels at 128 pixels; they double towards the last grid, up to 16 times as many.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images to `{"logits": (batch, h, w, 1), "reconstruction": (batch, 1)}`: the mean absolute
        differences to the image and to its corner, added up. 256 pixels have 5 x 5 logits.

    Examples:
        >>> discriminator = kgan.architectures.fastgan_discriminator((64, 64, 3), width=8)
        >>> {name: tensor.shape for name, tensor in discriminator.output.items()}
        {'logits': (None, 5, 5, 1), 'reconstruction': (None, 1)}

    Raises:
        ValueError: if a side is below 16 or above 1,024 pixels, or `width` is less than 1.
    """
    check_shape(shape, SMALLEST, LARGEST)
    check_sizes("width", width)
    weights = InitialWeights(seed)
    _, halvings = first_grid(shape, least=8)
    levels = len(_DISCRIMINATOR_WIDER) - 1  # halvings from 256 pixels; larger images are halved by bare convolutions

    x = images = keras.Input(shape, name="images")
    if halvings <= levels:
        x = _convolution(x, _filters(width, _DISCRIMINATOR_WIDER, halvings), 3, weights, "first")
        x = leaky(x, "first")
    for level in reversed(range(levels, halvings)):
        x = _convolution(x, _filters(width, _DISCRIMINATOR_WIDER, level), 4, weights, f"first_{level}", strides=2)
        x = leaky(x, f"first_{level}")
    for level in reversed(range(min(halvings, levels))):
        before = x
        x = _halved(x, _filters(width, _DISCRIMINATOR_WIDER, level), weights, f"block_{level}")
    logits = _normalised(_convolution(x, x.shape[-1], 1, weights, "last"), "last")
    logits = layers.Conv2D(1, 4, use_bias=False, kernel_initializer=weights(), name="logits")(logits)

    whole = _missed(images, x, halvings, width, weights, "whole")
    corner = kgan_layers.Quadrant([side // 2 for side in before.shape[1:3]], name="corner")(before)
    part = _missed(images, corner, halvings - 1, width, weights, "part")
    error = layers.Add(name="reconstruction")([whole, part])
    return keras.Model(images, {"logits": logits, "reconstruction": error}, name=name)


def _filters(width: int, wider: tuple[float, ...], stage: int) -> int:
    return max(int(width * wider[stage]), 1) if stage < len(wider) else _THIN


def _convolution(x, filters: int, size: int, weights: InitialWeights, name: str, **settings):
    return convolution(x, filters, size, weights, name, **{"use_bias": False, **settings})


def _normalised(x, name: str):
    return leaky(normalised(x, name), name)


def _gated(x, name: str):
    return kgan_layers.GatedLinearUnit(name=f"{name}_gate")(normalised(x, name))


def _upsampled(x, filters: int, weights: InitialWeights, name: str):
    made = kgan_layers.UpsampleConv2D(2 * filters, 3, use_bias=False, kernel_initializer=weights(), name=name)
    return _gated(made(x), name)


def _excitation(x, pooled: int, filters: int, weights: InitialWeights, name: str):
    """A weight in (0, 1) for each channel, `(b, 1, 1, filters)`."""
    if pooled > 1:
        x = layers.AveragePooling2D(pooled, name=f"{name}_average")(x)  # as large as the smallest grid
    x = _convolution(x, filters, x.shape[1:3], weights, f"{name}_squeeze", padding="valid")
    x = leaky(x, name, slope=0.1)
    return _convolution(x, filters, 1, weights, f"{name}_weights", activation="sigmoid")


def _halved(x, filters: int, weights: InitialWeights, name: str):
    main = _normalised(_convolution(x, filters, 4, weights, f"{name}_strided", strides=2), f"{name}_strided")
    main = _normalised(_convolution(main, filters, 3, weights, f"{name}_second"), f"{name}_second")
    direct = layers.AveragePooling2D(2, padding="same", name=f"{name}_average")(x)
    direct = _normalised(_convolution(direct, filters, 1, weights, f"{name}_direct"), f"{name}_direct")
    return layers.Average(name=name)([main, direct])


def _missed(images, features, halvings: int, width: int, weights: InitialWeights, name: str):
    """What the decoder of these features gets wrong of the image, or of the corner that they are of."""
    doublings = min(halvings, _DECODED)
    x = features
    for stage in range(doublings):
        x = _upsampled(x, _filters(width, _DECODER_WIDER, stage), weights, f"{name}_upsample_{stage}")
    x = _convolution(x, images.shape[-1], 3, weights, f"{name}_decoded", use_bias=True, activation="tanh")
    target = images
    for halving in range(halvings - doublings):
        target = layers.AveragePooling2D(2, padding="same", name=f"{name}_target_{halving}")(target)
    if name == "part":
        target = kgan_layers.Quadrant(x.shape[1:3], name="part_target")(target)
    surplus = [made - wanted for made, wanted in zip(x.shape[1:3], target.shape[1:3], strict=True)]
    if any(surplus):
        x = layers.Cropping2D([(extra // 2, extra - extra // 2) for extra in surplus], name=f"{name}_crop")(x)
    return kgan_layers.ReconstructionError(name=f"{name}_error")([target, x])
