"""The example of tags, on a folder of coloured squares and discs."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

EXAMPLE = Path(__file__).parents[2] / "examples" / "anime_tags.py"


def example():
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("anime_tags", EXAMPLE)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def shapes(tmp_path):
    """Discs and squares in three colours, in a subfolder each."""
    for number in range(24):
        shape, colour = ("disc", "square")[number % 2], ("red", "blue", "green")[number % 3]
        image = Image.new("RGB", (32, 32), "white")
        draw = ImageDraw.Draw(image)
        place = (number % 4, 2, 24 + number % 4, 26)
        (draw.ellipse if shape == "disc" else draw.rectangle)(place, fill=colour)
        (tmp_path / "shapes" / shape).mkdir(parents=True, exist_ok=True)
        image.save(tmp_path / "shapes" / shape / f"{number}-{colour}.png")
    return tmp_path / "shapes"


def test_tags_are_subfolders_and_the_colours_that_fill_a_picture(shapes):
    names = example().write_tags(shapes)
    assert names == ["blue", "disc", "green", "red", "square"]
    with (shapes / "metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    for row in rows:
        shape, name = row["file_name"].split("/")
        tags = {tag for tag in names if row[tag] == "1"}
        assert tags == {shape, name.partition("-")[2].removesuffix(".png")}
    with pytest.raises(ValueError, match="Expected a folder without metadata.csv"):
        example().write_tags(shapes)


@pytest.mark.slow
def test_it_trains_draws_a_row_for_each_set_of_tags_and_exports(shapes, tmp_path, monkeypatch, capsys):
    anime = example()
    anime.write_tags(shapes)
    monkeypatch.setattr(anime, "SMALL", {"generator.width": 4, "generator.blocks": 1, "discriminator.width": 2})
    settings = {"epochs": 1, "image_size": 16, "batch_size": 8, "out": str(tmp_path / "out")}
    with pytest.raises(ValueError, match=r"Expected tags of the pictures\. Received: gren"):
        anime.main(str(shapes), tags=["red+gren"], **settings)
    gan = anime.main(str(shapes), tags=["red+disc", "blue"], **settings)
    assert gan.num_tags == 5
    assert "from the top: red+disc; blue." in capsys.readouterr().out
    with Image.open(tmp_path / "out.png") as picture:
        assert np.asarray(picture).shape[1] == 4 * np.asarray(picture).shape[0]  # two rows of eight
    assert (tmp_path / "out" / "generator.onnx").is_file()


def test_a_folder_without_tags_is_refused(shapes):
    with pytest.raises(ValueError, match="Expected several columns of 0 and 1"):
        example().main(str(shapes), image_size=16, batch_size=8)
