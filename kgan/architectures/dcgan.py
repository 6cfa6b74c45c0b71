"""DCGAN: strided and transposed convolutions, from 8 to 1,024 pixels.

Reference:
    Radford et al., 2015, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks.
    arXiv:1511.06434
"""

import math
from typing import Literal

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support import limits
from kgan.architectures.conditioning import check_one_kind, embedding, labels_input, one_hot, projected
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.sizes import check_shape, cropped, first_grid

__all__ = ["LARGEST", "SMALLEST", "check_sizes", "dcgan_discriminator", "dcgan_generator"]

SMALLEST, LARGEST = 8, 1_024
_UPSAMPLINGS = {
    "transposed": (kgan_layers.Conv2DTranspose, {"kernel_size": 4, "strides": 2}),
    "nearest": (kgan_layers.UpsampleConv2D, {"kernel_size": 3}),
}


def dcgan_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 64,
    width: int = 64,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    batch_norm: bool = True,
    upsampling: Literal["transposed", "nearest"] = "transposed",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator: a dense layer onto a small grid, then transposed convolutions that double it up to the image.

    The grid halves from the image while it stays 4 pixels or more (28 -> 14 -> 7, 64 -> ... -> 4); where a size does
    not halve evenly, the last picture is cropped about its centre. Weights are drawn from N(0, 0.02).

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        latent_dim: Size of z.
        width: Filters before the last convolution; they double towards the small grid, up to `8 * width`. The paper's
            64-pixel network has 128.
        num_classes: Takes labels as a second input when given: their embedding is concatenated to z (Mirza and
            Osindero, 2014, arXiv:1411.1784).
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1, concatenated to z.
        batch_norm: BatchNormalization after every layer but the last, as in the paper.
        upsampling: How height and width double. `"transposed"`: convolutions of 4 x 4 with strides 2, the paper's.
            `"nearest"`: pixels are doubled and a convolution of 3 x 3 follows, which draws no checkerboards (Odena et
            al., 2016, doi:10.23915/distill.00003) and costs as much.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)` in (-1, 1): the last activation is
        tanh.

    Examples:
        >>> generator = kgan.architectures.dcgan_generator((28, 28, 1), latent_dim=64, width=32)
        >>> generator.output_shape, generator.count_params()
        ((None, 28, 28, 1), 234369)

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` or `latent_dim` is less than 1, both
            `num_classes` and `num_tags` are given, or `upsampling` is not one of the above.
    """
    check_shape(shape, SMALLEST, LARGEST)
    if upsampling not in _UPSAMPLINGS:
        raise ValueError(f"Expected upsampling as 'transposed' or 'nearest'. Received: upsampling={upsampling!r}.")
    grid, stages = first_grid(shape)
    check_sizes("width", width, latent_dim)
    check_one_kind(num_classes, num_tags)
    weights = InitialWeights(seed)
    filters = [min(width * 2**stage, 8 * width) for stage in reversed(range(stages))]

    latents = inputs = keras.Input((latent_dim,), name="latents")
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        # Small beside z, so that the classes part as they are learned: measured on digits, N(0, 1) ended three times as
        # far from the data (Frechet distance on a classifier's features 7.2 against 2.6 after 30 epochs).
        embedding = layers.Embedding(num_classes, latent_dim, embeddings_initializer=weights(0.05), name="embedding")
        latents = layers.Concatenate(name="condition")([latents, embedding(labels)])  # (b, 2 * latent_dim)
        inputs = [inputs, labels]
    elif num_tags is not None:
        labels = keras.Input((num_tags,), name="labels")
        latents = layers.Concatenate(name="condition")([latents, labels])  # (b, latent_dim + num_tags)
        inputs = [inputs, labels]

    x = layers.Dense(math.prod(grid) * filters[0], use_bias=not batch_norm, kernel_initializer=weights(), name="dense")(
        latents
    )
    x = layers.Reshape((*grid, filters[0]), name="grid")(x)  # (b, h, w, f)
    for stage, count in enumerate([*filters[1:], shape[2]]):
        if batch_norm:
            x = kgan_layers.BatchNormalization(name=f"norm_{stage}")(x)
        x = layers.ReLU(name=f"relu_{stage}")(x)
        last = stage == stages - 1
        layer, settings = _UPSAMPLINGS[upsampling]
        x = layer(
            count,
            **settings,
            padding="same",
            use_bias=last or not batch_norm,
            kernel_initializer=weights(),
            activation="tanh" if last else None,
            name="images" if last else f"upsample_{stage}",
        )(x)  # (b, 2h, 2w, count)
    x = cropped(x, shape)
    return keras.Model(inputs, x, name=name)


def dcgan_discriminator(
    shape: tuple[int, int, int],
    width: int = 64,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    conditioning: Literal["projection", "concatenation", "auxiliary"] = "projection",
    batch_norm: bool = False,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator: strided convolutions that halve the image down to a small grid, then a dense layer.

    Args:
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels, any number of channels.
        width: Filters of the first convolution; they double at each stage, up to `8 * width`.
        num_classes: Is conditional on classes when given.
        num_tags: Is conditional on tags when given, `(batch, num_tags)` of 0 and 1.
        conditioning: How labels are taken into account. `"projection"`: labels are a second input, and the logit gains
            the inner product of the features with their embedding (Miyato and Koyama, 2018, arXiv:1802.05637).
            `"concatenation"`: labels are a second input and join the image as further channels, one for each class or
            tag (Mirza and Osindero, 2014, arXiv:1411.1784). `"auxiliary"`: a second output `"classes"` tells them from
            the image (Odena et al., 2017, arXiv:1610.09585), for `kgan.objectives.AuxiliaryClassifier`.
        batch_norm: BatchNormalization after every convolution but the first, as in the paper. Off by default, because
            gradient penalties need logits that depend on their own sample only.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images, or `[images, labels]` with labels `(batch,)` int32 or tags `(batch, num_tags)` float32, to
        logits `(batch, 1)`; with `"auxiliary"`, from images to `{"logits": ..., "classes": (batch, n)}`.

    Examples:
        >>> discriminator = kgan.architectures.dcgan_discriminator((28, 28, 1), width=32, num_classes=10)
        >>> [tensor.name for tensor in discriminator.inputs], discriminator.output_shape
        (['images', 'labels'], (None, 1))

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` is less than 1, both `num_classes` and
            `num_tags` are given, or `conditioning` is unknown.
    """
    check_shape(shape, SMALLEST, LARGEST)
    _, stages = first_grid(shape)
    check_sizes("width", width)
    check_one_kind(num_classes, num_tags)
    if conditioning not in _CONDITIONINGS:
        raise ValueError(
            f"Expected conditioning to be one of {', '.join(_CONDITIONINGS)}. Received: conditioning={conditioning!r}."
        )
    count = num_classes if num_tags is None else num_tags
    condition = None if count is None else conditioning
    weights = InitialWeights(seed)

    x = inputs = keras.Input(shape, name="images")
    if condition in ("projection", "concatenation"):
        labels = labels_input(num_classes, num_tags)
        inputs = [inputs, labels]
    if condition == "concatenation":
        plane = layers.Reshape((1, 1, count), name="label_pixel")(one_hot(labels, num_classes))
        planes = layers.UpSampling2D(shape[:2], name="label_planes")(plane)  # (b, height, width, count)
        x = layers.Concatenate(name="condition")([x, planes])
    for stage in range(stages):
        norm = batch_norm and stage > 0
        x = kgan_layers.Conv2D(
            min(width * 2**stage, 8 * width),
            4,
            strides=2,
            padding="same",
            use_bias=not norm,
            kernel_initializer=weights(),
            name=f"downsample_{stage}",
        )(x)  # (b, h / 2, w / 2, f)
        if norm:
            x = kgan_layers.BatchNormalization(name=f"norm_{stage}")(x)
        x = kgan_layers.LeakyReLU(negative_slope=0.2, name=f"relu_{stage}")(x)
    features = layers.Flatten(name="features")(x)  # (b, h * w * f)
    logits = layers.Dense(1, kernel_initializer=weights(), name="logits")(features)  # (b, 1)
    if condition == "auxiliary":
        classes = layers.Dense(count, kernel_initializer=weights(), name="classes")(features)  # (b, count)
        return keras.Model(inputs, {"logits": logits, "classes": classes}, name=name)
    if condition == "projection":
        embed = embedding(num_classes, features.shape[-1], weights(), "embedding")
        logits = projected(logits, features, embed(labels))
    return keras.Model(inputs, logits, name=name)


_CONDITIONINGS = ("projection", "concatenation", "auxiliary")


def check_sizes(argument: str, width: int, latent_dim: int = 1) -> None:
    """Refuses a network that is none, or whose weights would take more memory than they should.

    Args:
        argument: What the width is called.
        width: Filters beside the image.
        latent_dim: Size of z.

    Raises:
        ValueError: if `width` or `latent_dim` is less than 1, or training would take more than 16 GiB.
    """
    for name, size in ((argument, width), ("latent_dim", latent_dim)):
        if size < 1:
            raise ValueError(f"Expected {name} >= 1. Received: {name}={size}.")
    filters = 8 * width
    # In training, four times: Adam's two moments and an average. Between the widest layers, and from z to the grid.
    convolution = 4 * limits.array_bytes((4, 4, filters, filters // 2))
    limits.check_bytes(argument, width, convolution, "Choose a smaller width; the papers have up to 128.")
    dense = 4 * limits.array_bytes((latent_dim, 4, 4, filters))
    limits.check_bytes("latent_dim", latent_dim, dense, "Choose a smaller one; the papers have 64 to 512.")
