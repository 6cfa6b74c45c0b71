"""Pairs of small and large pictures, made of any folder."""

import numpy as np
import pytest
from PIL import Image

from kgan import data
from kgan.data import DataError, order


def picture(height, width, channels=3, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    for number in range(10):
        path = tmp_path / ("sub" if number % 2 else "") / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(picture(40 + number, 60 - number, seed=number)).save(path)
    return tmp_path


def batches(dataset):
    return [tuple(np.asarray(side) for side in batch) for batch in dataset.as_numpy_iterator()]


def test_a_folder_of_any_sizes_becomes_pairs_whose_small_side_is_made_of_the_large_one(folder):
    splits = data.load_upscaling(folder, 3, scale=4, patch=32)
    assert (splits.input_shape, splits.sample_shape, splits.count, splits.held_out) == ((8, 8, 3), (32, 32, 3), 9, 1)
    for small, large in (*batches(splits.train), *batches(splits.validation)):
        for one, of in zip(small, large, strict=True):
            np.testing.assert_array_equal(one, data.degrade(of, 4))


def test_held_out_pairs_are_cut_about_the_centre_and_never_turned(folder):
    splits = data.load_upscaling(folder, 1, scale=2, patch=32, validation_split=0.3)
    cut = [
        one[(side - 32) // 2 :][:32, (60 - number - 32) // 2 :][:, :32]
        for number, (one, side) in enumerate((picture(40 + n, 60 - n, seed=n), 40 + n) for n in range(10))
    ]
    for _, large in batches(splits.validation):
        assert any(np.array_equal(large[0], one) for one in cut)


@pytest.mark.parametrize("degradation", ["bicubic", "second_order"])
def test_epochs_differ_and_come_again_from_the_seed(folder, degradation):
    first = data.load_upscaling(folder, 3, scale=4, patch=32, degradation=degradation, seed=7).train
    again = data.load_upscaling(folder, 3, scale=4, patch=32, degradation=degradation, seed=7).train
    epochs, others = [batches(first) for _ in range(2)], [batches(again) for _ in range(2)]
    for epoch, other in zip(epochs, others, strict=True):
        for batch, same in zip(epoch, other, strict=True):
            np.testing.assert_array_equal(batch[0], same[0])
            np.testing.assert_array_equal(batch[1], same[1])
    assert any((one[1] != two[1]).any() for one, two in zip(*epochs, strict=True))


def test_a_run_that_starts_in_the_middle_sees_what_an_uninterrupted_one_does(folder):
    whole = data.load_upscaling(folder, 3, patch=32, seed=1).train
    epochs = [batches(whole) for _ in range(2)]
    resumed = data.load_upscaling(folder, 3, patch=32, seed=1).train
    order.of(resumed).seek(1, 1)
    np.testing.assert_array_equal(batches(resumed)[0][1], epochs[1][1][1])


def test_pictures_of_16_bits_keep_them(tmp_path):
    for number in range(4):
        deep = np.random.RandomState(number).randint(0, 65536, (24, 24)).astype(np.uint16)
        Image.fromarray(deep).save(tmp_path / f"{number}.png")
    splits = data.load_upscaling(tmp_path, 1, scale=2, patch=16, validation_split=0.0)
    small, large = batches(splits.train)[0]
    assert small.dtype == large.dtype == np.float32
    assert len(np.unique(large)) > 200  # of 256 pixels, which 8 bits would not tell apart so well


def test_arrays_and_digits_will_do_too():
    grey = data.load_upscaling(np.zeros((6, 20, 24), np.uint8), 2, scale=3, patch=(12, 18))
    assert (grey.input_shape, grey.sample_shape) == ((4, 6, 1), (12, 18, 1))
    digits = data.load_upscaling("digits", 8, scale=2, patch=28)
    assert (digits.input_shape, digits.count) == ((14, 14, 1), 4500)


def test_without_a_patch_it_is_what_every_picture_has_room_for(folder):
    assert data.load_upscaling(folder, 2, scale=4, patch=None).sample_shape == (32, 32, 3)


def test_a_folder_may_say_what_is_held_out(tmp_path):
    for part, count in (("train", 3), ("val", 2)):
        (tmp_path / part).mkdir()
        for number in range(count):
            Image.fromarray(picture(32, 32, seed=number)).save(tmp_path / part / f"{number}.png")
    splits = data.load_upscaling(tmp_path, 1, patch=32)
    assert (splits.count, splits.held_out) == (3, 2)


def test_a_damaged_picture_is_replaced_and_listed(folder):
    (folder / "bad.png").write_bytes(b"no picture")
    splits = data.load_upscaling(folder, 5, patch=32, validation_split=0.0)
    assert len(batches(splits.train)) == 2
    assert "bad.png" in splits.skipped
    with pytest.raises(DataError, match="bad.png"):
        data.load_upscaling(folder, 5, patch=32, strict=True)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"scale": 5}, "scale as 2, 3 or 4. Received: scale=5"),
        ({"patch": 30}, "patch as multiples of scale=4. Received: patch=30. Pass patch=28"),
        ({"patch": 64}, "at least 64x64 pixels.*Received: 10 smaller of 10: .*Move them elsewhere, or pass a smaller"),
        ({"degradation": "jpeg"}, "degradation as 'bicubic' or 'second_order'"),
        ({"patch": 0}, "patch as a number of pixels"),
        ({"validation_split": 1.0}, "validation_split"),
        ({"turn": 1}, "turn to be True or False"),
        ({"batch_size": 50}, "batch_size from 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(folder, arguments, named):
    with pytest.raises((DataError, ValueError), match=named):
        data.load_upscaling(folder, **{"batch_size": 2, "patch": 32, **arguments})


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (np.zeros((3, 8)), "Expected pictures"),
        (np.full((3, 8, 8, 3), 2.0), r"floats in \[-1, 1\]. Received: values from 2"),
        ("nowhere/at/all", "nowhere"),
        (3, "Received: a int"),
    ],
)
def test_what_is_no_source_of_pictures_is_refused(source, named):
    with pytest.raises(DataError, match=named):
        data.load_upscaling(source, 1, patch=8)
