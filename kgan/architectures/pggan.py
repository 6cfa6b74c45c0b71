"""Progressive growing: networks that begin on a small grid and are given a stage at a time, from 8 to 1,024 pixels.

Reference:
    Karras et al., 2018, Progressive Growing of GANs for Improved Quality, Stability, and Variation. arXiv:1710.10196
"""

import math

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.conditioning import check_one_kind, labels_input, one_hot
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.sizes import doubled_grid

__all__ = ["pggan_discriminator", "pggan_generator"]

_TAPER = 16  # times the width, over 2^stage, are the filters of a stage: 8,192 for 512


def pggan_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 512,
    width: int = 512,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator that can grow: a dense layer onto a small grid, then stages that double height and width.

    It has all its stages, and computes them all until `kgan.callbacks.ProgressiveGrowing` takes it back to the first.
    z is normalised to a mean square of 1; so are the features of each pixel after every convolution, which has
    LeakyReLU 0.2 and an equalised learning rate. The image is linear, without tanh. Labels join z, classes as one-hot
    vectors, as in the authors' program.

    Args:
        shape: `(height, width, channels)` of the images, any number of channels. Sides are multiples of `2^n`, n the
            number of stages after the first, of which the shorter side over `2^n` is 4 to 7 pixels.
        latent_dim: Size of z.
        width: Filters of the small grids; a stage has `min(16 * width / 2^(stage + 1), width)` of them, stages counted
            from 0 at a grid of 4 pixels.
        num_classes: Takes labels as a second input when given.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)`; an earlier stage's are enlarged.

    Examples:
        >>> generator = kgan.architectures.pggan_generator((28, 28, 1), latent_dim=64, width=32)
        >>> generator.output_shape, generator.get_layer("images").filters
        ((None, 28, 28, 1), [32, 32, 32])

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels or no multiple of what its stages need, `width` or
            `latent_dim` is less than 1, or both `num_classes` and `num_tags` are given.
    """
    grid, doublings = doubled_grid(shape)
    check_sizes("width", width, latent_dim)
    check_one_kind(num_classes, num_tags)
    filters = _filters(doublings, width)
    seeds = _Seeds(seed)

    x = inputs = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    if labels is not None:
        x = layers.Concatenate(name="condition")([inputs, one_hot(labels, num_classes)])  # (b, latent_dim + n)
        inputs = [inputs, labels]
    x = kgan_layers.PixelNorm(name="latent_norm")(x)
    dense = layers.Dense(math.prod(grid) * filters[0], name="grid_dense")
    # A quarter of the other gains, as in the authors' program: each unit is used at one place of the grid alone.
    x = kgan_layers.Equalized(dense, gain=math.sqrt(2.0) / 4.0, seed=seeds(), name="dense")(x)
    x = layers.Reshape((*grid, filters[0]), name="grid")(x)  # (b, h, w, f)
    x = kgan_layers.LeakyReLU(negative_slope=0.2, name="relu_0")(x)
    x = kgan_layers.PixelNorm(name="norm_0")(x)
    convolution = layers.Conv2D(filters[0], 3, padding="same", name="grid_convolution")
    x = kgan_layers.Equalized(convolution, seed=seeds(), name="convolution")(x)
    x = kgan_layers.LeakyReLU(negative_slope=0.2, name="relu_1")(x)
    x = kgan_layers.PixelNorm(name="norm_1")(x)
    x = kgan_layers.GrowingToImages(filters, shape[2], seed=seeds(), name="images")(x)  # (b, height, width, channels)
    return keras.Model(inputs, x, name=name)


def pggan_discriminator(
    shape: tuple[int, int, int],
    width: int = 512,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator that can grow, the generator's mirror image: stages that halve height and width, a dense layer.

    On the smallest grid it has a feature map with the standard deviation over groups of 4 samples. With labels, a
    second output `"classes"` tells them from the image (Odena et al., 2017, arXiv:1610.09585), as in the authors'
    program.

    Args:
        shape: `(height, width, channels)` of the images, as `pggan_generator` makes them.
        width: Filters of the small grids, as in `pggan_generator`.
        num_classes: Tells so many classes when given.
        num_tags: Tells so many tags when given.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images at full size to logits `(batch, 1)`; with labels, to
        `{"logits": ..., "classes": (batch, n)}`, for `kgan.objectives.AuxiliaryClassifier`.

    Examples:
        >>> discriminator = kgan.architectures.pggan_discriminator((32, 32, 3), width=16)
        >>> discriminator.input_shape, discriminator.output_shape
        ((None, 32, 32, 3), (None, 1))

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels or no multiple of what its stages need, `width` is less
            than 1, or both `num_classes` and `num_tags` are given.
    """
    _, doublings = doubled_grid(shape)
    check_sizes("width", width)
    check_one_kind(num_classes, num_tags)
    filters = _filters(doublings, width)
    seeds = _Seeds(seed)

    inputs = keras.Input(shape, name="images")
    x = kgan_layers.GrowingFromImages(filters, shape[2], seed=seeds(), name="features")(inputs)  # (b, h, w, f)
    x = kgan_layers.MinibatchStandardDeviation(4, name="deviation")(x)  # (b, h, w, f + 1)
    convolution = layers.Conv2D(filters[0], 3, padding="same", name="grid_convolution")
    x = kgan_layers.Equalized(convolution, seed=seeds(), name="convolution")(x)
    x = kgan_layers.LeakyReLU(negative_slope=0.2, name="relu_0")(x)
    x = layers.Flatten(name="flatten")(x)
    x = kgan_layers.Equalized(layers.Dense(filters[0], name="grid_dense"), seed=seeds(), name="dense")(x)  # (b, f)
    x = kgan_layers.LeakyReLU(negative_slope=0.2, name="relu_1")(x)
    ends = {"logits": 1, "classes": num_classes or num_tags}
    outputs = {
        end: kgan_layers.Equalized(layers.Dense(count, name=f"{end}_dense"), gain=1.0, seed=seeds(), name=end)(x)
        for end, count in ends.items()
        if count is not None
    }
    return keras.Model(inputs, outputs if len(outputs) > 1 else outputs["logits"], name=name)


class _Seeds:
    """Seeds far apart, one for each layer: a growing layer takes some tens in a row."""

    def __init__(self, seed: int | None):
        self._seed, self._count = seed, 0

    def __call__(self) -> int | None:
        self._count += 1
        return None if self._seed is None else self._seed + 100_000 * self._count


def _filters(doublings: int, width: int) -> list[int]:
    """The filters of each stage, the smallest grid's first."""
    return [max(1, min(_TAPER * width // 2 ** (stage + 1), width)) for stage in range(doublings + 1)]
