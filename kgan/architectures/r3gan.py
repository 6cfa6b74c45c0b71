"""R3GAN: residual networks without normalisation, made for the relativistic loss with R1 and R2.

Reference:
    Huang et al., 2024, The GAN is dead; long live the GAN! A Modern Baseline GAN. arXiv:2501.05441
"""

import math

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support import limits
from kgan._support.checks import whole
from kgan.architectures.conditioning import check_one_kind, embedding, labels_input
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.sizes import check_shape, cropped, first_grid

__all__ = ["LARGEST", "SMALLEST", "r3gan_discriminator", "r3gan_generator"]

SMALLEST, LARGEST = 8, 1_024
_GROUP = 16  # channels of a group in the 3x3 convolutions
_EXPANSION = 2  # channels within a block to those beside it
_MULTIPLE = _GROUP // _EXPANSION  # of which widths are multiples, for the groups to come out even
_FULL_WIDTH = 32  # pixels of a side up to which stages have the full width
_SLOPE = 0.2


def r3gan_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 64,
    width: int = 768,
    *,
    blocks: int = 2,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator: a learned small grid, multiplied by a projection of z, then residual blocks at each size.

    A block adds to its input what comes of a convolution 1x1 to twice the channels, one 3x3 in groups of 16, and one
    1x1 back, with a bias and LeakyReLU(0.2) after the first two; the last starts from 0, the others from
    `N(0, gain / sqrt(fan_in))` with `gain = sqrt(2 / 1.04) * L^(-1/4)`, where L is the number of blocks. Between the
    sizes stand a convolution 1x1, where the width changes, and bilinear upsampling. Nothing is normalised.

    Stages up to 32 pixels have the full width, and each further doubling half of it, as published: 32 x 32 x 3 has
    20,732,160 trainable parameters, 64 x 64 x 3 22,429,824 and 256 x 256 x 3 23,057,952. The grid halves from the image
    while it stays 4 pixels or more; where a size does not halve evenly, the last picture is cropped about its centre.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        latent_dim: Size of z.
        width: Channels of stages up to 32 pixels, a multiple of 8. The paper's have 768; 64 to 128 suit two cores.
        blocks: Residual blocks at each size.
        num_classes: Takes labels as a second input when given: their embedding, of the size of z, is concatenated to z.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1; embeddings are added up.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)`, which nothing squashes.

    Examples:
        >>> generator = kgan.architectures.r3gan_generator((32, 48, 3), width=16)
        >>> generator.output_shape, generator.get_layer("basis").grid
        ((None, 32, 48, 3), (4, 6))

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` is no multiple of 8, `blocks` or `latent_dim` is
            less than 1, or both `num_classes` and `num_tags` are given.
    """
    grid, widths = _stages(shape, width, blocks)
    whole("latent_dim", latent_dim, 1)
    check_one_kind(num_classes, num_tags)
    make = _Blocks(seed, len(widths) * blocks)

    latents = inputs = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    if labels is not None:
        inputs = [inputs, labels]
        initializer = make.of_labels(num_classes, num_tags)
        embedded = embedding(num_classes, latent_dim, initializer, "embedding")(labels)
        latents = layers.Concatenate(name="condition")([latents, embedded])  # (b, 2 * latent_dim)
    x = make.dense(latents, widths[0], "projection")
    x = kgan_layers.LearnedBasis(grid, seed=make.weights.next_seed(), name="basis")(x)  # (b, h, w, width)
    for stage, channels in enumerate(widths):
        if stage > 0:
            x = make.widened(x, channels, f"transition_{stage}")
            x = kgan_layers.Upsample2D(name=f"upsample_{stage}")(x)  # (b, 2h, 2w, channels)
        for block in range(blocks):
            x = make.block(x, f"block_{stage}_{block}")
    x = make.convolution(x, shape[2], "images")
    return keras.Model(inputs, cropped(x, shape), name=name)


def r3gan_discriminator(
    shape: tuple[int, int, int],
    width: int = 768,
    *,
    blocks: int = 2,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator: the generator's mirror image, which ends in one weight for each position and channel.

    Residual blocks as the generator's at each size, bilinear downsampling between them, a depthwise convolution as
    large as the last grid, and a dense layer without bias to the logit. As published, 32 x 32 x 3 has 20,683,776
    trainable parameters, 64 x 64 x 3 22,381,440 and 256 x 256 x 3 23,009,568.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        width: Channels of stages up to 32 pixels, a multiple of 8.
        blocks: Residual blocks at each size.
        num_classes: Takes labels as a second input when given: the logit is the inner product of as many features as
            `width` with their embedding, a projection.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1; embeddings are added up.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images, or `[images, labels]` with labels `(batch,)` int32 or tags `(batch, num_tags)` float32, to
        logits `(batch, 1)`.

    Examples:
        >>> kgan.architectures.r3gan_discriminator((32, 48, 3), width=16, num_classes=10).output_shape
        (None, 1)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` is no multiple of 8, `blocks` is less than 1, or
            both `num_classes` and `num_tags` are given.
    """
    grid, widths = _stages(shape, width, blocks)
    check_one_kind(num_classes, num_tags)
    make = _Blocks(seed, len(widths) * blocks)

    x = inputs = keras.Input(shape, name="images")
    x = make.convolution(x, widths[-1], "extraction")
    for stage in reversed(range(len(widths))):
        for block in range(blocks):
            x = make.block(x, f"block_{stage}_{block}")
        if stage > 0:
            x = kgan_layers.Downsample2D(name=f"downsample_{stage}")(x)  # (b, h / 2, w / 2, channels)
            x = make.widened(x, widths[stage - 1], f"transition_{stage}")
    x = layers.DepthwiseConv2D(
        grid, use_bias=False, depthwise_initializer=make.weights(1.0 / math.sqrt(math.prod(grid))), name="basis"
    )(x)  # (b, 1, 1, width)
    features = layers.Flatten(name="features")(x)
    labels = labels_input(num_classes, num_tags)
    if labels is None:
        return keras.Model(inputs, make.dense(features, 1, "logits"), name=name)
    initializer = make.of_labels(num_classes, num_tags, gain=1.0 / math.sqrt(widths[0]))
    embed = embedding(num_classes, widths[0], initializer, "embedding")
    features = make.dense(features, widths[0], "features_of_labels")
    logits = layers.Dot(axes=1, name="logits")([features, embed(labels)])  # (b, 1)
    return keras.Model([inputs, labels], logits, name=name)


class _Blocks:
    """The parts of both networks, whose weights start from `N(0, gain / sqrt(fan_in))`."""

    def __init__(self, seed: int | None, total: int):
        self.weights = InitialWeights(seed)
        self._gain = math.sqrt(2.0 / (1.0 + _SLOPE**2)) * total**-0.25

    def dense(self, x, units: int, name: str):
        return layers.Dense(units, use_bias=False, kernel_initializer=self._of(x.shape[-1]), name=name)(x)

    def of_labels(self, num_classes: int | None, num_tags: int | None, gain: float = 1.0):
        """For embeddings, whose inputs are rows of a number for each label."""
        return self._of(max(num_classes or 0, num_tags or 0), gain)

    def convolution(self, x, channels: int, name: str):
        """1x1, linear and without bias."""
        initializer = self._of(x.shape[-1])
        return layers.Conv2D(channels, 1, use_bias=False, kernel_initializer=initializer, name=name)(x)

    def widened(self, x, channels: int, name: str):
        return x if x.shape[-1] == channels else self.convolution(x, channels, name)

    def block(self, x, name: str):
        channels = x.shape[-1]
        expanded = _EXPANSION * channels
        y = layers.Conv2D(expanded, 1, kernel_initializer=self._of(channels, self._gain), name=f"{name}_expand")(x)
        y = kgan_layers.LeakyReLU(negative_slope=_SLOPE, name=f"{name}_relu_0")(y)  # (b, h, w, 2 * channels)
        y = kgan_layers.Conv2D(
            expanded,
            3,
            padding="same",
            groups=expanded // _GROUP,
            kernel_initializer=self._of(9 * _GROUP, self._gain),
            name=f"{name}_groups",
        )(y)
        y = kgan_layers.LeakyReLU(negative_slope=_SLOPE, name=f"{name}_relu_1")(y)
        y = layers.Conv2D(channels, 1, use_bias=False, kernel_initializer="zeros", name=f"{name}_project")(y)
        return layers.Add(name=name)([x, y])

    def _of(self, fan_in: int, gain: float = 1.0):
        return self.weights(gain / math.sqrt(fan_in))


def _stages(shape, width: int, blocks: int) -> tuple[tuple[int, int], list[int]]:
    """The smallest grid, and the channels at each size from there on."""
    check_shape(shape, SMALLEST, LARGEST)
    whole("width", width, 1)
    whole("blocks", blocks, 1)
    if width % _MULTIPLE:
        lower = max(width // _MULTIPLE, 1) * _MULTIPLE
        raise ValueError(
            f"Expected width as a multiple of {_MULTIPLE}, for groups of {_GROUP} channels in its blocks. "
            f"Received: width={width}. The nearest are {lower} and {lower + _MULTIPLE}."
        )
    grid, doublings = first_grid(shape)
    widths = []
    for stage in range(doublings + 1):
        halvings = max(math.ceil(math.log2(min(grid) * 2**stage / _FULL_WIDTH)), 0)
        widths.append(max(width // 2**halvings // _MULTIPLE, 1) * _MULTIPLE)
    weights = sum(blocks * channels**2 * 2 * _EXPANSION for channels in widths)
    # In training, four times: Adam's two moments and an average.
    limits.check_bytes("width", width, 4 * limits.array_bytes((weights,)), "Choose a smaller width; the paper has 768.")
    return grid, widths
