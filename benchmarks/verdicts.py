"""Whether EquilibriumMonitor names what is wrong: games on digits, deliberately broken, and a table of its verdicts.

    python benchmarks/verdicts.py --seeds 3

Each game is the recipe `digits` with one thing changed, for a few epochs; the verdict is the one after the last.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable

import keras
import numpy as np

import kgan
from kgan import recipes
from kgan._support.configurable import deserialized
from kgan.data.sources import arrays, digits

RATE = 1e-3  # of both players in the recipe
FEW = 100


def game(settings: dict[str, str], seed: int) -> kgan.GAN:
    """The recipe with some settings changed."""
    return recipes.get("digits").changed(settings).build("digits", seed)


def that_ignores_latents(seed: int) -> kgan.GAN:
    """A game whose generator sees zeros in place of its latents."""
    whole = game({}, seed)
    latents, labels = whole.generator.inputs
    blind = keras.Model([latents, labels], whole.generator([keras.layers.Rescaling(0.0)(latents), labels]))
    gan = kgan.GAN(blind, whole.discriminator, num_classes=10, ema_half_life=whole.ema_half_life, seed=seed)
    gan.compile(**deserialized(whole.get_compile_config()))
    return gan


GAMES: dict[str, tuple[Callable[[int], kgan.GAN], str]] = {
    "healthy": (lambda seed: game({}, seed), "balanced"),
    "learning rate of D x 100": (
        lambda seed: game({"discriminator_learning_rate": str(100 * RATE)}, seed),
        "discriminator is dead",
    ),
    "learning rate of G x 100": (
        lambda seed: game({"generator_learning_rate": str(100 * RATE)}, seed),
        "generator gets no gradient",
    ),
    "G ignores z": (that_ignores_latents, "collapsed"),
    "learning rate of D 0": (
        lambda seed: game({"discriminator_learning_rate": "0.0"}, seed),
        "discriminator is dead",
    ),
    f"{FEW} training images": (lambda seed: game({}, seed), "overfitting the reals"),
    "learning rate of G / 1000": (
        lambda seed: game({"generator_learning_rate": str(RATE / 1000)}, seed),
        "discriminator wins",
    ),
}


def data(few: bool, seed: int):
    """Training and held-out batches; with few training images, as many steps in an epoch."""
    if not few:
        return kgan.data.load("digits", 64, seed=seed)
    images, labels = digits.read()
    order = np.random.RandomState(seed).permutation(len(images))
    train, held_out = order[:FEW], order[-500:]
    rows = np.tile(train, 45)
    labels = labels.astype(np.int32)
    return (
        arrays.batches(images, labels, indices=rows, batch_size=64, shuffle_seed=seed, drop_remainder=True),
        arrays.batches(images, labels, indices=held_out, batch_size=64),
    )


def main() -> None:
    """Plays every game with every seed, prints each verdict, then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--only", help="games whose name has this in it")
    arguments = parser.parse_args()
    started = time.perf_counter()
    found: dict[str, Counter] = {}
    for name, (build, _) in GAMES.items():
        if arguments.only and arguments.only not in name:
            continue
        for seed in range(arguments.seeds):
            keras.utils.clear_session()
            gan = build(seed)
            train, held_out = data(name.startswith(str(FEW)), seed)
            monitor = kgan.callbacks.EquilibriumMonitor(features="digits", verbose=0)
            gan.fit(train, validation_data=held_out, epochs=arguments.epochs, verbose=0, callbacks=[monitor])
            names = [verdict.name for verdict in monitor.verdicts]
            found.setdefault(name, Counter())[names[-1]] += 1
            print(f"{name}, seed {seed}: {monitor.verdicts[-1]}\n    {' / '.join(names)}", flush=True)
    print()
    columns = list(dict.fromkeys([expected for _, expected in GAMES.values()] + [v for c in found.values() for v in c]))
    print("| game | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for name, counts in found.items():
        cells = (f"**{counts[v]}**" if v == GAMES[name][1] and counts[v] else str(counts[v] or "") for v in columns)
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"\n{arguments.seeds} seeds, {arguments.epochs} epochs, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
