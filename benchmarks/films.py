"""What the game adds to L1 in predicting films: moving digits, 5 frames given, 10 frames ahead.

    python benchmarks/films.py --cache found
    python benchmarks/films.py --cache found --first 40_000 --then 20_000

Two networks begin from the same weights, those after `--first` windows of L1 alone. For `--then` windows more, one goes
on with L1, the other plays the game: L1, the difference of gradients, a discriminator of films and one of frames. They
learn 3 frames ahead; what is beyond they make of their own frames. The table has both on held-out films, frame by
frame, beside the last frame that was given, which is what a film that stands still scores. The gradient energy is that
of predictions over that of the truth: 1 is as sharp as it, below is blurred.

Weights are kept in the cache after each stage and are not trained again with the same settings, nor are figures
measured again; there are also
a picture of some films (`films.png`: given, then the truth, L1 and the game below each other) and the films themselves
(`l1.gif`, `game.gif`, `truth.gif`). Time is processor time.
"""

import argparse
import json
import time
from pathlib import Path

import keras
import numpy as np
from cached import kept
from PIL import Image

import kgan
from kgan.export.portable.film_files import write_film
from kgan.kinds.video import standing_still
from kgan.metrics import PSNR, SSIM, GradientEnergy, OfFrames, PairFeatureDistance

GIVEN, TAUGHT, AHEAD, SIDE = 5, 3, 10, 64
REACH = 5  # digits move 4 pixels a frame at most
WIDTHS = {"generator": 32, "film": 32, "picture": 16}
RATE = 1e-3
MEASURED = 64  # held-out windows
SHOWN = 4


def compiled() -> kgan.VideoPrediction:
    """The networks of the recipe, narrower, and all that the game is made of."""
    given, following = (GIVEN, SIDE, SIDE, 1), (TAUGHT, SIDE, SIDE, 1)
    build = kgan.architectures
    model = kgan.VideoPrediction(
        build.next_frames_generator(given, TAUGHT, width=WIDTHS["generator"], reach=REACH, seed=0),
        {
            "film": build.film_discriminator(following, given, width=WIDTHS["film"], seed=1000),
            "picture": build.frame_discriminator(following, width=WIDTHS["picture"], seed=1001),
        },
        seed=0,
    )
    model.compile(
        generator_optimizer=keras.optimizers.Adam(RATE, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(4e-4, beta_1=0.5),
        objectives=[kgan.objectives.L1(20.0), kgan.objectives.GradientDifference(20.0)],
    )
    return model


def trained(
    cache: Path, name: str, start: "list | None", windows: int, objective: "str | None"
) -> kgan.VideoPrediction:
    """A network after a stage, from the cache where it is there.

    Args:
        cache: Where weights are kept.
        name: Of the stage.
        start: Weights of the generator to begin with; `None` for fresh ones.
        windows: How many it sees.
        objective: What alone it learns; `None` for the game.
    """
    model, path, told = compiled(), cache / f"{name}.json", settings(windows=windows)
    if kept(path, told):
        model.generator.load_weights(path.with_suffix(".weights.h5"))
        return model
    path.unlink(missing_ok=True)
    if start is not None:
        model.generator.set_weights(start)
    model.pretrain(objective)
    splits, began, left = data(), time.process_time(), windows // 8
    while left:
        steps = min(left, splits.count // 8)
        model.fit(splits.train.take(steps), verbose=0)
        left -= steps
    model.generator.save_weights(path.with_suffix(".weights.h5"))
    path.write_text(json.dumps({"settings": told, "cpu_s": round(time.process_time() - began)}))
    return model


def settings(**beside: int) -> dict[str, object]:
    """What a stage comes to depends on."""
    return {"frames": [GIVEN, TAUGHT, AHEAD], "reach": REACH, "widths": WIDTHS, "rate": RATE, **beside}


def data(ahead: int = TAUGHT) -> kgan.data.Splits:
    """Windows of moving digits."""
    return kgan.data.load_films("moving_digits", 8, input_frames=GIVEN, target_frames=ahead, seed=0)


def figures(truth: np.ndarray, found: np.ndarray) -> dict[str, list[float]]:
    """Each figure of all frames, and then of each frame."""
    table = {}
    for make in (PSNR, SSIM, lambda: PairFeatureDistance("efficientnet-lite0"), GradientEnergy):
        metrics = [OfFrames(make(), frame) for frame in range(1, AHEAD + 1)]
        for start in range(0, len(truth), 20):
            for metric in metrics:
                metric.update_state(truth[start : start + 20], found[start : start + 20])
        each = [float(metric.result()) for metric in metrics]
        table[metrics[0].metric.name] = [float(np.mean(each)), *each]
    return table


def draw(cache: Path, given: np.ndarray, films: dict[str, np.ndarray]) -> None:
    """Writes the picture and the films."""
    in_bytes = {
        name: np.clip(np.rint((one[:SHOWN] + 1.0) * 127.5), 0, 255).astype(np.uint8) for name, one in films.items()
    }
    rows = []
    for number in range(SHOWN):
        for one in in_bytes.values():
            rows.append(np.concatenate([*given[number], *one[number]], axis=1)[..., 0])
        rows.append(np.full((8, rows[-1].shape[1]), 255, np.uint8))
    Image.fromarray(np.concatenate(rows)).save(cache / "films.png")
    for name, one in in_bytes.items():
        beside = np.concatenate([np.concatenate([given[n], one[n]]) for n in range(SHOWN)], axis=2)
        write_film(beside.repeat(2, axis=1).repeat(2, axis=2), cache / f"{name}.gif", rate=6.0)


def measured(cache: Path, first: int, then: int) -> dict[str, dict[str, list[float]]]:
    """The figures of what stands still, of L1 and of the game, from the cache where they are there."""
    path, told = cache / "figures.json", settings(first=first, then=then)
    found = kept(path, told)
    if found is not None:
        return found["table"]
    start = trained(cache, "l1-first", None, first, "l1").generator.get_weights()
    models = {
        "l1": trained(cache, "l1", start, then, "l1"),
        "game": trained(cache, "game", start, then, None),
    }
    pairs = list(data(AHEAD).validation.unbatch().take(MEASURED).as_numpy_iterator())
    given, truth = (np.stack(side) for side in zip(*pairs, strict=True))
    truth = truth.astype(np.float32) / 127.5 - 1.0
    found = {"still": standing_still(given, AHEAD).astype(np.float32) / 127.5 - 1.0}
    found |= {name: np.clip(model.continued(given, AHEAD), -1.0, 1.0) for name, model in models.items()}
    table = {name: figures(truth, one) for name, one in found.items()}
    draw(cache, given, {"truth": truth, "l1": found["l1"], "game": found["game"]})
    path.write_text(json.dumps({"settings": told, "table": table}, indent=1))
    return table


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="where weights and figures are kept")
    parser.add_argument("--first", type=int, default=16_000, help="windows of L1 that both begin with")
    parser.add_argument("--then", type=int, default=8_000, help="windows of L1, and of the game, after them")
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    table = measured(given.cache, given.first, given.then)
    for metric in next(iter(table.values())):
        print(f"\n| {metric} | all | {' | '.join(map(str, range(1, AHEAD + 1)))} |")
        print(f"| --- {'| --- ' * (AHEAD + 1)}|")
        for name, one in table.items():
            print(f"| {name} | {' | '.join(f'{value:.3g}' for value in one[metric])} |")


if __name__ == "__main__":
    main()
