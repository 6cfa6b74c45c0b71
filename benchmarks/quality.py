"""What each family is worth on a small machine: samples after equal budgets of time.

    python benchmarks/quality.py --cache found --data digits fashion emoji32 emoji64 --emoji FOLDER --plot found.png
    python benchmarks/quality.py --cache found --data digits --budget 60 --seeds 1 --families digits sngan

Each family is its recipe with the size and the channels of the data, in a process of its own, which trains for the same
time from its first step on, compilation included, and is then measured on as many samples as there are reals held out.
A second is that of `--cores` processors, two by default, wholly at work: ten minutes are 1,200 s of processor time, so
that a run is worth the same on a machine that does other things as well. "Reals" are training images in the samples'
place: what a perfect generator would score. Each run is kept in the
cache as a JSON file with its settings and a grid of samples, so that runs can be made a few at a time; one with other
settings is played again. The table has the medians over the seeds of all that is there. A family that cannot make such
images has its reason in the table; a run whose process is killed is not kept. Families that grow are left out unless
they are named: their schedule is shared out over a number of epochs, not over a time.

Published widths are those of GPUs: `--set generator.width=64 discriminator.width=32` gives all families the same.

Data: `digits` come with kgan; `fashion` are the 60,000 of Fashion-MNIST, with `--fashion` naming the folder of its four
files as Debian's package dataset-fashion-mnist has them; `emoji32` and `emoji64` are pictures over white in `--emoji`,
a folder for each class.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import real_data
from cached import kept, recipe_told
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kgan import pictures, recipes
from kgan.data.sources import arrays, digits
from kgan.report.plots import COLOURS

FASHION = Path("/usr/share/datasets/fashion-mnist")
FEATURES = {"digits": "digits"}  # others take EfficientNet's
HELD_OUT = {"digits": 500, "fashion": 2_000, "emoji32": 300, "emoji64": 300}
FIGURES = ("frechet_distance", "kernel_distance", "precision", "recall")
REALS = "reals"
GRID = 64  # samples in a picture

Data = tuple[np.ndarray, np.ndarray]


def read(name: str, fashion: Path, emoji: "Path | None") -> Data:
    """Images uint8 `(n, side, side, channels)` and labels of a data set."""
    if name == "digits":
        images, labels = digits.read()
        return np.asarray(images), np.asarray(labels).astype(np.int32)
    if name == "fashion":
        return real_data.fashion(fashion)
    if emoji is None:
        sys.exit(f"Expected --emoji FOLDER for {name}. Received: none. Name a folder of pictures, a folder a class.")
    return real_data.emoji(emoji, int(name.removeprefix("emoji")))


def parted(data: Data, name: str, batch_size: int, seed: int, held_out: int) -> tuple[Any, Any, np.ndarray]:
    """Batches to train on, batches held out (the same for every seed), and as many training images as these."""
    images, labels = data
    order = np.random.default_rng(0).permutation(len(images))
    reals, train = order[:held_out], order[held_out:]
    batches = arrays.batches(
        images, labels, indices=train, batch_size=batch_size, shuffle_seed=seed, drop_remainder=True
    )
    return batches, arrays.batches(images, labels, indices=reals, batch_size=64), images[train[:held_out]]


# --- one run, in a process of its own ---


def play(asked: argparse.Namespace) -> dict[str, Any]:
    """Trains one family for the budget, and measures it."""
    import keras

    from kgan import data as sources
    from kgan.models import kind
    from kgan.run import estimates

    class Budget(keras.callbacks.Callback):
        """Ends training after so many seconds of all the processors."""

        began = first = 0.0
        steps = 0

        def on_train_begin(self, logs=None):
            self.began = time.process_time()

        def on_train_batch_end(self, batch, logs=None):
            now = (time.process_time() - self.began) / asked.cores
            self.first = self.first or now
            self.steps, self.seconds = self.steps + 1, now
            if now >= asked.budget:
                self.model.stop_training = True

    images, labels = read(asked.data, asked.fashion, asked.emoji)
    recipe = recipes.get(asked.family)
    settings = dict(one.split("=", 1) for one in asked.set)
    recipe = recipe.changed({name: value for name, value in settings.items() if name in recipe.leaves()})
    features = FEATURES.get(asked.data, asked.features)
    classes = tuple(map(str, range(int(labels.max()) + 1)))
    metrics = recipes.sample_metrics(features, images.shape[1:])
    splits = sources.Splits(None, None, images.shape[1:], class_names=classes)
    gan = kind.named("gan").build(recipe, splits, asked.seed, metrics)
    train, held_out, _ = parted((images, labels), asked.data, recipe.batch_size, asked.seed, asked.held_out)
    budget = Budget()
    gan.fit(train, epochs=10**6, verbose=0, callbacks=[*recipe.fit_callbacks(), budget])
    figures = gan.evaluate(held_out, verbose=0, return_dict=True)
    latent_labels = None if gan.num_classes is None else np.arange(GRID) % gan.num_classes
    pictures.save(pictures.grid(gan.generate(GRID, seed=0, labels=latent_labels)), asked.out.with_suffix(".png"))
    trained = [network.count_params() for network in (gan.generator, gan.discriminator)]
    rest = budget.seconds - budget.first
    return {
        "figures": {name: figures.get(name, math.nan) for name in FIGURES},
        "images_per_second": recipe.batch_size * (budget.steps - 1) / rest if rest else math.nan,
        "images": recipe.batch_size * budget.steps,
        "first_step": budget.first,
        "parameters": trained,
        "memory": estimates.peak_memory(),
    }


def of_reals(asked: argparse.Namespace) -> dict[str, Any]:
    """The same figures of training images in the samples' place."""
    from kgan.metrics import Moments, extractors, frechet_distance, kernel_distance, neighbourhoods

    images, labels = read(asked.data, asked.fashion, asked.emoji)
    _, held_out, others = parted((images, labels), asked.data, 64, 0, asked.held_out)
    extractor = extractors.get(FEATURES.get(asked.data, asked.features))
    reals = np.concatenate([batch[0] for batch in held_out.as_numpy_iterator()])
    found = [np.asarray(extractor(extractors.presentable(one)).features) for one in (reals, others)]
    moments = [Moments(), Moments()]
    for one, features in zip(moments, found, strict=True):
        one.update(features)
    near = neighbourhoods(*found, nearest_k=5)
    figures = {
        "frechet_distance": frechet_distance(*moments),
        "kernel_distance": kernel_distance(*found),
        "precision": near.precision,
        "recall": near.recall,
    }
    return {"figures": {name: float(value) for name, value in figures.items()}}


# --- all of them ---


def path_of(asked: argparse.Namespace, data: str, family: str, seed: int) -> Path:
    """Of what one run came to."""
    words = "".join(f"-{one}" for one in asked.set if family != REALS).replace("/", "")
    return asked.cache / f"{data}-{family}{words}-{asked.budget:g}s-{seed}.json"


def settings(asked: argparse.Namespace, data: str, family: str) -> dict[str, Any]:
    """What a run comes to depends on, and its file's name does not tell, or not to the last digit."""
    folders = {"fashion": asked.fashion, "emoji32": asked.emoji, "emoji64": asked.emoji}
    return {
        "budget": asked.budget,
        "cores": asked.cores,
        "features": FEATURES.get(data, asked.features),
        "held_out": asked.held_out or HELD_OUT[data],
        "folder": str(Path(folders[data]).resolve()) if folders.get(data) is not None else None,
        "set": sorted(asked.set) if family != REALS else [],
        "recipe": None if family == REALS else recipe_told(family),
    }


def run_apart(asked: argparse.Namespace, data: str, family: str, seed: int) -> None:
    """One run in a process of its own, which keeps what it came to; where that process is ended, nothing is kept."""
    out = path_of(asked, data, family, seed)
    if kept(out, settings(asked, data, family)) is not None:
        return
    out.unlink(missing_ok=True)
    words = ["--data", data, "--family", family, "--seed", seed, "--budget", asked.budget, "--out", out]
    words += ["--cores", asked.cores]
    words += ["--features", asked.features, "--fashion", asked.fashion, "--held-out", asked.held_out or HELD_OUT[data]]
    words += [] if asked.emoji is None else ["--emoji", asked.emoji]
    words += ["--set", *asked.set] if asked.set else []
    done = subprocess.run(
        [sys.executable, __file__, "--one", *map(str, words)], capture_output=True, text=True, check=False
    )
    if not out.exists():
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        print(f"{out.stem} ended with exit code {done.returncode}, is not kept: {last[:300]}", file=sys.stderr)


def one(arguments: Sequence[str]) -> None:
    """The process of one run."""
    parser = argparse.ArgumentParser()
    for name, kind in (("data", str), ("family", str), ("features", str), ("out", Path), ("fashion", Path)):
        parser.add_argument(f"--{name}", type=kind)
    for name, kind in (("seed", int), ("cores", int), ("budget", float), ("held-out", int), ("emoji", Path)):
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--set", nargs="+", default=[])
    asked = parser.parse_args(arguments)
    try:
        found = of_reals(asked) if asked.family == REALS else play(asked)
    except Exception as error:  # noqa: BLE001  the table has it
        found = {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
    asked.out.write_text(json.dumps({"settings": settings(asked, asked.data, asked.family), **found}, indent=1))


def summary(asked: argparse.Namespace, data: str, family: str) -> "dict[str, Any] | None":
    """Medians over the seeds; the reason where a run failed, `None` where there is none."""
    paths = [path_of(asked, data, family, seed) for seed in range(asked.seeds)]
    expected = settings(asked, data, family)
    found = [run for run in (kept(path, expected) for path in paths) if run is not None]
    failed = [run["failed"] for run in found if "failed" in run]
    if failed or not found:
        return {"failed": failed[0]} if failed else None
    figures = {name: statistics.median(run["figures"][name] for run in found) for name in FIGURES}
    others = [{name: value for name, value in run.items() if name not in ("figures", "settings")} for run in found]
    return {**others[0], **figures, "seeds": len(found)}


def table(asked: argparse.Namespace) -> None:
    """Prints all that is in the cache."""
    print(
        "| data | family | Frechet distance | kernel distance | precision | recall | images/s | images shown | "
        "parameters, G / D | peak memory, MB | seeds |\n" + "| --- " * 11 + "|"
    )
    for data in asked.data:
        for family in (*asked.families, REALS):
            found = summary(asked, data, family)
            if found is None:
                continue
            if "failed" in found:
                print(f"| {data} | {family} | {found['failed']} |" + " |" * 8)
                continue
            cells = [data, family, *(f"{found[name]:.4g}" for name in FIGURES)]
            if family != REALS:
                cells += [f"{found['images_per_second']:,.0f}", f"{found['images']:,}"]
                cells += [" / ".join(f"{count:,}" for count in found["parameters"]), f"{found['memory'] / 2**20:,.0f}"]
                cells.append(str(found["seeds"]))
            print(f"| {' | '.join(cells + [''] * (11 - len(cells)))} |")


def plot(asked: argparse.Namespace) -> None:
    """Recall over Frechet distance, a point for each family, a panel for each data set."""
    figure = Figure(figsize=(4.6 * len(asked.data), 4.0), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(asked.data), squeeze=False)[0]
    for axes, data in zip(panels, asked.data, strict=True):
        for number, family in enumerate((*asked.families, REALS)):
            found = summary(asked, data, family)
            if found is None or "failed" in found or not math.isfinite(found["frechet_distance"]):
                continue
            colour = "black" if family == REALS else COLOURS[number % len(COLOURS)]
            axes.plot(found["frechet_distance"], found["recall"], "o", color=colour, label=family)
        axes.set(title=data, xlabel="Frechet distance, lower is better", ylabel="recall", xscale="log", ylim=(-0.03, 1))
        axes.legend(frameon=False, fontsize=8)
    asked.plot.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(asked.plot)


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Plays what is not in the cache, prints the table, draws."""
    families = [name for name, recipe in recipes.RECIPES.items() if recipe.kind == "gan"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="a folder for what was played")
    parser.add_argument("--data", nargs="+", choices=list(HELD_OUT), default=["digits"])
    still = [name for name in families if not recipes.get(name).callbacks]
    parser.add_argument("--families", nargs="+", choices=families, default=still, help="recipes")
    parser.add_argument("--budget", type=float, default=600.0, help="seconds of training of each")
    parser.add_argument("--cores", type=int, default=2, help="processors whose time the seconds are of")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--held-out", type=int, help="reals that samples are measured against")
    parser.add_argument("--features", default="efficientnet-lite0", help="of all data but the digits")
    parser.add_argument("--fashion", type=Path, default=FASHION)
    parser.add_argument("--emoji", type=Path)
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="KEY=VALUE", help="of every family that has it: generator.width=64"
    )
    parser.add_argument("--plot", type=Path, help="a picture of recall over Frechet distance")
    asked = parser.parse_args(arguments)
    asked.cache.mkdir(parents=True, exist_ok=True)
    for seed in range(asked.seeds):
        for data in asked.data:
            for family in asked.families:
                run_apart(asked, data, family, seed)
    for data in asked.data:
        run_apart(asked, data, REALS, 0)
    table(asked)
    if asked.plot:
        plot(asked)


if __name__ == "__main__":
    one(sys.argv[2:]) if sys.argv[1:2] == ["--one"] else main()
