"""A game so small that each of Keras's callbacks can be tried on it."""

import keras
import numpy as np
import tensorflow as tf

import kgan
from kgan import augmentation, penalties

FIGURES = ["discriminator_loss", "generated_accuracy", "generator_loss", "real_accuracy"]
BATCHES = 4  # of an epoch


def tiny_game(**compile_arguments) -> kgan.GAN:
    """Dense networks on 4 x 4 pixels, with everything that training remembers: averages, moments, an adaptive p."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Reshape((4, 4, 1))],
        name="generator",
    )
    discriminator = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)],
        name="discriminator",
    )
    gan = kgan.GAN(generator, discriminator, ema_half_life=50, seed=3)
    compile_arguments.setdefault("generator_optimizer", keras.optimizers.Adam(1e-2))
    compile_arguments.setdefault("discriminator_optimizer", keras.optimizers.RMSprop(1e-2, momentum=0.5))
    compile_arguments.setdefault("penalties", [penalties.LeCam(start=1)])
    compile_arguments.setdefault("augmentation", augmentation.ADA(-0.9, images=64, every=2, policy="flip"))
    gan.compile(jit_compile=False, **compile_arguments)
    return gan


def pixels(count: int = 8 * BATCHES) -> np.ndarray:
    return np.random.RandomState(0).randint(0, 256, (count, 4, 4, 1)).astype(np.uint8)


def in_order() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(pixels()).batch(8)


PLAYERS = ("generator", "discriminator")


def reshuffled() -> tf.data.Dataset:
    return kgan.data.load(pixels(), 8, validation_split=0.0).train


def bits(gan, optimizers=("generator_optimizer", "discriminator_optimizer")) -> list[bytes]:
    """Weights of both players and of the average, counters, optimizers and what penalties and augmentation remember."""
    variables = [*gan.variables, *(one for name in optimizers for one in getattr(gan, name).variables)]
    return [variable.numpy().tobytes() for variable in (*variables, *gan._remembered().values())]
