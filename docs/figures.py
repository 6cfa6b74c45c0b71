"""The pictures of the concept pages, each trained and drawn by kgan in a minute or two on two CPU cores.

    python docs/figures.py divergences          # docs/concepts/divergences.png
    python docs/figures.py --help               # the others

What each prints stands in the text of its page. `examples/` has the longer ones.
"""

import argparse
import sys
from pathlib import Path

import keras
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import kgan

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import normal_1d
import ring_of_gaussians as ring

__all__ = ["FIGURES", "main"]

OUT = Path(__file__).parent / "concepts"
DATA, MODEL, THIRD = "tab:blue", "tab:orange", "tab:green"
STYLE = {"axes.spines.top": False, "axes.spines.right": False, "font.size": 10, "legend.frameon": False}


def saved(figure: plt.Figure, name: str) -> None:
    """Writes the picture and says where."""
    figure.tight_layout()
    figure.savefig(OUT / f"{name}.png", dpi=110)
    plt.close(figure)
    print(f"Picture: docs/concepts/{name}.png")


# --- divergences ---

DISTANCES = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)


def normal(x: np.ndarray, mean: float, deviation: float = 1.0) -> np.ndarray:
    """The density of a normal distribution."""
    return np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))


def kl(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """KL(p || q) by quadrature, in nats; densities below 1e-300 count as that."""
    return float(np.trapezoid(p * (np.log(np.maximum(p, 1e-300)) - np.log(np.maximum(q, 1e-300))), x))


def js(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """The Jensen-Shannon divergence by quadrature, in nats."""
    return (kl(p, (p + q) / 2, x) + kl(q, (p + q) / 2, x)) / 2


def proved(distance: float) -> float:
    """The Jensen-Shannon divergence that a discriminator of kgan proves, trained while the generator stands still."""
    generator = keras.Sequential([keras.Input((1,)), normal_1d.ShiftAndScale()])
    generator.layers[-1].set_weights([np.float32(distance), np.float32(1.0)])  # z + distance
    hidden = [keras.layers.Dense(32, activation="tanh") for _ in range(2)]
    discriminator = keras.Sequential([keras.Input((1,)), *hidden, keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, seed=0)
    gan.compile(keras.optimizers.Adam(0.0), keras.optimizers.Adam(3e-3), loss="non_saturating")
    random = np.random.default_rng(0)
    gan.fit(random.normal(size=(25_000, 1)).astype(np.float32), batch_size=500, epochs=12, verbose=0)
    held_out = random.normal(size=(100_000, 1)).astype(np.float32)
    figures = gan.evaluate(held_out, batch_size=10_000, return_dict=True, verbose=0)
    return kgan.losses.js_divergence_lower_bound(figures["discriminator_loss"])


def divergences() -> None:
    """KL, JS and Wasserstein distance of two normals at a growing distance, and what a trained discriminator proves."""
    keras.utils.set_random_seed(0)
    x = np.linspace(-15, 25, 200_001)
    measured = {distance: proved(distance) for distance in DISTANCES}
    print("distance  KL      JS      W1      JS proved by the discriminator")
    for distance, bound in measured.items():
        exact = js(normal(x, 0.0), normal(x, distance), x)
        print(f"{distance:8.1f}  {distance**2 / 2:6.3f}  {exact:6.4f}  {distance:6.3f}  {bound:.4f}")

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
    for distance, colour in ((0.0, DATA), (2.0, MODEL), (6.0, THIRD)):
        left.fill_between(x, normal(x, distance), alpha=0.35, color=colour, label=f"N({distance:g}, 1)")
    left.set(title="Data N(0, 1), and a generator at two distances", xlabel="x", xlim=(-4, 10), ylabel="density")
    left.legend(loc="upper right")
    along = np.linspace(0, 8, 81)
    right.plot(along, along**2 / 2, color="tab:red", label="KL, either way")
    right.plot(along, along, color=THIRD, label="Wasserstein-1")
    right.plot(along, [js(normal(x, 0.0), normal(x, one), x) for one in along], color=DATA, label="Jensen-Shannon")
    right.plot(*zip(*measured.items(), strict=True), "o", color=MODEL, label="JS proved by kgan's discriminator")
    right.axhline(np.log(2), color="grey", linewidth=0.8, linestyle=":")
    right.text(6.4, np.log(2) + 0.06, "log 2", color="grey")
    right.set(title="Divergence by distance", xlabel="distance of the means", ylabel="nats (Wasserstein: units of x)")
    right.set(ylim=(-0.1, 4))
    right.legend(loc="center right")
    saved(figure, "divergences")


# --- which mistakes a divergence forgives ---

MODES = (-3.0, 3.0)


def covering() -> None:
    """One normal for data with two humps: the best by KL each way and by JS, and what a generator of kgan comes to."""
    x = np.linspace(-20, 20, 8_001)
    p = sum(normal(x, mean) for mean in MODES) / 2
    means, deviations = np.linspace(-4, 4, 81), np.linspace(0.5, 5, 91)
    distances = {
        "KL(data || model)": lambda q: kl(p, q, x),
        "KL(model || data)": lambda q: kl(q, p, x),
        "Jensen-Shannon": lambda q: js(p, q, x),
    }
    best = {}
    for name, distance in distances.items():
        table = [[distance(normal(x, mean, deviation)) for deviation in deviations] for mean in means]
        row, column = np.unravel_index(np.argmin(table), (len(means), len(deviations)))
        best[name] = (abs(means[row]), deviations[column])  # the other hump is as good
        print(f"{name:20} mean {abs(means[row]):5.2f}  deviation {deviations[column]:.2f}")
    played = {}
    for loss in ("minimax", "non_saturating"):
        played[loss] = one_normal_for_two_humps(loss)
        print(f"kgan, {loss:14} mean {played[loss][0]:5.2f}  deviation {played[loss][1]:.2f}")

    figure, axes = plt.subplots(1, 2, figsize=(11, 3.8), sharey=True)
    for axis, fits, title in (
        (axes[0], best, "The best single normal, by divergence"),
        (axes[1], played, "What kgan's generator (shift and scale) came to"),
    ):
        axis.fill_between(x, p, color="lightgrey", label="data")
        for (name, (mean, deviation)), colour in zip(fits.items(), (DATA, MODEL, THIRD), strict=False):
            style = "--" if colour == THIRD else "-"  # two of the curves all but coincide
            axis.plot(x, normal(x, mean, deviation), style, color=colour, label=name)
        axis.set(title=title, xlabel="x", xlim=(-11, 11))
        axis.legend(fontsize=8)
    saved(figure, "covering")


def one_normal_for_two_humps(loss: str) -> tuple[float, float]:
    """Mean and standard deviation of a generator that can draw nothing but one normal."""
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    x = random.normal(random.choice(MODES, size=(50_000, 1))).astype(np.float32)
    generator = keras.Sequential([keras.Input((1,)), normal_1d.ShiftAndScale()])
    generator.layers[-1].set_weights([np.float32(1.0), np.float32(1.0)])  # a little to the right of the middle
    hidden = [keras.layers.Dense(64, activation="tanh") for _ in range(2)]
    discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Rescaling(1 / 3), *hidden, keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, seed=0)
    gan.compile(keras.optimizers.Adam(2e-3, beta_1=0.5), keras.optimizers.Adam(1e-2, beta_1=0.5), loss=loss)
    gan.fit(x, batch_size=500, epochs=30, verbose=0)
    shift, scale = (float(weight) for weight in generator.layers[-1].get_weights())
    return shift * scale, abs(scale)


# --- the equilibrium ---


class Steps(keras.callbacks.Callback):
    """Remembers what `look` sees of the model, at the start and after every step."""

    def __init__(self, look):
        super().__init__()
        self.look = look
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append(self.look(self.model))

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(self.look(self.model))


def equilibrium() -> None:
    """Accuracies and loss of the discriminator while the generator of `examples/normal_1d.py` comes to its data."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(normal_1d.MEAN, normal_1d.DEVIATION, (25_000, 1)).astype(np.float32)
    gan = normal_1d.build()
    rates = (keras.optimizers.schedules.CosineDecay(rate, 2_000) for rate in (3e-2, 1e-2))
    gan.compile(*(keras.optimizers.Adam(rate, beta_1=0.5) for rate in rates), loss="non_saturating")
    history = gan.fit(x, batch_size=250, epochs=20, verbose=0).history
    epochs = np.arange(1, 21)
    print("epoch  discriminator_loss  real_accuracy  generated_accuracy")
    for epoch in (1, 2, 5, 10, 20):
        row = [history[name][epoch - 1] for name in ("discriminator_loss", "real_accuracy", "generated_accuracy")]
        print(f"{epoch:5}  {row[0]:18.4f}  {row[1]:13.2f}  {row[2]:18.2f}")

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8))
    left.plot(epochs, history["discriminator_loss"], color=DATA)
    left.axhline(2 * np.log(2), color="grey", linestyle=":", label="2 log 2 = 1.386")
    left.set(title="Loss of the discriminator", xlabel="epoch", ylabel="discriminator_loss")
    left.legend()
    right.plot(epochs, history["real_accuracy"], color=DATA, label="real_accuracy")
    right.plot(epochs, history["generated_accuracy"], color=MODEL, label="generated_accuracy")
    mean = (np.array(history["real_accuracy"]) + np.array(history["generated_accuracy"])) / 2
    right.plot(epochs, mean, color="black", linewidth=1, label="mean of both")
    right.axhline(0.5, color="grey", linestyle=":", label="0.5")
    right.set(title="Accuracy of the discriminator", xlabel="epoch", ylim=(0, 1))
    for axis in (left, right):
        axis.set_xticks((1, 5, 10, 15, 20))
    right.legend()
    saved(figure, "equilibrium")


GAMES = {
    "minimax": ("minimax", []),
    "minimax and R1": ("minimax", [kgan.penalties.R1(1.0)]),
    "wasserstein and WGANGP": ("wasserstein", [kgan.penalties.WGANGP(1.0)]),
}


def orbits() -> None:
    """The smallest game: data in one point, a generator that is one number, a discriminator that is a slope."""
    figure, axes = plt.subplots(1, len(GAMES), figsize=(11, 3.9), sharex=True, sharey=True)
    for axis, (title, (loss, penalties)) in zip(axes, GAMES.items(), strict=True):
        path = np.array(smallest_game(loss, penalties))
        start, end = np.linalg.norm(path[[0, -1]], axis=1)
        print(f"{title:24} starts {start:.2f} from the equilibrium, ends {end:.2f}")
        axis.plot(*path.T, color=DATA, linewidth=0.8)
        axis.plot(*path[0], "o", color=MODEL, label="start")
        axis.plot(*path[-1], "s", color=THIRD, label="end")
        axis.plot(0, 0, "k+", markersize=12, label="equilibrium")
        axis.set(title=title, xlabel="generator: where its samples are")
    axes[0].set(ylabel="discriminator: its slope")
    axes[1].legend(fontsize=8, loc="upper left")
    saved(figure, "orbits")


def smallest_game(loss: str, penalties: list, steps: int = 1_000) -> list[tuple[float, float]]:
    """`(theta, psi)` after each step of the Dirac-GAN of Mescheder et al., 2018, arXiv:1801.04406, section 2."""
    place = keras.Sequential([keras.Input((1,)), Point()])
    slope = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    gan = kgan.GAN(place, slope, seed=0)
    gan.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05), loss=loss, penalties=penalties)
    seen = Steps(lambda gan: tuple(net.get_weights()[0].item() for net in (gan.generator, gan.discriminator)))
    gan.fit(np.zeros((steps * 4, 1), np.float32), batch_size=4, verbose=0, callbacks=[seen])
    return seen.seen


class Point(keras.layers.Layer):
    """The same number for every latent: it starts at 1."""

    def build(self, input_shape):
        self.theta = self.add_weight(name="theta", shape=(), initializer="ones")

    def call(self, z):
        return 0.0 * z + self.theta


# --- mode collapse ---

SNAPSHOTS = (0, 100, 300, 1_000, 2_000)


def collapse() -> None:
    """Eight Gaussians on a ring while two games learn them: samples after some steps."""
    figure, axes = plt.subplots(2, len(SNAPSHOTS), figsize=(11, 4.8))
    for row, (loss, penalty) in zip(axes, (("least_squares", "no penalty"), ("least_squares", "R1 + R2")), strict=True):
        gan = ring.build(loss, penalty, SNAPSHOTS[-1])
        ring.restart(gan, seed=0)
        data = ring.draw(ring.MODES["ring"], SNAPSHOTS[-1] * ring.BATCH, np.random.default_rng(0))
        for axis, before, step in zip(row, (0, *SNAPSHOTS), SNAPSHOTS, strict=False):
            if step:
                gan.fit(data[before * ring.BATCH : step * ring.BATCH], batch_size=ring.BATCH, verbose=0)
            samples = gan.generate(ring.SAMPLES, seed=0, averaged=False)
            modes, quality = ring.count(samples, ring.MODES["ring"])
            print(f"{loss}, {penalty:10} step {step:4}: {modes} of 8 modes, {quality:4.0%} of samples near one")
            axis.scatter(*samples.T, s=1, alpha=0.4, color=DATA)
            for mode in ring.MODES["ring"]:
                axis.add_patch(plt.Circle(mode, 3 * ring.DEVIATION, fill=False, color=MODEL, linewidth=0.8))
            axis.set(xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), xticks=[], yticks=[], aspect="equal")
            axis.set_title(f"step {step}: {modes} of 8", fontsize=9)
            axis.spines[:].set_visible(True)
        row[0].set_ylabel(f"{loss},\n{penalty}")
    saved(figure, "collapse")


# --- p(x | y) ---


def conditions() -> None:
    """The ring with a label for each Gaussian: a conditional game draws what it is asked for."""
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    labels = random.integers(8, size=200_000)
    x = random.normal(ring.MODES["ring"][labels], ring.DEVIATION).astype(np.float32)

    def network(size: int, outputs: int, name: str) -> keras.Model:
        values, label = keras.Input((size,)), keras.Input((), dtype="int32")
        hidden = keras.layers.Concatenate()([values, keras.layers.Embedding(8, 8)(label)])
        for _ in range(3):
            hidden = keras.layers.Dense(128, activation="relu")(hidden)
        return keras.Model([values, label], keras.layers.Dense(outputs)(hidden), name=name)

    gan = kgan.GAN(network(2, 2, "generator"), network(2, 1, "discriminator"), num_classes=8, seed=0)
    adam = keras.optimizers.Adam
    gan.compile(
        adam(1e-3, 0.0, 0.99), adam(1e-3, 0.0, 0.99), loss="relativistic_pairing", penalties=ring.PENALTIES["R1 + R2"]
    )
    gan.fit(x, labels, batch_size=200, epochs=3, verbose=0)

    figure, axes = plt.subplots(1, 4, figsize=(11, 3))
    for axis, label in zip(axes, (None, 0, 3, 6), strict=True):
        asked = np.arange(2_400) % 8 if label is None else label
        samples = gan.generate(2_400, seed=0, labels=asked)
        nearest = np.linalg.norm(samples[:, None] - ring.MODES["ring"], axis=-1).argmin(axis=1)
        share = np.mean(nearest == asked)
        print(f"label {'each' if label is None else label}: {share:4.0%} of samples are nearest to its own Gaussian")
        axis.scatter(*x[:1_500].T, s=1, color="lightgrey")
        axis.scatter(*samples.T, s=1, c=np.broadcast_to(asked, 2_400), cmap="tab10", vmin=0, vmax=9)
        axis.set(xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), xticks=[], yticks=[], aspect="equal")
        axis.set_title("labels 0 to 7" if label is None else f"p(x | y = {label})", fontsize=10)
        axis.spines[:].set_visible(True)
    saved(figure, "condition_ring")


FIGURES = {one.__name__: one for one in (divergences, covering, equilibrium, orbits, collapse, conditions)}


def main(names: list[str]) -> None:
    """Draws these, or all."""
    mpl.use("Agg")
    plt.rcParams.update(STYLE)
    for name in names or FIGURES:
        FIGURES[name]()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], *FIGURES], help="which; all of them without")
    main(parser.parse_args().names)
