"""Networks for molecules: a recurrent generator, token by token, and a discriminator of convolutions along tokens.

Reference:
    Segler et al., 2018, Generating Focused Molecule Libraries for Drug Discovery with Recurrent Neural Networks.
    arXiv:1701.01329; Kim, 2014, Convolutional Neural Networks for Sentence Classification. arXiv:1408.5882
"""

from collections.abc import Sequence

import keras

from kgan._support import limits, lookup
from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["smiles_discriminator", "smiles_generator"]

_SLOPE = 0.2
_CELLS = {"gru": keras.layers.GRUCell, "lstm": keras.layers.LSTMCell}


def smiles_generator(
    sample_shape: Sequence[int],
    width: int = 512,
    embedding: int = 128,
    *,
    layers: int = 1,
    cell: str = "gru",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator of molecules, one token at a time: from a token and what came before it to scores of the next.

    `e = W token`, `h_i = GRU_i(h_(i-1), state_i)` with `h_0 = e`, `scores = V h + b`. An LSTM has two states for each
    layer, h and the memory c, one behind the other.

    Args:
        sample_shape: `(length, tokens)`, of which the second counts: how many codes there are.
        width: Units of each recurrent layer.
        embedding: Numbers that a token is written in.
        layers: Recurrent layers, 1 or more.
        cell: `"gru"` or `"lstm"`; a layer of the latter has a third more weights at the same width.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `[token, state_0, ...]`, `(batch, tokens)` with a one at the token's code and `(batch, width)`
        each, to a dictionary: `"scores"` `(batch, tokens)`, whose softmax are probabilities of the next token, and the
        states after it, `"next_state_0"` and so on.

    Examples:
        >>> [one.name for one in kgan.architectures.smiles_generator((24, 30), width=16, embedding=8).inputs]
        ['token', 'state_0']

    Raises:
        ValueError: if a size is less than 1, or more than memory should hold, or there is no such cell.
    """
    make = lookup.find("cell", cell, _CELLS)
    _, tokens = _check(sample_shape, width=width, embedding=embedding, layers=layers)
    weights = InitialWeights(seed)
    token = keras.Input((tokens,), name="token")
    x = _dense(embedding, weights, "embedding", use_bias=False)(token)  # (b, embedding)
    states: list[keras.KerasTensor] = []
    following: list[keras.KerasTensor] = []
    for layer in range(layers):
        recurrent = make(
            width,
            kernel_initializer=keras.initializers.GlorotUniform(seed=weights.next_seed()),
            recurrent_initializer=keras.initializers.Orthogonal(seed=weights.next_seed()),
            name=f"cell_{layer}",
        )
        sizes = keras.tree.flatten(recurrent.state_size)
        before = [keras.Input((size,), name=f"state_{place}") for place, size in enumerate(sizes, len(states))]
        x, after = recurrent(x, before)  # (b, width), which is the first state, too
        states, following = [*states, *before], [*following, *keras.tree.flatten(after)]
    scores = _dense(tokens, weights, "scores")(x)
    named = {f"next_state_{number}": one for number, one in enumerate(following)}
    return keras.Model([token, *states], {"scores": scores, **named}, name=name)


def smiles_discriminator(
    sample_shape: Sequence[int],
    width: int = 128,
    embedding: int = 64,
    *,
    layers: int = 3,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of molecules: convolutions of three tokens each, a token further apart from layer to layer.

    `h_0 = W token`, `h_i = leaky(conv_3(h_(i-1)))`, dilated by `2^(i-1)`; the mean and the largest over the tokens of
    all h, and a logit.

    Args:
        sample_shape: `(length, tokens)`.
        width: Filters of each convolution.
        embedding: Numbers that a token is written in.
        layers: Convolutions, 1 or more.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `(batch, length, tokens)` to logits `(batch, 1)`.

    Examples:
        >>> kgan.architectures.smiles_discriminator((24, 30), width=16, embedding=8).output_shape
        (None, 1)

    Raises:
        ValueError: if a size is less than 1, or more than memory should hold.
    """
    length, tokens = _check(sample_shape, width=width, embedding=embedding, layers=layers)
    weights = InitialWeights(seed)
    inputs = keras.Input((length, tokens), name="molecules")
    x = _dense(embedding, weights, "embedding", use_bias=False)(inputs)  # (b, length, embedding)
    read = []
    for layer in range(layers):
        initializer = keras.initializers.GlorotUniform(seed=weights.next_seed())
        convolution = keras.layers.Conv1D(
            width, 3, padding="same", dilation_rate=2**layer, kernel_initializer=initializer, name=f"conv_{layer}"
        )
        x = keras.layers.LeakyReLU(negative_slope=_SLOPE, name=f"leaky_{layer}")(convolution(x))
        read.append(keras.layers.GlobalAveragePooling1D(name=f"mean_{layer}")(x))
        read.append(keras.layers.GlobalMaxPooling1D(name=f"largest_{layer}")(x))
    x = keras.layers.Concatenate(name="read")(read)  # (b, 2 * layers * width)
    x = keras.layers.LeakyReLU(negative_slope=_SLOPE, name="leaky")(_dense(width, weights, "hidden")(x))
    return keras.Model(inputs, _dense(1, weights, "logits")(x), name=name)


def _dense(units: int, weights: InitialWeights, name: str, use_bias: bool = True) -> keras.layers.Layer:
    initializer = keras.initializers.GlorotUniform(seed=weights.next_seed())
    return keras.layers.Dense(units, use_bias=use_bias, kernel_initializer=initializer, name=name)


def _check(sample_shape: Sequence[int], **sizes: int) -> tuple[int, int]:
    """Length and number of tokens."""
    if len(sample_shape) != 2:
        raise ValueError(f"Expected sample_shape=(length, tokens). Received: sample_shape={tuple(sample_shape)}.")
    length, tokens = (whole("sample_shape", size, 1) for size in sample_shape)
    for name, size in sizes.items():
        whole(name, size, 1)
    width, embedding = sizes["width"], sizes["embedding"]
    each = sizes["layers"] * width * (2 * width + embedding + tokens) + tokens * embedding
    limits.check_bytes("width", width, 4 * 4 * each, "Choose a smaller width.")
    return length, tokens
