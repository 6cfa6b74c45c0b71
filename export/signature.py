"""What an exported generator takes and gives: names, shapes, value range, labels."""

import json
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from kgan.models.gan import GAN
from kgan.version import __version__


@dataclass(frozen=True)
class Signature:
    """The contract of every artefact in a bundle.

    Attributes:
        latent_dim: Size of z; the input `latents` is float32 `(batch, latent_dim)`.
        latents: Name of the distribution that z is drawn from.
        latent_arguments: Its arguments.
        sample_shape: Shape of one sample.
        value_range: `(low, high)` of the samples, `None` for any.
        num_classes: Classes of the input `labels`, int64 `(batch,)`; `None` for a generator without classes.
        num_tags: Width of the input `labels` where it is tags, float32 `(batch, num_tags)`; `None` without tags.
    """

    latent_dim: int
    latents: str
    latent_arguments: dict
    sample_shape: tuple[int, ...]
    value_range: tuple[float, float] | None
    num_classes: int | None
    num_tags: int | None = None

    @classmethod
    def of(cls, gan: GAN) -> "Signature":
        """The signature of a GAN's generator."""
        return cls(
            latent_dim=gan.latent_dim,
            latents=gan.latents.name,
            latent_arguments=gan.latents.get_config(),
            sample_shape=tuple(gan.sample_shape),
            value_range=gan.value_range,
            num_classes=gan.num_classes if gan.generator_takes_labels else None,
            num_tags=gan.num_tags if gan.generator_takes_labels else None,
        )

    @property
    def output(self) -> str:
        """Name of the output: `images` for pictures, else `samples`."""
        return "images" if len(self.sample_shape) == 3 else "samples"

    def tensor_specs(self) -> list[tf.TensorSpec]:
        """The inputs in order, named."""
        specs = [tf.TensorSpec((None, self.latent_dim), tf.float32, name="latents")]
        if self.num_classes is not None:
            specs.append(tf.TensorSpec((None,), tf.int64, name="labels"))
        if self.num_tags is not None:
            specs.append(tf.TensorSpec((None, self.num_tags), tf.float32, name="labels"))
        return specs

    def function(self, generator: keras.Model) -> tf.Module:
        """The generator in inference mode as the function that the artefacts hold."""

        def generate(latents, labels=None):
            if labels is not None:
                labels = tf.cast(labels, tf.int32 if self.num_tags is None else tf.float32)
            inputs = latents if labels is None else [latents, labels]
            return {self.output: tf.cast(generator(inputs, training=False), tf.float32)}

        if len(self.tensor_specs()) == 1:
            return tf.function(lambda latents: generate(latents), input_signature=self.tensor_specs())
        return tf.function(lambda latents, labels: generate(latents, labels), input_signature=self.tensor_specs())

    def example(self, batch: int) -> dict[str, np.ndarray]:
        """Inputs of a batch to compare artefacts on."""
        random = np.random.RandomState(batch)
        inputs = {"latents": random.standard_normal((batch, self.latent_dim)).astype(np.float32)}
        if self.num_classes is not None:
            inputs["labels"] = random.randint(0, self.num_classes, batch).astype(np.int64)
        if self.num_tags is not None:
            inputs["labels"] = random.randint(0, 2, (batch, self.num_tags)).astype(np.float32)
        return inputs

    def metadata(self) -> dict[str, str]:
        """What an ONNX file carries, so that it can be sampled without anything beside it."""
        return {
            "kgan_version": __version__,
            "kgan_latent_distribution": self.latents,
            "kgan_latent_arguments": json.dumps(self.latent_arguments),
            "kgan_latent_dim": str(self.latent_dim),
            "kgan_sample_shape": json.dumps(self.sample_shape),
            "kgan_value_range": json.dumps(self.value_range),
            "kgan_num_classes": json.dumps(self.num_classes),
            "kgan_num_tags": json.dumps(self.num_tags),
        }
