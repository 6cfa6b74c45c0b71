"""Does the monitor of pairs name the right thing? Translators of blobs to their negatives, broken on purpose.

    python benchmarks/pair_verdicts.py
    python benchmarks/pair_verdicts.py --seeds 1 --only healthy

Each is trained for some epochs on 16 x 16 pixels, and the verdict after the last one is counted.
"""

import argparse
from collections import Counter
from typing import NamedTuple

import keras
import numpy as np

import kgan

SHAPE = (16, 16, 1)
COUNT, HELD_OUT = 200, 50


class Game(NamedTuple):
    """What is broken in one translator.

    Attributes:
        generator_rate: Of Adam.
        discriminator_rate: Of Adam.
        l1: Weight of the L1 objective, 0 for none.
        shuffled: Whether truths belong to other inputs.
        count: Training pairs.
        chance: Whether truths are drawn at random, so that nothing but learning by heart is left.
        epochs: Passes over the pairs.
    """

    generator_rate: float = 2e-3
    discriminator_rate: float = 2e-3
    l1: float = 100.0
    shuffled: bool = False
    count: int = COUNT
    chance: bool = False
    epochs: int = 12


GAMES = {
    "healthy": Game(),
    "learning rate of D 0": Game(discriminator_rate=0.0),
    "truths of other inputs": Game(shuffled=True),
    "12 pairs of chance": Game(count=12, chance=True, epochs=120),
    "no L1, learning rate of G / 200": Game(generator_rate=1e-5, l1=0.0),
    "learning rate of G x 5000": Game(generator_rate=10.0),
}


def blobs(count: int, seed: int) -> np.ndarray:
    """`(count, 16, 16, 1)` uint8, one bright spot in each."""
    random = np.random.RandomState(seed)
    places = np.arange(16)
    centres, widths = random.uniform(3, 12, (count, 2)), random.uniform(1.5, 3.0, (count, 1, 1))
    away = (places[None, :, None] - centres[:, 0, None, None]) ** 2 + (places - centres[:, 1, None, None]) ** 2
    return np.rint(255 * np.exp(-away / (2 * widths**2)))[..., None].astype(np.uint8)


def pairs(game: Game, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and truths."""
    inputs, random = blobs(count, seed), np.random.RandomState(seed)
    truths = 255 - inputs
    if game.shuffled:
        truths = truths[random.permutation(count)]
    if game.chance:
        truths = 255 * random.randint(0, 2, (count, 4, 4, 1)).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    return inputs, truths


def verdict(game: Game, seed: int) -> str:
    """The verdict after the last epoch."""
    width = {"width": 8, "normalization": "instance"}
    model = kgan.Translation(
        kgan.architectures.unet_generator(SHAPE, 1, depth=2, dropout=0.0, seed=seed, **width),
        kgan.architectures.patchgan_discriminator(SHAPE, SHAPE, layers=1, seed=seed + 1, **width),
        seed=seed,
    )
    model.compile(
        keras.optimizers.Adam(game.generator_rate, beta_1=0.5),
        keras.optimizers.Adam(game.discriminator_rate, beta_1=0.5),
        objectives=[kgan.objectives.L1(game.l1)] if game.l1 else [],
    )
    monitor = kgan.callbacks.TranslationMonitor(verbose=0)
    model.fit(
        *pairs(game, game.count, 2 * seed),
        validation_data=pairs(game, HELD_OUT, 2 * seed + 1),
        batch_size=min(10, game.count // 3),
        epochs=game.epochs,
        verbose=0,
        callbacks=[monitor],
    )
    return monitor.verdicts[-1].name


def main(seeds: int = 3, only: "str | None" = None) -> dict[str, Counter]:
    """Prints how often each verdict was given."""
    found = {}
    for name, game in GAMES.items():
        if only in (None, name):
            found[name] = Counter(verdict(game, seed) for seed in range(seeds))
            print(f"{name:<34} {', '.join(f'{count} {told}' for told, count in found[name].items())}", flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=GAMES)
    main(**vars(parser.parse_args()))
