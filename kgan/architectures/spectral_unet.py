"""Real-ESRGAN's discriminator: a U-Net with spectral normalisation that gives a logit for each pixel.

Reference:
    Wang et al., 2021, Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data.
    arXiv:2107.10833
"""

from typing import Any

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.stands import leaky
from kgan.architectures.upscaling import framework_default

__all__ = ["unet_discriminator"]

_HALVINGS = 3


def unet_discriminator(
    sample_shape: tuple[int | None, int | None, int],
    width: int = 64,
    *,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator that gives one logit for each pixel, from what lies around it at four sizes.

    Down: a 3x3 convolution, then three of 4x4 with stride 2 to 2, 4 and 8 times the filters. Up: bilinear doubling, a
    3x3 convolution to the filters of the next larger size, and what was there on the way down added. Two more 3x3
    convolutions and a last one to the logit. All but the first and the last are spectrally normalised and have no bias;
    LeakyReLU(0.2) follows each. For 3 channels it has 4,376,897 trainable parameters.

    Args:
        sample_shape: `(height, width, channels)` of the pictures, sides multiples of 8; `None` for sides that are free.
        width: Filters of the first convolution.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from pictures `(batch, height, width, channels)` to logits `(batch, height, width, 1)`.

    Examples:
        >>> kgan.architectures.unet_discriminator((64, 64, 3), width=8).output_shape
        (None, 64, 64, 1)

    Raises:
        ValueError: if `sample_shape` is no `(height, width, channels)`, a side is not a multiple of 8, or `width` is
            less than 1.
    """
    multiple = 2**_HALVINGS
    if len(sample_shape) != 3 or sample_shape[2] is None or any(side and side % multiple for side in sample_shape[:2]):
        raise ValueError(
            f"Expected sample_shape as (height, width, channels) with sides that are multiples of {multiple}, or None. "
            f"Received: sample_shape={tuple(sample_shape)}. Train on parts of other sides, as 128 pixels."
        )
    check_sizes("width", width)
    seeds = InitialWeights(seed)

    def convolution(x: Any, filters: int, size: int, name: str, strides: int = 1, plain: bool = False) -> Any:
        layer = kgan_layers.Conv2D(
            filters,
            size,
            strides=strides,
            padding="same",
            use_bias=plain,
            kernel_initializer=framework_default(seeds.next_seed()),
            name=name if plain else f"{name}_kernel",
        )
        return (layer if plain else kgan_layers.SpectralNormalization(layer, seed=seeds.next_seed(), name=name))(x)

    inputs = keras.Input(sample_shape, name="samples")
    x = leaky(convolution(inputs, width, 3, "first", plain=True), "first")
    skips = []
    for level in range(_HALVINGS):
        skips.append(x)
        x = leaky(convolution(x, width * 2 ** (level + 1), 4, f"downsample_{level}", strides=2), f"downsample_{level}")
    for level in reversed(range(_HALVINGS)):
        x = kgan_layers.Upsample2D(name=f"upsample_{level}_doubled")(x)  # (b, 2h, 2w, ...)
        x = leaky(convolution(x, width * 2**level, 3, f"upsample_{level}"), f"upsample_{level}")
        x = layers.Add(name=f"skip_{level}")([x, skips[level]])
    for number in range(2):
        x = leaky(convolution(x, width, 3, f"last_{number}"), f"last_{number}")
    return keras.Model(inputs, convolution(x, 1, 3, "logits", plain=True), name=name)
