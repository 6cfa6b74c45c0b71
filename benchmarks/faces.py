"""What face swapping comes to on drawn faces, whose identity and expression are known: both read by classifiers.

    python benchmarks/faces.py --cache found-faces --seeds 0 1 2
    python benchmarks/faces.py --cache found-faces --rows swap cycle-off detail-off vector cyclegan --seeds 0
    python benchmarks/faces.py --cache found-faces --smoke                     # tiny, in a minute; figures mean nothing

`swap` is the recipe face-swap as it is; `cycle-off` goes without the cycle, `masks-off` without masks, `detail-off`
counts all pixels alike, and the code of `vector` is one vector. `cyclegan` is the recipe cyclegan with narrow
translators, shown as many images. Two people, ada and ben, have 1,000 drawn faces each;
figures are of 200 other faces of each, swapped to the other one.

Identity: the share of swaps that a classifier, trained on faces of both, takes for the other person. Expression: the
share whose expression, one of five, another classifier reads as that of the face before; it was trained on faces of
300 other people and of these two. Surroundings: how far pixels outside of the head moved, in grey levels of 255. `face`
is the face itself in the swap's place, `real` are real faces of the other person with the same expressions. Each row is
kept in the cache as a JSON file with its settings and a grid; rows may be made a few at a time.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

import kgan
from kgan import pictures
from kgan.data.sources.drawn_faces import EXPRESSIONS
from kgan.models import kind

PEOPLE = {"a": "ada", "b": "ben"}
WAYS = {"a2b": ("a", "b"), "b2a": ("b", "a")}
SHOWN = 8  # faces of each in a grid
RECONSTRUCTIONS = ("face_reconstruction", "cycle_consistency")
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "swap": ("face-swap", {}),
    "cycle-off": ("face-swap", {"objectives.cycle_consistency.weight": 1e-9}),
    "masks-off": ("face-swap", {"generator.masks": False, "objectives.mask_of_change": "none"}),
    "detail-off": ("face-swap", {f"objectives.{name}.detail": 0.0 for name in RECONSTRUCTIONS}),
    "vector": ("face-swap", {"generator": {"architecture": "face_autoencoder", "width": 16, "code_size": 128,
                                           "masks": True, "normalization": "none"}}),
    "cyclegan": ("cyclegan", {"generator.width": 12, "generator.blocks": 2, "discriminator.width": 16,
                              "discriminator.layers": 2, "batch_size": 4, "model.pool_size": 0}),
}  # fmt: skip
FLOORS = ("face", "real")


class Sizes(NamedTuple):
    """How much of everything.

    Attributes:
        side: Pixels of a face.
        train: Faces of each person to train on.
        test: Others of each to measure on.
        people: Of whom expressions are learnt, besides the two.
        epochs: Of the classifiers.
        settings: Of the recipe, to make it small.
    """

    side: int = 48
    train: int = 1_000
    test: int = 200
    people: int = 300
    epochs: int = 5
    settings: dict[str, Any] = {}  # noqa: RUF012  never written


SMOKE = Sizes(16, 20, 10, 4, 1, {"generator.width": 4, "generator.code_size": 8, "discriminator.width": 2})


# --- readers ---


def classifier(side: int, classes: int, seed: int) -> keras.Model:
    """Three convolutions and a dense layer, from uint8 faces to logits."""
    keras.utils.set_random_seed(seed)
    x = faces = keras.Input((side, side, 3))
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0)(x)
    for filters in (12, 24, 48):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dropout(0.3)(keras.layers.Flatten()(x))
    model = keras.Model(faces, keras.layers.Dense(classes)(x))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    return model


def readers(sizes: Sizes, trained_on: dict[str, Any], cache: Path) -> dict[str, keras.Model]:
    """The classifiers of identities and of expressions, from the cache where they are there."""
    found = {}
    for name in ("identity", "expression"):
        path = cache / f"{name}-{sizes.side}-{sizes.people}.keras"
        if not path.is_file():
            own = [trained_on[side] for side in PEOPLE]
            if name == "identity":
                x, y = [one.images for one in own], [np.full(len(one.images), place) for place, one in enumerate(own)]
            else:
                others = [
                    kgan.data.drawn_faces(person, 10, sizes.side, seed=1_000 + person) for person in range(sizes.people)
                ]
                x, y = zip(*((one.images, one.expressions) for one in [*own, *others]), strict=True)
            model = classifier(sizes.side, len(PEOPLE) if name == "identity" else len(EXPRESSIONS), 0)
            epochs = 2 if name == "identity" else sizes.epochs
            model.fit(np.concatenate(x), np.concatenate(y), batch_size=32, epochs=epochs, verbose=0)
            model.save(path)
        found[name] = keras.models.load_model(path)
    return found


def read(readers: dict[str, keras.Model], made: np.ndarray, faces: Any, other: str) -> dict[str, float]:
    """The figures of swaps of faces to the other person, all `(n, side, side, 3)` uint8."""
    says = {name: np.argmax(model.predict(made, verbose=0), axis=-1) for name, model in readers.items()}
    right = says["identity"] == list(PEOPLE).index(other)
    kept = says["expression"] == faces.expressions
    moved = np.abs(made.astype(np.float32) - faces.images)[~faces.masks]
    return {
        "identity": float(right.mean()),
        "expression": float(kept.mean()),
        "both": float((right & kept).mean()),
        "surroundings": float(moved.mean()),
    }


# --- rows ---


def trained(row: str, seed: int, steps: int, sizes: Sizes, faces: dict[str, Any]) -> tuple[Any, dict[str, float]]:
    """The model after so many steps, and what they took."""
    name, settings = ROWS[row]
    recipe = kgan.recipes.get(name)
    small = {key: value for key, value in sizes.settings.items() if key in recipe.leaves()}
    recipe = recipe.changed({**settings, **small, "data.image_size": "none", "features": "none"})
    options = {**recipe.data, "validation_split": 0.0}
    pair = tuple(faces[side].images for side in PEOPLE)
    splits = kgan.data.load_unpaired(pair, recipe.batch_size, seed=seed, **options)
    recipe = recipe.changed({"epochs": max(1, round(steps * recipe.batch_size / splits.count))})
    model = kind.named(recipe.kind).build(recipe, splits, seed)
    began = time.process_time()
    model.fit(splits.train, epochs=recipe.epochs, verbose=0)
    return model, {
        "seconds": time.process_time() - began,
        "steps": int(model.steps.numpy()),
        "images": int(model.images_seen.numpy()),
        "parameters": int(model.generator.count_params()),
    }


def measured(asked: argparse.Namespace, row: str, seed: int, sizes: Sizes) -> dict[str, Any]:
    """One row of the table, and its grid in the cache."""
    faces = {side: kgan.data.drawn_faces(who, sizes.train, sizes.side, seed=1) for side, who in PEOPLE.items()}
    others = {
        side: kgan.data.drawn_faces(who, sizes.test, sizes.side, seed=20 + place)
        for place, (side, who) in enumerate(PEOPLE.items())
    }
    looked = readers(sizes, faces, asked.cache)
    figures, took, columns = {}, {}, {}
    if row not in FLOORS:
        model, took = trained(row, seed, asked.steps, sizes, faces)
    for way, (side, other) in WAYS.items():
        given = others[side]
        if row == "face":
            made = given.images
        elif row == "real":  # somebody of the other identity for each face, whose own expression is asked for
            given = others[other]
            made = given.images
        else:
            made = np.clip(np.rint((model.translated(given.images, way) + 1.0) * 127.5), 0, 255).astype(np.uint8)
            columns |= {
                PEOPLE[side]: given.images[:SHOWN],
                f"to {PEOPLE[other]}": model.translate(given.images[:SHOWN], way),
            }
        figures[way] = read(looked, made, given, other)
    if columns:
        pictures.save(pictures.beside(columns), asked.cache / f"{row}-{seed}.png", getattr(model, "texts", None))
    return {"row": row, "seed": seed, "side": sizes.side, "figures": figures, **took}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as Markdown: mean over both ways and the seeds, and the least and greatest of the seeds."""
    names = ("identity", "expression", "both", "surroundings")
    lines = [f"| | seeds | {' | '.join(names)} | steps | CPU s |", "|---|---|" + "---|" * (len(names) + 2)]
    for row in dict.fromkeys(one["row"] for one in rows):
        own = [one for one in rows if one["row"] == row]
        cells = []
        for name in names:
            each = [np.mean([one["figures"][way][name] for way in WAYS]) for one in own]
            form = "{:.1f}" if name == "surroundings" else "{:.1%}"
            spread = f" ({form.format(min(each))} to {form.format(max(each))})" if len(each) > 1 else ""
            cells.append(f"{form.format(np.mean(each))}{spread}")
        took = [f"{np.mean([one[key] for one in own]):.0f}" if key in own[0] else "-" for key in ("steps", "seconds")]
        lines.append(f"| {row} | {len(own)} | {' | '.join([*cells, *took])} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Makes what is not in the cache yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder of rows, classifiers and grids")
    parser.add_argument("--rows", nargs="+", default=["swap"], choices=list(ROWS), help="besides face and real")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--steps", type=int, default=9_000, help="of the networks, of 4 faces of each person")
    parser.add_argument("--smoke", action="store_true", help="tiny networks and two steps")
    asked = parser.parse_args(arguments)
    sizes = SMOKE if asked.smoke else Sizes()
    asked.steps = 2 if asked.smoke else asked.steps
    asked.cache.mkdir(parents=True, exist_ok=True)
    found = []
    for row, seed in [*((row, 0) for row in FLOORS), *((row, seed) for row in asked.rows for seed in asked.seeds)]:
        path = asked.cache / f"{row}-{seed}.json"
        if not path.is_file():
            path.write_text(json.dumps(measured(asked, row, seed, sizes), indent=1))
        found.append(json.loads(path.read_text()))
    print(table(found))


if __name__ == "__main__":
    main()
