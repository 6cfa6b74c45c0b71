"""BiGAN: a GAN that also learns the way back, from samples to latents."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan import latents as latent_distributions
from kgan import losses, schedules
from kgan._game import network_checks
from kgan._game.batch import DISCRIMINATOR, Batch
from kgan.data import batch_checks, values
from kgan.models.adversarial import AdversarialModel
from kgan.models.bidirectional_generator import BidirectionalGenerator, SplitPairs
from kgan.models.gan import GAN

__all__ = ["BiGAN"]

_BATCH = 64


@keras.saving.register_keras_serializable("kgan")
class BiGAN(GAN):
    """A generator, an encoder that goes the other way, and a discriminator of pairs of sample and latents.

    `min_{G,E} max_D  E_x[log D(x, E(x))] + E_z[log(1 - D(G(z), z))]`: the discriminator tells reals beside their codes
    from generated samples beside the latents they were made of. Where it cannot, the encoder undoes the generator. The
    encoder learns with the generator: `compile` makes any loss two-sided (`kgan.losses.TwoSided`), and leaves those as
    they are whose generator reads reals, the relativistic ones. Penalties differentiate by sample and latents together.

    `fit`, `generate`, saving and exporting are those of `kgan.GAN`; no labels. A bundle has the generator, and in
    `encoder/` the encoder.

    Args:
        generator: A built Keras model from latents `(batch, latent_dim)` to samples of any shape of known size.
        encoder: A built Keras model from samples to latents `(batch, latent_dim)`.
        discriminator: A built Keras model from `[samples, latents]` to logits `(batch, 1)`, without a sigmoid.
        latents: Where z comes from, as in `kgan.GAN`.
        value_range: `(low, high)` of the samples, as in `kgan.GAN`.
        ema_half_life: Half-life, in images, of the average of both networks' weights that `generate`, `encode`,
            `reconstruct` and exports use. `None` uses the weights in training.
        seed: Of every random draw in training, as in `kgan.GAN`.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, or an argument is out of range.

    Examples:
        >>> layers = keras.layers
        >>> generator = keras.Sequential([keras.Input((2,)), layers.Dense(6)])
        >>> encoder = keras.Sequential([keras.Input((6,)), layers.Dense(2)])
        >>> sample, code = keras.Input((6,)), keras.Input((2,))
        >>> logits = layers.Dense(1)(layers.Dense(8, "relu")(layers.Concatenate()([sample, code])))
        >>> gan = kgan.BiGAN(generator, encoder, keras.Model([sample, code], logits), seed=0)
        >>> gan.compile()
        >>> history = gan.fit(np.zeros((64, 6), "float32"), verbose=0)
        >>> gan.encode(np.zeros((3, 6), "float32")).shape
        (3, 2)

    Reference:
        Donahue et al., 2017, Adversarial Feature Learning. arXiv:1605.09782;
        Dumoulin et al., 2017, Adversarially Learned Inference. arXiv:1606.00704
    """

    def __init__(
        self,
        generator: keras.Model,
        encoder: keras.Model,
        discriminator: keras.Model,
        *,
        latents: "str | latent_distributions.Latents" = "normal",
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "bigan",
    ):
        z, x = network_checks.check_bidirectional(generator, encoder, discriminator)
        AdversarialModel.__init__(  # of GAN, whose networks are others, the methods alone
            self,
            BidirectionalGenerator(generator, encoder, name="generator_and_encoder"),
            _of_pairs(discriminator, x[1:], z[1]),
            compares={DISCRIMINATOR: "generated_pairs"},
            reals={DISCRIMINATOR: "real_pairs"},
            ema_half_life=ema_half_life,
            seed=seed,
            name=name,
        )
        self.samples_output = "samples"
        self.latent_dim, self.sample_shape = z[1], x[1:]
        self.generator_takes_labels = self.discriminator_takes_labels = False
        self.num_tags = self.num_classes = None
        self.class_names = None
        self.latents = latent_distributions.get(latents)
        self.latents.check_dim(self.latent_dim)
        if value_range == "auto":
            value_range = values.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = values.parse_range(value_range)
        self._contract = batch_checks.Contract(x, self.value_range, None, None)
        self.fit_data = None
        self._hides_its_end = False
        self._generate = {}
        self._encode = {}  # by whether it is the average: an encoder, and its traced function
        self._reference = None

    @property
    def pair_discriminator(self) -> keras.Model:
        """The discriminator of `[samples, latents]`, as given; `discriminator` is the same on joined pairs."""
        return self.discriminator.layers[-1]

    @property
    def encoder(self) -> keras.Model:
        """The encoder in training."""
        return self.generator.encoder

    def passed_on(self, used: "set[str]") -> "set[str]":
        """Samples and codes, which the pairs are made of."""
        return {"samples", "codes"}

    def compile(
        self,
        generator_optimizer: "str | keras.optimizers.Optimizer | None" = None,
        discriminator_optimizer: "str | keras.optimizers.Optimizer | None" = None,
        loss: "str | losses.AdversarialLoss | Callable" = "non_saturating",
        *arguments: Any,
        **named: Any,
    ) -> None:
        """Configures training, as `kgan.GAN.compile`, with a side of the loss for the encoder.

        Args:
            generator_optimizer: Of generator and encoder together.
            discriminator_optimizer: As of `kgan.GAN`.
            loss: As of `kgan.GAN`; made two-sided where its generator does not read reals (`kgan.losses.TwoSided`).
            *arguments: Of `kgan.GAN.compile`.
            **named: Of `kgan.GAN.compile`, but for `augmentation` and `top_k`, which it cannot have.

        Raises:
            TypeError: if an argument has a name that there is not, or is of another type.
            ValueError: if `augmentation` or `top_k` is given, or as of `kgan.GAN.compile`.
        """
        both = losses.get(loss)
        both = both if both.generator_sees_reals else losses.TwoSided(both)
        super().compile(generator_optimizer, discriminator_optimizer, both, *arguments, **named)

    def check_augmentation(self, augmentation: "augmentations.Augmentation | None") -> None:
        if augmentation is not None:
            raise ValueError(
                f"Expected augmentation=None, because an augmentation would move samples and leave the latents beside "
                f"them. Received: {augmentation.name!r}."
            )

    def batch_of(self, real: Any, labels: Any, latents: tf.Tensor) -> Batch:
        """The batch of given reals and latents."""
        real = values.to_float(tf.convert_to_tensor(real), self.value_range)
        return Batch(generator_inputs=[latents, real], real=real, latents=latents)

    def encode(self, samples: np.ndarray, *, averaged: bool = True) -> np.ndarray:
        """The latents that the encoder finds for some samples.

        Args:
            samples: `(n, ...)`, images as uint8 or as floats in the value range.
            averaged: Whether the averaged encoder finds them, where there is one.

        Returns:
            float32 `(n, latent_dim)`; `gan.predict` of them draws the samples again.

        Raises:
            ValueError: if the samples do not fit the encoder or the value range.
        """
        samples, _ = self._checked_arrays(samples)
        encoder = (self.inference_generator if averaged else self.generator).encoder
        if averaged not in self._encode or self._encode[averaged][0] is not encoder:
            traced = tf.function(lambda x: tf.cast(encoder(x, training=False), tf.float32), reduce_retracing=True)
            self._encode[averaged] = (encoder, traced)
        parts = (samples[start : start + _BATCH] for start in range(0, len(samples), _BATCH))
        encode = self._encode[averaged][1]
        return np.concatenate(
            [encode(values.to_float(tf.convert_to_tensor(one), self.value_range)).numpy() for one in parts]
        )

    def reconstruct(self, samples: np.ndarray, *, averaged: bool = True) -> np.ndarray:
        """What the generator makes of the codes of some samples, G(E(x)).

        Args:
            samples: As in `encode`.
            averaged: As in `encode`.

        Returns:
            float32 `(n, ...)` in the value range.

        Raises:
            ValueError: if the samples do not fit the encoder or the value range.
        """
        codes = self.encode(samples, averaged=averaged)
        generator = (self.inference_generator if averaged else self.generator).generator
        parts = (codes[start : start + _BATCH] for start in range(0, len(codes), _BATCH))
        return np.concatenate([generator(tf.constant(one), training=False).numpy() for one in parts])

    def get_config(self) -> dict[str, Any]:
        config = AdversarialModel.get_config(self)
        serialize = keras.saving.serialize_keras_object
        return {
            **config,
            "generator": serialize(self.generator.generator),
            "encoder": serialize(self.generator.encoder),
            "discriminator": serialize(self.pair_discriminator),
            "latents": serialize(self.latents),
            "value_range": self.value_range,
        }


def _of_pairs(discriminator: keras.Model, sample_shape: tuple, latent_dim: int) -> keras.Model:
    """The discriminator as one of joined pairs, on the same weights."""
    split = SplitPairs(sample_shape, name="pairs")
    joined = keras.Input((split.numbers + latent_dim,), name="joined")
    return keras.Model(joined, discriminator(list(split(joined))), name="of_pairs")
