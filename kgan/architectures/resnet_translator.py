"""CycleGAN's translator: two halvings, residual blocks at a quarter of the size, two doublings.

Reference:
    Zhu et al., 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks. arXiv:1703.10593
    Johnson et al., 2016, Perceptual Losses for Real-Time Style Transfer and Super-Resolution. arXiv:1603.08155
"""

from typing import Literal

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.normalizations import check_normalization, normalized

__all__ = ["resnet_translator"]

_LARGE = 256  # pixels from which on the paper has nine blocks
_LEAST = 8  # pixels: a grid of 2 x 2, which a block's padding can mirror


def resnet_translator(
    input_shape: tuple[int | None, int | None, int],
    output_channels: int | None = None,
    width: int = 64,
    blocks: int | None = None,
    *,
    normalization: Literal["batch", "instance"] | None = "instance",
    activation: str | None = "tanh",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator from image to image that keeps the layout and changes the look.

    Convolution 7x7; two convolutions 3x3 with stride 2, each doubling the filters; `blocks` residual blocks of two
    convolutions 3x3 at a quarter of the size; two transposed convolutions 3x3 with stride 2, each halving the filters;
    convolution 7x7 to the output. Each convolution but the last is normalised and followed by ReLU, where a block ends
    without one. The 7x7 and the blocks' convolutions are padded by reflection. Weights are drawn from N(0, 0.02).

    Instance normalisation has a shift and no scale, and takes the place of the biases that the authors' program has;
    batch normalisation has both. So on colour pictures nine blocks have 11,378,179 trainable parameters with
    `"instance"`, six have 7,837,699.

    Args:
        input_shape: `(height, width, channels)`, sides multiples of 4 of at least 8 pixels; `None` for sides that are
            free.
        output_channels: Channels of the output; as many as the input's by default.
        width: Filters of the first convolution.
        blocks: Residual blocks, 0 or more. `None` takes nine where both sides have 256 pixels or more, six below that
            and for free sides.
        normalization: `"instance"`, `"batch"` or `None`.
        activation: Of the output: `"tanh"` for images in [-1, 1], `None` for any value, or another of Keras's.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images `(batch, height, width, channels)` to images `(batch, height, width, output_channels)`.

    Raises:
        ValueError: if a side is not a multiple of 4 or less than 8, if `width` or `output_channels` is less than 1, if
            `blocks` is negative, or if `normalization` is not one of the above.
    """
    _check_shape(input_shape)
    output_channels = input_shape[2] if output_channels is None else output_channels
    check_sizes("width", width)
    check_sizes("output_channels", output_channels)
    check_normalization(normalization)
    blocks = _blocks(input_shape) if blocks is None else whole("blocks", blocks, 0)
    weights = InitialWeights(seed)
    has_bias = normalization is None  # else the normalisation shifts

    def convolved(x, filters: int, size: int, name: str, strides: int = 1, reflected: bool = False):
        if reflected:
            x = kgan_layers.ReflectionPadding2D(size // 2, name=f"{name}_padding")(x)
        settings = {"padding": "valid" if reflected else "same", "use_bias": has_bias, "name": name}
        x = kgan_layers.Conv2D(filters, size, strides=strides, kernel_initializer=weights(), **settings)(x)
        return normalized(x, normalization, f"{name}_norm")

    x = inputs = keras.Input(input_shape, name="images")
    x = layers.ReLU(name="inputs_relu")(convolved(x, width, 7, "inputs", reflected=True))
    for level in (1, 2):
        x = convolved(x, width * 2**level, 3, f"downsample_{level}", strides=2)  # (b, h / 2, w / 2, count)
        x = layers.ReLU(name=f"downsample_{level}_relu")(x)
    for block in range(blocks):
        y = convolved(x, 4 * width, 3, f"block_{block}_first", reflected=True)
        y = layers.ReLU(name=f"block_{block}_relu")(y)
        y = convolved(y, 4 * width, 3, f"block_{block}_second", reflected=True)
        x = layers.Add(name=f"block_{block}_sum")([x, y])
    for level in (1, 0):
        settings = {"strides": 2, "padding": "same", "use_bias": has_bias, "name": f"upsample_{level}"}
        x = kgan_layers.Conv2DTranspose(width * 2**level, 3, kernel_initializer=weights(), **settings)(x)
        x = normalized(x, normalization, f"upsample_{level}_norm")  # (b, 2h, 2w, count)
        x = layers.ReLU(name=f"upsample_{level}_relu")(x)
    x = kgan_layers.ReflectionPadding2D(3, name="outputs_padding")(x)
    x = kgan_layers.Conv2D(output_channels, 7, activation=activation, kernel_initializer=weights(), name="outputs")(x)
    return keras.Model(inputs, x, name=name)


def _blocks(input_shape) -> int:
    return 9 if all(side is not None and side >= _LARGE for side in input_shape[:2]) else 6


def _check_shape(input_shape) -> None:
    if len(input_shape) != 3 or input_shape[2] is None or any(size is not None and size < 1 for size in input_shape):
        raise ValueError(
            f"Expected input_shape as (height, width, channels), None for a side that is free. "
            f"Received: input_shape={tuple(input_shape)}."
        )
    if any(side is not None and (side % 4 or side < _LEAST) for side in input_shape[:2]):
        raise ValueError(
            f"Expected sides that are multiples of 4, of at least {_LEAST} pixels. Received: "
            f"input_shape={tuple(input_shape)}. Pass image_size=64, say, or crop or pad the images."
        )
