"""BigGAN, from 8 to 512 pixels: a shared embedding of labels, latents that reach every block, and self-attention.

Reference:
    Brock et al., 2019, Large Scale GAN Training for High Fidelity Natural Image Synthesis. arXiv:1809.11096
"""

import itertools
import math
from collections.abc import Sequence

import keras
from keras import layers

from kgan._support import limits
from kgan.architectures.conditioning import check_one_kind, embedding, labels_input, projected
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.residual import Residual, attention_place, halvings
from kgan.architectures.sizes import check_shape, cropped, first_grid

__all__ = ["LARGEST", "SMALLEST", "biggan_discriminator", "biggan_generator"]

SMALLEST, LARGEST = 8, 512

# Filters of the generator's blocks in units of the width, by their number: those for 128, 256 and 512 pixels are the
# paper's (appendix B), those for 64 and less of its author's program, where all blocks for 32 pixels are as wide.
_GENERATOR = {
    4: (16, 8, 4, 2),
    5: (16, 8, 4, 2, 1),
    6: (16, 8, 8, 4, 2, 1),
    7: (16, 8, 8, 4, 2, 1, 1),
}
_DISCRIMINATOR = {4: (1, 2, 4, 8, 16)}  # the others are the generator's in reverse order, and one of 16 more
_SMALL = 4  # of every block for fewer than 64 pixels


def biggan_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 120,
    width: int = 96,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    embedding_dim: int = 128,
    hierarchical: bool = True,
    attention: int | None = 64,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator of residual blocks whose batch normalisations are conditional on latents and labels.

    z is split into a part for the first grid and one for each block. A block's part, together with an embedding of the
    labels that all blocks share, gives scale and shift of its two normalisations, by linear maps. Every kernel is
    spectrally normalised, and orthogonal to begin with. At 128 pixels with 1,000 classes it has the 70,433,988
    parameters of the paper's; sizes between the published ones take the blocks of the smaller, and are cropped.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 512 pixels, any number of channels.
        latent_dim: Size of z; at least one number for each part. Where it does not divide, the first parts have one
            number more.
        width: Filters in units of which blocks are 1 to 16 wide (4, for fewer than 64 pixels); 96 is the paper's, 64
            its author's for 32 pixels.
        num_classes: Takes labels as a second input when given.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1; embeddings are added up.
        embedding_dim: Numbers of the shared embedding.
        hierarchical: Whether parts of z reach the blocks; else all of it makes the first grid, and labels alone reach
            them.
        attention: Self-attention stands at the largest grid below the image whose shorter side has at most so many
            positions; `None` for none.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)` in (-1, 1): the last activation is
        tanh.

    Examples:
        >>> generator = kgan.architectures.biggan_generator((64, 64, 3), width=4, num_classes=10)
        >>> [tensor.name for tensor in generator.inputs], generator.output_shape
        (['latents', 'labels'], (None, 64, 64, 3))

    Raises:
        ValueError: if a side is below 8 or above 512 pixels, `width` or `embedding_dim` is less than 1, `latent_dim` is
            less than 1 or than the parts of z, `attention` is less than 1, or both `num_classes` and `num_tags` are
            given.
    """
    check_shape(shape, SMALLEST, LARGEST)
    grid, doublings = first_grid(shape)
    units = _GENERATOR.get(doublings, (_SMALL,) * doublings)
    _check(width, latent_dim, embedding_dim, attention)
    check_one_kind(num_classes, num_tags)
    make = Residual(seed, "orthogonal", spectral=True)

    latents = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    shared = None
    if labels is not None:
        shared = embedding(num_classes, embedding_dim, make.initializer(), "shared_embedding")(labels)
    first, *parts = _parts(latents, doublings + 1) if hierarchical else [latents, *[None] * doublings]
    attended = _place(attention, [min(grid) * 2**stage for stage in range(doublings)])
    widest = max(units) * width
    x = make.dense(first, math.prod(grid) * widest, "dense")
    x = layers.Reshape((*grid, widest), name="grid")(x)  # (b, h, w, 16 * width)
    for stage, (unit, part) in enumerate(zip(units, parts, strict=True)):
        if stage == attended:
            x = make.attention(x)
        given = [one for one in (part, shared) if one is not None]
        if len(given) == 2:
            given = [layers.Concatenate(name=f"condition_{stage}")(given)]
        normalize = make.norm_by(given[0]) if given else make.batch_norm
        x = make.up(x, unit * width, normalize, f"block_{stage}")  # (b, 2h, 2w, unit * width)
    x = layers.ReLU(name="last_relu")(make.batch_norm(x, "last_norm"))
    x = make.convolution(x, shape[2], 3, "images", activation="tanh")
    return keras.Model(latents if labels is None else [latents, labels], cropped(x, shape), name=name)


def biggan_discriminator(
    shape: tuple[int, int, int],
    width: int = 96,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    attention: int | None = 64,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of residual blocks, spectrally normalised, with self-attention and a projection of labels.

    Blocks halve the image down to the generator's first grid, and one that does not halve follows; for fewer than 64
    pixels, down to 8 positions, and two. At 128 pixels with 1,000 classes it has the 87,982,370 parameters of the
    paper's.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 512 pixels, any number of channels.
        width: Filters in units of which blocks are 1 to 16 wide (4, for fewer than 64 pixels).
        num_classes: Takes labels as a second input when given: the logit gains the inner product of the features with
            their embedding, a projection.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1; embeddings are added up.
        attention: Self-attention stands at the largest grid below the image whose shorter side has at most so many
            positions; `None` for none.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images, or `[images, labels]` with labels `(batch,)` int32 or tags `(batch, num_tags)` float32, to
        logits `(batch, 1)`.

    Examples:
        >>> kgan.architectures.biggan_discriminator((64, 64, 3), width=4, num_classes=10).output_shape
        (None, 1)

    Raises:
        ValueError: if a side is below 8 or above 512 pixels, `width` or `attention` is less than 1, or both
            `num_classes` and `num_tags` are given.
    """
    check_shape(shape, SMALLEST, LARGEST)
    _, doublings = first_grid(shape)
    _check(width, 1, 1, attention)
    check_one_kind(num_classes, num_tags)
    if doublings in _GENERATOR:
        halved, units = doublings, _DISCRIMINATOR.get(doublings, (*reversed(_GENERATOR[doublings]), 16))
    else:
        halved = halvings(shape)
        units = (_SMALL,) * (halved + 2)
    make = Residual(seed, "orthogonal", spectral=True)
    attended = _place(attention, [math.ceil(min(shape[:2]) / 2 ** (stage + 1)) for stage in range(halved)])

    x = images = keras.Input(shape, name="images")
    labels = labels_input(num_classes, num_tags)
    for stage, unit in enumerate(units):
        # (b, h / 2, w / 2, unit * width)
        x = make.down(x, unit * width, f"block_{stage}", halve=stage < halved, first=stage == 0)
        if stage == attended:
            x = make.attention(x)
    features = make.features(x, summed=True)  # (b, 16 * width)
    logits = make.dense(features, 1, "logits")  # (b, 1)
    if labels is not None:
        logits = projected(logits, features, make.embedded(labels, num_classes, features.shape[-1]))
    return keras.Model(images if labels is None else [images, labels], logits, name=name)


def _parts(latents, count: int) -> list:
    """z in `count` parts."""
    size = latents.shape[-1]
    if size < count:
        raise ValueError(
            f"Expected latent_dim >= {count}, a number for the first grid and one for each of {count - 1} blocks. "
            f"Received: latent_dim={size}. Pass a larger one, or hierarchical=False."
        )
    ends = [math.ceil(size * part / count) for part in range(count + 1)]
    column = layers.Reshape((size, 1), name="latents_column")(latents)
    return [
        layers.Flatten(name=f"latents_{part}")(
            layers.Cropping1D((start, size - end), name=f"latents_{part}_column")(column)
        )
        for part, (start, end) in enumerate(itertools.pairwise(ends))
    ]


def _place(attention: int | None, sides: Sequence[int]) -> int | None:
    return None if attention is None else attention_place(sides, attention)


def _check(width: int, latent_dim: int, embedding_dim: int, attention: int | None) -> None:
    check_sizes("width", width, latent_dim)
    for name, size in (("embedding_dim", embedding_dim), ("attention", 1 if attention is None else attention)):
        if size < 1:
            raise ValueError(f"Expected {name} >= 1. Received: {name}={size}.")
    convolution = 4 * limits.array_bytes((3, 3, 16 * width, 16 * width))  # with Adam's two moments and an average
    limits.check_bytes("width", width, convolution, "Choose a smaller width; the paper has 96.")
