"""Whether drawn pictures of rare classes help a classifier: digits of which two classes were made rare.

python benchmarks/rare_classes.py
python benchmarks/rare_classes.py --seeds 0 1 2 --rare 3 8 --kept 0.05 --epochs 60
python benchmarks/rare_classes.py --reals

Of the 5,000 embedded digits 1,500 are held out; of the rare classes a share is kept. The recipe `digits` learns from
what is left, and `kgan.augment` fills up the rare classes: a classifier learns from the pictures as they are, from
drawn ones beside them, and from as many that are mirrored, or shifted where a mirror changes what they show.
With `--reals` no generator learns: in place of drawn pictures stand the real ones that were left out, each once. They
suffice to fill up to as many as the smallest class had before.
"""

import argparse
import json
import time

import numpy as np

import kgan
from kgan.data.sources import digits

_HELD_OUT = 1_500


class Reals:
    """In place of a model: it gives real pictures of a class that were left out, none of them twice."""

    name, num_classes, class_names, generator_takes_labels = "reals", 10, None, True
    sample_shape, value_range = (28, 28, 1), (-1.0, 1.0)

    def __init__(self, x: np.ndarray, y: np.ndarray):
        self._x, self._y = x.astype(np.float32) / 127.5 - 1.0, y

    def generate(self, n: int, seed: int, labels: np.ndarray) -> np.ndarray:
        """`n` pictures of these classes, in the value range.

        Raises:
            ValueError: if so many of a class were not left out.
        """
        random = np.random.default_rng(seed)
        chosen = np.empty(n, np.int64)
        for one in np.unique(labels[:n]):
            places = np.flatnonzero(labels[:n] == one)
            chosen[places] = random.choice(np.flatnonzero(self._y == one), len(places), replace=False)
        return self._x[chosen]


def parts(rare: list[int], kept: float, seed: int) -> tuple[tuple, tuple, tuple]:
    """What is learned from, what is held out, and what was left out of rare classes; pictures and classes each."""
    x, y = digits.read()
    order = np.random.default_rng(seed).permutation(len(x))
    held_out, others = order[:_HELD_OUT], order[_HELD_OUT:]
    chosen = []
    for one in np.unique(y):
        mine = others[y[others] == one]
        chosen.append(mine[: max(2, round(kept * len(mine)))] if one in rare else mine)
    y = y.astype(np.int64)
    learned = np.concatenate(chosen)
    left_out = np.setdiff1d(others, learned)
    return (x[learned], y[learned]), (x[held_out], y[held_out]), (x[left_out], y[left_out])


def share_of(learned: np.ndarray, left_out: np.ndarray) -> float:
    """Of the largest class, what the smallest one had before some were left out: reals suffice to fill up to it."""
    before = np.bincount(np.concatenate([learned, left_out]))
    return float(before.min() / np.bincount(learned).max())


def trained(learned: tuple, epochs: int, seed: int) -> kgan.GAN:
    """The recipe `digits`."""
    recipe = kgan.recipes.get("digits")
    splits = kgan.data.load(learned, recipe.batch_size, validation_split=0.0, seed=seed)
    model = recipe.build(splits, seed=seed)
    model.fit(splits, epochs=epochs, verbose=0)
    return model


def main(rare: list[int], kept: float, epochs: int, seeds: list[int], reals: bool) -> None:
    """Trains, fills up, and prints a line of JSON for each way and seed, then the means."""
    found: dict[str, list[dict]] = {}
    for seed in seeds:
        learned, held_out, left_out = parts(rare, kept, seed)
        begun = time.process_time()
        model = Reals(*left_out) if reals else trained(learned, epochs, seed)
        took = {"training_s": round(time.process_time() - begun)}
        share = share_of(learned[1], left_out[1]) if reals else 1.0
        filled = kgan.augment(*learned, model, held_out=held_out, share=share, seed=seed)
        print("\n".join(filled.lines()))
        for way, one in filled.outcomes.items():
            figures = {"f1": one.f1, "recall": one.recall, "worst": one.worst, "accuracy": one.accuracy}
            figures |= {"gain": one.gain, "error": one.error}
            found.setdefault(way, []).append(figures)
            said = {name: round(value, 4) for name, value in figures.items()}
            took["in_all_s"] = round(time.process_time() - begun)
            print(json.dumps({"seed": seed, "taught by": filled.ways[way], **said, **took}), flush=True)
    print("\n| taught by | F1 | recall | worst class | accuracy | gain of F1 |\n| --- | --- | --- | --- | --- | --- |")
    for way, ones in found.items():
        mean = {name: np.mean([one[name] for one in ones]) for name in ones[0]}
        cells = [f"{mean[name]:.3f}" for name in ("f1", "recall", "worst", "accuracy")]
        gains = " ".join(f"{one['gain']:+.3f}" for one in ones)
        print(f"| {filled.ways[way]} | {' | '.join(cells)} | {gains if way != 'none' else ''} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rare", type=int, nargs="+", default=[3, 8], help="classes")
    parser.add_argument("--kept", type=float, default=0.05, help="share of each rare class that is learned from")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--reals", action="store_true", help="reals that were left out in a model's place")
    main(**vars(parser.parse_args()))
