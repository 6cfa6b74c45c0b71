"""Networks that read a text: a small encoder in front of the second input of any that takes tags."""

import keras
from keras import layers

from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["text_conditioned"]

_SLOPE = 0.2


def text_conditioned(network: keras.Model, text_dim: int, *, seed: int | None = None) -> keras.Model:
    """The network with a text in the place of its tags, which an encoder that is trained with it makes into as many.

    A vector for each word, summed over the words of the text and normalised (Ba et al., 2016, arXiv:1607.06450), then a
    hidden layer: `e = W2 lrelu(W1 norm(sum_w v_w))`. Vectors of an encoder of yours go through the same layers, the
    first of which is then a projection, as in Reed et al., 2016.

    Args:
        network: A generator or a discriminator that was built with `num_tags=n`: what the encoder gives has n numbers.
        text_dim: Numbers of a text: words of the vocabulary, or the size of your vectors. At least 2.
        seed: Of the initial weights.

    Returns:
        A model of `[first, texts]` with texts `(batch, text_dim)` float32, and the outputs of the network.

    Examples:
        >>> generator = kgan.architectures.dcgan_generator((32, 32, 3), width=8, num_tags=16)
        >>> reading = kgan.architectures.text_conditioned(generator, text_dim=500)
        >>> [tuple(one.shape) for one in reading.inputs]
        [(None, 64), (None, 500)]

    Raises:
        ValueError: if the network takes no tags, or `text_dim` is less than 2.

    Reference:
        Reed et al., 2016, Generative Adversarial Text to Image Synthesis, section 4. arXiv:1605.05396
    """
    text_dim = whole("text_dim", text_dim, 2)
    if len(network.inputs) != 2 or len(network.inputs[1].shape) != 2:
        raise ValueError(
            f"Expected a network of two inputs, the second of tags. Received: {network.name!r}, which takes "
            f"{[tuple(one.shape) for one in network.inputs]}. Build it with num_tags=64, say."
        )
    weights = InitialWeights(seed)
    size = network.inputs[1].shape[1]
    first = keras.Input(network.inputs[0].shape[1:], name=network.inputs[0].name)
    texts = keras.Input((text_dim,), name="texts")
    x = layers.Dense(size, use_bias=False, kernel_initializer=weights(1.0), name="word_vectors")(texts)  # (b, size)
    x = layers.LayerNormalization(name="text_norm")(x)
    x = layers.Dense(size, kernel_initializer=weights((2.0 / size) ** 0.5), name="text_hidden")(x)
    x = layers.LeakyReLU(negative_slope=_SLOPE, name="text_relu")(x)
    x = layers.Dense(size, kernel_initializer=weights((2.0 / size) ** 0.5), name="text")(x)
    return keras.Model([first, texts], network([first, x]), name=network.name)
