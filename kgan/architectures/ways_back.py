"""What a `kgan.BiGAN` takes beside a generator, each made of a discriminator: an encoder, and a judge of pairs."""

import keras
from keras import layers

from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["latents_encoder", "pair_discriminator"]

_FEATURES = "features"
_SLOPE = 0.2


def latents_encoder(
    discriminator: keras.Model, latent_dim: int, *, seed: int | None = None, name: str = "encoder"
) -> keras.Model:
    """An encoder from samples to latents: a discriminator up to its features, and a line in the place of its logit.

    `E(x) = W norm(features(x)) + b`. Features are normalised (Ba et al., 2016, arXiv:1607.06450), because those of
    fresh weights are far smaller than latents.

    Args:
        discriminator: A built network of samples alone, with a layer `"features"` of `(batch, n)`, as those of
            `dcgan_discriminator` and `r3gan_discriminator`. Its weights become the encoder's, so give each network one
            of its own.
        latent_dim: Numbers of the latents.
        seed: Of the initial weights that come after the features.
        name: Name of the model.

    Returns:
        A model from samples to latents `(batch, latent_dim)`.

    Examples:
        >>> seen = kgan.architectures.dcgan_discriminator((28, 28, 1), width=8, seed=1)
        >>> kgan.architectures.latents_encoder(seen, latent_dim=32).output_shape
        (None, 32)

    Raises:
        ValueError: if the network takes more than samples or has no such layer, or `latent_dim` is less than 1.

    Reference:
        Donahue et al., 2017, Adversarial Feature Learning. arXiv:1605.09782
    """
    latent_dim, weights = whole("latent_dim", latent_dim, 1), InitialWeights(seed)
    x = layers.LayerNormalization(name="features_norm")(_features(discriminator))
    codes = layers.Dense(latent_dim, kernel_initializer=weights.glorot(), name="latents")(x)
    return keras.Model(discriminator.inputs[0], codes, name=name)


def pair_discriminator(
    discriminator: keras.Model,
    latent_dim: int,
    width: int = 256,
    *,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator of samples beside latents: features of the one and a line of the other, and a hidden layer.

    `D(x, z) = w lrelu(W lrelu([U norm(features(x)), V z]))`. Features are normalised, so that they are as large as
    latents, and neither hides the other.

    Args:
        discriminator: As of `latents_encoder`.
        latent_dim: Numbers of the latents.
        width: Units that each of the two becomes, and of the hidden layer.
        seed: Of the initial weights that come after the features.
        name: Name of the model.

    Returns:
        A model from `[samples, latents]` to logits `(batch, 1)`.

    Examples:
        >>> seen = kgan.architectures.dcgan_discriminator((28, 28, 1), width=8, seed=2)
        >>> judge = kgan.architectures.pair_discriminator(seen, latent_dim=32, width=16)
        >>> [tuple(one.shape) for one in judge.inputs]
        [(None, 28, 28, 1), (None, 32)]

    Raises:
        ValueError: if the network takes more than samples or has no layer `"features"`, or a number is less than 1.

    Reference:
        Donahue et al., 2017, Adversarial Feature Learning. arXiv:1605.09782
    """
    latent_dim, width, weights = whole("latent_dim", latent_dim, 1), whole("width", width, 1), InitialWeights(seed)

    def dense(units: int, called: str) -> layers.Layer:
        return layers.Dense(units, kernel_initializer=weights.glorot(), name=called)

    latents = keras.Input((latent_dim,), name="latents")
    seen = layers.LayerNormalization(name="features_norm")(_features(discriminator))
    both = [dense(width, "of_samples")(seen), dense(width, "of_latents")(latents)]
    x = layers.Concatenate(name="pair")(both)  # (b, 2 * width)
    x = dense(width, "hidden")(layers.LeakyReLU(negative_slope=_SLOPE, name="pair_relu")(x))
    x = layers.LeakyReLU(negative_slope=_SLOPE, name="hidden_relu")(x)
    return keras.Model([discriminator.inputs[0], latents], dense(1, "pair_logits")(x), name=name)


def _features(discriminator: keras.Model) -> keras.KerasTensor:
    """The output of the layer of that name, `(batch, n)`."""
    found = [one for one in discriminator.layers if one.name == _FEATURES]
    if len(discriminator.inputs) != 1 or not found or len(found[0].output.shape) != 2:
        taken, named = [tuple(one.shape) for one in discriminator.inputs], [one.name for one in discriminator.layers]
        raise ValueError(
            f"Expected a discriminator of samples alone with a layer {_FEATURES!r} of (batch, n). Received: "
            f"{discriminator.name!r}, which takes {taken} and has the layers {', '.join(named)}. Take "
            f"kgan.architectures.dcgan_discriminator, without num_classes, or name a layer of yours so."
        )
    return found[0].output
