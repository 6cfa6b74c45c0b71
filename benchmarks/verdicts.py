"""Whether EquilibriumMonitor says what is true: healthy games and games broken on purpose, early, middle and late.

    python benchmarks/verdicts.py --cache looks
    python benchmarks/verdicts.py --cache looks --data digits,fashion,emoji --fashion FOLDER --emoji FOLDER

Each game is the recipe `digits` with one thing changed, on 28 or 32 pixels, for 16 or 24 epochs. What the
monitor saw is kept in the cache, a JSON file a game, so that the games can be played a few at a time (`--only`); the
table judges all that is there anew, so that a threshold can be changed without playing again. Verdicts that the eye
finds right, on grids of the samples at that time, are bold.

FOLDER is for Fashion-MNIST one with its four files in IDX format, as Debian's package dataset-fashion-mnist has them in
/usr/share/datasets/fashion-mnist; for emoji one of pictures in a folder for each class.
"""

import argparse
import dataclasses
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import real_data

import kgan
from kgan import recipes
from kgan._support.configurable import deserialized
from kgan.data.sources import arrays, digits
from kgan.diagnostics import Signs, judge, verdict
from kgan.diagnostics.steadying import steadied
from kgan.models import kind

RATE = 1e-3  # of both players in the recipe
FEW, HELD_OUT = 100, 500
MOST = 5_000  # images of a data set, as there are digits
BATCH = 64
SIDE = 32  # pixels of an emoji
EPOCHS, LONGER = 16, 24
EARLY = 3

Data = tuple[np.ndarray, np.ndarray]


class Game(NamedTuple):
    """What is changed, and what is true then.

    Attributes:
        settings: Of the recipe.
        early: Verdicts that are right after three epochs.
        middle: The same halfway.
        late: The same in the end.
        epochs: Passes over the data.
        ignores_latents: Whether the generator sees zeros in their place.
        few: Whether there are 100 training images.
        discriminator_stands_still: Whether its learning rate is 0, which no recipe takes.
    """

    settings: Mapping[str, str]
    early: tuple[str, ...]
    middle: tuple[str, ...]
    late: tuple[str, ...]
    epochs: int = EPOCHS
    ignores_latents: bool = False
    few: bool = False
    discriminator_stands_still: bool = False


NOT_YET = (verdict.TOO_EARLY, verdict.FAR)
ON_ITS_WAY = (verdict.FAR, verdict.IMPROVING, verdict.BALANCED)
ARRIVED = (verdict.IMPROVING, verdict.BALANCED, verdict.CLOSE)
DEAD, WON = (verdict.DEAD,), (verdict.DISCRIMINATOR_WINS,)
LOST = (verdict.COLLAPSED, verdict.NO_GRADIENT)

GAMES = {
    "healthy": Game({}, NOT_YET, (*ON_ITS_WAY, verdict.CLOSE), ARRIVED, LONGER),
    "DCGAN": Game(
        {
            "loss": "non_saturating",
            "penalties": "none",
            "learning_rate": "2e-4",
            "beta_1": "0.5",
            "discriminator.batch_norm": "true",
            "model.conditional": "false",
        },
        NOT_YET,
        ON_ITS_WAY,
        ON_ITS_WAY,
        LONGER,
    ),
    "D x 100": Game({"discriminator_learning_rate": str(100 * RATE)}, (verdict.TOO_EARLY, *DEAD), DEAD, DEAD),
    "G x 100": Game({"generator_learning_rate": str(100 * RATE)}, (*NOT_YET, *LOST), LOST, LOST),
    "ignores z": Game({}, (*NOT_YET, *LOST), LOST, LOST, ignores_latents=True),
    "D 0": Game({}, DEAD, DEAD, DEAD, discriminator_stands_still=True),
    "100 images": Game({}, NOT_YET, (verdict.OVERFITTING,), (verdict.OVERFITTING,), few=True),
    "G / 1000": Game({"generator_learning_rate": str(RATE / 1000)}, (verdict.TOO_EARLY, *WON), WON, WON),
    "G / 30": Game({"generator_learning_rate": "3e-5"}, (*NOT_YET, *WON), (verdict.FAR, *WON), (verdict.FAR, *WON)),
}


# --- data ---


def fashion(folder: Path) -> Data:
    """Clothes, as many as there are digits."""
    images, labels = real_data.fashion(folder)
    return images[:MOST], labels[:MOST]


def read(name: str, folders: Mapping[str, Path | None]) -> Data:
    """The images and labels of a data set."""
    if name == "digits":
        images, labels = digits.read()
        return np.asarray(images), np.asarray(labels, np.int32)
    folder = folders.get(name)
    if folder is None or not folder.is_dir():
        raise SystemExit(f"Expected --{name} as a folder, for --data {name}. Received: {folder}.")
    return fashion(folder) if name == "fashion" else real_data.emoji(folder, SIDE)


def split(data: Data, game: Game, seed: int):
    """Training and held-out batches; with few training images, as many steps in an epoch."""
    splits = kgan.data.load(data, BATCH, seed=seed)
    if not game.few:
        return splits, splits.train, splits.validation
    images, labels = data
    order = np.random.RandomState(seed).permutation(len(images))
    rows = np.tile(order[:FEW], MOST * 9 // 10 // FEW)
    train = arrays.batches(images, labels, indices=rows, batch_size=BATCH, shuffle_seed=seed, drop_remainder=True)
    return splits, train, arrays.batches(images, labels, indices=order[-HELD_OUT:], batch_size=BATCH)


# --- games ---


def built(game: Game, splits, seed: int) -> kgan.GAN:
    """The recipe with some settings changed."""
    recipe = recipes.get("digits").changed({"generator.width": "24", "discriminator.width": "24", **game.settings})
    whole = kind.named("gan").build(recipe, splits, seed)
    if game.discriminator_stands_still:
        whole.discriminator_optimizer.learning_rate = 0.0
    if not game.ignores_latents:
        return whole
    latents, *others = whole.generator.inputs
    blind = keras.Model([latents, *others], whole.generator([keras.layers.Rescaling(0.0)(latents), *others]))
    gan = kgan.GAN(
        blind, whole.discriminator, num_classes=whole.num_classes, ema_half_life=whole.ema_half_life, seed=seed
    )
    gan.compile(**deserialized(whole.get_compile_config()))
    return gan


def play(game: Game, data: Data, features: str, seed: int) -> dict:
    """What the monitor saw of a game."""
    keras.utils.clear_session()
    splits, train, held_out = split(data, game, seed)
    gan = built(game, splits, seed)
    monitor = kgan.callbacks.EquilibriumMonitor(features=features, verbose=0)
    gan.fit(train, validation_data=held_out, epochs=game.epochs, verbose=0, callbacks=[monitor])
    return monitor.record()


# --- the table ---


class Recorded:
    """A probe that answers as one did in the game: that the discriminator is dead, or that there is nothing to say."""

    def __init__(self, dead: bool, separation: float):
        self._answers = (separation, 1.0) if dead else (1.0, 1.0)

    def own(self) -> float:
        """Separation of the game's own discriminator after some steps more."""
        return self._answers[0]

    def fresh(self) -> float:
        """Separation of a fresh one."""
        return self._answers[1]


def judged(record: dict) -> dict[int, str]:
    """The verdict after each epoch, by the rules of now."""
    history, before, given, names = [], "", None, {}
    known = {field.name for field in dataclasses.fields(Signs)}
    for look in record["looks"]:
        missing = {"support": math.inf}
        signs = {name: missing.get(name, math.nan) if value is None else value for name, value in look["signs"].items()}
        history.append(Signs(**{name: value for name, value in signs.items() if name in known}))
        dead = look.get("seen", look["verdict"]["name"]) == verdict.DEAD
        now = judge(history, Recorded(dead, history[-1].separation))
        given, before = steadied(now, before, given), now.name
        names[look["epoch"]] = given.name
    return names


def cell(found: list[str], right: tuple[str, ...]) -> str:
    """Verdicts and how often each was given, the right ones bold."""
    counted = (f"{count} {name}" for name, count in Counter(found).most_common())
    return ", ".join(f"**{one}**" if one.partition(" ")[2] in right else one for one in counted)


def table(cache: Path, data: list[str]) -> tuple[int, int]:
    """Prints it; returns how many verdicts are right, and how many there are."""
    right, whole = 0, 0
    print(f"| data | game | early, after epoch {EARLY} | middle | late |\n| --- | --- | --- | --- | --- |")
    for one in data:
        for name, game in GAMES.items():
            played = [judged(json.loads(path.read_text())) for path in sorted(cache.glob(f"{stem(one, name)}-*.json"))]
            if not played:
                continue
            cells = []
            for epoch, truth in ((EARLY, game.early), (game.epochs // 2, game.middle), (game.epochs, game.late)):
                found = [names[epoch] for names in played]
                right += sum(told in truth for told in found)
                whole += len(found)
                cells.append(cell(found, truth))
            print(f"| {one} | {name} | {' | '.join(cells)} |")
    return right, whole


def stem(data: str, game: str) -> str:
    """A file's name, but for the seed."""
    return f"{data}-{game}".replace(" ", "_").replace("/", "div")


def main() -> None:
    """Plays what the cache does not have, then prints the table of what it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder of what the monitor saw")
    parser.add_argument("--data", default="digits", help="digits, fashion, emoji, or several with commas")
    parser.add_argument("--fashion", type=Path, help="folder of Fashion-MNIST")
    parser.add_argument("--emoji", type=Path, help="folder of emoji")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="games whose file's name, DATA-GAME-SEED, has this in it")
    parser.add_argument("--table", action="store_true", help="play nothing, print the table of what there is")
    arguments = parser.parse_args()
    names = arguments.data.split(",")
    arguments.cache.mkdir(parents=True, exist_ok=True)
    folders: dict[str, Path | None] = {"fashion": arguments.fashion, "emoji": arguments.emoji}
    for seed in range(0 if arguments.table else arguments.seeds):
        for one in names:
            data: Data | None = None
            for name, game in GAMES.items():
                path: Path = arguments.cache / f"{stem(one, name)}-{seed}.json"
                if path.exists() or arguments.only not in path.stem:
                    continue
                started, data = time.perf_counter(), read(one, folders) if data is None else data
                path.write_text(json.dumps(play(game, data, "digits" if one == "digits" else "pixels", seed)))
                print(f"{path.stem}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    right, whole = table(arguments.cache, names)
    print(f"\n{right} of {whole} verdicts are right.")


if __name__ == "__main__":
    main()
