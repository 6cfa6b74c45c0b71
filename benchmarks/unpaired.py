"""What translation without pairs comes to where the true pairs are known: CycleGAN and CUT beside pix2pix.

    python benchmarks/unpaired.py --cache found --tasks inverted thickened --recipes cyclegan cut pix2pix
    python benchmarks/unpaired.py --cache found --tasks fashion --recipes cyclegan cut    # no true pairs are known

`inverted` turns white digits on black into black ones on white, `thickened` makes their strokes wider. CycleGAN and CUT
see one half of the embedded digits, and other ones translated: no digit is on both sides. pix2pix, the ceiling, sees
both halves with their partners. All have the same translators and discriminators, and are shown the same number of
images. `fashion` turns T-shirts of Fashion-MNIST into pullovers, `--fashion` naming the folder of its four files.

Of 500 held-out digits the table has what a classifier of digits, which sees translations turned back, reads in them,
and how far translations are from the true ones: mean absolute difference in grey levels of 255, and PSNR. `truth` is
the true partner in the translation's place, `input` doing nothing. Of 500 held-out T-shirts it has how many are read as
pullovers, by a classifier of the ten kinds that has seen neither them nor any translation; `truth` are held-out
pullovers. Each row is a process of its own, kept in the cache
as a JSON file with its settings and a grid: inputs, translations, truths. Rows may be made a few at a time.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import real_data
from cached import kept, recipe_told
from fashion_reader import fashion_reader
from PIL import Image, ImageFilter

from kgan.data.sources import digits

FASHION = Path("/usr/share/datasets/fashion-mnist")
HELD_OUT = 500
PAIRED = ("pix2pix",)
FLOORS = ("input", "truth")  # what stands in a translation's place
ROWS = 10  # of a grid
SETTINGS = {
    "batch_size": "4",
    "generator.architecture": "resnet_translator",
    "generator.width": "16",
    "generator.blocks": "3",
    "generator.normalization": "instance",
    "discriminator.width": "32",
    "discriminator.layers": "2",
    "data.flip": "false",
}

Images = np.ndarray  # uint8 (n, 28, 28, 1)


def inverted(images: Images) -> Images:
    """Black on white for white on black."""
    return 255 - images


def thickened(images: Images) -> Images:
    """Strokes a pixel wider on each side: the greatest value of 3 x 3 pixels."""
    widened = [Image.fromarray(one[..., 0]).filter(ImageFilter.MaxFilter(3)) for one in images]
    return np.stack([np.asarray(one) for one in widened])[..., None]


def unchanged(images: Images) -> Images:
    """The images."""
    return images


SHIRT, PULLOVER = 0, 2  # of Fashion-MNIST
TASKS = {"inverted": (inverted, inverted), "thickened": (thickened, unchanged)}  # to a partner, and to a readable one


class Task(NamedTuple):
    """Two collections of one size.

    Attributes:
        a: To train on.
        b: To train on, none of which is a partner of one of `a`.
        held_out: Of a.
        truths: Partners of `held_out`; others of b where none are known.
        classes: What translations of `held_out` are to be read as.
        pairs: Samples of both collections with their partners; `None` where none are known.
    """

    a: Images
    b: Images
    held_out: Images
    truths: Images
    classes: np.ndarray
    pairs: tuple[Images, Images] | None = None


def task(name: str, fashion: Path) -> Task:
    """The task of that name."""
    if name == "fashion":
        images, labels = real_data.fashion(fashion)
        a, b = (images[labels == label] for label in (SHIRT, PULLOVER))
        return Task(a[HELD_OUT:], b[HELD_OUT:], a[:HELD_OUT], b[:HELD_OUT], np.full(HELD_OUT, PULLOVER))
    images, labels = map(np.asarray, digits.read())
    order = np.random.default_rng(0).permutation(len(images))
    held_out, rest = order[:HELD_OUT], order[HELD_OUT:]
    half, partner = len(rest) // 2, TASKS[name][0]
    return Task(
        images[rest[:half]],
        partner(images[rest[half:]]),
        images[held_out],
        partner(images[held_out]),
        labels[held_out],
        (images[rest], partner(images[rest])),
    )


# --- one row, in a process of its own ---


def trained(asked: argparse.Namespace, found: Task) -> tuple[Any, dict[str, float]]:
    """The recipe's model after so many images, and what they took."""
    import kgan
    from kgan.models import kind

    settings = {**SETTINGS, **dict(one.split("=", 1) for one in asked.set)}
    recipe = kgan.recipes.get(asked.recipe)
    recipe = recipe.changed({"generator.architecture": settings.pop("generator.architecture")})
    recipe = recipe.changed({name: value for name, value in settings.items() if name in recipe.leaves()})
    load, sides = kgan.data.load_unpaired, (found.a, found.b)
    if asked.recipe in PAIRED:
        load, sides = kgan.data.load_pairs, found.pairs
    options = {**recipe.data, "validation_split": 0.0}
    splits = load(sides, recipe.batch_size, seed=asked.seed, **options)
    recipe = recipe.changed({"epochs": max(1, round(asked.images / splits.count))})
    model = kind.named(recipe.kind).build(recipe, splits, asked.seed)
    began = time.process_time()
    model.fit(splits.train, epochs=recipe.epochs, verbose=asked.verbose)
    return model, {
        "seconds": time.process_time() - began,
        "images": int(model.images_seen.numpy()),
        "parameters": int(model.generator.count_params()),
    }


def read_as_fashion(asked: argparse.Namespace, found: Task, made: Images) -> dict[str, float]:
    """How many translations are read as what they are to be."""
    images, labels = real_data.fashion(asked.fashion)
    seen = np.concatenate([np.flatnonzero(labels == one)[HELD_OUT:] for one in range(10)])
    reader = fashion_reader(images[seen], labels[seen], asked.out.parent / "fashion-reader.keras")
    return {"accuracy": float((reader.predict(made, verbose=0).argmax(axis=1) == found.classes).mean())}


def measured(name: str, found: Task, made: Images) -> dict[str, float]:
    """How far translations are from the truths, and how many digits are read in them as what they are."""
    from kgan.metrics import extractors

    errors = made.astype(np.float64) - found.truths
    squares = np.square(errors / 255.0).mean(axis=(1, 2, 3))
    seen = TASKS[name][1](made).astype(np.float32) / 127.5 - 1.0
    logits = np.asarray(extractors.get("digits")(seen).logits)
    return {
        "accuracy": float((logits.argmax(axis=1) == found.classes).mean()),
        "error": float(np.abs(errors).mean()),
        "psnr": float((-10.0 * np.log10(np.maximum(squares, 1e-10))).mean()),
    }


def one(arguments: Sequence[str]) -> None:
    """The process of one row."""
    from kgan import pictures

    asked = parser().parse_args(arguments)
    found = task(asked.task, asked.fashion)
    cost: dict[str, float] = {}
    if asked.recipe in FLOORS:
        made = found.held_out if asked.recipe == "input" else found.truths
    else:
        model, cost = trained(asked, found)
        made = np.clip(np.rint((model.translate(found.held_out) + 1.0) * 127.5), 0, 255).astype(np.uint8)
        last = [found.truths[:ROWS]] if found.pairs is not None else []
        rows = np.stack([found.held_out[:ROWS], made[:ROWS], *last], axis=1)
        grid = pictures.grid(rows.reshape(-1, *made.shape[1:]), columns=rows.shape[1])
        pictures.save(grid, asked.out.with_suffix(".png"))
    known = found.pairs is not None
    figures = measured(asked.task, found, made) if known else read_as_fashion(asked, found, made)
    asked.out.write_text(json.dumps({"settings": settings(asked, asked.recipe), "figures": figures, **cost}, indent=1))


# --- all of them ---


def settings(asked: argparse.Namespace, recipe: str) -> dict[str, Any]:
    """What a row depends on beside its name."""
    told = {"images": asked.images, "set": sorted(asked.set), "seed": asked.seed, "common": SETTINGS}
    return told if recipe in FLOORS else {**told, "recipe": recipe_told(recipe)}


def path_of(asked: argparse.Namespace, task: str, recipe: str) -> Path:
    """Of what one row came to."""
    return asked.cache / f"{task}-{recipe}-{asked.seed}.json"


def run_apart(asked: argparse.Namespace, task: str, recipe: str) -> None:
    """One row in a process of its own, where it is not in the cache."""
    out = path_of(asked, task, recipe)
    if kept(out, settings(asked, recipe)) is not None:
        return
    out.unlink(missing_ok=True)
    words = ["--task", task, "--recipe", recipe, "--out", out, "--seed", asked.seed, "--images", asked.images]
    words += ["--fashion", asked.fashion, "--verbose", asked.verbose]
    words += ["--set", *asked.set] if asked.set else []
    subprocess.run([sys.executable, __file__, "--one", *map(str, words)], check=True)


def table(asked: argparse.Namespace) -> None:
    """Prints all that is in the cache."""
    print(
        "| task | what is shown | read as what it is | mean error, of 255 | PSNR, dB | images shown | processor, s |\n"
        + "| --- " * 7
        + "|"
    )
    for task in asked.tasks:
        for recipe in (*FLOORS, *asked.recipes):
            found = kept(path_of(asked, task, recipe), settings(asked, recipe))
            if found is None:
                continue
            figures = found["figures"]
            cells = [
                task,
                recipe,
                f"{figures['accuracy']:.1%}",
                f"{figures['error']:.1f}" if "error" in figures else "",
            ]
            cells.append(f"{figures['psnr']:.1f}" if figures.get("error") else "")
            cells += [f"{found['images']:,}", f"{found['seconds']:,.0f}"] if "images" in found else ["", ""]
            print(f"| {' | '.join(cells)} |")


def parser() -> argparse.ArgumentParser:
    """Of the whole program, and of one row."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--cache", type=Path, help="a folder for the rows")
    found.add_argument("--tasks", nargs="+", choices=(*TASKS, "fashion"), default=list(TASKS))
    found.add_argument("--recipes", nargs="+", default=["cyclegan", "cut", "pix2pix"])
    found.add_argument("--images", type=int, default=36_000, help="shown to each model")
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="of every recipe that has it")
    found.add_argument("--fashion", type=Path, default=FASHION)
    found.add_argument("--verbose", type=int, default=0)
    for name, kind in (("task", str), ("recipe", str), ("out", Path)):  # of one row
        found.add_argument(f"--{name}", type=kind, help=argparse.SUPPRESS)
    return found


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Makes what is not in the cache, prints the table."""
    asked = parser().parse_args(arguments)
    asked.cache.mkdir(parents=True, exist_ok=True)
    for task in asked.tasks:
        for recipe in (*FLOORS, *asked.recipes):
            if task in TASKS or recipe not in PAIRED:
                run_apart(asked, task, recipe)
    table(asked)


if __name__ == "__main__":
    one(sys.argv[2:]) if sys.argv[1:2] == ["--one"] else main()
