"""The benchmark of text to image: its judge and figures on pictures whose captions are right, and a run of it."""

import csv
import json
import sys
from pathlib import Path

import caption_games
import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def words():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import words
    finally:
        sys.path.remove(str(BENCHMARKS))
    return words


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    table = caption_games.folder(tmp_path_factory.mktemp("words") / "data", times=10)
    with table.open() as file:
        rows = [(row["file"], row["caption"], "all") for row in csv.DictReader(file)]
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("file", "caption", "group"), *rows])
    return table.parent


class Knowing:
    """A matcher that sees the mean colour of a picture, and reads the colour that a text names."""

    def seen(self, images):
        return (255.0 - images[:, 3:5, 3:5].mean(axis=(1, 2))) / 255.0

    def read(self, texts):
        return np.array([(255.0 - np.array(caption_games.COLOURS[one])) / 255.0 for one in texts])


def test_a_matcher_that_knows_finds_the_own_caption_and_one_of_other_pictures_does_not(words):
    names = list(caption_games.COLOURS) * 4
    images = np.stack([caption_games.drawn(name, "square") for name in names])
    assert words.retrieval(Knowing(), images, names, names)["top 1"] == 100.0
    others = np.roll(images, 1, axis=0)
    assert words.retrieval(Knowing(), others, names, names) == {"top 1": 0.0, "top 5": 100.0}  # of three captions


def test_the_distance_of_two_normal_clouds_is_the_known_one(words):
    random = np.random.default_rng(0)
    first, second = random.normal(0, 1, (20_000, 3)), random.normal([3, 0, 0], 2, (20_000, 3))
    assert words.distance(first, second) == pytest.approx(9 + 3 * (2 - 1) ** 2, rel=0.03)
    assert words.distance(first, first) == pytest.approx(0, abs=1e-9)


@pytest.mark.slow  # trains twice, for two steps
def test_it_makes_a_table_once_and_keeps_its_rows(words, folder, tmp_path, capsys):
    small = ["generator.width=4", "discriminator.width=4", "batch_size=10", "jit_compile=false"]
    arguments = [str(folder), "--others", str(folder), "--cache", str(tmp_path / "found"), "--steps", "2"]
    arguments += ["--matcher-steps", "2", "--image-size", "8", "--seeds", "0", "--rows", "captions", "--group", "5"]
    text = words.main([*arguments, "--set", *small])
    kept = sorted((tmp_path / "found").iterdir())
    assert [path.suffix for path in kept] == [".json", ".png"]
    figures = json.loads(kept[0].read_text())
    assert {"held-out top 1", "held-out top 5", "trained top 1", "trained top 5", "group distance"} <= set(figures)
    before = kept[0].stat().st_mtime_ns
    assert words.main([*arguments, "--set", *small]) == text
    assert kept[0].stat().st_mtime_ns == before
    assert text in capsys.readouterr().out
