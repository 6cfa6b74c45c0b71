"""The small networks of domain adaptation: features of pictures, a classifier of them, and a discriminator of domains.

They are those that the paper trains on digits, with any number of layers and widths.

Reference:
    Ganin et al., 2016, Domain-Adversarial Training of Neural Networks, figure 4 (a). arXiv:1505.07818
"""

from collections.abc import Sequence

import keras
from keras import layers

from kgan._support import limits
from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["dense_classifier", "domain_discriminator", "picture_features"]

_LARGEST = 1_000_000  # numbers of a sample: each has a weight for each unit


def picture_features(
    input_shape: tuple[int, int, int],
    widths: Sequence[int] = (32, 48),
    kernel_size: int = 5,
    *,
    dropout: float = 0.0,
    seed: int | None = None,
    name: str = "features",
) -> keras.Model:
    """Convolutions with rectifiers, each before a pooling that halves height and width, as one vector.

    Args:
        input_shape: `(height, width, channels)`.
        widths: Filters of each convolution, one after another.
        kernel_size: Pixels of their sides, an odd number.
        dropout: Share of the features that are dropped in training, in [0, 1).
        seed: Of the initial weights and of the dropout.
        name: Name of the model.

    Returns:
        A model from pictures `(batch, height, width, channels)` to features `(batch, n)`.

    Raises:
        ValueError: if `input_shape` is none of pictures or too small to be halved so often, or a number is out of
            range.

    Examples:
        >>> kgan.architectures.picture_features((28, 28, 3)).output_shape
        (None, 2352)
    """
    if len(input_shape) != 3 or not all(isinstance(size, int) and size > 0 for size in input_shape):
        raise ValueError(
            f"Expected input_shape as (height, width, channels) of pictures. Received: input_shape={input_shape}."
        )
    widths = [whole("widths", one, 1) for one in widths]
    if min(input_shape[:2]) < 2 ** len(widths) or not widths:
        raise ValueError(
            f"Expected a convolution or more, and pictures whose sides can be halved after each. Received: "
            f"widths={tuple(widths)} for input_shape={tuple(input_shape)}. Leave some out."
        )
    if whole("kernel_size", kernel_size, 1) % 2 == 0:
        raise ValueError(f"Expected kernel_size as an odd number. Received: kernel_size={kernel_size}.")
    weights = InitialWeights(seed)
    x = inputs = keras.Input(input_shape, name="image")
    for number, width in enumerate(widths):
        kernel = weights.he()
        x = layers.Conv2D(
            width,
            kernel_size,
            padding="same",
            activation="relu",
            kernel_initializer=kernel,
            name=f"convolution_{number}",
        )(x)
        x = layers.MaxPooling2D(2, name=f"pooling_{number}")(x)  # (b, h / 2, w / 2, width)
    x = layers.Flatten(name="vector")(x)
    return keras.Model(inputs, _dropped(x, dropout, weights), name=name)


def dense_classifier(
    shape: Sequence[int],
    num_classes: int,
    width: int = 100,
    *,
    layers: int = 2,
    seed: int | None = None,
    name: str = "classifier",
) -> keras.Model:
    """Dense layers with rectifiers, and a logit for each class.

    Args:
        shape: `(n,)` of the features.
        num_classes: How many classes there are, at least 2.
        width: Units of each hidden layer.
        layers: Hidden layers; 0 for none.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from features `(batch, n)` to logits `(batch, num_classes)`.

    Raises:
        ValueError: if `shape` is not that of a vector, or a number is out of range.

    Examples:
        >>> kgan.architectures.dense_classifier((768,), num_classes=10).count_params()
        88010
    """
    num_classes = whole("num_classes", num_classes, 2)
    limits.check_most("num_classes", num_classes, limits.MOST_CLASSES, "Number the classes from 0 without gaps.")
    weights = InitialWeights(seed)
    inputs, x = _hidden(shape, width, layers, weights)
    logits = _dense(num_classes, None, weights, "classes")(x)  # (b, num_classes)
    return keras.Model(inputs, logits, name=name)


def domain_discriminator(
    shape: Sequence[int],
    width: int = 100,
    *,
    layers: int = 1,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """Dense layers with rectifiers, and one logit: 1 for features of the source, 0 for those of the target.

    Args:
        shape: `(n,)` of the features.
        width: Units of each hidden layer; the paper has 100 for digits and 1,024 for street numbers.
        layers: Hidden layers; 0 for none.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from features `(batch, n)` to logits `(batch, 1)`.

    Raises:
        ValueError: if `shape` is not that of a vector, or a number is out of range.

    Examples:
        >>> kgan.architectures.domain_discriminator((768,)).count_params()
        77001
    """
    weights = InitialWeights(seed)
    inputs, x = _hidden(shape, width, layers, weights)
    return keras.Model(inputs, _dense(1, None, weights, "logits")(x), name=name)


def _hidden(shape: Sequence[int], width: int, count: int, weights: InitialWeights):
    """The input, and what comes out of the hidden layers."""
    if len(shape) != 1 or not isinstance(shape[0], int) or not 1 <= shape[0] <= _LARGEST:
        raise ValueError(
            f"Expected shape as (n,) of a vector of features, of at most {_LARGEST:,} numbers. Received: "
            f"shape={tuple(shape)}. Flatten them first."
        )
    width, count = whole("width", width, 1), whole("layers", count, 0)
    asked = limits.array_bytes((width, max(shape[0], width)))
    limits.check_bytes("width", width, 4 * asked, "Choose a smaller width, or smaller samples.")  # as Adam has them
    x = inputs = keras.Input(tuple(shape), name="features")
    for number in range(count):
        x = _dense(width, "relu", weights, f"hidden_{number}")(x)  # (b, width)
    return inputs, x


def _dense(units: int, activation: "str | None", weights: InitialWeights, name: str) -> keras.layers.Layer:
    initial = weights.he() if activation == "relu" else weights.glorot()
    return layers.Dense(units, activation=activation, kernel_initializer=initial, name=name)


def _dropped(x, rate: float, weights: InitialWeights):
    if not 0.0 <= rate < 1.0:
        raise ValueError(f"Expected dropout in [0, 1). Received: dropout={rate}.")
    return layers.Dropout(rate, seed=weights.next_seed(), name="dropout")(x) if rate else x
