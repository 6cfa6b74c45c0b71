"""How well pictures fit the texts that they were drawn for: retrieval, and distances by group.

    python benchmarks/words.py --fetch emoji
    python benchmarks/words.py emoji/google --others emoji/twitter --cache found --steps 3000 --seeds 0 1 2

`emoji/google` holds pictures and `captions.csv` with the columns file, caption and group; the first caption of a
picture is its name. `emoji/twitter` has pictures of other artists under the same captions. `--fetch` makes both of the
packages emoji-datasource-google and emoji-datasource-twitter of npm, with names and keywords of emojilib.

A tenth of the captions is held out, of which those count whose words are all known from training, for a text with
others is refused. The judge is a matcher of its own: a small network of pictures and one of words,
trained so that a picture is nearest to its own caption (Radford et al., 2021, arXiv:2103.00020), on the pictures of the
other artists under all captions, and on those pictures that are trained on. So it knows held-out captions, and has
never seen their pictures by these artists: `reals` are these.

For each caption a picture is drawn, and the matcher ranks its own caption among 100: top 1 and top 5 in percent, where
chance has 1 and 5. `group distance` is the Frechet distance of the matcher's features, the mean over groups of 100
training captions and more, of samples for a group's captions to its reals. Rows are kept in the cache as JSON with a
sheet of pictures; budgets are steps of 64.
"""

import argparse
import csv
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from kgan import data, recipes
from kgan.callbacks.caption_sheet import Shown, sheet
from kgan.data.sources import arrays
from kgan.data.values import to_uint8
from kgan.data.words import Vocabulary, words_of
from kgan.models import kind as kinds

SETTINGS = {  # rows of the table, over the recipe captions
    "captions": {},
    "no wrong texts": {"model.mismatched": 0.0},
}
AMONG = 100  # captions
PAIRS = 128  # in a batch of the matcher
SHOWN = 10


class Set(NamedTuple):
    """Pictures of one artist.

    Attributes:
        images: uint8 `(n, size, size, 3)`.
        names: The first caption of each.
        captions: All of each.
        groups: Of each.
        train: Numbers of those that are trained on.
        held_out: Numbers of those that are not, and whose names are of known words.
    """

    images: np.ndarray
    names: list[str]
    captions: list[list[str]]
    groups: list[str]
    train: np.ndarray
    held_out: np.ndarray


def read(folder: Path, size: int, unknown: bool = False) -> Set:
    """The pictures of a folder, laid over white and brought to one size, in the order of their names.

    Args:
        folder: With captions.csv.
        size: Pixels of a side.
        unknown: Whether held-out names with unknown words stay.
    """
    said: dict[str, list[str]] = {}
    groups: dict[str, str] = {}
    with (folder / "captions.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            said.setdefault(row["file"], []).append(row["caption"])
            groups[row["file"]] = row["group"]
    files = sorted(said)
    images = np.stack([_pixels(folder / name, size) for name in files])
    captions = [said[name] for name in files]
    train, held_out = arrays.split(len(files), 0.1, 0)
    known = Vocabulary.of([one for number in train for one in captions[number]])  # as the recipe has it
    held_out = [number for number in held_out if unknown or set(words_of(captions[number][0])) <= set(known.words)]
    return Set(
        images, [one[0] for one in captions], captions, [groups[name] for name in files], train, np.array(held_out)
    )


def _pixels(path: Path, size: int) -> np.ndarray:
    with Image.open(path) as picture:
        drawn = picture.convert("RGBA")
    paper = Image.new("RGBA", drawn.size, "white")
    paper.alpha_composite(drawn)
    return np.asarray(paper.convert("RGB").resize((size, size), Image.Resampling.LANCZOS))


# --- the judge ---


class Matcher:
    """Pictures and texts as vectors of one length, near each other where they go together.

    Args:
        images: uint8 `(n, size, size, 3)`.
        captions: Of each, one or several.
        steps: Of 128 pairs.
    """

    def __init__(self, images: np.ndarray, captions: Sequence[list[str]], steps: int):
        self.words = Vocabulary.of([one for said in captions for one in said], 5000, 1)
        random = np.random.default_rng(0)
        keras.utils.set_random_seed(0)
        size = images.shape[1]
        layers = keras.layers
        self.pictures = keras.Sequential(
            [
                keras.Input((size, size, 3)),
                layers.Rescaling(1 / 127.5, -1.0),
                *[
                    one
                    for width in (32, 64, 128, 128)
                    for one in (
                        layers.Conv2D(width, 3, 2, "same", use_bias=False),
                        layers.BatchNormalization(),
                        layers.ReLU(),
                    )
                ],
                layers.Flatten(),
                layers.Dropout(0.2),
                layers.Dense(64),
                layers.UnitNormalization(),
            ]
        )
        self.texts = keras.Sequential(
            [
                keras.Input((len(self.words),)),
                layers.Dense(128, use_bias=False),
                layers.LayerNormalization(),
                layers.ReLU(),
                layers.Dropout(0.2),
                layers.Dense(64),
                layers.UnitNormalization(),
            ]
        )
        self._learn(images, captions, steps, random)

    def _learn(self, images, captions, steps, random) -> None:
        optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps))
        weights = [*self.pictures.trainable_variables, *self.texts.trainable_variables]
        optimizer.build(weights)

        @tf.function
        def step(pixels, rows):
            with tf.GradientTape() as tape:
                near = 14.0 * tf.matmul(
                    self.pictures(pixels, training=True), self.texts(rows, training=True), transpose_b=True
                )
                same = tf.range(len(rows))
                loss = sum(
                    tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(same, one))
                    for one in (near, tf.transpose(near))
                )
            optimizer.apply(tape.gradient(loss, weights), weights)
            return loss

        for _ in range(steps):
            rows = random.choice(len(images), min(PAIRS, len(images)), replace=False)
            said = [captions[row][random.integers(len(captions[row]))] for row in rows]
            step(_moved(images[rows], random), self.rows(said))

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as which words they hold; unknown ones are passed over."""
        found = np.zeros((len(texts), len(self.words)), np.float32)
        for row, text in zip(found, texts, strict=True):
            row[self.words.numbers(text)] = 1.0
        return found

    def seen(self, images: np.ndarray) -> np.ndarray:
        """Vectors of pictures, uint8."""
        return self.pictures.predict(images, batch_size=256, verbose=0)

    def read(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts."""
        return self.texts.predict(self.rows(texts), batch_size=256, verbose=0)


def _moved(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Pictures moved by up to an eighth of a side, on white."""
    most = images.shape[1] // 8
    wide = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), constant_values=255)
    size = images.shape[1]
    places = random.integers(0, 2 * most + 1, (len(images), 2))
    return np.stack([one[y : y + size, x : x + size] for one, (y, x) in zip(wide, places, strict=True)]).astype(
        np.float32
    )


# --- figures ---


def retrieval(matcher: Matcher, images: np.ndarray, names: Sequence[str], known: Sequence[str]) -> dict[str, float]:
    """How often the own caption is the nearest, or among the five nearest, of 100 different ones, in percent.

    Args:
        matcher: The judge.
        images: uint8, one for each name.
        names: What each was drawn for.
        known: Captions to take the others from.
    """
    random = np.random.default_rng(0)
    seen, own = matcher.seen(images), matcher.read(names)
    others = sorted(set(known))
    read = matcher.read(others)
    ranks = []
    for vector, caption, name in zip(seen, own, names, strict=True):
        chosen = random.permutation([place for place, other in enumerate(others) if other != name])[: AMONG - 1]
        ranks.append(int((read[chosen] @ vector >= caption @ vector).sum()))
    found = np.array(ranks)
    return {"top 1": 100 * float((found == 0).mean()), "top 5": 100 * float((found < 5).mean())}


def group_distance(matcher: Matcher, images: np.ndarray, of: Set, least: int) -> float:
    """The mean over large groups of the Frechet distance to the reals of the group, of the matcher's features.

    Args:
        matcher: The judge.
        images: One for each training caption.
        of: The reals.
        least: Training captions that a group has at least to count.
    """
    groups = np.array(of.groups)[of.train]
    seen, reals = matcher.seen(images), matcher.seen(of.images[of.train])
    found = []
    for group in np.unique(groups):
        there = groups == group
        if there.sum() >= least:
            found.append(distance(reals[there], seen[there]))
    return float(np.mean(found))


def distance(reals: np.ndarray, others: np.ndarray) -> float:
    """The Frechet distance of two clouds of features."""
    first, second = (
        (one.mean(axis=0), np.cov(one, rowvar=False)) for one in (reals.astype(np.float64), others.astype(np.float64))
    )
    root = np.linalg.eigvals(first[1] @ second[1])
    return float(
        ((first[0] - second[0]) ** 2).sum()
        + np.trace(first[1] + second[1])
        - 2 * np.sqrt(np.maximum(root.real, 0.0)).sum()
    )


def measured(matcher: Matcher, of: Set, held_out: np.ndarray, trained: np.ndarray, least: int) -> dict[str, float]:
    """All figures of pictures for held-out captions, and for those that were trained on."""
    unseen, seen = ([of.names[number] for number in numbers] for numbers in (of.held_out, of.train))
    return {
        **{f"held-out {name}": value for name, value in retrieval(matcher, held_out, unseen, unseen).items()},
        **{f"trained {name}": value for name, value in retrieval(matcher, trained, seen, seen).items()},
        "group distance": group_distance(matcher, trained, of, least),
    }


def trained_row(
    row: str, of: Set, matcher: Matcher, asked: argparse.Namespace, seed: int, place: Path, changes: dict
) -> dict[str, Any]:
    """Trains, draws one picture of each caption, measures, and keeps a sheet of held-out captions."""
    recipe = recipes.get("captions").changed({**SETTINGS[row], **changes})
    splits = data.load_captions((of.images, of.captions), recipe.batch_size, validation_split=0.1, seed=0)
    model = kinds.named("text_to_image").build(recipe, splits, seed)
    epochs = max(1, round(asked.steps / (len(of.train) // recipe.batch_size)))
    began = time.process_time()
    model.fit(splits.train, epochs=epochs, verbose=0)
    seconds = time.process_time() - began

    def rows_of(numbers: np.ndarray) -> np.ndarray:
        rows = np.zeros((len(numbers), len(model.vocabulary)), np.float32)
        for one, number in zip(rows, numbers, strict=True):  # names that were trained on may have rare words
            one[model.vocabulary.numbers(of.names[number])] = 1.0
        return rows

    def drawn(numbers: np.ndarray) -> np.ndarray:
        return to_uint8(model.generate(len(numbers), seed=seed, labels=rows_of(numbers)), model.value_range)

    figures = measured(matcher, of, drawn(of.held_out), drawn(of.train), asked.group)
    chosen = of.held_out[np.unique(np.linspace(0, len(of.held_out) - 1, SHOWN).round().astype(int))]
    names = tuple(of.names[number] for number in chosen)
    shown = Shown(names, rows_of(chosen), of.images[chosen])
    samples = model.generate(6 * len(shown.rows), seed=seed, labels=np.repeat(shown.rows, 6, axis=0))
    sheet(shown, samples.reshape(-1, 6, *samples.shape[1:])).save(place.with_suffix(".png"))
    return {**figures, "steps": epochs * (len(of.train) // recipe.batch_size), "processor seconds": round(seconds)}


# --- the table ---


def fetch(folder: Path) -> None:
    """Writes `google/` and `twitter/` with pictures of 64 pixels and captions.csv, from three packages of npm."""
    with tempfile.TemporaryDirectory() as place:
        packages = {}
        for name in ("emojilib@4.0.3", "emoji-datasource-google@16.0.0", "emoji-datasource-twitter@16.0.0"):
            done = subprocess.run(["npm", "pack", name], cwd=place, capture_output=True, text=True, check=True)
            packages[name.partition("@")[0]] = Path(place) / done.stdout.split()[-1]
        with tarfile.open(packages["emojilib"]) as package:
            keywords = json.load(package.extractfile("package/dist/emoji-en-US.json"))
        for artist in ("google", "twitter"):
            (folder / artist).mkdir(parents=True, exist_ok=True)
            with tarfile.open(packages[f"emoji-datasource-{artist}"]) as package:
                _write_set(package, artist, keywords, folder / artist)


def _write_set(package: tarfile.TarFile, artist: str, keywords: dict, folder: Path) -> None:
    listed = json.load(package.extractfile("package/emoji.json"))
    members = {one.name: one for one in package.getmembers()}
    rows = []
    for emoji in listed:
        letters = "".join(chr(int(code, 16)) for code in emoji["unified"].split("-"))
        said = keywords.get(letters) or keywords.get(letters.replace("\ufe0f", ""))
        member = members.get(f"package/img/{artist}/64/{emoji['image']}")
        if said and member:
            (folder / emoji["image"]).write_bytes(package.extractfile(member).read())
            name = said[0].replace("_", " ")
            others = [one.replace("_", " ") for one in said[1:] if re.fullmatch(r"[a-z][a-z_ -]+", one)]
            captions = [name, " ".join([name.split()[-1], *others[:6]])] if others else [name]
            rows += [(emoji["image"], caption, emoji["category"]) for caption in captions]
    with (folder / "captions.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "caption", "group"), *rows])


def table(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Markdown: mean and, of several seeds, the range of each figure."""
    columns = ["held-out top 1", "held-out top 5", "trained top 1", "trained top 5", "group distance"]
    lines = [f"| pictures | {' | '.join(columns)} | seeds | steps | processor seconds |", "| --- " * 9 + "|"]
    for name, found in rows.items():
        cells = []
        for column in columns:
            numbers = [one[column] for one in found]
            digits = 3 if column == "group distance" else 1
            spread = f" ({min(numbers):.{digits}f} to {max(numbers):.{digits}f})" if len(numbers) > 1 else ""
            cells.append(f"{np.mean(numbers):.{digits}f}{spread}")
        told = [str(found[0].get(one, "")) for one in ("steps", "processor seconds")]
        lines.append(f"| {name} | {' | '.join(cells)} | {len(found) if told[0] else ''} | {' | '.join(told)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> str:
    """Makes the rows that the cache lacks, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="pictures with captions.csv")
    parser.add_argument("--others", type=Path, help="the same captions with pictures of other artists, for the judge")
    parser.add_argument("--cache", type=Path, help="where rows are kept")
    parser.add_argument("--fetch", type=Path, metavar="FOLDER", help="write the data into this folder, and stop")
    parser.add_argument("--rows", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--steps", type=int, default=3000, help="of 64 pictures")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--matcher-steps", type=int, default=1500, help="of 128 pairs")
    parser.add_argument("--group", type=int, default=100, help="training captions of a group that counts, at least")
    parser.add_argument("--unknown", action="store_true", help="count held-out names with unknown words, too")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the recipe to change")
    asked = parser.parse_args(arguments)
    if asked.fetch is not None:
        fetch(asked.fetch)
        return ""
    of, others = read(asked.folder, asked.image_size, asked.unknown), read(asked.others, asked.image_size)
    images = np.concatenate([others.images, of.images[of.train]])
    matcher = Matcher(images, [*others.captions, *(of.captions[number] for number in of.train)], asked.matcher_steps)
    found = {"reals": [measured(matcher, of, of.images[of.held_out], of.images[of.train], asked.group)]}
    asked.cache.mkdir(parents=True, exist_ok=True)
    changes = dict(one.split("=", 1) for one in asked.set)
    for row in asked.rows:
        for seed in asked.seeds:
            told = json.dumps([row, seed, asked.steps, asked.matcher_steps, asked.image_size, asked.unknown, changes])
            name = f"{row.replace(' ', '-')}-{seed}-{hashlib.sha256(told.encode()).hexdigest()[:8]}.json"
            place = asked.cache / name
            if not place.is_file():
                made = trained_row(row, of, matcher, asked, seed, place, changes)
                place.write_text(json.dumps(made, indent=1))
            found.setdefault(row, []).append(json.loads(place.read_text()))
    which = "" if asked.unknown else " of known words"
    text = f"{len(of.held_out)} held-out captions{which}, {len(of.train):,} of training.\n\n{table(found)}"
    print(text)
    return text


if __name__ == "__main__":
    main()
