"""The networks of CTGAN: dense layers for rows of a table.

Reference:
    Xu et al., 2019, Modeling Tabular data using Conditional GAN, section 4.4. arXiv:1907.00503
"""

from collections.abc import Sequence
from typing import Literal

import keras

from kgan._support import limits, lookup
from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["ctgan_discriminator", "ctgan_generator"]

_SLOPE = 0.2
_NORMALIZATIONS = {
    "batch": lambda name: keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name),
    "layer": lambda name: keras.layers.LayerNormalization(name=name),
}


def ctgan_generator(
    sample_shape: Sequence[int],
    condition_shape: Sequence[int] = (0,),
    latent_dim: int = 128,
    width: int = 256,
    *,
    layers: int = 2,
    normalization: Literal["batch", "layer"] = "batch",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator of rows: each hidden layer sees all that is before it.

    `h_0 = z + c`, `h_i = h_(i-1) + ReLU(N(FC(h_(i-1))))`, where `+` joins and N normalises; then `tanh(FC(h))` for each
    number, and a score for each code.

    Args:
        sample_shape: `(spread_dim,)` of a `kgan.data.Table`: numbers, then scores.
        condition_shape: `(condition_dim,)` of the table; `(0,)` for a table of numbers of one mode each.
        latent_dim: Size of z.
        width: Units of each hidden layer.
        layers: Hidden layers, 1 or more.
        normalization: N, `"batch"` as in the paper; or `"layer"`, which takes each row alone, so that a row is drawn as
            it was in training.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `[latents, condition]`, `(batch, latent_dim)` and `(batch, condition_dim)`, to
        `(batch, spread_dim)`: numbers in (-1, 1), then scores, whose softmax are probabilities.
        Without conditions it takes latents alone.

    Examples:
        >>> kgan.architectures.ctgan_generator((7,), (5,), latent_dim=4, width=8).output_shape
        (None, 7)

    Raises:
        ValueError: if a size is less than 1, the condition is longer than the sample, or there is no such
            normalisation.
    """
    spread, condition = _check(sample_shape, condition_shape, latent_dim=latent_dim, width=width, layers=layers)
    normalizing = lookup.find("normalization", normalization, _NORMALIZATIONS)
    weights = InitialWeights(seed)
    x = inputs = keras.Input((latent_dim,), name="latents")
    if condition:
        inputs = [inputs, keras.Input((condition,), name="condition")]
        x = keras.layers.Concatenate(name="given")(inputs)  # (b, latent_dim + condition_dim)
    for layer in range(layers):
        h = _dense(width, weights, f"hidden_{layer}")(x)
        h = normalizing(f"normalization_{layer}")(h)
        h = keras.layers.ReLU(name=f"rectifier_{layer}")(h)
        x = keras.layers.Concatenate(name=f"joined_{layer}")([h, x])  # (b, width + all before)
    parts = []
    if spread > condition:
        numbers = _dense(spread - condition, weights, "numbers")(x)
        parts.append(keras.layers.Activation("tanh", name="bounded")(numbers))
    if condition:
        parts.append(_dense(condition, weights, "scores")(x))
    row = parts[0] if len(parts) == 1 else keras.layers.Concatenate(name="row")(parts)  # (b, spread_dim)
    return keras.Model(inputs, row, name=name)


def ctgan_discriminator(
    sample_shape: Sequence[int],
    condition_shape: Sequence[int] = (0,),
    width: int = 256,
    *,
    layers: int = 2,
    dropout: float = 0.5,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of packs of rows, each beside its condition: `drop(leaky(FC(h)))`, twice, and a logit.

    Args:
        sample_shape: `(pac * spread_dim,)`.
        condition_shape: `(pac * condition_dim,)`; `(0,)` for none.
        width: Units of each hidden layer.
        layers: Hidden layers, 1 or more.
        dropout: Rate behind each hidden layer, in [0, 1).
        seed: Of the initial weights and of dropout.
        name: Name of the model.

    Returns:
        A model from `[rows, conditions]` to logits `(batch, 1)`.

    Examples:
        >>> kgan.architectures.ctgan_discriminator((70,), (50,), width=8).output_shape
        (None, 1)

    Raises:
        ValueError: if a size is less than 1, the rate is not in [0, 1), or the condition is longer than the sample.
    """
    spread, condition = _check(sample_shape, condition_shape, width=width, layers=layers)
    if not 0.0 <= dropout < 1.0:
        raise ValueError(f"Expected dropout in [0, 1). Received: dropout={dropout}.")
    weights = InitialWeights(seed)
    x = inputs = keras.Input((spread,), name="rows")
    if condition:
        inputs = [inputs, keras.Input((condition,), name="conditions")]
        x = keras.layers.Concatenate(name="given")(inputs)
    for layer in range(layers):
        x = _dense(width, weights, f"hidden_{layer}")(x)
        x = keras.layers.LeakyReLU(negative_slope=_SLOPE, name=f"leaky_{layer}")(x)
        if dropout:
            x = keras.layers.Dropout(dropout, seed=weights.next_seed(), name=f"dropout_{layer}")(x)
    return keras.Model(inputs, _dense(1, weights, "logits")(x), name=name)


def _dense(units: int, weights: InitialWeights, name: str) -> keras.layers.Layer:
    initializer = keras.initializers.GlorotUniform(seed=weights.next_seed())
    return keras.layers.Dense(units, kernel_initializer=initializer, name=name)


def _check(sample_shape: Sequence[int], condition_shape: Sequence[int], **sizes: int) -> tuple[int, int]:
    """The lengths of a row and of a condition."""
    if len(sample_shape) != 1 or len(condition_shape) != 1 or not 0 <= condition_shape[0] <= sample_shape[0]:
        raise ValueError(
            f"Expected sample_shape=(n,) and condition_shape=(m,) with m from 0 to n. Received: "
            f"sample_shape={tuple(sample_shape)}, condition_shape={tuple(condition_shape)}."
        )
    (spread,), (condition,) = sample_shape, condition_shape
    for name, size in {"sample_shape": spread, **sizes}.items():
        whole(name, size, 1)
    each = (sizes["width"], spread + condition + sizes.get("latent_dim", 0) + sizes["layers"] * sizes["width"])
    limits.check_bytes("width", sizes["width"], 4 * limits.array_bytes(each), "Choose a smaller width.")
    return int(spread), int(condition)
