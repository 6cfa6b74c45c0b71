"""What loading says it found."""

import json

import numpy as np
import pytest
import tensorflow as tf

from kgan.data import Found, load, load_pairs
from kgan.data.found import Sizes, size_of


def test_the_digits_are_told_in_two_lines():
    found = load("digits").found
    assert found.lines() == [
        "Found 5,000 images: 28 x 28 pixels (width x height); grey; 8 bits. 500 of them are held out.",
        "10 classes: 0 500, 1 500, 2 500, 3 500, 4 500, 5 500, 6 500 and 3 more, of 500 samples each.",
    ]


def test_width_stands_before_height_in_lines_and_after_it_in_the_table():
    found = load(np.zeros((20, 8, 16, 3), np.float32), batch_size=2).found
    assert found.lines() == [
        "Found 20 images: 16 x 8 pixels (width x height); colour; float32. 2 of them are held out."
    ]
    assert found.to_dict()["sizes"] == {"smallest": [8, 16], "commonest": [8, 16], "largest": [8, 16]}


def test_other_samples_are_counted_too():
    assert load(np.zeros((20, 5), np.float32), batch_size=2).found.lines() == [
        "Found 20 samples: float32. 2 of them are held out."
    ]


def test_a_stream_tells_its_classes_with_their_numbers():
    data = tf.data.Dataset.from_tensor_slices((np.zeros((30, 8, 8, 1), np.uint8), np.arange(30) % 3 % 2))
    found = load(data, batch_size=2).found
    assert found.classes == {"0": 20, "1": 10}
    assert (found.count, found.held_out, found.channels) == (30, 3, {"grey": 30})


def test_a_stream_that_cannot_say_its_length_is_told_so():
    data = tf.data.Dataset.from_tensor_slices(np.zeros((30, 8, 8, 1), np.uint8)).batch(5)
    assert load(data, batch_size=2).found.lines()[0].startswith("Found an unknown number of images: 8 x 8 pixels")


def test_pairs_tell_the_shapes_of_both_sides():
    pairs = (np.zeros((20, 8, 8, 1), np.uint8), np.zeros((20, 8, 8, 3), np.uint8))
    lines = ["Found 20 pairs. 2 of them are held out.", "Inputs are 8 x 8 pixels, grey; targets 8 x 8 pixels, colour."]
    assert load_pairs(pairs).found.lines() == lines
    assert load_pairs(tf.data.Dataset.from_tensor_slices(pairs)).found.lines() == lines


def test_the_smallest_and_largest_size_go_by_pixels_and_the_commonest_by_number():
    sizes = Sizes.of({(10, 10): 2, (4, 30): 5, (9, 11): 1})
    assert sizes == ((9, 11), (4, 30), (4, 30))
    found = Found("pictures", 8, sizes=sizes)
    assert found.lines() == ["Found 8 pictures: 11 x 9 to 30 x 4 pixels (width x height), most often 30 x 4."]


def test_long_lists_are_cut_short_and_the_table_keeps_them():
    found = Found("pictures", 9900, classes={f"class {n}": n for n in range(100)}, ignored={"of no kind": 3})
    lines = found.lines()
    assert lines[1].startswith("100 classes: class 0 0, class 1 1,")
    assert lines[1].endswith("and 93 more, of 0 to 99 samples each.")
    assert lines[2] == "Ignored: 3 of no kind."
    assert len(found.to_dict()["classes"]) == 100


def test_a_name_gives_the_terminal_no_orders():
    lines = Found("pictures", 2, classes={"\x1b[2Jcat\n": 1, "x" * 500: 1}).lines()
    assert "\x1b" not in lines[1]
    assert "\n" not in lines[1]
    assert len(lines[1]) < 200


@pytest.mark.parametrize("source", ["digits", "npz", "pairs"])
def test_the_table_is_plain_json(source, tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((20, 8, 8, 1), np.uint8), labels=np.arange(20) % 2)
    np.savez(tmp_path / "b.npz", inputs=np.zeros((20, 8, 8, 1), np.uint8), targets=np.zeros((20, 8, 8, 1), np.uint8))
    splits = load_pairs(tmp_path / "b.npz") if source == "pairs" else load(tmp_path / "a.npz", 2)
    splits = load("digits") if source == "digits" else splits
    table = splits.found.to_dict()
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert table["count"] == (5000 if source == "digits" else 20)


def test_sizes_are_told_as_files_have_them_width_before_height():
    assert size_of((32, 24, 3)) == "24 x 32 pixels (width x height), colour"
    assert size_of((28, 28, 1)) == "28 x 28 pixels, grey"
    assert size_of((None, None, 5)) == "any x any pixels, 5 channels"
    assert size_of((7, 5)) == "7 x 5"
    splits = load(np.zeros((20, 32, 24, 3), np.uint8), 2)
    assert str(splits) == "18 training samples of 24 x 32 pixels (width x height), colour, no labels"
