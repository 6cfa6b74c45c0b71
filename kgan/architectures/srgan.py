"""SRGAN's networks: a residual network that enlarges by pixel shuffling, and a discriminator of the whole picture.

Reference:
    Ledig et al., 2017, Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network.
    arXiv:1609.04802
"""

from typing import Any, Literal

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.stands import leaky, normalised
from kgan.architectures.upscaling import (
    check_upscaling,
    convolved,
    enlargements,
    framework_default,
    one_slope,
    repeated,
)

__all__ = ["srgan_discriminator", "srgan_generator"]

_HALVINGS = 4  # of the discriminator
_LEAK = 0.1  # of the network without normalisation


def srgan_generator(
    input_shape: tuple[int | None, int | None, int],
    output_channels: int | None = None,
    scale: int = 4,
    width: int = 64,
    *,
    blocks: int = 16,
    normalization: Literal["batch"] | None = "batch",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """SRResNet: residual blocks at the small size, then pixel shuffles to the large one.

    A block adds to its input what comes of convolution 3x3, batch normalisation, PReLU, convolution 3x3 and batch
    normalisation; a convolution with batch normalisation follows the blocks, and one skip goes round all of them. The
    first convolution and the last are 9x9; each enlargement is a convolution to `factor^2` times the channels, a pixel
    shuffle and PReLU, by 2, twice 2, or 3. A PReLU has one slope for all channels. For 3 channels and scale 4 it has
    1,549,462 trainable parameters.

    `normalization=None` is the network that ESRGAN's authors compare with: 3x3 convolutions throughout, LeakyReLU(0.1),
    one more convolution before the last, no normalisation, and the enlarged input added to the output (its pixels are
    repeated here; theirs are interpolated): 1,517,571 parameters.

    Args:
        input_shape: `(height, width, channels)` of the small pictures, `None` for sides that are free.
        output_channels: Channels of the output; as many as the input's by default.
        scale: How many times as high and wide the output is: 2, 3 or 4.
        width: Filters of all convolutions but the last and those before a shuffle.
        blocks: Residual blocks.
        normalization: `"batch"` or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from pictures `(batch, height, width, channels)` to pictures `(batch, scale * height, scale * width,
        output_channels)`, of any value: the last convolution has no activation.

    Examples:
        >>> kgan.architectures.srgan_generator((32, 32, 3), scale=3, width=8, blocks=1).output_shape
        (None, 96, 96, 3)

    Raises:
        ValueError: if `input_shape` is no `(height, width, channels)`, `scale` is not 2, 3 or 4, `width`, `blocks` or
            `output_channels` is less than 1, or `normalization` is neither "batch" nor None.
    """
    output_channels = check_upscaling(input_shape, output_channels, width, scale)
    blocks = whole("blocks", blocks, 1)
    if normalization not in ("batch", None):
        raise ValueError(f"Expected normalization as 'batch' or None. Received: normalization={normalization!r}.")
    seeds, batch = InitialWeights(seed), normalization == "batch"
    size = 9 if batch else 3

    def convolution(x: Any, filters: int, name: str, size: int = 3) -> Any:
        return convolved(x, filters, size, framework_default(seeds.next_seed()), name)

    def rectified(x: Any, name: str) -> Any:
        return one_slope(x, name) if batch else leaky(x, name, _LEAK)

    def normed(x: Any, name: str) -> Any:
        return normalised(x, name) if batch else x

    inputs = keras.Input(input_shape, name="images")
    x = start = rectified(convolution(inputs, width, "first", size), "first")
    for block in range(blocks):
        y = normed(convolution(x, width, f"block_{block}_first"), f"block_{block}_first")
        y = rectified(y, f"block_{block}_first") if batch else layers.ReLU(name=f"block_{block}_relu")(y)
        y = normed(convolution(y, width, f"block_{block}_second"), f"block_{block}_second")
        x = layers.Add(name=f"block_{block}")([x, y])
    if batch:
        x = layers.Add(name="long_skip")([start, normalised(convolution(x, width, "blocks"), "blocks")])
    for stage, factor in enumerate(enlargements(scale)):
        x = convolution(x, factor**2 * width, f"upsample_{stage}")
        x = kgan_layers.PixelShuffle2D(factor, name=f"upsample_{stage}_shuffle")(x)  # (b, factor h, factor w, width)
        x = rectified(x, f"upsample_{stage}")
    if batch:
        return keras.Model(inputs, convolution(x, output_channels, "outputs", size), name=name)
    x = convolution(rectified(convolution(x, width, "last"), "last"), output_channels, "detail")
    if output_channels == input_shape[2]:
        x = layers.Add(name="outputs")([x, repeated(inputs, scale, "enlarged")])
    return keras.Model(inputs, x, name=name)


def srgan_discriminator(
    sample_shape: tuple[int, int, int],
    width: int = 64,
    dense: int = 1024,
    *,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of whole pictures: eight 3x3 convolutions, every second with stride 2, and two dense layers.

    `width` filters, doubled behind each halving, to `8 * width`; batch normalisation behind each convolution but the
    first; LeakyReLU(0.2). For 96 x 96 pixels of 3 channels it has 23,563,649 trainable parameters, of which the dense
    layers have most: pass a smaller `dense` for small data.

    Args:
        sample_shape: `(height, width, channels)` of the pictures, sides of at least 16 pixels.
        width: Filters of the first convolution.
        dense: Units of the dense layer before the logit.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from pictures `(batch, height, width, channels)` to logits `(batch, 1)`.

    Raises:
        ValueError: if a side is free or below 16 pixels, or `width` or `dense` is less than 1.
    """
    least = 2**_HALVINGS
    if len(sample_shape) != 3 or any(size is None for size in sample_shape) or min(sample_shape[:2]) < least:
        raise ValueError(
            f"Expected sample_shape as (height, width, channels) with sides of at least {least} pixels. "
            f"Received: sample_shape={tuple(sample_shape)}."
        )
    check_sizes("width", width)
    dense = whole("dense", dense, 1)
    seeds = InitialWeights(seed)

    def initial() -> keras.initializers.Initializer:
        return framework_default(seeds.next_seed())

    x = inputs = keras.Input(sample_shape, name="samples")
    for stage in range(_HALVINGS):
        for strides in (1, 2):
            name_of_layer = f"convolution_{stage}_{strides}"
            plain = stage == 0 and strides == 1
            x = convolved(
                x, width * 2**stage, 3, initial(), name_of_layer, strides=strides, use_bias=plain
            )  # (b, h / strides, w / strides, width * 2 ** stage)
            x = leaky(x if plain else normalised(x, name_of_layer), name_of_layer)
    x = layers.Dense(dense, kernel_initializer=initial(), name="dense")(layers.Flatten(name="features")(x))
    x = leaky(x, "dense")
    return keras.Model(inputs, layers.Dense(1, kernel_initializer=initial(), name="logits")(x), name=name)
