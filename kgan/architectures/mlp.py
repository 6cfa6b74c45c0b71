"""The networks of the first GAN: dense layers, for samples of any shape.

References:
    Goodfellow et al., 2014, Generative Adversarial Networks. arXiv:1406.2661

    Goodfellow et al., 2013, Maxout Networks. arXiv:1302.4389
"""

import math
from collections.abc import Sequence

import keras

from kgan._support import limits
from kgan.architectures.conditioning import check_one_kind, labels_input, one_hot
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["mlp_discriminator", "mlp_generator"]

_MOST_OF_G, _MOST_OF_D = 0.05, 0.005  # initial weights, as in the authors' program
_LARGEST = 1_000_000  # numbers in a sample, of 577 x 577 colour pixels: each has a weight for each hidden unit


def mlp_generator(
    shape: Sequence[int],
    latent_dim: int = 100,
    width: int = 1200,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    layers: int = 2,
    activation: str | None = "tanh",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator of dense layers with rectifiers.

    As the authors' for digits, with 2,503,984 parameters for 28 x 28 x 1, but for the last activation: theirs is a
    sigmoid, which is tanh of images in (-1, 1). Weights are drawn from U(-0.05, 0.05).

    Args:
        shape: Of a sample: `(height, width, channels)` of images of any size, `(n,)` of points.
        latent_dim: Size of z.
        width: Units of each hidden layer.
        num_classes: Takes labels as a second input when given: a 1 among zeros for each class is concatenated to z
            (Mirza and Osindero, 2014, arXiv:1411.1784).
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1, concatenated to z.
        layers: Hidden layers, 1 or more.
        activation: The last one: `"tanh"` for images in [-1, 1], `None` for any value, or another of Keras's.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to samples `(batch, *shape)`.

    Examples:
        >>> kgan.architectures.mlp_generator((28, 28, 1)).count_params()
        2503984
        >>> kgan.architectures.mlp_generator((2,), latent_dim=2, width=32, activation=None).output_shape
        (None, 2)

    Raises:
        ValueError: if `shape` is empty, has a size below 1 or more than 1,000,000 numbers, `width`, `layers` or
            `latent_dim` is less than 1, or both `num_classes` and `num_tags` are given.
    """
    _check(shape, width=width, latent_dim=latent_dim, layers=layers)
    check_one_kind(num_classes, num_tags)
    weights = InitialWeights(seed)
    x = inputs = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    if labels is not None:
        inputs = [inputs, labels]
        x = keras.layers.Concatenate(name="condition")([x, one_hot(labels, num_classes)])  # (b, latent_dim + n)
    for layer in range(layers):
        x = keras.layers.Dense(
            width, activation="relu", kernel_initializer=weights.uniform(_MOST_OF_G), name=f"hidden_{layer}"
        )(x)  # (b, width)
    x = keras.layers.Dense(
        math.prod(shape), activation=activation, kernel_initializer=weights.uniform(_MOST_OF_G), name="numbers"
    )(x)
    return keras.Model(inputs, keras.layers.Reshape(tuple(shape), name="samples")(x), name=name)


def mlp_discriminator(
    shape: Sequence[int],
    width: int = 240,
    *,
    num_classes: int | None = None,
    num_tags: int | None = None,
    layers: int = 2,
    pieces: int = 5,
    dropout: float = 0.5,
    input_dropout: float = 0.2,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of dense layers with maxout units and dropout.

    A maxout unit is the largest of `pieces` linear ones. As the authors' for digits, with 1,231,441 parameters for
    28 x 28 x 1 (`width * pieces` for each hidden layer, and biases), but for the sigmoid, which is the loss's here.
    Weights are drawn from U(-0.005, 0.005).

    Args:
        shape: Of a sample: `(height, width, channels)` of images of any size, `(n,)` of points.
        width: Maxout units of each hidden layer.
        num_classes: Takes labels as a second input when given: a 1 among zeros for each class is concatenated to the
            sample (Mirza and Osindero, 2014, arXiv:1411.1784).
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1, concatenated to the sample.
        layers: Hidden layers, 1 or more.
        pieces: Linear pieces of each maxout unit, 1 or more.
        dropout: Rate behind each hidden layer, in [0, 1).
        input_dropout: Rate behind the sample, in [0, 1).
        seed: Of the initial weights and of dropout.
        name: Name of the model.

    Returns:
        A model from samples `(batch, *shape)`, or `[samples, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to logits `(batch, 1)`.

    Examples:
        >>> kgan.architectures.mlp_discriminator((28, 28, 1)).output_shape
        (None, 1)

    Raises:
        ValueError: if `shape` is empty, has a size below 1 or more than 1,000,000 numbers, `width`, `layers` or
            `pieces` is less than 1, a rate is not in [0, 1), or both `num_classes` and `num_tags` are given.
    """
    _check(shape, width=width, layers=layers, pieces=pieces)
    check_one_kind(num_classes, num_tags)
    for argument, rate in (("dropout", dropout), ("input_dropout", input_dropout)):
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"Expected {argument} in [0, 1). Received: {argument}={rate}.")
    weights = InitialWeights(seed)
    inputs = keras.Input(tuple(shape), name="images" if len(shape) == 3 else "samples")
    x = keras.layers.Flatten(name="numbers")(inputs)  # (b, n)
    x = _dropped(x, input_dropout, weights, "input_dropout")
    labels = labels_input(num_classes, num_tags)
    if labels is not None:
        inputs = [inputs, labels]
        x = keras.layers.Concatenate(name="condition")([x, one_hot(labels, num_classes)])
    for layer in range(layers):
        x = keras.layers.Dense(width * pieces, kernel_initializer=weights.uniform(_MOST_OF_D), name=f"hidden_{layer}")(
            x
        )
        x = keras.layers.Reshape((pieces, width), name=f"pieces_{layer}")(x)
        x = keras.layers.GlobalMaxPooling1D(name=f"maxout_{layer}")(x)  # (b, width)
        x = _dropped(x, dropout, weights, f"dropout_{layer}")
    logits = keras.layers.Dense(1, kernel_initializer=weights.uniform(_MOST_OF_D), name="logits")(x)  # (b, 1)
    return keras.Model(inputs, logits, name=name)


def _dropped(x, rate: float, weights: InitialWeights, name: str):
    return keras.layers.Dropout(rate, seed=weights.next_seed(), name=name)(x) if rate else x


def _check(shape: Sequence[int], **sizes: int) -> None:
    numbers = math.prod(shape) if shape and all(isinstance(size, int) and size >= 1 for size in shape) else 0
    if not 1 <= numbers <= _LARGEST:
        raise ValueError(
            f"Expected shape as that of a sample, (height, width, channels) or (n,), of 1 to {_LARGEST:,} numbers. "
            f"Received: shape={tuple(shape)}."
        )
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"Expected {name} >= 1. Received: {name}={size}.")
    widest = sizes["width"] * sizes.get("pieces", 1)
    weights = 4 * limits.array_bytes((widest, max(numbers, widest, sizes.get("latent_dim", 1))))  # as Adam has them
    limits.check_bytes("width", sizes["width"], weights, "Choose a smaller width, or smaller samples.")
