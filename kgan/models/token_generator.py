"""What a generator of molecules does in training: it writes token after token, and reads real ones."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

__all__ = ["LOG_PROBABILITIES", "MOLECULES", "ChosenToken", "TokenLogProbabilities", "token_generator"]

MOLECULES, LOG_PROBABILITIES = "molecules", "log_probabilities"


@keras.saving.register_keras_serializable("kgan")
class ChosenToken(keras.layers.Layer):
    """Chooses a token by its scores such that a gradient passes: a one at the largest of `s + g`, straight through.

    Forward it is exactly one token, backward `softmax((s + g) / tau)`. After the end there is the end alone.

    Args:
        temperature: tau, above 0; the smaller, the nearer to a one among zeros is what the gradient sees.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `[scores, noise, going]`, `(batch, tokens)`, the same of Gumbel's distribution, and `(batch, 1)`, 1 where the
        molecule goes on -> the token `(batch, tokens)`, and whether it goes on after it `(batch, 1)`.

    Reference:
        Jang et al., 2017, Categorical Reparameterization with Gumbel-Softmax. arXiv:1611.01144
    """

    def __init__(self, temperature: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.temperature = float(temperature)

    def call(self, inputs: Any) -> tuple[tf.Tensor, tf.Tensor]:
        scores, noise, going = inputs
        sums = ops.cast(scores, "float32") + ops.cast(noise, "float32")
        soft = ops.softmax(sums / self.temperature, axis=-1)
        hard = ops.one_hot(ops.argmax(sums, axis=-1), sums.shape[-1], dtype="float32")
        token = soft + ops.stop_gradient(hard - soft)
        going = ops.cast(going, "float32")
        end = ops.one_hot(ops.zeros_like(going[:, 0], dtype="int32"), sums.shape[-1], dtype="float32")
        token = going * token + (1.0 - going) * end
        return token, going * (1.0 - token[:, :1])

    def compute_output_shape(self, input_shape: Any) -> tuple:
        scores, _, going = input_shape
        return tuple(scores), tuple(going)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature}


@keras.saving.register_keras_serializable("kgan")
class TokenLogProbabilities(keras.layers.Layer):
    """The logarithm of the probability of each token of a molecule, 0 after its end.

    Shapes:
        `[scores, tokens]`, both `(batch, length, tokens)` -> `(batch, length)`.
    """

    def call(self, inputs: Any) -> tf.Tensor:
        scores, tokens = inputs
        logarithms = ops.sum(ops.log_softmax(ops.cast(scores, "float32"), axis=-1) * tokens, axis=-1)
        ended = ops.cumsum(tokens[..., 0], axis=1) - tokens[..., 0]  # ends before this place
        return logarithms * ops.cast(ended < 0.5, "float32")

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return tuple(input_shape[0][:-1])


def token_generator(network: keras.Model, length: int, temperature: float = 1.0) -> keras.Model:
    """The generator side of a `kgan.Molecules`: the network, called once for each token.

    Args:
        network: From `[token, state_0, ...]` to `"scores"` and `"next_state_0"`, ...
        length: Tokens of a molecule at most.
        temperature: As of `ChosenToken`.

    Returns:
        A model from `[noise, real]`, `(batch, length, tokens)` of Gumbel's distribution and of real molecules, to a
        dictionary: `"molecules"` of the same shape, written by the network token by token, and `"log_probabilities"`
        `(batch, length)` of the real ones' tokens, each given those before it.
    """
    tokens = network.inputs[0].shape[-1]
    noise = keras.Input((length, tokens), name="noise")
    real = keras.Input((length, tokens), name="real")
    at_first = _AtFirst([one.shape[-1] for one in network.inputs[1:]], name="at_first")(real)
    start, going, states = at_first[0], at_first[1], at_first[2:]
    choose = ChosenToken(temperature, name="chosen", dtype="float32")

    token, written, state = start, [], states
    for place in range(length):
        found = network([token, *state])
        state = [found[f"next_state_{layer}"] for layer in range(len(state))]
        token, going = choose([found["scores"], noise[:, place], going])
        written.append(token)
    token, scores, state = start, [], states
    for place in range(length):
        found = network([token, *state])
        state = [found[f"next_state_{layer}"] for layer in range(len(state))]
        scores.append(found["scores"])
        token = real[:, place]
    logarithms = TokenLogProbabilities(name="logarithms", dtype="float32")([_stacked(scores, "read"), real])
    outputs = {MOLECULES: _stacked(written, "written"), LOG_PROBABILITIES: logarithms}
    return keras.Model([noise, real], outputs, name="writer")


def _stacked(parts: list, name: str) -> Any:
    return _Stack(name=name, dtype="float32")(parts)


@keras.saving.register_keras_serializable("kgan")
class _Stack(keras.layers.Layer):
    """Tensors of one shape side by side along a new second axis."""

    def call(self, inputs: Any) -> tf.Tensor:
        return ops.stack(inputs, axis=1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0][0], len(input_shape), *input_shape[0][1:])


@keras.saving.register_keras_serializable("kgan")
class _AtFirst(keras.layers.Layer):
    """What there is before the first token: the code of the end, a molecule that goes on, and states of zeros."""

    def __init__(self, widths: list, **kwargs: Any):
        super().__init__(**kwargs)
        self.widths = [int(width) for width in widths]

    def call(self, inputs: Any) -> list:
        zeros = ops.zeros_like(inputs[:, 0, 0], dtype="int32")
        start = ops.one_hot(zeros, inputs.shape[-1], dtype="float32")
        going = ops.ones_like(inputs[:, 0, :1])
        return [start, going, *(ops.zeros((ops.shape(inputs)[0], width)) for width in self.widths)]

    def compute_output_shape(self, input_shape: Any) -> list:
        batch, _, tokens = input_shape
        return [(batch, tokens), (batch, 1), *((batch, width) for width in self.widths)]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "widths": self.widths}
