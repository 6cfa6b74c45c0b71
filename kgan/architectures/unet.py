"""pix2pix's U-Net: strided convolutions down to a single position, transposed ones up again, and a skip at each size.

Reference:
    Isola et al., 2017, Image-to-Image Translation with Conditional Adversarial Networks. arXiv:1611.07004
"""

from typing import Literal

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.normalizations import check_normalization, normalized

__all__ = ["MOST_DEPTH", "unet_generator"]

MOST_DEPTH = 8  # the paper's, from 256 pixels to one position
_DROPOUTS = 3  # up-blocks with dropout, from the smallest grid on
_UPSAMPLINGS = ("transposed", "nearest")


def unet_generator(
    input_shape: tuple[int | None, int | None, int],
    output_channels: int | None = None,
    width: int = 64,
    depth: int | None = None,
    *,
    normalization: Literal["batch", "instance"] | None = "batch",
    dropout: float = 0.5,
    activation: str | None = "tanh",
    upsampling: Literal["transposed", "nearest"] = "transposed",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator from image to image: it halves the image `depth` times, doubles it as often, and skips between.

    Down: convolution 4x4 with stride 2, normalisation, LeakyReLU(0.2). Up: transposed convolution 4x4 with stride 2,
    normalisation, dropout in the first three, joined by the features of the same size on the way down, ReLU. Neither
    the first convolution, nor the innermost one, whose grid may be a single position, nor the last is normalised.
    Weights are drawn from N(0, 0.02).

    Convolutions have a bias where no normalisation follows, but with `"batch"` only the last, as in the authors'
    program; batch normalisation has scale and shift. So U-Net-256, `unet_generator((256, 256, 3))`, has 54,413,955
    trainable parameters.

    Dropout is this network's only noise, and the paper keeps it at test time: call the model with `training=True` for
    that. With `training=False`, as in `predict` and exports, it is off, and `"batch"` takes the moving statistics,
    where the paper takes those of the test batch; at batch size 1 that is `normalization="instance"`.

    Args:
        input_shape: `(height, width, channels)`, sides multiples of `2 ** depth`; `None` for sides that are free, which
            asks for `depth`.
        output_channels: Channels of the output; as many as the input's by default.
        width: Filters of the first convolution; they double at each halving, up to `8 * width`.
        depth: Halvings, 1 or more. `None` halves while both sides are even, at most 8 times: 256 pixels to a single
            position.
        normalization: `"batch"`, `"instance"` or `None`.
        dropout: Rate in the first three up-blocks, in [0, 1); 0.0 for none.
        activation: Of the output: `"tanh"` for images in [-1, 1], `None` for any value, or another of Keras's.
        upsampling: `"transposed"`, the paper's; or `"nearest"`: pixels are doubled and a 3x3 convolution follows,
            against the checkerboards of transposed convolutions (Odena et al., 2016).
        seed: Of the initial weights and of dropout.
        name: Name of the model.

    Returns:
        A model from images `(batch, height, width, channels)` to images `(batch, height, width, output_channels)`.

    Raises:
        ValueError: if a side is not a multiple of `2 ** depth`, if a side is free or odd and `depth` is not given, if
            `depth`, `width` or `output_channels` is less than 1, if `dropout` is not in [0, 1), or if `normalization`
            or `upsampling` is not one of the above.
    """
    depth = _depth(input_shape, depth)
    output_channels = input_shape[2] if output_channels is None else output_channels
    check_sizes("width", width)
    check_sizes("output_channels", output_channels)
    check_normalization(normalization)
    if not 0.0 <= dropout < 1.0:
        raise ValueError(f"Expected dropout in [0, 1). Received: dropout={dropout}.")
    if upsampling not in _UPSAMPLINGS:
        raise ValueError(f"Expected upsampling as 'transposed' or 'nearest'. Received: upsampling={upsampling!r}.")
    weights = InitialWeights(seed)
    filters = [min(width * 2**level, 8 * width) for level in range(depth)]
    has_bias = normalization != "batch"  # where no normalisation follows

    x = inputs = keras.Input(input_shape, name="images")
    skips = []
    for level, count in enumerate(filters):
        norm = normalization if 0 < level < depth - 1 else None
        x = kgan_layers.Conv2D(
            count,
            4,
            strides=2,
            padding="same",
            use_bias=has_bias and norm is None,
            kernel_initializer=weights(),
            name=f"downsample_{level}",
        )(x)  # (b, h / 2, w / 2, count)
        x = normalized(x, norm, f"downsample_norm_{level}")
        if level < depth - 1:
            # The way up rectifies what it is handed, and ReLU of LeakyReLU is ReLU: one tensor serves both.
            x = kgan_layers.LeakyReLU(negative_slope=0.2, name=f"downsample_relu_{level}")(x)
            skips.append(x)
    for level in reversed(range(1, depth)):
        x = layers.ReLU(name=f"upsample_relu_{level}")(x)
        x = _upsampled(
            x, filters[level - 1], upsampling, weights, f"upsample_{level}", use_bias=normalization is None
        )  # (b, 2h, 2w, count)
        x = normalized(x, normalization, f"upsample_norm_{level}")
        if dropout and level >= depth - _DROPOUTS:
            x = layers.Dropout(dropout, seed=weights.next_seed(), name=f"dropout_{level}")(x)
        x = layers.Concatenate(name=f"skip_{level}")([x, skips[level - 1]])  # (b, 2h, 2w, 2 * count)
    x = layers.ReLU(name="upsample_relu_0")(x)
    x = _upsampled(x, output_channels, upsampling, weights, "outputs", use_bias=True, activation=activation)
    return keras.Model(inputs, x, name=name)


def _upsampled(x, filters: int, upsampling: str, weights: InitialWeights, name: str, **settings):
    """Twice the height and width."""
    settings = {"padding": "same", "kernel_initializer": weights(), "name": name, **settings}
    if upsampling == "transposed":
        return kgan_layers.Conv2DTranspose(filters, 4, strides=2, **settings)(x)
    return kgan_layers.UpsampleConv2D(filters, 3, **settings)(x)


def _depth(input_shape, depth: int | None) -> int:
    """How often the image is halved."""
    if len(input_shape) != 3 or input_shape[2] is None or any(size is not None and size < 1 for size in input_shape):
        raise ValueError(
            f"Expected input_shape as (height, width, channels), None for a side that is free. "
            f"Received: input_shape={tuple(input_shape)}."
        )
    sides = tuple(input_shape[:2])
    if depth is None:
        if None in sides:
            raise ValueError(
                f"Expected depth, because a side of the images is free. Received: input_shape={tuple(input_shape)}, "
                f"depth=None. Pass depth=8 for sides that are multiples of 256, depth=5 for multiples of 32."
            )
        depth = max(halvings for halvings in range(MOST_DEPTH + 1) if not any(side % 2**halvings for side in sides))
        if depth == 0:
            raise ValueError(
                f"Expected sides that can be halved. Received: input_shape={tuple(input_shape)}. "
                f"Crop, pad or resize the images to even sides, best to multiples of a power of two."
            )
    if depth < 1:
        raise ValueError(f"Expected depth >= 1. Received: depth={depth}.")
    if any(side is not None and side % 2**depth for side in sides):
        raise ValueError(
            f"Expected sides that are multiples of {2**depth}, 2 ** depth. Received: input_shape={tuple(input_shape)}, "
            f"depth={depth}. Pass a smaller depth, or crop, pad or resize the images."
        )
    return depth
