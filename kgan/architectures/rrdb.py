"""ESRGAN's generator: residual blocks within residual blocks, each densely connected, without normalisation.

Reference:
    Wang et al., 2018, ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks. arXiv:1809.00219
"""

from typing import Any

import keras
from keras import layers

from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.stands import leaky
from kgan.architectures.upscaling import check_upscaling, convolved, enlargements, framework_default, repeated

__all__ = ["rrdb_generator"]

_DENSE, _CONVOLUTIONS = 3, 5  # dense blocks in a block, convolutions in a dense block
_RESIDUAL = 0.2  # share of what a block computes that is added
_SMALL = 0.1  # times He's standard deviation


def rrdb_generator(
    input_shape: tuple[int | None, int | None, int],
    output_channels: int | None = None,
    scale: int = 4,
    width: int = 64,
    *,
    blocks: int = 23,
    growth: int = 32,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """The RRDB network: residual-in-residual dense blocks at the small size, then repeated pixels and convolutions.

    A dense block has five 3x3 convolutions, each of which sees the block's input and what all before it made; the
    first four add `growth` channels, with LeakyReLU(0.2). Three of them are a block; what a dense block makes, and what
    three make, is added to their input a fifth as strong. An enlargement repeats pixels, with a convolution and
    LeakyReLU(0.2) behind: by 2, twice 2, or 3. Weights of dense blocks start at a tenth of He's. For 3 channels and
    scale 4 it has 16,697,987 trainable parameters with 23 blocks, 4,467,779 with 6.

    Args:
        input_shape: `(height, width, channels)` of the small pictures, `None` for sides that are free.
        output_channels: Channels of the output; as many as the input's by default.
        scale: How many times as high and wide the output is: 2, 3 or 4.
        width: Channels between blocks.
        blocks: Blocks of three dense blocks each.
        growth: Channels that a convolution of a dense block adds.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from pictures `(batch, height, width, channels)` to pictures `(batch, scale * height, scale * width,
        output_channels)`, of any value: the last convolution has no activation.

    Examples:
        >>> kgan.architectures.rrdb_generator((32, 32, 3), width=8, growth=4, blocks=1).output_shape
        (None, 128, 128, 3)

    Raises:
        ValueError: if `input_shape` is no `(height, width, channels)`, `scale` is not 2, 3 or 4, or `width`, `blocks`,
            `growth` or `output_channels` is less than 1.
    """
    output_channels = check_upscaling(input_shape, output_channels, width, scale)
    blocks, growth = whole("blocks", blocks, 1), whole("growth", growth, 1)
    seeds = InitialWeights(seed)

    def convolution(x: Any, filters: int, name: str) -> Any:
        return convolved(x, filters, 3, framework_default(seeds.next_seed()), name)

    inputs = keras.Input(input_shape, name="images")
    x = start = convolution(inputs, width, "first")
    for block in range(blocks):
        before = x
        for dense in range(_DENSE):
            x = _dense_block(x, growth, seeds, f"block_{block}_{dense}")
        x = _added(before, x, f"block_{block}")
    x = layers.Add(name="long_skip")([start, convolution(x, width, "blocks")])
    for stage, factor in enumerate(enlargements(scale)):
        x = repeated(x, factor, f"upsample_{stage}_repeated")  # (b, factor h, factor w, width)
        x = leaky(convolution(x, width, f"upsample_{stage}"), f"upsample_{stage}")
    x = leaky(convolution(x, width, "last"), "last")
    return keras.Model(inputs, convolution(x, output_channels, "outputs"), name=name)


def _dense_block(x: Any, growth: int, seeds: InitialWeights, name: str) -> Any:
    width, seen = x.shape[-1], [x]
    for number in range(_CONVOLUTIONS):
        last = number == _CONVOLUTIONS - 1
        start = keras.initializers.VarianceScaling(
            2.0 * _SMALL**2, "fan_in", "untruncated_normal", seed=seeds.next_seed()
        )
        y = layers.Concatenate(name=f"{name}_{number}_seen")(seen) if number else x
        y = convolved(y, width if last else growth, 3, start, f"{name}_{number}")
        seen.append(y if last else leaky(y, f"{name}_{number}"))
    return _added(x, seen[-1], name)


def _added(x: Any, change: Any, name: str) -> Any:
    """The change, a fifth as strong, added."""
    return layers.Add(name=f"{name}_sum")([x, layers.Rescaling(_RESIDUAL, name=f"{name}_scaled")(change)])
