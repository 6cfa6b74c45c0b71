"""The compact network of Real-ESRGAN: plain convolutions at the small size, and one pixel shuffle at the end.

Reference:
    Wang et al., 2021, Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, and its
    authors' program. arXiv:2107.10833
"""

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.upscaling import check_upscaling, convolved, framework_default, repeated

__all__ = ["compact_generator"]


def compact_generator(
    input_shape: tuple[int | None, int | None, int],
    output_channels: int | None = None,
    scale: int = 4,
    width: int = 64,
    *,
    convolutions: int = 32,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A fast network: 3x3 convolutions with PReLU, one to `scale^2` times the channels, a pixel shuffle.

    The input, its pixels repeated, is added to what comes out: the convolutions learn the difference. Nothing is
    computed at the large size, which makes it some 15 times as fast as the RRDB network. A PReLU has a slope for each
    channel. For 3 channels, scale 4 and 64 filters it has 1,213,296 trainable parameters with 32 convolutions, 621,424
    with 16, besides the first and the last.

    Args:
        input_shape: `(height, width, channels)` of the small pictures, `None` for sides that are free.
        output_channels: Channels of the output; as many as the input's by default. With another number nothing is
            added to the output.
        scale: How many times as high and wide the output is: 2, 3 or 4.
        width: Filters of all convolutions but the last.
        convolutions: How many, between the first and the last.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from pictures `(batch, height, width, channels)` to pictures `(batch, scale * height, scale * width,
        output_channels)`, of any value: the last convolution has no activation.

    Examples:
        >>> kgan.architectures.compact_generator((32, 32, 3), scale=2, width=8, convolutions=2).output_shape
        (None, 64, 64, 3)

    Raises:
        ValueError: if `input_shape` is no `(height, width, channels)`, `scale` is not 2, 3 or 4, or `width`,
            `convolutions` or `output_channels` is less than 1.
    """
    output_channels = check_upscaling(input_shape, output_channels, width, scale)
    convolutions = whole("convolutions", convolutions, 1)
    seeds = InitialWeights(seed)

    x = inputs = keras.Input(input_shape, name="images")
    for number in range(convolutions + 1):
        x = convolved(x, width, 3, framework_default(seeds.next_seed()), f"convolution_{number}")
        start = keras.initializers.Constant(0.25)
        x = layers.PReLU(alpha_initializer=start, shared_axes=[1, 2], name=f"prelu_{number}")(x)
    x = convolved(x, scale**2 * output_channels, 3, framework_default(seeds.next_seed()), "detail")
    x = kgan_layers.PixelShuffle2D(scale, name="shuffle")(x)  # (b, scale h, scale w, output_channels)
    if output_channels == input_shape[2]:
        x = layers.Add(name="outputs")([x, repeated(inputs, scale, "enlarged")])
    return keras.Model(inputs, x, name=name)
