"""The tool that makes pairs out of a folder of pictures."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kgan.data import load_pairs

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

_spec = importlib.util.spec_from_file_location("make_pairs", Path(__file__).parents[2] / "examples" / "make_pairs.py")
make_pairs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_pairs)


def square(side=16, low=4, high=12, colour=(0, 0, 0, 255)):
    image = Image.new("RGBA", (side, side))
    image.paste(colour, (low, low, high, high))
    return image


def test_a_step_from_black_to_white_has_a_gradient_of_length_one():
    step = np.zeros((6, 8), np.float32)
    step[:, 4:] = 1
    down, right = make_pairs.sobel(step)
    np.testing.assert_array_equal(down, 0)
    np.testing.assert_array_equal(right, np.tile([0, 0, 0, 1, 1, 0, 0, 0], (6, 1)))
    down, _ = make_pairs.sobel(step.T)
    np.testing.assert_array_equal(down, np.tile([[0], [0], [0], [1], [1], [0], [0], [0]], (1, 6)))


def test_edges_of_a_square_are_its_outline_one_pixel_wide():
    drawn = np.asarray(make_pairs.edges(make_pairs.over_white(square()))) == 0
    assert drawn[8].sum() == drawn[:, 8].sum() == 2
    assert not drawn[6:10, 6:10].any()
    assert not drawn[:3].any()


def test_fainter_edges_than_the_threshold_are_not_drawn():
    faint = make_pairs.over_white(square(colour=(204, 204, 204, 255)))  # a step of 0.2
    assert (np.asarray(make_pairs.edges(faint, threshold=0.25)) == 255).all()
    assert (np.asarray(make_pairs.edges(faint, threshold=0.15)) == 0).any()


@pytest.mark.parametrize(("kind", "depth"), [("edges", 1), ("grey", 1), ("blur", 3)])
def test_pairs_of_a_folder_are_what_load_pairs_takes(tmp_path, kind, depth):
    (tmp_path / "photos" / "more").mkdir(parents=True)
    square(colour=(200, 30, 30, 255)).save(tmp_path / "photos" / "1.png")
    square(20, colour=(30, 200, 30, 255)).save(tmp_path / "photos" / "more" / "2.webp")
    assert make_pairs.main(str(tmp_path / "photos"), str(tmp_path / "pairs"), kind, size=16) == 2
    splits = load_pairs(tmp_path / "pairs", validation_split=0.0)
    assert (splits.count, splits.input_shape, splits.sample_shape) == (2, (16, 16, depth), (16, 16, 3))
    target = next(splits.train.as_numpy_iterator())[1]
    np.testing.assert_array_equal(target[0, 0, 0], 255)  # what was transparent


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(SystemExit, match="Expected pictures .*Received: none"):
        make_pairs.main(str(tmp_path), str(tmp_path / "pairs"))
