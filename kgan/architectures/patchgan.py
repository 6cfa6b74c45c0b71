"""PatchGAN: a fully convolutional discriminator, each of whose logits is of one patch of the image.

Reference:
    Isola et al., 2017, Image-to-Image Translation with Conditional Adversarial Networks. arXiv:1611.07004
"""

from typing import Literal

import keras
from keras import layers as keras_layers

from kgan import layers as kgan_layers
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.normalizations import check_normalization, normalized

__all__ = ["patch_logits", "patchgan_discriminator"]


def patchgan_discriminator(
    sample_shape: tuple[int | None, int | None, int],
    condition_shape: tuple[int | None, int | None, int] | None = None,
    width: int = 64,
    layers: int = 3,
    *,
    normalization: Literal["batch", "instance"] | None = "batch",
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator that gives one logit for each patch, 70 x 70 pixels with 3 layers, and none for the whole image.

    `layers` convolutions 4x4 with stride 2, then one with stride 1, each followed by LeakyReLU(0.2), then a last one
    with stride 1 to the logit; the three-layer one has 64, 128, 256, 512 and 1 filters. The first and the last are not
    normalised. Weights are drawn from N(0, 0.02). A logit's patch has 16, 34, 70, 142, 286 pixels a side for 1, 2, 3,
    4, 5 layers; patches lie 2, 4, 8, 16, 32 pixels apart.

    Convolutions have a bias where no normalisation follows; batch normalisation has scale and shift, instance
    normalisation a shift. So the network on 6 channels, image and condition together, has 2,768,705 trainable
    parameters with `"batch"`; that on 3 channels 2,764,737 with `"instance"`, as the authors'.

    Gradient penalties, as R1, need logits that depend on their own sample only: pass `normalization="instance"` or
    `None` with them.

    Args:
        sample_shape: `(height, width, channels)` of the images; `None` for sides that are free.
        condition_shape: The same of the image that a sample was made of, joined to it along channels; `None` without.
        width: Filters of the first convolution; they double at each one, up to `8 * width`.
        layers: Convolutions with stride 2, 1 or more.
        normalization: `"batch"`, `"instance"` or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from samples, or `[samples, conditions]`, each `(batch, height, width, channels)`, to logits `(batch, h,
        w, 1)`, h and w being the sides halved `layers` times and rounded up, less 2: 30 x 30 of 256 x 256 pixels.

    Raises:
        ValueError: if a side is too small to hold a logit, if the sides of sample and condition differ, if `layers` or
            `width` is less than 1, or if `normalization` is not one of the above.
    """
    check_sizes("width", width)
    check_normalization(normalization)
    if layers < 1:
        raise ValueError(f"Expected layers >= 1. Received: layers={layers}.")
    _check_shapes(sample_shape, condition_shape, layers)
    weights = InitialWeights(seed)

    x = inputs = keras.Input(sample_shape, name="samples")
    if condition_shape is not None:
        condition = keras.Input(condition_shape, name="conditions")
        inputs = [x, condition]
        x = keras_layers.Concatenate(name="condition")([x, condition])
    return keras.Model(inputs, patch_logits(x, width, layers, normalization, weights), name=name)


def patch_logits(
    x: keras.KerasTensor, width: int, layers: int, normalization: str | None, weights: InitialWeights
) -> keras.KerasTensor:
    """The convolutions, from images `(b, height, width, channels)` to a logit for each patch `(b, h, w, 1)`.

    Args:
        x: Images, perhaps joined by a condition.
        width: As `patchgan_discriminator` takes it, and the others.
        layers: Convolutions with stride 2.
        normalization: `"batch"`, `"instance"` or `None`.
        weights: Where kernels start from.
    """
    for layer in range(layers + 1):
        norm = normalization if layer > 0 else None
        x = _convolved(
            x,
            min(width * 2**layer, 8 * width),
            2 if layer < layers else 1,
            weights,
            f"convolution_{layer}",
            norm is None,
        )
        x = normalized(x, norm, f"norm_{layer}")
        x = kgan_layers.LeakyReLU(negative_slope=0.2, name=f"relu_{layer}")(x)
    return _convolved(x, 1, 1, weights, "logits", use_bias=True)  # (b, h, w, 1)


def _convolved(x, filters: int, strides: int, weights: InitialWeights, name: str, use_bias: bool):
    """A convolution 4x4 behind one pixel of zeros on each side; two behind an odd side's end, so that none is lost."""
    padding = "same"
    if strides == 1:
        x = keras_layers.ZeroPadding2D(1, name=f"{name}_padding")(x)
        padding = "valid"
    settings = {"padding": padding, "use_bias": use_bias, "kernel_initializer": weights(), "name": name}
    return kgan_layers.Conv2D(filters, 4, strides=strides, **settings)(x)


def _check_shapes(sample_shape, condition_shape, layers: int) -> None:
    for argument, shape in (("sample_shape", sample_shape), ("condition_shape", condition_shape)):
        if shape is not None and (len(shape) != 3 or shape[2] is None or shape[2] < 1):
            raise ValueError(
                f"Expected {argument} as (height, width, channels), None for a side that is free. "
                f"Received: {argument}={tuple(shape)}."
            )
    least = 2 ** (layers + 1) + 1  # 2 ** layers * 2 would leave a grid of 2, and 2 - 2 logits
    for side in sample_shape[:2]:
        if side is not None and side < least:
            raise ValueError(
                f"Expected sides of at least {least} pixels for layers={layers}. "
                f"Received: sample_shape={tuple(sample_shape)}. Pass fewer layers, or larger images."
            )
    if condition_shape is not None and tuple(condition_shape[:2]) != tuple(sample_shape[:2]):
        raise ValueError(
            f"Expected sample and condition of the same height and width. Received: "
            f"sample_shape={tuple(sample_shape)}, condition_shape={tuple(condition_shape)}. Resize one of them."
        )
