"""Paired translation on your own networks: a digit with its middle cut out in, the whole digit out.

    python examples/paired_l1.py

The generator sees a digit without its rows 10 to 17 and draws the whole digit (Pathak et al., 2016, arXiv:1604.07379).
The discriminator sees the drawing beside what the generator saw, and an L1 loss holds the drawing to the true digit, as
in pix2pix (Isola et al., 2017, arXiv:1611.07004). The step, optimizers, penalties, the average of the generator, logs,
saving, resuming and exporting are those of `kgan.Translation`.
"""

import argparse

import keras
import numpy as np
from keras import layers

import kgan

CUT = slice(10, 18)  # rows


def cut(images: np.ndarray) -> np.ndarray:
    """The images without the rows."""
    seen = images.copy()
    seen[:, CUT] = 0
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
    """Logits of a drawing beside what it was made from."""
    drawing, seen = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
    x = layers.Concatenate()([drawing, seen])
    for filters in (32, 64):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))
    return keras.Model([drawing, seen], layers.Dense(1)(layers.Flatten()(x)), name="discriminator")


def main(epochs: int = 4, out: str = "paired_l1.png") -> tuple[float, float]:
    """Trains, draws, and returns the mean absolute error in the cut rows on held-out digits: before and after."""
    data = kgan.data.load("digits", batch_size=4500, validation_split=0.1)
    train, test = (next(iter(split.unbatch().map(lambda x, y: x).batch(4500))).numpy() for split in data)

    keras.utils.set_random_seed(0)
    model = kgan.Translation(generator(), discriminator(), ema_half_life=5_000, seed=0)
    model.compile(
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        penalties=[kgan.penalties.R1(1.0)],
        objectives=[kgan.objectives.L1(20.0)],
    )

    def error() -> float:
        truth = np.float32(test) / 127.5 - 1.0
        return float(np.abs(model.translate(cut(test)) - truth)[:, CUT].mean())

    before = error()
    model.fit(cut(train), train, batch_size=64, epochs=epochs, verbose=2)
    after = error()
    print(f"Mean absolute error in the rows that were cut out: {before:.3f} before, {after:.3f} after")

    shown = [np.float32(images) / 127.5 - 1.0 for images in (cut(test[:8]), test[:8])]
    columns = [shown[0], model.translate(cut(test[:8])), shown[1]]
    kgan.pictures.grid(np.stack(columns, axis=1).reshape(-1, 28, 28, 1), columns=3).save(out)
    print(f"Seen, drawn and true, from left to right, in {out}")
    return before, after


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", default="paired_l1.png")
    main(**vars(parser.parse_args()))
