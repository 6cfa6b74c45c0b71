"""Small games that the tests share."""

import keras
import numpy as np
import tensorflow as tf

import kgan


def linear_game(latent_dim: int = 1, sample_dim: int = 1, **gan_arguments) -> kgan.GAN:
    """G(z) = A z + b and D(x) = w x + c, whose gradients are known in closed form."""
    generator = keras.Sequential([keras.Input((latent_dim,)), keras.layers.Dense(sample_dim)], name="generator")
    discriminator = keras.Sequential([keras.Input((sample_dim,)), keras.layers.Dense(1)], name="discriminator")
    gan_arguments.setdefault("seed", 0)
    return kgan.GAN(generator, discriminator, **gan_arguments)


def small_dcgan(num_classes: int | None = None, **gan_arguments) -> kgan.GAN:
    """A GAN of 8 x 8 grey images that trains in a blink."""
    gan_arguments.setdefault("seed", 0)
    return kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_classes=num_classes, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_classes=num_classes, seed=1),
        num_classes=num_classes,
        **gan_arguments,
    )


def stateful_discriminator():
    """BatchNormalization and Dropout: everything that could move when it should not."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )


def first_latents(gan: kgan.GAN, batch: int) -> np.ndarray:
    """The z that the next training step will draw."""
    seed = gan.random_seed(0, training=True)
    sample = tf.function(lambda seed: gan.latents.sample((batch, gan.latent_dim), seed), jit_compile=gan.uses_xla)
    return sample(seed).numpy().astype(np.float64)


@keras.saving.register_keras_serializable("kgan_tests")
class Waves(kgan.latents.Latents):
    """Latents that are the same with and without XLA, which a random generator's are not."""

    def sample(self, shape, seed):
        wave = tf.range(shape[0] * shape[1], dtype=tf.float32) * (1.0 + tf.cast(seed[1], tf.float32))
        return tf.reshape(tf.sin(wave), shape)

    def rows(self, count, latent_dim, random):
        return np.zeros((count, latent_dim))


class Counter(keras.callbacks.Callback):
    """Collects the logs of every batch."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(dict(logs))
