"""What domain adaptation comes to on digits of other looks: DANN and ADDA beside what no adaptation, and labels, give.

    pip install scikit-image scikit-learn
    python benchmarks/domains.py --cache found --seeds 0 1 2
    python benchmarks/domains.py --cache found --tasks coloured --methods dann --seeds 0    # some of the rows

The source is always white digits on black, those that come with kgan, with their labels. The targets:

`inverted`   black on white;
`coloured`   on photographs, `|photograph - digit|` in each colour, as MNIST-M is made (Ganin et al., 2016); photographs
             are those of scikit-image and scikit-learn, other ones for training than for measuring;
`written`    scikit-learn's digits, by other writers and another scanner: 8 x 8 pixels, enlarged.

`source` learns from the source alone, `dann` and `adda` also from samples of the target without labels, `labels` from
labels of the target. No digit is on both sides. All methods have the same features and classifier, and see the same
number of images. The table has the share of 500 held-out samples of the target that are told right, after the last
step: no epoch is chosen. Each row is kept in the cache as a JSON file with its settings and a sheet: samples by the
class that is told of them. Rows may be made a few at a time.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cached
import keras
import numpy as np
from PIL import Image

import kgan
from kgan.data.sources import digits
from kgan.models import kind

TASKS = ("inverted", "coloured", "written")
METHODS = ("source", "dann", "adda", "labels")
HELD_OUT = 500
PHOTOGRAPHS = {  # of skimage.data and of scikit-learn, that come with them
    "train": ("astronaut", "coffee", "rocket", "flower.jpg"),
    "held out": ("chelsea", "motorcycle", "china.jpg"),
}
SETTINGS = {"generator.widths": "[16, 32]", "data.validation_split": "0.0"}


class Domains(NamedTuple):
    """A source and a target, `(n, 28, 28, channels)` uint8 and classes each.

    Attributes:
        source: To train on.
        target: To train on; its classes are for the method `labels` alone.
        held_out: Of the target.
    """

    source: tuple[np.ndarray, np.ndarray]
    target: tuple[np.ndarray, np.ndarray]
    held_out: tuple[np.ndarray, np.ndarray]


def photographs(part: str) -> list[np.ndarray]:
    """Pixels of photographs, `(height, width, 3)` uint8."""
    import skimage.data
    import sklearn.datasets

    samples = sklearn.datasets.load_sample_images()
    found = dict(zip((Path(one).name for one in samples.filenames), samples.images, strict=True))
    for name in PHOTOGRAPHS[part]:
        if name == "motorcycle":
            found[name] = skimage.data.stereo_motorcycle()[0]
        elif name not in found:
            found[name] = getattr(skimage.data, name)()
    return [found[name] for name in PHOTOGRAPHS[part]]


def coloured(images: np.ndarray, part: str) -> np.ndarray:
    """Digits on parts of photographs: `|photograph - digit|`, as MNIST-M is made."""
    random, made = np.random.default_rng(len(images)), np.empty((*images.shape[:3], 3), np.uint8)
    several, size = photographs(part), images.shape[1]
    for number, image in enumerate(images.astype(np.int16)):
        photograph = several[random.integers(len(several))]
        top, left = (random.integers(side - size + 1) for side in photograph.shape[:2])
        made[number] = np.abs(photograph[top : top + size, left : left + size].astype(np.int16) - image)
    return made


def written(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Scikit-learn's digits, of 8 x 8 pixels and 17 levels, enlarged to the size; and their classes."""
    import sklearn.datasets

    found = sklearn.datasets.load_digits()
    small = np.rint(found.images * (255.0 / 16.0)).astype(np.uint8)
    large = [Image.fromarray(one).resize((size, size), Image.Resampling.BICUBIC) for one in small]
    return np.stack([np.asarray(one) for one in large])[..., None], found.target


def domains(task: str, count: "int | None" = None) -> Domains:
    """The domains of that name.

    Args:
        task: One of `TASKS`.
        count: Samples of each part, fewer than there are, for a trial; `None` for all.
    """
    images, classes = map(np.asarray, digits.read())
    order = np.random.default_rng(0).permutation(len(images))
    rest, last = order[HELD_OUT:], order[:HELD_OUT]
    if task == "written":
        others, told = written(images.shape[1])
        chosen = np.random.default_rng(0).permutation(len(others))
        parts = [(images[rest], classes[rest])]
        parts += [(others[some], told[some]) for some in (chosen[HELD_OUT:], chosen[:HELD_OUT])]
    else:
        half = len(rest) // 2
        parts = [(images[some], classes[some]) for some in (rest[:half], rest[half:], last)]
        look = {"inverted": lambda shown, _: 255 - shown, "coloured": coloured}[task]
        parts[1:] = [
            (look(shown, part), told) for (shown, told), part in zip(parts[1:], ("train", "held out"), strict=True)
        ]
    return Domains(*((shown[:count], told[:count]) for shown, told in parts))


# --- one row ---


def trained(asked: argparse.Namespace, found: Domains, method: str, seed: int) -> tuple[Any, dict[str, float]]:
    """The model of that method after so many images, and what they took."""
    alone = method in ("source", "labels")  # which learn classes and nothing else
    recipe = kgan.recipes.get(recipe_of(method))
    recipe = recipe.changed({**SETTINGS, **dict(one.split("=", 1) for one in asked.set)})
    source = found.target if method == "labels" else found.source
    splits = kgan.data.load_domains((source, found.target[0]), recipe.batch_size, seed=seed, **recipe.data)
    steps = splits.count // recipe.batch_size
    recipe = recipe.changed({"epochs": max(1, round(asked.images / (steps * recipe.batch_size)))})
    model = kind.named(recipe.kind).build(recipe, splits, seed)
    began = time.process_time()
    callbacks = recipe.fit_callbacks()
    if alone:
        callbacks = [kgan.callbacks.Pretraining(2 * asked.images, "class_cross_entropy")]
    model.fit(splits.train, epochs=recipe.epochs, verbose=asked.verbose, callbacks=callbacks)
    return model, {
        "seconds": time.process_time() - began,
        "images": int(model.images_seen.numpy()),
        "parameters": int(model.generator.adapted().count_params()),
    }


def make(asked: argparse.Namespace, task: str, method: str, seed: int) -> None:
    """One row, where it is not in the cache."""
    out, known = path_of(asked, task, method, seed), settings(asked, method)
    if cached.kept(out, known) is not None:
        return
    out.unlink(missing_ok=True)
    found = domains(task, asked.count)
    model, cost = trained(asked, found, method, seed)
    samples, classes = found.held_out
    if samples.shape[-1] != model.sample_shape[-1]:
        samples = np.repeat(samples, 3, axis=-1)
    told = model.classify(samples).argmax(axis=1)
    sheet = kgan.pictures.by_class(samples, told, [str(number) for number in range(10)], classes)
    kgan.pictures.save(sheet, out.with_suffix(".png"))
    row = {"settings": known, "accuracy": float((told == classes).mean()), **cost}
    out.write_text(json.dumps(row, indent=1))
    keras.backend.clear_session()


# --- all of them ---


def recipe_of(method: str) -> str:
    """The recipe of a method; two of them take the networks of `dann` and learn classes alone."""
    return method if method in ("dann", "adda") else "dann"


def settings(asked: argparse.Namespace, method: str) -> dict[str, Any]:
    """What a row depends on beside its name."""
    told = cached.recipe_told(recipe_of(method))
    return {"images": asked.images, "set": sorted(asked.set), "count": asked.count, "common": SETTINGS, "recipe": told}


def path_of(asked: argparse.Namespace, task: str, method: str, seed: int) -> Path:
    """Of what one row came to."""
    return asked.cache / f"{task}-{method}-{seed}.json"


def table(asked: argparse.Namespace) -> None:
    """Prints all that is in the cache."""
    print(
        "| target | learned from | told right | each seed | images of each domain | processor, s |\n"
        + "| --- " * 6
        + "|"
    )
    for task in asked.tasks:
        for method in asked.methods:
            found = [cached.kept(path_of(asked, task, method, seed), settings(asked, method)) for seed in asked.seeds]
            rows = [row for row in found if row is not None]
            if not rows:
                continue
            figures = [row["accuracy"] for row in rows]
            each = ", ".join(f"{figure:.1%}" for figure in figures)
            seconds = statistics.mean(row["seconds"] for row in rows)
            cells = [task, method, f"{statistics.mean(figures):.1%}", each, f"{rows[0]['images']:,}", f"{seconds:,.0f}"]
            print(f"| {' | '.join(cells)} |")


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--cache", type=Path, help="a folder for the rows")
    found.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    found.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    found.add_argument("--images", type=int, default=30_000, help="of each domain that a model sees")
    found.add_argument("--seeds", nargs="+", type=int, default=[0])
    found.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="of the recipes")
    found.add_argument("--count", type=int, help="samples of each part, for a trial of the program itself")
    found.add_argument("--verbose", type=int, default=0)
    return found


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Makes what is not in the cache, prints the table."""
    asked = parser().parse_args(arguments)
    asked.cache.mkdir(parents=True, exist_ok=True)
    for seed in asked.seeds:
        for task in asked.tasks:
            for method in asked.methods:
                make(asked, task, method, seed)
    table(asked)


if __name__ == "__main__":
    main()
