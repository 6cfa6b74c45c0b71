"""How many of the 1,000 modes of Stacked MNIST a generator reaches: the set-up of Unrolled GANs, on its very networks.

    python benchmarks/stacked_mnist.py --cache stacked
    python benchmarks/stacked_mnist.py --cache stacked --steps 500 --rows DCGAN --sizes 1/4 --seeds 1

Three digits at random are the three colours of an image, so there are 1,000 kinds of images, which a classifier of
digits tells apart. Published rows are means of 50 runs of 500,000 steps (PacGAN's repository, after Metz et al., 2017,
arXiv:1611.02163); ours have a tenth of the steps, and draw from the 5,000 digits that come with kgan, judged by the
classifier that comes with kgan, which is right about 97.6 % of the digits that it has not seen. Each run is kept in the
cache as a JSON file with its settings and looks, so that runs can be made a few at a time; one with other settings is
played again. The table prints all that is there.

Networks, optimizers and batch are those of PacGAN's repository (Lin et al., 2018, arXiv:1712.04086). A gradient penalty
needs logits that depend on their own sample alone, so rows with one have no batch normalisation in the discriminator.
`--sizes resnet` takes a small ResNet without normalisation instead, for the order of the rows of R3GAN's table 1.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from cached import kept

import kgan
from kgan.data.sources import digits
from kgan.metrics import extractors

SIDE, MODES = 28, 1_000
LATENT_DIM, BATCH = 256, 128
SAMPLES = 25_600  # that are judged
FILTERS = {"1/4": (2, 4, 8), "1/2": (4, 8, 16)}  # of the discriminator, by its size beside Unrolled's own
RESNET = "resnet"
WIDTH = 32  # of the ResNet


class Row(NamedTuple):
    """What differs between rows.

    Attributes:
        loss: The adversarial loss.
        gammas: Of R1 and of R2.
        pac: Samples that the discriminator sees at once.
    """

    loss: str = "non_saturating"
    gammas: tuple[float, float] = (0.0, 0.0)
    pac: int = 1

    @property
    def batch_norm(self) -> bool:
        """Whether the discriminator has batch normalisation, as published."""
        return not any(self.gammas)


ROWS = {
    "DCGAN": Row(),
    "PacGAN 2": Row(pac=2),
    "PacGAN 4": Row(pac=4),
    "GAN + R1": Row(gammas=(0.1, 0.0)),
    "GAN + R1 + R2": Row(gammas=(0.1, 0.1)),
    "RpGAN + R1": Row("relativistic_pairing", (0.1, 0.0)),
    "RpGAN + R1 + R2": Row("relativistic_pairing", (0.1, 0.1)),
    "RpGAN + R1 + R2, PacGAN 2": Row("relativistic_pairing", (0.1, 0.1), 2),
}
PUBLISHED = {  # modes and KL after 500,000 steps
    "DCGAN": {"1/4": (78.5, 5.21), "1/2": (487.7, 2.24)},
    "Unrolled, 10 steps": {"1/4": (327.2, 4.66), "1/2": (817.4, 1.43)},
    "PacGAN 2": {"1/4": (484.5, 2.61), "1/2": (840.7, 1.00)},
    "PacGAN 3": {"1/4": (601.3, 2.00), "1/2": (866.6, 0.90)},
    "PacGAN 4": {"1/4": (667.4, 1.81), "1/2": (820.2, 1.15)},
}


def generator() -> keras.Model:
    """Latents to images `(28, 28, 3)`; 287,875 parameters that learn."""
    layers = keras.layers
    latents = keras.Input((LATENT_DIM,), name="latents")
    x = layers.Reshape((4, 4, 64))(layers.Dense(4 * 4 * 64)(latents))
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters in (32, 16, 8):  # 7, 14, 28 pixels
        first = filters == 32
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding="valid" if first else "same")(x)
        x = layers.Cropping2D(1)(x) if first else x  # (b, 7, 7, 32), as TensorFlow pads for 7 pixels
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(latents, layers.Conv2D(3, 3, padding="same", activation="tanh")(x), name="generator")


def discriminator(size: str, row: Row) -> keras.Model:
    """Images, or packs of them, to a logit."""
    layers = keras.layers
    images = keras.Input((SIDE, SIDE, 3 * row.pac), name="images")
    x = images
    for filters in FILTERS[size]:
        x = layers.Conv2D(filters, 3, strides=2, padding="same")(x)
        x = layers.BatchNormalization()(x) if row.batch_norm else x
        x = layers.LeakyReLU(0.3)(x)
    return keras.Model(images, layers.Dense(1)(layers.Flatten()(x)), name="discriminator")


def resnets(row: Row) -> tuple[keras.Model, keras.Model]:
    """A generator and a discriminator of residual blocks, both without normalisation."""
    layers = keras.layers

    def block(x):
        inner = layers.Conv2D(WIDTH, 3, padding="same")(layers.LeakyReLU(0.2)(x))
        inner = layers.Conv2D(WIDTH, 3, padding="same", kernel_initializer="zeros")(layers.LeakyReLU(0.2)(inner))
        return layers.Add()([x, inner])

    latents, images = keras.Input((LATENT_DIM,), name="latents"), keras.Input((SIDE, SIDE, 3 * row.pac), name="images")
    x = layers.Reshape((7, 7, WIDTH))(layers.Dense(7 * 7 * WIDTH)(latents))
    for _ in range(2):  # 14, 28 pixels
        x = layers.UpSampling2D(2)(block(x))
    made = layers.Conv2D(3, 3, padding="same", activation="tanh")(layers.LeakyReLU(0.2)(block(x)))
    y = layers.Conv2D(WIDTH, 3, padding="same")(images)
    for _ in range(2):  # 14, 7 pixels
        y = layers.AveragePooling2D(2)(block(y))
    logits = layers.Dense(1)(layers.Flatten()(layers.LeakyReLU(0.2)(block(y))))
    return keras.Model(latents, made, name="generator"), keras.Model(images, logits, name="discriminator")


def game(row: Row, size: str, seed: int) -> kgan.GAN:
    """A compiled one of that row, with fresh weights."""
    keras.utils.set_random_seed(seed)
    networks = resnets(row) if size == RESNET else (generator(), discriminator(size, row))
    gan = kgan.GAN(*networks, pac=row.pac, seed=seed)
    makers = (kgan.penalties.R1, kgan.penalties.R2)
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-4, beta_1=0.5, beta_2=0.99),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.99),
        loss=row.loss,
        penalties=[make(gamma) for make, gamma in zip(makers, row.gammas, strict=True) if gamma],
    )
    return gan


def stacked(steps: int, seed: int, start: int = 0) -> tf.data.Dataset:
    """Batches of three digits each, drawn anew at each step: uint8 `(128, 28, 28, 3)`."""
    images = tf.constant(digits.read()[0][..., 0])  # (5000, 28, 28)

    def batch(step: tf.Tensor) -> tf.Tensor:
        drawn = tf.random.stateless_uniform((BATCH, 3), (seed, step), maxval=len(images), dtype=tf.int32)
        return tf.transpose(tf.gather(images, drawn), (0, 2, 3, 1))

    return tf.data.Dataset.range(start, start + steps).map(batch).prefetch(4)


def modes_and_divergence(samples: np.ndarray, classify: Any) -> tuple[int, float]:
    """How many of the 1,000 modes are there, and KL(generated || reals), reals having all alike.

    Args:
        samples: `(n, 28, 28, 3)` in [-1, 1].
        classify: From grey images `(m, 28, 28, 1)` to the logits of ten digits.
    """
    colours = [classify(samples[..., colour : colour + 1]).argmax(axis=1) for colour in range(3)]
    counts = np.bincount(100 * colours[0] + 10 * colours[1] + colours[2], minlength=MODES)
    shares = counts[counts > 0] / len(samples)
    return int((counts > 0).sum()), float((shares * np.log(shares * MODES)).sum())


def classifier(images: np.ndarray) -> np.ndarray:
    """Logits of the classifier that comes with kgan."""
    return np.asarray(extractors.get("digits")(images).logits)


def look(gan: kgan.GAN, count: int) -> tuple[int, float]:
    """Modes and divergence of so many samples, a part at a time."""
    parts = [gan.generate(min(BATCH * 8, count - start), seed=start) for start in range(0, count, BATCH * 8)]
    return modes_and_divergence(np.concatenate(parts), classifier)


def played(row: Row, size: str, seed: int, steps: int, looks: int, count: int) -> dict[str, Any]:
    """Trains one row; its modes and divergence at each look, and how long it took."""
    gan, found, seconds = game(row, size, seed), [], 0.0
    marks = sorted({round(steps * (one + 1) / looks) for one in range(looks)})
    for before, mark in zip([0, *marks], marks, strict=False):
        began = time.perf_counter()
        gan.fit(stacked(mark - before, seed, before), verbose=0)
        seconds += time.perf_counter() - began
        modes, divergence = look(gan, count)
        found.append({"steps": mark, "modes": modes, "divergence": divergence})
    return {"steps": steps, "looks": found, "milliseconds": 1000 * seconds / steps}


def settings(looks: int, samples: int) -> dict[str, int]:
    """What a run comes to depends on, beside what the name of its file tells."""
    return {"looks": looks, "samples": samples}


def table(cache: Path, rows: Sequence[str], sizes: Sequence[str], steps: int, expected: dict[str, int]) -> None:
    """Prints the published rows, and the means over the seeds of those in the cache."""
    print("| row | steps | D | modes of 1,000 | KL | runs | ms a step |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, by_size in PUBLISHED.items():
        for size in sizes:
            if size in by_size:
                modes, divergence = by_size[size]
                print(f"| {name}, published | 500,000 | {size} | {modes:g} | {divergence:.2f} | 50 | |")
    for name in rows:
        for size in sizes:
            found = (kept(path, expected) for path in sorted(cache.glob(f"{file_of(name, size, steps)}-*.json")))
            runs = [run for run in found if run is not None]
            if runs:
                last = [run["looks"][-1] for run in runs]
                cells = [
                    name,
                    f"{steps:,}",
                    size,
                    f"{statistics.mean(one['modes'] for one in last):g}",
                    f"{statistics.mean(one['divergence'] for one in last):.2f}",
                    str(len(runs)),
                    f"{statistics.mean(run['milliseconds'] for run in runs):.0f}",
                ]
                print(f"| {' | '.join(cells)} |")


def file_of(name: str, size: str, steps: int) -> str:
    """The beginning of the names of a row's files in the cache."""
    words = "".join(letter if letter.isalnum() else "-" for letter in f"{name} {size}")
    return f"{words}-{steps}"


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Plays what is not in the cache, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="a folder for what was played")
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--sizes", nargs="+", choices=[*FILTERS, RESNET], default=list(FILTERS))
    parser.add_argument("--steps", type=int, default=50_000)
    parser.add_argument("--looks", type=int, default=10)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args(arguments)
    asked.cache.mkdir(parents=True, exist_ok=True)
    expected = settings(asked.looks, asked.samples)
    for seed in range(asked.seeds):
        for name in asked.rows:
            for size in asked.sizes:
                path = asked.cache / f"{file_of(name, size, asked.steps)}-{seed}.json"
                if kept(path, expected) is None:
                    result = played(ROWS[name], size, seed, asked.steps, asked.looks, asked.samples)
                    path.write_text(json.dumps({"settings": expected, **result}, indent=1))
    table(asked.cache, asked.rows, asked.sizes, asked.steps, expected)


if __name__ == "__main__":
    main()
