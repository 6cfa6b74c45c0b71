"""What starting from another run is worth where pictures are few: 100 of them, from a run on others of the kind.

    python benchmarks/transfer.py emoji/ --target "Food & Drink" --cache transferred

One folder of `emoji/` is the target: 100 of its pictures, drawn at random, are what there is to train on. The other
folders are what the first run was trained on, with the same recipe and without labels. Then each way is trained on the
100 for the same time, in a process of its own, and looked at several times: from fresh weights, from those of the first
run, the same with the two lower layers of the discriminator frozen (FreezeD), and with adaptive augmentation besides.

Samples are judged by the kernel distance of EfficientNet's features to all pictures of the target, whose estimate does
not depend on how few they are, and by how far the nearest of the 100 is, beside which reals of the target that were not
trained on stand: a generator that copies its 100 is nearer to them than such reals are. A second is one of processor
time. Each run is kept in the cache with a grid of samples; the table prints all that is there.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import real_data

from kgan import pictures, recipes
from kgan.data.sources import arrays

SIDE, SHOTS, SAMPLES = 32, 100, 500
WAYS: dict[str, dict[str, Any]] = {
    "fresh weights": {},
    "the first run's weights": {},
    "and two layers frozen": {"frozen_layers": 2},
    "and adaptive augmentation": {"frozen_layers": 2, "augmentation": "ada"},
}
Looks = list[dict[str, float]]


def read(folder: Path, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of the other folders, and those of the target."""
    names = sorted(one.name for one in folder.iterdir() if one.is_dir())
    if target not in names:
        sys.exit(f"Expected --target as a folder of {folder}. Received: {target!r}. There are {', '.join(names)}.")
    images, labels = real_data.emoji(folder, SIDE)
    return images[labels != names.index(target)], images[labels == names.index(target)]


def shots(target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 100 that are trained on, and the rest."""
    order = np.random.default_rng(0).permutation(len(target))
    return target[order[:SHOTS]], target[order[SHOTS:]]


def built(images: np.ndarray, seed: int, changes: dict[str, Any], batch_size: int):
    """A game of the recipe `pictures` without labels, and its batches."""
    recipe = recipes.get("pictures").changed({"model.conditional": False, "batch_size": batch_size, **changes})
    gan = recipe.build(np.asarray(images), seed=seed)
    batches = arrays.batches(images, batch_size=batch_size, shuffle_seed=seed, drop_remainder=True).repeat()
    gan.make_train_function()
    return gan, iter(batches)


def networks(gan) -> list:
    """Both players and the average."""
    return [gan.generator, gan.discriminator, gan.ema_generator]


def train(gan, batches, until: float, begun: float) -> int:
    """Trains until so many seconds of processor time have gone by, and gives the steps."""
    steps = 0
    while time.process_time() - begun < until:
        gan.train_function(batches)
        steps += 1
    return steps


class Judge:
    """Features of the target, and what samples are worth beside them."""

    def __init__(self, trained_on: np.ndarray, others: np.ndarray):
        from kgan.metrics import extractors

        self._extractor = extractors.get("efficientnet-lite0")
        self._trained_on, self._others = self._features(trained_on), self._features(others)

    def _features(self, images: np.ndarray) -> np.ndarray:
        from kgan.metrics.extractors import presentable

        parts = [
            np.asarray(self._extractor(presentable(images[at : at + 100])).features)
            for at in range(0, len(images), 100)
        ]
        return np.concatenate(parts)

    def _nearest(self, features: np.ndarray) -> float:
        """The median distance to the nearest of those trained on."""
        apart = np.linalg.norm(features[:, None] - self._trained_on[None], axis=-1)
        return float(np.median(apart.min(axis=1)))

    def reals(self) -> dict[str, float]:
        """The figures of pictures of the target that nobody trained on."""
        from kgan.metrics import kernel_distance

        distance = float(kernel_distance(self._trained_on, self._others))
        return {"kernel_distance": distance, "nearest": self._nearest(self._others)}

    def of(self, gan) -> dict[str, float]:
        """The figures of samples."""
        from kgan.metrics import kernel_distance

        samples = np.asarray(gan.generate(SAMPLES, seed=1))
        features = self._features(np.clip(np.rint((samples + 1.0) * 127.5), 0, 255).astype(np.uint8))
        everything = np.concatenate([self._trained_on, self._others])
        return {"kernel_distance": float(kernel_distance(everything, features)), "nearest": self._nearest(features)}


def first_run(asked: argparse.Namespace) -> Path:
    """Weights of a run on the other folders, trained where the cache has none."""
    path = asked.cache / f"first-{asked.first:g}s-{asked.seed}.npz"
    if not path.exists():
        others, _ = read(asked.emoji, asked.target)
        gan, batches = built(others, asked.seed, {}, 64)
        steps = train(gan, batches, asked.first, time.process_time())
        weights = [weight for network in networks(gan) for weight in network.get_weights()]
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, *weights)
        partial.rename(path)
        pictures.save(pictures.grid(gan.generate(64, seed=0)), path.with_suffix(".png"))
        print(f"The first run took {steps:,} steps.", file=sys.stderr)
    return path


def play(asked: argparse.Namespace, way: str) -> Looks:
    """Trains one way on the 100, and looks at it at each time that is asked."""
    _, target = read(asked.emoji, asked.target)
    trained_on, others = shots(target)
    judge = Judge(trained_on, others)
    gan, batches = built(trained_on, asked.seed, WAYS[way], 32)
    if way != "fresh weights":
        with np.load(first_run(asked), allow_pickle=False) as held:
            weights = [held[name] for name in held.files]
        for network in networks(gan):
            count = len(network.get_weights())
            network.set_weights(weights[:count])
            weights = weights[count:]
    looks, steps, spent = [], 0, 0.0
    for seconds in asked.looks:
        steps += train(gan, batches, seconds - spent, time.process_time())
        spent = seconds
        looks.append({"seconds": seconds, "steps": steps, **judge.of(gan)})
    pictures.save(pictures.grid(gan.generate(64, seed=0)), out_of(asked, way).with_suffix(".png"))
    return looks


def out_of(asked: argparse.Namespace, way: str) -> Path:
    """Where a way's looks are kept."""
    return asked.cache / f"{way.replace(' ', '-')}-{'-'.join(f'{one:g}' for one in asked.looks)}s-{asked.seed}.json"


def table(asked: argparse.Namespace) -> None:
    """Prints all that is in the cache."""
    _, target = read(asked.emoji, asked.target)
    reals = Judge(*shots(target)).reals()
    print("| from | processor time | steps | kernel distance | to the nearest of the 100 |\n" + "| --- " * 5 + "|")
    for way in WAYS:
        path = out_of(asked, way)
        for look in json.loads(path.read_text()) if path.exists() else []:
            figures = f"{look['kernel_distance']:.3f} | {look['nearest']:.1f}"
            print(f"| {way} | {look['seconds']:g} s | {look['steps']:,} | {figures} |")
    print(f"| other reals of the target | | | {reals['kernel_distance']:.3f} | {reals['nearest']:.1f} |")


def main() -> None:
    """Plays what is not in the cache, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("emoji", type=Path, help="pictures, a folder for each class")
    parser.add_argument("--target", required=True, help="the folder whose pictures are few")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--first", type=float, default=400.0, help="seconds of the first run")
    parser.add_argument("--looks", type=float, nargs="+", default=[15.0, 45.0, 120.0], help="seconds on the 100")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--way", choices=WAYS, help="this one alone, in this process")
    asked = parser.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    if asked.way:
        out_of(asked, asked.way).write_text(json.dumps(play(asked, asked.way), indent=1))
        return
    for way in WAYS:
        if not out_of(asked, way).exists():
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--way", way], check=True)
    table(asked)


if __name__ == "__main__":
    main()
