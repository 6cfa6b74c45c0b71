"""SPADE, which is GauGAN: from a label map to a picture, each normalisation told by the map what a pixel is.

Reference:
    Park et al., 2019, Semantic Image Synthesis with Spatially-Adaptive Normalization. arXiv:1903.07291
"""

from typing import Literal

import keras
from keras import layers as keras_layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.normalizations import check_normalization
from kgan.architectures.patchgan import patch_logits

__all__ = ["spade_discriminator", "spade_generator"]

_MOST_DOUBLINGS = 5  # the paper's, from 8 to 256 pixels
_LEAST_GRID = 4  # pixels of the first grid, where doublings are not given
_WIDEST = 16  # times `width`
_MOST_CLASSES = 256  # grey values of 8 bits

Shape = tuple[int, int, int]


def spade_generator(
    input_shape: Shape,
    output_channels: int = 3,
    map_classes: int = 256,
    width: int = 64,
    *,
    hidden: int = 128,
    doublings: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator from label maps to pictures: residual blocks of SPADE, between which sides double.

    The map is brought to a small grid and looked at by one convolution 3x3; from there on it comes in through the
    normalisations alone (`kgan.layers.SPADE`). A block is normalised, rectified (LeakyReLU(0.2)) and convolved twice,
    beside a shortcut that has a normalisation and a convolution 1x1 where the number of filters changes. There is one
    block on the first grid, two after the first doubling, one after each further: with 5 doublings of 16, 16, 16, 8, 4,
    2 and 1 times `width` filters. Convolutions of the blocks have spectral normalisation. Weights are drawn as in
    Glorot and Bengio. Nothing is drawn when pictures are: a map has one picture, as with the authors' generator without
    its encoder.

    Args:
        input_shape: `(height, width, 1)` of label maps: grey pictures whose values, 0 to 255, are the classes. See
            `kgan.layers.OneHotPixels`.
        output_channels: Channels of the pictures.
        map_classes: How many classes there are, 1 to 256: a value from there on is of none.
        width: Filters of the last block.
        hidden: Filters with which each SPADE looks at the map.
        doublings: How often sides double, from the first grid on, 1 or more; sides are multiples of `2 ** doublings`.
            `None` for as often as they can from 4 pixels on, at most 5 times.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from label maps `(batch, height, width, 1)`, in [-1, 1] as all pictures, to pictures `(batch, height,
        width, output_channels)` in [-1, 1].

    Raises:
        ValueError: if `input_shape` is no shape of grey pictures of known size, a side is no multiple of
            `2 ** doublings`, or a number is out of range.

    Examples:
        >>> kgan.architectures.spade_generator((32, 32, 1), map_classes=5, width=4, hidden=8).output_shape
        (None, 32, 32, 3)
    """
    _check_maps(input_shape, map_classes)
    for argument, value in (("width", width), ("output_channels", output_channels), ("hidden", hidden)):
        check_sizes(argument, value)
    doublings = _doublings(input_shape, doublings)
    weights = InitialWeights(seed)

    def block(x, filters: int, name: str):
        """A residual block on (b, h, w, f), to (b, h, w, filters)."""
        middle, shortcut = min(x.shape[-1], filters), x
        if x.shape[-1] != filters:
            shortcut = convolved(normalized(x, f"{name}_shortcut_norm"), filters, f"{name}_shortcut", 1)
        for number, count in enumerate((middle, filters)):
            x = normalized(x, f"{name}_norm_{number}")
            x = kgan_layers.LeakyReLU(negative_slope=0.2, name=f"{name}_relu_{number}")(x)
            x = convolved(x, count, f"{name}_{number}", 3)
        return keras_layers.Add(name=f"{name}_sum")([shortcut, x])

    def normalized(x, name: str):
        weights.next_seed()  # a SPADE draws three kernels, from a seed on
        seed = weights.next_seed()
        weights.next_seed()
        return kgan_layers.SPADE(hidden, seed=None if seed is None else seed - 1, name=name)([x, labels])

    def convolved(x, filters: int, name: str, size: int):
        settings = {"padding": "same", "use_bias": size > 1, "kernel_initializer": weights.glorot()}
        convolution = kgan_layers.Conv2D(filters, size, name=f"{name}_convolution", **settings)
        return kgan_layers.SpectralNormalization(convolution, name=name)(x)

    inputs = keras.Input(input_shape, name="label_maps")
    labels = kgan_layers.OneHotPixels(map_classes, name="labels")(inputs)  # (b, h, w, map_classes)
    times = [min(_WIDEST, 2 ** (doublings - number)) for number in range(1, doublings + 1)]
    x = keras_layers.MaxPooling2D(1, strides=2**doublings, name="nearest")(labels)  # (b, h / 2^n, w / 2^n, map_classes)
    x = kgan_layers.Conv2D(times[0] * width, 3, padding="same", kernel_initializer=weights.glorot(), name="grid")(x)
    x = block(x, times[0] * width, "block_0")
    for number, count in enumerate(times, 1):
        x = keras_layers.UpSampling2D(name=f"upsample_{number}")(x)  # (b, 2h, 2w, f)
        if number == 1:
            x = block(x, count * width, "block_1a")
        x = block(x, count * width, f"block_{number}")
    x = kgan_layers.LeakyReLU(negative_slope=0.2, name="relu")(x)
    settings = {"activation": "tanh", "kernel_initializer": weights.glorot(), "name": "images"}
    return keras.Model(inputs, kgan_layers.Conv2D(output_channels, 3, padding="same", **settings)(x), name=name)


def spade_discriminator(
    sample_shape: Shape,
    condition_shape: Shape,
    map_classes: int = 256,
    width: int = 64,
    layers: int = 4,
    *,
    halvings: int = 0,
    normalization: Literal["batch", "instance"] | None = "instance",
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of patches that sees a picture beside the classes of its label map.

    The map becomes one channel for each class, joined to the picture; then come the convolutions of
    `patchgan_discriminator`. The paper has two: one on pictures as they are, one with `halvings=1`, which sees larger
    patches: `{"fine": ..., "coarse": ...}` in `kgan.Translation`.

    Args:
        sample_shape: `(height, width, channels)` of the pictures.
        condition_shape: `(height, width, 1)` of label maps, as `spade_generator` takes them.
        map_classes: How many classes there are, 1 to 256.
        width: Filters of the first convolution.
        layers: Convolutions with stride 2; 4 in the paper.
        halvings: How often picture and map are halved beforehand, by means of 3 x 3 pixels.
        normalization: `"batch"`, `"instance"` or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `[samples, label_maps]`, `(batch, height, width, ...)` each, to logits `(batch, h, w, 1)`.

    Raises:
        ValueError: if `condition_shape` is no shape of grey pictures, sides differ between both or are too small for a
            logit, a number is out of range, or `normalization` is not one of the above.

    Examples:
        >>> d = kgan.architectures.spade_discriminator((32, 32, 3), (32, 32, 1), map_classes=5, width=4, layers=2)
        >>> d.output_shape
        (None, 6, 6, 1)
    """
    _check_maps(condition_shape, map_classes)
    check_sizes("width", width)
    check_normalization(normalization)
    layers, halvings = whole("layers", layers, 1), whole("halvings", halvings, 0)
    if len(sample_shape) != 3 or tuple(sample_shape[:2]) != tuple(condition_shape[:2]):
        raise ValueError(
            f"Expected pictures and label maps of the same height and width. Received: sample_shape="
            f"{tuple(sample_shape)}, condition_shape={tuple(condition_shape)}."
        )
    least = 2**halvings * (2 ** (layers + 1) + 1)
    if min(sample_shape[:2]) < least:
        raise ValueError(
            f"Expected sides of at least {least} pixels for layers={layers} and halvings={halvings}. Received: "
            f"sample_shape={tuple(sample_shape)}. Pass fewer layers, or larger pictures."
        )
    weights = InitialWeights(seed)
    samples, maps = keras.Input(sample_shape, name="samples"), keras.Input(condition_shape, name="label_maps")
    x = kgan_layers.OneHotPixels(map_classes, name="labels")(maps)
    x = keras_layers.Concatenate(name="condition")([samples, x])
    for number in range(halvings):
        x = keras_layers.AveragePooling2D(3, strides=2, padding="same", name=f"halved_{number}")(x)
    return keras.Model([samples, maps], patch_logits(x, width, layers, normalization, weights), name=name)


def _check_maps(shape: tuple, map_classes: int) -> None:
    if whole("map_classes", map_classes, 1) > _MOST_CLASSES:
        raise ValueError(
            f"Expected map_classes of at most {_MOST_CLASSES}, as many as 8 bits tell apart. Received: "
            f"map_classes={map_classes}."
        )
    if len(shape) != 3 or shape[2] != 1 or None in shape:
        raise ValueError(
            f"Expected label maps as (height, width, 1), grey pictures of known size whose values are classes. "
            f"Received: {tuple(shape)}."
        )


def _doublings(input_shape: tuple, doublings: int | None) -> int:
    """How often sides double from the first grid on."""
    sides = input_shape[:2]
    if doublings is None:
        fitting = [
            n for n in range(1, _MOST_DOUBLINGS + 1) if all(s % 2**n == 0 and s >= _LEAST_GRID * 2**n for s in sides)
        ]
        if not fitting:
            raise ValueError(
                f"Expected even sides of at least {2 * _LEAST_GRID} pixels. Received: "
                f"input_shape={tuple(input_shape)}. Crop or pad the pictures, best to multiples of 32."
            )
        return fitting[-1]
    doublings = whole("doublings", doublings, 1)
    if any(side % 2**doublings for side in sides):
        raise ValueError(
            f"Expected sides that are multiples of {2**doublings}, 2 ** doublings. Received: input_shape="
            f"{tuple(input_shape)}, doublings={doublings}. Pass fewer doublings, or crop or pad the pictures."
        )
    return doublings
