"""A model of another kind on kgan's core: paired images, from one to another, with an L1 loss beside the game.

    python examples/paired_l1.py

The generator sees a digit with its middle row block cut out and draws the whole digit (Pathak et al., 2016,
arXiv:1604.07379); the discriminator judges the drawing beside what the generator saw (pix2pix: Isola et al., 2017,
arXiv:1611.07004). All that is new is which pairs are played, and a loss of the generator's own: the step, the
optimizers, penalties, the average of the generator, logs, saving and resuming are kgan's.
"""

import argparse

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

import kgan


@keras.saving.register_keras_serializable("examples")
class L1(kgan.objectives.Objective):
    """The mean absolute difference of what was drawn and what should have been."""

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def generator_loss(self, judgement):
        return ops.mean(ops.abs(judgement.generated - judgement.game.real))


@keras.saving.register_keras_serializable("examples")
class Paired(kgan.AdversarialModel):
    """Learns from pairs (seen, whole): the generator makes the second of the first."""

    def play(self, data, training):
        seen, whole, _ = keras.utils.unpack_x_y_sample_weight(data)
        return kgan.Round(generator_inputs=seen, real=whole, conditions=(seen,))


def cut(images: np.ndarray) -> np.ndarray:
    """The images without rows 10 to 17."""
    seen = images.copy()
    seen[:, 10:18] = -1.0
    return seen


def generator() -> keras.Model:
    """Down to a 7 x 7 grid and up again, with the input at hand at the end."""

    def convolved(x, filters, size=4, convolution=layers.Conv2D, **arguments):
        x = convolution(filters, size, padding="same", use_bias=False, **arguments)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    x = seen = keras.Input((28, 28, 1))
    x = convolved(x, 32, strides=2)
    x = convolved(x, 64, strides=2)
    x = convolved(x, 64, size=5)  # looks across the rows that are missing
    x = convolved(x, 32, convolution=layers.Conv2DTranspose, strides=2)
    x = convolved(x, 32, convolution=layers.Conv2DTranspose, strides=2)
    x = layers.Concatenate()([x, seen])
    return keras.Model(seen, layers.Conv2D(1, 3, padding="same", activation="tanh")(x), name="generator")


def discriminator() -> keras.Model:
    """Judges a drawing beside what it was made from."""
    drawing, seen = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
    x = layers.Concatenate()([drawing, seen])
    for filters in (32, 64):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))
    return keras.Model([drawing, seen], layers.Dense(1)(layers.Flatten()(x)), name="discriminator")


def main(epochs: int = 4, out: str = "paired_l1.png") -> tuple[float, float]:
    """Trains, draws, and returns the mean absolute error in the cut rows on held-out digits: before and after."""
    images = kgan.data.load("digits", batch_size=4500, validation_split=0.1)
    train, test = (next(iter(split.unbatch().map(lambda x, y: x).batch(4500))).numpy() for split in images)
    train, test = (np.float32(split) / 127.5 - 1.0 for split in (train, test))

    keras.utils.set_random_seed(0)
    gan = Paired(generator(), discriminator(), ema_half_life=5_000, seed=0)
    gan.compile(
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        penalties=[kgan.penalties.R1(1.0)],
        objectives=[L1(weight=20.0)],
    )

    def error() -> float:
        drawn = gan.predict(cut(test), verbose=0)
        return float(np.abs(drawn - test)[:, 10:18].mean())

    before = error()
    pairs = tf.data.Dataset.from_tensor_slices((cut(train), train)).shuffle(len(train), seed=0)
    gan.fit(pairs.batch(64, drop_remainder=True), epochs=epochs, shuffle=False, verbose=2)
    after = error()
    print(f"Mean absolute error in the rows that were cut out: {before:.3f} before, {after:.3f} after")

    columns = [cut(test[:8]), gan.predict(cut(test[:8]), verbose=0), test[:8]]
    rows = np.stack(columns, axis=1).reshape(-1, 28, 28, 1)
    kgan.pictures.grid(rows, columns=3).save(out)
    print(f"Seen, drawn and true, from left to right, in {out}")
    return before, after


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", default="paired_l1.png")
    main(**vars(parser.parse_args()))
