"""What super-resolution is worth: bicubic, L1 alone and the game on whole held-out pictures, beside each other.

    python benchmarks/photographs.py photos
    python benchmarks/upscaling.py --cache found --photos photos --emoji package/img/google/64 --crops crops
    python benchmarks/upscaling.py --cache found --photos photos --data photos --scales 4 --rows l1

Both networks are the recipe `compact`, as wide as `--set` says, from the same seed: L1 alone for `--first` and `--game`
images, and the game for the latter, from where L1 was after the former. Each run is kept in the cache with its weights
and what it made of the held-out pictures, so that runs can be made one at a time; one with other settings is played
again. The figures are worked out of the pictures, rounded to 8 bits as they are saved.

Data: `photos` are those that `photographs.py` writes; `emoji` are npm's emoji-datasource-google over white, 64 pixels,
where `emoji_pairs.py` says which are held out (of those, every fourth).
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import emoji_pairs
import make_pairs  # emoji_pairs puts its folder on the path
import numpy as np
from cached import kept, recipe_told
from PIL import Image

import kgan

PATCH = {"photos": 96, "emoji": 64}
ROWS = ("bicubic", "l1", "game")
TRUTH = "truth"
CUT = 32  # pixels of a part, which `--crops` shows enlarged
FEATURES = "efficientnet-lite0"

Pictures = dict[str, np.ndarray]


# --- data ---


def learned(asked: argparse.Namespace, data: str) -> np.ndarray:
    """Pictures to learn from, `(n, side, side, 3)` uint8."""
    if data == "photos":
        return np.stack(list(opened(sorted((asked.photos / "train").glob("*.png"))).values()))
    files = [file for file in sorted(asked.emoji.glob("*.png")) if emoji_pairs.part(file.stem) == "train"]
    return np.stack(list(opened(files).values()))


def held_out(asked: argparse.Namespace, data: str, scale: int) -> Pictures:
    """Pictures to enlarge to, cut to multiples of the scale, by their names."""
    if data == "photos":
        found = opened(sorted((asked.photos / "val").glob("*.png")))
    else:
        found = opened([one for one in sorted(asked.emoji.glob("*.png")) if emoji_pairs.part(one.stem) == "val"][::4])
    return {name: one[: one.shape[0] // scale * scale, : one.shape[1] // scale * scale] for name, one in found.items()}


def opened(files: Sequence[Path]) -> Pictures:
    """Pictures over white, `(height, width, 3)` uint8."""
    found = {}
    for file in files:
        with Image.open(file) as image:
            found[file.stem] = np.asarray(make_pairs.over_white(image))
    return found


# --- a run ---


def recipe_of(asked: argparse.Namespace, data: str, scale: int, row: str) -> kgan.recipes.Recipe:
    """The recipe of a network."""
    settings = dict(one.split("=", 1) for one in [*asked.set, *(asked.game_set if row == "game" else [])])
    own = {"data.scale": str(scale), "data.patch": str(PATCH[data]), "data.validation_split": "0"}
    return kgan.recipes.get("compact").changed({**settings, **own})


def play(asked: argparse.Namespace, data: str, scale: int, row: str) -> dict[str, Any]:
    """Trains one network; keeps its weights, and those that the game begins with."""
    recipe = recipe_of(asked, data, scale, row)
    splits = kgan.data.load_upscaling(learned(asked, data), batch_size=recipe.batch_size, seed=0, **recipe.data)
    model = recipe.build(splits, seed=0)
    steps = {name: math.ceil(getattr(asked, name) / recipe.batch_size) for name in ("first", "game")}
    began, spent = path_of(asked, data, scale, "l1").with_suffix(".first.weights.h5"), time.process_time()
    batches = splits.train.repeat()
    if row == "l1":
        model.pretrain("l1")
        model.fit(batches, steps_per_epoch=steps["first"], verbose=asked.verbose)
        model.generator.save_weights(began)
    else:
        model.generator.load_weights(began)
        model.steps.assign(steps["first"])
        model.images_seen.assign(steps["first"] * recipe.batch_size)
        if model.ema_generator is not None:
            model.ema_generator.set_weights(model.generator.get_weights())
    logs = model.fit(batches, steps_per_epoch=steps["game"], verbose=asked.verbose).history
    out = path_of(asked, data, scale, row)
    model.inference_generator.save_weights(out.with_suffix(".weights.h5"))
    return {
        "processor_seconds": time.process_time() - spent,
        "images": recipe.batch_size * sum(steps.values()),
        "parameters": [network.count_params() for network in (model.generator, model.discriminator)],
        "logs": {name: float(values[-1]) for name, values in logs.items()},
    }


def enlarge(asked: argparse.Namespace, data: str, scale: int, row: str) -> Iterator[tuple[str, np.ndarray]]:
    """What a row makes of the held-out pictures, whole, uint8."""
    if row != "bicubic":
        recipe = recipe_of(asked, data, scale, row)
        network = recipe.network("generator", input_shape=(None, None, 3), output_channels=3, scale=scale)
        network.load_weights(path_of(asked, data, scale, row).with_suffix(".weights.h5"))
    for name, truth in held_out(asked, data, scale).items():
        small = kgan.data.degrade(truth, scale, "bicubic", 0)
        if row == "bicubic":
            large = Image.fromarray(small).resize(truth.shape[1::-1], Image.Resampling.BICUBIC)
            yield name, np.asarray(large)
        else:
            made = np.asarray(network(small[None].astype(np.float32) / 127.5 - 1.0))[0]
            yield name, np.rint((np.clip(made, -1.0, 1.0) + 1.0) * 127.5).astype(np.uint8)


def path_of(asked: argparse.Namespace, data: str, scale: int, row: str) -> Path:
    """Of what one run came to."""
    return asked.cache / f"{data}-x{scale}-{row}.json"


def settings_of(asked: argparse.Namespace, row: str) -> dict[str, Any]:
    """What a run comes to depends on, and its file's name does not tell."""
    if row == "bicubic":
        return {}
    of_both = {"first": asked.first, "game": asked.game, "set": sorted(asked.set)}
    of_both["recipe"] = recipe_told("compact")
    return {**of_both, "game_set": sorted(asked.game_set)} if row == "game" else of_both


def run(asked: argparse.Namespace, data: str, scale: int, row: str) -> None:
    """One run, unless the cache has it."""
    path, expected = path_of(asked, data, scale, row), settings_of(asked, row)
    if kept(path, expected) is not None:
        return
    path.unlink(missing_ok=True)
    told = {} if row == "bicubic" else play(asked, data, scale, row)
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    for name, picture in enlarge(asked, data, scale, row):
        Image.fromarray(picture).save(folder / f"{name}.png")
    path.write_text(json.dumps({"settings": expected, **told}, indent=1))


# --- what came of it ---


def parts(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture in squares beside each other, for features, which would be taken of it reduced otherwise."""
    height, width = (size // side for size in picture.shape[:2])
    cut = picture[: height * side, : width * side].reshape(height, side, width, side, 3)
    return cut.transpose(0, 2, 1, 3, 4).reshape(-1, side, side, 3)


def figures(asked: argparse.Namespace, data: str, scale: int, row: str) -> dict[str, float]:
    """Means over the held-out pictures; of features, over their parts; NIQE where there is room for its blocks."""
    paper = {"luminance": True, "border": scale}
    found = {"PSNR (Y), dB": kgan.metrics.PSNR(**paper), "SSIM (Y)": kgan.metrics.SSIM(**paper)}
    features = kgan.metrics.PairFeatureDistance(FEATURES)
    folder, natural = path_of(asked, data, scale, row).with_suffix(""), []
    for name, truth in held_out(asked, data, scale).items():
        made = truth if row == TRUTH else opened([folder / f"{name}.png"])[name]
        for metric in found.values():
            metric.update_state(truth[None], made[None])
        features.update_state(parts(truth, PATCH[data]), parts(made, PATCH[data]))
        if min(made.shape[:2]) >= 96 and max(made.shape[:2]) >= 192:
            natural.append(kgan.metrics.naturalness(made))
    told = {label: float(metric.result()) for label, metric in {**found, "feature distance": features}.items()}
    return {**told, "NIQE": statistics.mean(natural) if natural else math.nan}


def table(asked: argparse.Namespace) -> None:
    """Prints all that is in the cache."""
    headed = False
    for data in asked.data:
        for scale in asked.scales:
            for row in (*ROWS, TRUTH):
                told = {} if row == TRUTH else kept(path_of(asked, data, scale, row), settings_of(asked, row))
                if told is None:
                    continue
                found = figures(asked, data, scale, row)
                if not headed:
                    print(f"| data | scale | | {' | '.join(found)} | images seen | processor time, s |")
                    print("| --- " * (5 + len(found)) + "|")
                    headed = True
                cells = [data, str(scale), row, *(f"{one:.4g}" for one in found.values())]
                cells += [f"{told['images']:,}", f"{told['processor_seconds']:.0f}"] if "images" in told else ["", ""]
                print(f"| {' | '.join(cells)} |", flush=True)


def draw(asked: argparse.Namespace) -> None:
    """The parts of the held-out pictures with most to see, a row for each: what was made of them, and the truth."""
    asked.crops.mkdir(parents=True, exist_ok=True)
    for data in asked.data:
        for scale in asked.scales:
            rows = [one for one in ROWS if path_of(asked, data, scale, one).exists()]
            lines = []
            for name, truth in list(held_out(asked, data, scale).items())[:8]:
                folders = [path_of(asked, data, scale, one).with_suffix("") for one in rows]
                all_of_them = [opened([folder / f"{name}.png"])[name] for folder in folders] + [truth]
                side = min(3 * CUT, *truth.shape[:2])
                squares = parts(truth, side)
                place = int(np.argmax(np.abs(np.diff(squares.mean(axis=-1), axis=1)).mean(axis=(1, 2))))
                lines.append(np.concatenate([parts(one, side)[place] for one in all_of_them], axis=1))
            shown = Image.fromarray(np.concatenate(lines))
            enlarged = shown.resize((shown.width * 2, shown.height * 2), Image.Resampling.NEAREST)
            enlarged.save(asked.crops / f"{data}-x{scale}.png")


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Plays what is not in the cache, prints the table, draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="a folder for what was played")
    parser.add_argument("--photos", type=Path, help="what photographs.py wrote")
    parser.add_argument("--emoji", type=Path, help="pictures of 64 pixels, named by their code points")
    parser.add_argument("--data", nargs="+", choices=list(PATCH), default=list(PATCH))
    parser.add_argument("--scales", nargs="+", type=int, default=[2, 4])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="the game needs l1, played before")
    parser.add_argument("--first", type=int, default=24_000, help="images of the stage of L1")
    parser.add_argument("--game", type=int, default=8_000, help="images of the game, or of more L1")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="of the recipe")
    parser.add_argument("--game-set", nargs="+", default=[], metavar="KEY=VALUE", help="of the game alone")
    parser.add_argument("--crops", type=Path, help="a folder for pictures of parts beside each other")
    parser.add_argument("--verbose", type=int, default=0)
    asked = parser.parse_args(arguments)
    for data in asked.data:
        if getattr(asked, data) is None:
            parser.error(f"Expected --{data} FOLDER. Received: none. Name it, or leave {data} out of --data.")
    asked.cache.mkdir(parents=True, exist_ok=True)
    for data in asked.data:
        for scale in asked.scales:
            for row in asked.rows:
                run(asked, data, scale, row)
    table(asked)
    if asked.crops:
        draw(asked)


if __name__ == "__main__":
    main()
