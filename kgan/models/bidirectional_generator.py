"""A generator and an encoder as one: from latents to samples, from samples to latents, and the pairs of both."""

import math
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._game import networks

__all__ = ["BidirectionalGenerator", "SplitPairs"]


@keras.saving.register_keras_serializable("kgan")
class BidirectionalGenerator(keras.Model):
    """What the generator side of a `kgan.BiGAN` is: G from latents to samples, and E from samples to latents.

    Args:
        generator: A built Keras model, G.
        encoder: A built Keras model, E.
        **kwargs: Of `keras.Model`.

    Shapes:
        `[z, x]` -> a dictionary: `"samples"` is G(z), `"codes"` is E(x), `"generated_pairs"` G(z) and z joined,
        `"real_pairs"` x and E(x) joined, `(batch, numbers of a sample + latent_dim)`. Latents alone -> G(z).
    """

    def __init__(self, generator: keras.Model, encoder: keras.Model, **kwargs: Any):
        super().__init__(**kwargs)
        self.generator = generator
        self.encoder = encoder
        shapes = [networks.input_shapes(one, name)[0] for one, name in ((generator, "generator"), (encoder, "encoder"))]
        self(networks.symbolic(shapes))  # which builds it

    def call(self, inputs: Any, training: bool | None = None) -> "tf.Tensor | dict[str, tf.Tensor]":
        if not isinstance(inputs, list | tuple):
            return self.generator(inputs, training=training)
        z, x = inputs
        samples, codes = self.generator(z, training=training), self.encoder(x, training=training)
        return {
            "samples": samples,
            "codes": codes,
            "generated_pairs": _joined(samples, z),
            "real_pairs": _joined(x, codes),
        }

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        own = {"generator": serialize(self.generator), "encoder": serialize(self.encoder)}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> "BidirectionalGenerator":
        """The generator that `get_config` describes, with fresh weights."""
        revive = keras.saving.deserialize_keras_object
        both = {name: revive(config[name], custom_objects=custom_objects) for name in ("generator", "encoder")}
        return cls(**{**config, **both})


@keras.saving.register_keras_serializable("kgan")
class SplitPairs(keras.layers.Layer):
    """Takes joined pairs apart again.

    Args:
        sample_shape: Of a sample, n numbers in all.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, n + latent_dim)` -> samples `(batch, *sample_shape)` and latents `(batch, latent_dim)`.
    """

    mixes_batch = False

    def __init__(self, sample_shape: tuple[int, ...], **kwargs: Any):
        super().__init__(**kwargs)
        self.sample_shape = tuple(sample_shape)
        self.numbers = math.prod(self.sample_shape)

    def call(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        samples = ops.reshape(inputs[:, : self.numbers], (-1, *self.sample_shape))
        return samples, inputs[:, self.numbers :]

    def compute_output_shape(self, input_shape: tuple) -> tuple[tuple, tuple]:
        return (input_shape[0], *self.sample_shape), (input_shape[0], input_shape[1] - self.numbers)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sample_shape": self.sample_shape}


def _joined(samples: tf.Tensor, latents: tf.Tensor) -> tf.Tensor:
    """Both in one row: what one discriminator compares, and a penalty differentiates by."""
    flat = ops.reshape(samples, (-1, math.prod(samples.shape[1:])))
    return ops.concatenate([ops.cast(flat, latents.dtype), latents], axis=-1)
