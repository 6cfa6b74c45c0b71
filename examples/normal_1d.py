"""A GAN whose every quantity is known in closed form: data from N(10, 4), a generator with two parameters.

    pip install 'kgan[examples]'
    python examples/normal_1d.py

The generator is x = (z + a) * b with z ~ N(0, 1), so p_g = N(a b, |b|): the learned discriminator can be held against
D*(x) = p_data / (p_data + p_g), and the divergence that its value proves, V = -log 4 + 2 JSD, against quadrature.
"""

import argparse
import math

import keras
import matplotlib.pyplot as plt
import numpy as np

import kgan

MEAN, DEVIATION = 10.0, 4.0  # of the data
BATCH = 256


@keras.saving.register_keras_serializable("kgan_examples")
class ShiftAndScale(keras.layers.Layer):
    """x = (z + a) * b."""

    def build(self, shape):
        self.a = self.add_weight(name="a", shape=(), initializer="zeros")
        self.b = self.add_weight(name="b", shape=(), initializer="ones")

    def call(self, z):
        return (z + self.a) * self.b


def build() -> kgan.GAN:
    """The two networks."""
    generator = keras.Sequential([keras.Input((1,)), ShiftAndScale()], name="generator")
    discriminator = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Rescaling(1 / DEVIATION, offset=-MEAN / DEVIATION),
            keras.layers.Dense(32, activation="tanh"),
            keras.layers.Dense(32, activation="tanh"),
            keras.layers.Dense(1),
        ],
        name="discriminator",
    )
    return kgan.GAN(generator, discriminator, seed=0)


def train(gan: kgan.GAN, x: np.ndarray, epochs: int, generator_rate: float, discriminator_rate: float) -> None:
    """Plays with learning rates that fall to zero; a rate of 0 freezes the generator."""
    steps = epochs * (len(x) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay
    gan.compile(
        keras.optimizers.Adam(schedule(generator_rate, steps), beta_1=0.5),
        keras.optimizers.Adam(schedule(discriminator_rate, steps), beta_1=0.5),
        loss="non_saturating",
    )
    gan.fit(x, batch_size=BATCH, epochs=epochs, verbose=0)


def density(x: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """Of a normal distribution."""
    return np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (abs(deviation) * math.sqrt(2 * math.pi))


def js_divergence(mean: float, deviation: float) -> float:
    """Between the data and the generator, by quadrature, in nats."""
    x = np.linspace(min(MEAN, mean) - 12 * DEVIATION, max(MEAN, mean) + 12 * DEVIATION, 400_001)
    p, q = density(x, MEAN, DEVIATION), density(x, mean, deviation)
    middle = (p + q) / 2
    tiny = np.finfo(float).tiny

    def kl(p):
        return np.trapezoid(p * np.log(np.maximum(p, tiny) / np.maximum(middle, tiny)), x)

    return (kl(p) + kl(q)) / 2


def report(gan: kgan.GAN, held_out: np.ndarray, title: str, axis) -> tuple[float, float]:
    """Prints and draws where the two players stand; returns the generator's mean and standard deviation."""
    a, b = (float(weight) for weight in gan.generator.get_weights())
    mean, deviation = a * b, abs(b)
    figures = gan.evaluate(held_out, batch_size=10_000, return_dict=True, verbose=0)
    implied = kgan.losses.js_divergence_lower_bound(figures["discriminator_loss"])
    print(f"{title}")
    print(f"  generator                   mean {mean:6.2f}, standard deviation {deviation:5.2f}")
    print(f"  data                        mean {MEAN:6.2f}, standard deviation {DEVIATION:5.2f}")
    print(f"  value V(G, D)               {-figures['discriminator_loss']:.4f}   (-log 4 = {-math.log(4):.4f})")
    print(f"  JS divergence by quadrature {js_divergence(mean, deviation):.4f}")
    print(f"  JS divergence implied by V  {implied:.4f}")
    print(f"  accuracy on reals {figures['real_accuracy']:.2f}, on generated {figures['generated_accuracy']:.2f}")

    x = np.linspace(-5, 25, 601)
    p, q = density(x, MEAN, DEVIATION), density(x, mean, deviation)
    learned = 1 / (1 + np.exp(-gan.discriminator(x[:, None].astype(np.float32)).numpy()[:, 0]))
    axis.fill_between(x, p, alpha=0.3, label="p_data")
    axis.fill_between(x, q, alpha=0.3, label="p_g")
    axis.plot(x, learned, label="learned D")
    axis.plot(x, p / (p + q), "--", label="D* = p_data / (p_data + p_g)")
    axis.set(title=title, xlabel="x", ylim=(0, 1.05))
    axis.legend()
    return mean, deviation


def main(out: str = "normal_1d.png", seed: int = 0) -> tuple[float, float]:
    """Trains the discriminator against a frozen generator, then plays the game, then judges the result."""
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    x, held_out = (random.normal(MEAN, DEVIATION, (count, 1)).astype(np.float32) for count in (25_000, 200_000))
    gan = build()
    _, axes = plt.subplots(1, 2, figsize=(13, 4.5))

    train(gan, x, epochs=8, generator_rate=0.0, discriminator_rate=1e-2)
    report(gan, held_out, "The generator frozen where it starts", axes[0])

    train(gan, x, epochs=20, generator_rate=3e-2, discriminator_rate=1e-2)
    train(gan, x, epochs=8, generator_rate=0.0, discriminator_rate=1e-2)  # D catches up with the generator at rest
    result = report(gan, held_out, "After the game", axes[1])

    plt.tight_layout()
    plt.savefig(out)
    print(f"Plot: {out}")
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", default="normal_1d.png")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
