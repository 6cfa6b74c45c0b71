"""The example that swaps drawn faces."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kgan
from kgan._support import marks

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

_spec = importlib.util.spec_from_file_location("swap_faces", Path(__file__).parents[2] / "examples" / "swap_faces.py")
swap_faces = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(swap_faces)


def test_it_draws_two_folders_that_the_recipe_takes(tmp_path):
    swap_faces.draw(tmp_path / "faces", count=3, size=16)
    splits = kgan.data.load_unpaired(tmp_path / "faces", validation_split=0.0)
    assert (splits.sides, splits.counts, splits.sample_shape) == (("ada", "ben"), (3, 3), (16, 16, 3))


@pytest.mark.slow  # it trains and exports
def test_it_trains_and_every_picture_of_it_is_marked(tmp_path):
    folder = swap_faces.main(epochs=1, count=16, size=16, out=str(tmp_path / "out"))
    for name in ("swaps.png", "photo-swapped.png"):
        with Image.open(folder / name) as picture:
            assert picture.info["Disclaimer"] == marks.DISCLAIMER
    with Image.open(folder / "photo-swapped.png") as picture:
        mark = marks.mark_for(16, 16)
        face = np.asarray(picture)[8:24, 16:32]
        np.testing.assert_array_equal(face[mark.place][..., 0] == 255, mark.ink)
