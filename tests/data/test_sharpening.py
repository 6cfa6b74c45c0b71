"""Truths that are sharpened, and small pictures that are not."""

import numpy as np
import pytest

import kgan
from kgan.data.sharpening import sharpened


def edge(low=100, high=140, size=64):
    picture = np.full((size, size, 3), low, np.uint8)
    picture[:, size // 2 :] = high
    return picture


def test_an_edge_overshoots_on_both_sides_and_level_parts_stay():
    found = sharpened(edge())
    assert found.dtype == np.uint8
    middle = found[32, :, 0].astype(int)
    assert middle[31] < 100 - 2
    assert middle[32] > 140 + 2
    assert np.array_equal(sharpened(np.full((64, 64, 3), 77, np.uint8)), np.full((64, 64, 3), 77, np.uint8))


def test_it_is_an_unsharp_mask_worked_out_by_hand():
    random = np.random.RandomState(0)
    picture = random.uniform(-1.0, 1.0, (60, 60, 1)).astype(np.float32)
    unit = picture[..., 0].astype(np.float64) / 2.0 + 0.5
    weights = np.exp(-0.5 * ((np.arange(51) - 25) / 8.0) ** 2)
    weights /= weights.sum()

    def blurred(plane):
        padded = np.pad(plane, 25, mode="symmetric")
        rows = np.stack([np.convolve(row, weights, "valid") for row in padded])
        return np.stack([np.convolve(column, weights, "valid") for column in rows.T]).T

    detail = unit - blurred(unit)
    share = blurred((np.abs(detail) > 10.0 / 255.0).astype(np.float64))
    expected = share * np.clip(unit + 0.5 * detail, 0.0, 1.0) + (1.0 - share) * unit
    np.testing.assert_allclose(sharpened(picture)[..., 0], 2.0 * expected - 1.0, atol=1e-5)


def test_weak_differences_are_left_alone():
    picture = edge(100, 108)  # at most 4 of 255 from the mean beside it
    assert np.array_equal(sharpened(picture), picture)


def test_training_truths_are_sharpened_and_held_out_ones_and_small_ones_are_not():
    pictures = np.stack([edge(size=32)] * 12)
    options = {"batch_size": 2, "scale": 2, "patch": 32, "turn": False, "seed": 0}
    plain, sharp = (kgan.data.load_upscaling(pictures, sharpen=one, **options) for one in (False, True))
    small, large = next(iter(sharp.train.as_numpy_iterator()))
    np.testing.assert_array_equal(small, next(iter(plain.train.as_numpy_iterator()))[0])
    np.testing.assert_array_equal(large[0], sharpened(edge(size=32)))
    np.testing.assert_array_equal(next(iter(sharp.validation.as_numpy_iterator()))[1][0], edge(size=32))


def test_a_word_in_the_place_of_a_truth_value_is_refused():
    with pytest.raises(kgan.data.DataError, match="Expected sharpen to be True or False. Received: sharpen='yes'"):
        kgan.data.load_upscaling(np.zeros((4, 32, 32, 3), np.uint8), patch=32, sharpen="yes")
