"""The SRResNet of the anime characters: residual blocks on a small grid, then three doublings by pixel shuffling.

Reference:
    Jin et al., 2017, Towards the Automatic Anime Characters Creation with Generative Adversarial Networks.
    arXiv:1708.05509
"""

import math

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.conditioning import check_one_kind, labels_input, one_hot
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.sizes import check_shape, cropped
from kgan.architectures.stands import convolution, leaky, normalised

__all__ = ["LARGEST", "SMALLEST", "srresnet_discriminator", "srresnet_generator"]

SMALLEST, LARGEST = 16, 512
_DOUBLINGS = 3
_LAST_GRID = 2  # positions of the discriminator's last grid, the shorter side
_MOST_WIDER = 32  # times the first width, the discriminator's last


def srresnet_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 128,
    width: int = 64,
    *,
    blocks: int = 16,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator: a dense layer onto an eighth of the image's sides, residual blocks there, and three doublings.

    A block adds to its input what comes of convolution 3x3, batch normalisation, ReLU, convolution 3x3 and batch
    normalisation; one skip goes round all blocks. A doubling is a convolution 3x3 to four times the channels, a pixel
    shuffle, batch normalisation and ReLU; the last convolution is 9x9. Weights are drawn from N(0, 0.02); a doubling's
    four filters for a channel start alike (Aitken et al., 2017, arXiv:1707.02937), without which first pictures are
    chequered. The published network, for 128 x 128 x 3 with 34 tags, has 4,315,715 trainable parameters: convolutions
    have a bias, also before a batch normalisation, which has scale and shift.

    Where a side is no multiple of 8, the last picture is cropped about its centre.

    Args:
        shape: `(height, width, channels)` of the images, each side 16 to 512 pixels, any number of channels.
        latent_dim: Size of z.
        width: Channels of all blocks.
        blocks: Residual blocks.
        num_classes: Takes labels as a second input when given: they are concatenated to z, one number for each class.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1: they are
            concatenated to z as -1 and 1.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)` in (-1, 1): the last activation is
        tanh.

    Examples:
        >>> generator = kgan.architectures.srresnet_generator((32, 32, 3), width=16, blocks=2, num_tags=5)
        >>> [tensor.name for tensor in generator.inputs], generator.output_shape
        (['latents', 'labels'], (None, 32, 32, 3))

    Raises:
        ValueError: if a side is below 16 or above 512 pixels, `width`, `blocks` or `latent_dim` is less than 1, or both
            `num_classes` and `num_tags` are given.
    """
    check_shape(shape, SMALLEST, LARGEST)
    check_sizes("width", width, latent_dim)
    check_one_kind(num_classes, num_tags)
    blocks = whole("blocks", blocks, 1)
    weights = InitialWeights(seed)
    grid = tuple(math.ceil(side / 2**_DOUBLINGS) for side in shape[:2])

    latents = inputs = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    if labels is not None:
        inputs = [inputs, labels]
        rows = one_hot(labels, num_classes)
        if num_tags is not None:
            rows = layers.Rescaling(2.0, -1.0, name="signed_tags")(rows)  # -1 and 1, as far from 0 as z is
        latents = layers.Concatenate(name="condition")([latents, rows])
    x = layers.Dense(math.prod(grid) * width, kernel_initializer=weights(), name="dense")(latents)
    x = layers.Reshape((*grid, width), name="grid")(x)  # (b, h / 8, w / 8, width)
    x = start = _rectified(x, "grid")
    for block in range(blocks):
        y = convolution(x, width, 3, weights, f"block_{block}_first")
        y = convolution(_rectified(y, f"block_{block}_first"), width, 3, weights, f"block_{block}_second")
        y = normalised(y, f"block_{block}_second")
        x = layers.Add(name=f"block_{block}")([x, y])
    x = layers.Add(name="long_skip")([start, _rectified(x, "blocks")])
    for stage in range(_DOUBLINGS):
        x = convolution(x, 4 * width, 3, weights, f"upsample_{stage}", kernel_initializer=weights.repeated(4))
        x = kgan_layers.PixelShuffle2D(2, name=f"upsample_{stage}_shuffle")(x)  # (b, 2h, 2w, width)
        x = _rectified(x, f"upsample_{stage}")
    x = convolution(x, shape[2], 9, weights, "images", activation="tanh")
    return keras.Model(inputs, cropped(x, shape), name=name)


def srresnet_discriminator(
    shape: tuple[int, int, int],
    width: int = 32,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator without normalisation, which tells labels too: strided convolutions with residual blocks between.

    A convolution 4x4 with stride 2, then two residual blocks and another such convolution to twice the channels, again
    and again until a side has 2 or 3 positions: five times for the paper's 128 pixels. Every convolution is followed by
    LeakyReLU(0.2); a block's second one after the sum. As the paper's DRAGAN penalty needs, nothing mixes the batch.

    Args:
        shape: `(height, width, channels)` of the images, each side 16 to 512 pixels, any number of channels.
        width: Filters of the first convolution; they double at each further one, up to `32 * width`.
        num_classes: Has a second output `"classes"` when given, a logit for each class, for
            `kgan.objectives.AuxiliaryClassifier`.
        num_tags: The same for tags, a logit for each.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images to logits `(batch, 1)`; with labels, to `{"logits": ..., "classes": (batch, n)}`.

    Examples:
        >>> discriminator = kgan.architectures.srresnet_discriminator((32, 32, 3), width=8, num_tags=5)
        >>> {name: tensor.shape for name, tensor in discriminator.output.items()}
        {'logits': (None, 1), 'classes': (None, 5)}

    Raises:
        ValueError: if a side is below 16 or above 512 pixels, `width` is less than 1, or both `num_classes` and
            `num_tags` are given.
    """
    check_shape(shape, SMALLEST, LARGEST)
    check_sizes("width", width)
    check_one_kind(num_classes, num_tags)
    weights = InitialWeights(seed)

    x = inputs = keras.Input(shape, name="images")
    for stage in range(int(math.log2(min(shape[:2]) / _LAST_GRID))):
        if stage > 0:
            for block in range(2):
                x = _rectified_block(x, weights, f"block_{stage}_{block}")
        filters = min(width * 2**stage, _MOST_WIDER * width)
        x = leaky(convolution(x, filters, 4, weights, f"downsample_{stage}", strides=2), f"downsample_{stage}")
    features = layers.Flatten(name="features")(x)
    logits = layers.Dense(1, kernel_initializer=weights(), name="logits")(features)
    count = num_tags if num_classes is None else num_classes
    if count is None:
        return keras.Model(inputs, logits, name=name)
    classes = layers.Dense(count, kernel_initializer=weights(), name="classes")(features)
    return keras.Model(inputs, {"logits": logits, "classes": classes}, name=name)


def _rectified(x, name: str):
    return layers.ReLU(name=f"{name}_relu")(normalised(x, name))


def _rectified_block(x, weights: InitialWeights, name: str):
    filters = x.shape[-1]
    y = leaky(convolution(x, filters, 3, weights, f"{name}_first"), f"{name}_first")
    y = convolution(y, filters, 3, weights, f"{name}_second")
    return leaky(layers.Add(name=name)([x, y]), name)
