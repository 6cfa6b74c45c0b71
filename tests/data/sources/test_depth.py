"""Pictures of more than 8 bits: right values at the network, and lines that say how they came about."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.data import DataError, load
from kgan.data import depth as depths


def write(folder, name, values):
    Image.fromarray(np.asarray(values)).save(folder / name)


def whole(folder, **options):
    """All samples of a folder, in the order of their names."""
    splits = load(folder, 1, validation_split=0.0, **options)
    batches = {one.tobytes(): one[0] for one in splits.train.as_numpy_iterator()}
    return splits, sorted(batches.values(), key=lambda one: one.mean(dtype=np.float64))


def test_float_images_from_zero_to_one_keep_all_their_values(tmp_path):
    values = np.random.RandomState(0).rand(2, 8, 8).astype(np.float32)
    values[0, 0, :2] = 0, 1
    for number, one in enumerate(values):
        write(tmp_path, f"{number}.tif", one)
    splits, images = whole(tmp_path)
    expected = sorted(values, key=np.mean)
    np.testing.assert_allclose(np.stack(images)[..., 0], 2 * np.stack(expected) - 1, atol=1e-6)
    assert images[0].dtype == np.float32
    assert splits.found.depth == {"float": 2}
    assert "2 of float: values from 0 to 1 (in [0, 1]), so black is 0 and white 1" in splits.found.lines()[2]


@pytest.mark.parametrize(
    ("low", "high", "black", "white"),
    [(-1.0, 1.0, -1.0, 1.0), (0.0, 255.0, 0.0, 255.0), (-200.5, 3000.25, -200.5, 3000.25), (3.5, 3.5, 3.5, 4.5)],
)
def test_other_floats_are_scaled_by_what_is_there(tmp_path, low, high, black, white):
    values = np.linspace(low, high, 64).reshape(8, 8).astype(np.float32)
    values = np.rint(values) if high == 255.0 else values
    write(tmp_path, "a.tif", values)
    _, images = whole(tmp_path)
    expected = 2 * (values.astype(np.float64) - black) / (white - black) - 1
    np.testing.assert_allclose(images[0][..., 0], expected, atol=1e-6)


@pytest.mark.parametrize(("bits", "high"), [(8, 200), (10, 1000), (12, 4080), (14, 16000), (16, 65535), (16, 40000)])
def test_sixteen_bit_files_are_scaled_by_the_bits_that_they_use(tmp_path, bits, high):
    values = np.linspace(0, high, 64).reshape(8, 8).astype(np.uint16)
    write(tmp_path, "a.png", values)
    splits, images = whole(tmp_path)
    np.testing.assert_allclose(images[0][..., 0], values / (2.0**bits - 1) * 2 - 1, atol=1e-6)
    assert f"({bits} bits), so black is 0 and white {2**bits - 1:,}" in "\n".join(splits.found.lines())


def test_all_pictures_share_one_scale(tmp_path):
    write(tmp_path, "a.png", np.full((8, 8), 100, np.uint16))
    write(tmp_path, "b.png", np.full((8, 8), 4000, np.uint16))
    _, images = whole(tmp_path)
    np.testing.assert_allclose([one[0, 0, 0] for one in images], [100 / 4095 * 2 - 1, 4000 / 4095 * 2 - 1], atol=1e-6)


def test_levels_that_are_asked_for_win_and_may_turn_black_into_white(tmp_path):
    write(tmp_path, "a.png", np.array([[0, 100], [50, 200]], np.uint16))
    _, images = whole(tmp_path, levels=(0, 100))
    np.testing.assert_allclose(images[0][..., 0], [[-1, 1], [0, 1]], atol=1e-6)
    _, images = whole(tmp_path, levels=(200, 0), depth="8")
    np.testing.assert_array_equal(images[0][..., 0], [[255, 128], [191, 0]])


def test_eight_bits_are_made_of_deeper_ones_when_asked_for(tmp_path):
    write(tmp_path, "a.png", np.array([[0, 256, 32768, 65535]], np.uint16))
    splits, images = whole(tmp_path, depth="8")
    np.testing.assert_array_equal(images[0][0, :, 0], [0, 1, 128, 255])
    assert images[0].dtype == np.uint8
    assert splits.found.converted == {"of 16 bits brought to 8 bits from 0 to 65,535": 1}


def test_pictures_of_eight_bits_keep_their_values_beside_deeper_ones(tmp_path):
    write(tmp_path, "a.png", np.array([[0, 51], [102, 255]], np.uint8))
    for name in "bc":
        write(tmp_path, f"{name}.png", np.full((2, 2), 65535, np.uint16))
    splits, images = whole(tmp_path)
    np.testing.assert_allclose(images[0][..., 0], [[-1, -0.6], [-0.2, 1]], atol=1e-6)
    assert splits.found.depth == {"8 bits": 1, "16 bits": 2}
    (tmp_path / "c.png").unlink()
    write(tmp_path, "d.png", np.zeros((2, 2), np.uint8))
    assert whole(tmp_path)[0].train.element_spec.dtype == tf.uint8  # one of three is deeper


def test_colours_of_sixteen_bits_are_not_cut_down_to_eight(tmp_path):
    values = np.random.RandomState(0).randint(0, 65536, (6, 5, 3)).astype(np.uint16)
    values[0, 0] = 65535
    (tmp_path / "a.png").write_bytes(tf.io.encode_png(values).numpy())
    splits, images = whole(tmp_path)
    assert splits.found.depth == {"16 bits": 1}
    np.testing.assert_allclose(images[0], values / 65535.0 * 2 - 1, atol=1e-6)


def test_transparency_of_sixteen_bits_is_laid_over_the_background_or_kept(tmp_path):
    values = np.zeros((1, 3, 4), np.uint16)
    values[0, :, 0] = 65535
    values[0, :, 3] = 0, 32768, 65535
    (tmp_path / "a.png").write_bytes(tf.io.encode_png(values).numpy())
    _, images = whole(tmp_path)
    np.testing.assert_allclose(images[0][0, :, 1], [1.0, -1.5e-5, -1.0], atol=1e-4)
    _, images = whole(tmp_path, background="black")
    np.testing.assert_allclose(images[0][0, :, 0], [-1.0, 1.5e-5, 1.0], atol=1e-4)
    _, images = whole(tmp_path, channels=4)
    np.testing.assert_allclose(images[0][0, :, 3], [-1.0, 1.5e-5, 1.0], atol=1e-4)


def test_resizing_keeps_the_depth_and_the_range(tmp_path):
    values = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    write(tmp_path, "a.png", values)
    _, images = whole(tmp_path, image_size=16)
    blocks = values.reshape(16, 4, 16, 4).mean(axis=(1, 3)) / 65535.0 * 2 - 1
    assert images[0].shape == (16, 16, 1)
    np.testing.assert_allclose(images[0][2:-2, 2:-2, 0], blocks[2:-2, 2:-2], atol=2e-3)
    assert len(np.unique(images[0])) > 200
    assert np.abs(images[0]).max() <= 1.0


def test_what_is_no_number_becomes_black_and_is_told(tmp_path):
    write(tmp_path, "a.tif", np.array([[np.nan, 0.0], [0.5, 1.0]], np.float32))
    splits, images = whole(tmp_path)
    np.testing.assert_allclose(images[0][..., 0], [[-1, -1], [0, 1]], atol=1e-6)
    assert "1 of float hold values that are no numbers; they become black." in splits.found.lines()


def test_pictures_that_come_out_nearly_black_are_told(tmp_path):
    values = np.zeros((64, 64), np.uint16)
    values[0, 0] = 65535  # a hot pixel among 12 bits
    write(tmp_path, "a.png", values + np.uint16(0))
    assert any("nearly black" in line for line in whole(tmp_path)[0].found.lines())
    (tmp_path / "a.png").unlink()
    write(tmp_path, "mask.png", np.eye(8, dtype=np.uint8))
    assert "values up to 1 of 255 in the 1 looked at" in whole(tmp_path)[0].found.lines()[-1]


def test_values_beyond_those_that_were_looked_at_are_told_once(tmp_path, monkeypatch):
    from kgan.data.sources import survey

    monkeypatch.setattr(survey, "_LOOKED_AT", 1)
    monkeypatch.setattr(survey, "_FEWEST", 1)
    write(tmp_path, "a.png", np.full((4, 4), 4000, np.uint16))
    for name in "bc":
        write(tmp_path, f"{name}.png", np.full((4, 4), 60000, np.uint16))
    splits = load(tmp_path, 1, validation_split=0.0)
    assert "in the 1 looked at" in splits.found.lines()[2]
    with pytest.warns(UserWarning, match=r"Values of [bc].png lie beyond 0 to 4,095, .* Pass levels="):
        images = [one[0] for one in splits.train.as_numpy_iterator()]
    assert sorted(float(one.max()) for one in images)[1:] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": "deep"}, "Expected depth to be 'auto', '8', 'full'. Received: depth='deep'"),
        ({"levels": (1, 1)}, "Expected levels as two numbers"),
        ({"levels": 5}, "Expected levels as two numbers"),
        ({"levels": (0, float("inf"))}, "Expected levels as two numbers"),
    ],
)
def test_depths_and_levels_that_are_none_are_refused(tmp_path, options, message):
    with pytest.raises(DataError, match=message):
        load(tmp_path, **options)


def test_whole_numbers_get_bits_and_others_a_range():
    def levels(*values):
        seen = depths.Range()
        seen.update(np.array(values))
        return depths.levels_of(seen)

    assert levels(0, 1) == (0.0, 1.0, "in [0, 1]")
    assert levels(0, 2)[:2] == (0.0, 255.0)
    assert levels(0, 65536)[:2] == (0.0, 65536.0)
    assert levels(-5, 10)[:2] == (-5.0, 10.0)
