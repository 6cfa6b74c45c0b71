"""Pairs from files: sizes, channels, halves, damage."""

import os
import resource

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.data import DataError, load, load_pairs, order


def picture(number, height=6, width=6, mode="RGB"):
    """Row, column and number in the colours; their sum where there is one channel."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = np.arange(height)[:, None], np.arange(width), number
    return Image.fromarray(pixels).convert(mode)


@pytest.fixture
def pairs(tmp_path):
    """Twenty pairs: b has the number of a plus 100."""
    for side, shift in (("a", 0), ("b", 100)):
        (tmp_path / side).mkdir()
        for number in range(20):
            picture(number + shift).save(tmp_path / side / f"{number:02}.png")
    return tmp_path


@pytest.fixture
def halves(tmp_path):
    """The same side by side."""
    for number in range(20):
        both = Image.new("RGB", (12, 6))
        both.paste(picture(number), (0, 0))
        both.paste(picture(number + 100), (6, 0))
        both.save(tmp_path / f"{number:02}.png")
    return tmp_path


def read(dataset):
    return list(dataset.as_numpy_iterator())


def numbers(dataset):
    """Of inputs and targets, pair by pair."""
    return [
        (int(first[0, 0, 2]), int(second[0, 0, 2]))
        for inputs, targets in read(dataset)
        for first, second in zip(inputs, targets, strict=True)
    ]


@pytest.mark.parametrize("form", ["pairs", "halves"])
def test_a_is_the_input_and_b_the_target_and_a_direction_swaps_them(form, request):
    folder = request.getfixturevalue(form)
    splits, swapped = load_pairs(folder, 3), load_pairs(folder, 3, direction="b2a")
    sides = {"pairs": ("a", "b"), "halves": ("left", "right")}[form]
    assert (splits.sides, swapped.sides) == (sides, sides[::-1])
    assert str(splits) == f"18 pairs of 6 x 6 pixels, colour -> 6 x 6 pixels, colour ({' -> '.join(sides)}), 2 held out"
    assert (splits.count, splits.held_out, int(splits.train.cardinality())) == (18, 2, 6)
    assert splits.train.element_spec == (tf.TensorSpec((3, 6, 6, 3), tf.uint8),) * 2
    trained, held_out = numbers(splits.train), numbers(splits.validation)
    assert sorted(trained + held_out) == [(number, number + 100) for number in range(20)]
    assert numbers(swapped.train) == [(b, a) for a, b in trained]
    for inputs, targets in read(splits.train):
        np.testing.assert_array_equal(inputs[..., :2], targets[..., :2])
        np.testing.assert_array_equal(inputs[0, :, :, :2], np.asarray(picture(0))[..., :2])


def test_a_folder_of_pairs_that_is_taken_for_two_classes_is_told(pairs):
    with pytest.warns(UserWarning, match=r"taken for the classes a and b. .*load_pairs, .*--recipe pix2pix"):
        assert load(pairs, 1).num_classes == 2


def test_the_held_out_part_is_the_folder_s_own_where_it_has_one(pairs):
    for side in "ab":
        (pairs / "val" / side).mkdir(parents=True)
        (pairs / "train").mkdir(exist_ok=True)
        (pairs / side).rename(pairs / "train" / side)
        for number in (3, 4, 5):
            (pairs / "train" / side / f"{number:02}.png").rename(pairs / "val" / side / f"{number:02}.png")
    splits = load_pairs(pairs, 1)
    assert (splits.count, splits.held_out) == (17, 3)
    assert numbers(splits.validation) == [(3, 103), (4, 104), (5, 105)]
    nothing = load_pairs(pairs, 1, validation_split=0.0)
    assert nothing.validation is None
    assert str(nothing).endswith("none held out")


def test_a_resumed_reading_sees_the_same_pairs_crops_and_flips(pairs):
    arguments = {"batch_size": 4, "image_size": 8, "random_crop": 5, "flip": True}
    dataset, again = load_pairs(pairs, **arguments).train, load_pairs(pairs, **arguments).train
    epochs = [read(dataset) for _ in range(3)]
    order.of(again).seek(2, 3)
    np.testing.assert_array_equal(read(again), epochs[2][3:] + epochs[2][:3])


def test_channels_are_those_that_the_pictures_of_a_side_need_unless_asked_otherwise(pairs):
    for path in (pairs / "a").iterdir():
        picture(0, mode="L").save(path)
    for path in (pairs / "b").iterdir():
        picture(0, mode="RGBA").save(path)
    splits = load_pairs(pairs)
    assert (splits.input_shape, splits.sample_shape) == ((6, 6, 1), (6, 6, 3))
    swapped = load_pairs(pairs, direction="b2a", channels=4)
    assert (swapped.input_shape, swapped.sample_shape) == ((6, 6, 4), (6, 6, 1))
    assert load_pairs(pairs, channels=3, target_channels=1).train.element_spec[1].shape == (1, 6, 6, 1)


def test_pictures_are_brought_to_one_size_before_they_are_cropped(tmp_path):
    for side in "ab":
        (tmp_path / side).mkdir()
        for number, size in enumerate(((20, 30), (40, 40), (64, 16))):
            picture(number, *size).save(tmp_path / side / f"{number}.png")
    splits = load_pairs(tmp_path, image_size=(16, 24), random_crop=(12, 20), validation_split=0.0)
    assert splits.sample_shape == (12, 20, 3)
    for inputs, targets in read(splits.train):
        np.testing.assert_array_equal(inputs, targets)


def test_pictures_of_any_size_may_be_cropped_without_resizing(tmp_path):
    for side in "ab":
        (tmp_path / side).mkdir()
        for number, size in enumerate(((20, 30), (12, 12), (64, 16))):
            picture(number, *size).save(tmp_path / side / f"{number}.png")
    splits = load_pairs(tmp_path, random_crop=12, validation_split=0.0)
    assert splits.input_shape == (12, 12, 3)
    for inputs, targets in read(splits.train):
        np.testing.assert_array_equal(inputs, targets)
        assert (np.diff(inputs[0, :, 0, 0].astype(int)) == 1).all()
    with pytest.raises(DataError, match=r"of at least 16x16 pixels, .*Received: a/1.png of 12x12. Crop less"):
        load_pairs(tmp_path, random_crop=16)


def test_pictures_of_a_pair_with_other_sizes_are_named(pairs):
    picture(0, 6, 8).save(pairs / "b" / "07.png")
    with pytest.raises(DataError, match=r"Received: a/07.png of 6x6 and b/07.png of 6x8 pixels. Resize one"):
        load_pairs(pairs, image_size=4)


def test_pairs_with_other_sizes_are_named_with_the_way_out(pairs):
    for side in "ab":
        picture(0, 6, 8).save(pairs / side / "07.png")
    with pytest.raises(DataError, match=r"Received: a/00.png of 6x6 and a/07.png of 6x8 pixels. Pass image_size="):
        load_pairs(pairs)
    assert load_pairs(pairs, image_size=6).count == 18


@pytest.mark.parametrize("strict", [False, True])
def test_one_size_that_differs_is_found_wherever_it_is(tmp_path, strict):
    for side in "ab":
        (tmp_path / side).mkdir()
        for number in range(130):
            picture(0).save(tmp_path / side / f"{number:03}.png")
    picture(0, 6, 8).save(tmp_path / "b" / "001.png")
    with pytest.raises(DataError, match="Received: a/001.png of 6x6 and b/001.png of 6x8"):
        load_pairs(tmp_path, 10, strict=strict)


def test_a_size_that_changes_while_training_stops_the_stream(pairs):
    splits = load_pairs(pairs, 2, validation_split=0.0)
    picture(0, 6, 8).save(pairs / "b" / "07.png")
    with pytest.raises(tf.errors.OpError, match="Received: a/07.png of 6x6 and b/07.png of 6x8"):
        list(splits.train)


def test_pictures_side_by_side_of_odd_width_are_named(halves):
    Image.new("RGB", (13, 6)).save(halves / "05.png")
    with pytest.raises(DataError, match=r"of even width. Received: 05.png, 13 pixels wide and 6 high. Make both"):
        load_pairs(halves)


def test_photographs_are_not_taken_for_pictures_side_by_side(tmp_path):
    for number in range(4):
        picture(number, 12, 16).save(tmp_path / f"{number}.png")
    with pytest.raises(DataError, match=r"with square halves. Received: 0.png, 16 pixels wide and 12 high. Put the"):
        load_pairs(tmp_path)
    splits = load_pairs(tmp_path, image_size=(24, 16))
    assert splits.sample_shape == (24, 16, 3)


def truncate(path):
    path.write_bytes(path.read_bytes()[:40])


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_pair_with_a_damaged_picture_is_skipped_and_noted_or_refused_by_name(pairs, side):
    truncate(pairs / side / "03.png")
    splits = load_pairs(pairs, 4, validation_split=0.0)
    for _ in range(2):
        seen = numbers(splits.train)
        assert len(seen) == 20
        assert all(b == a + 100 for a, b in seen)
        assert {a for a, _ in seen} == set(range(20)) - {3}
    assert set(splits.skipped) == {f"{side}/03.png"}
    with pytest.raises(DataError, match=rf"Expected a readable image. Received: {side}/03.png: "):
        load_pairs(pairs, 4, strict=True)


def test_another_held_out_pair_takes_the_place_of_a_damaged_one(pairs):
    held_out = numbers(load_pairs(pairs, 2, validation_split=0.25).validation)
    truncate(pairs / "b" / f"{held_out[2][0]:02}.png")
    splits = load_pairs(pairs, 2, validation_split=0.25)
    mended = numbers(splits.validation)
    assert len(mended) == 5
    assert set(mended) == set(held_out) - {held_out[2]}
    assert not set(numbers(splits.train)) & set(mended)


def test_folders_of_damaged_pictures_are_named(halves):
    for path in halves.iterdir():
        path.write_bytes(b"no")
    with pytest.raises(DataError, match="only damaged pairs: .*00.png"):
        load_pairs(halves)


def test_a_batch_larger_than_the_data_is_named(pairs):
    with pytest.raises(DataError, match="Expected batch_size from 1 to the number of training pairs, 18"):
        load_pairs(pairs, 19)


@pytest.mark.slow
def test_five_thousand_pairs_stream_without_filling_the_memory(tmp_path):
    noise = np.random.RandomState(0).randint(0, 256, (50, 64, 64, 3)).astype(np.uint8)
    for side in "ab":
        (tmp_path / side).mkdir()
        for number, pixels in enumerate(noise):
            Image.fromarray(pixels).save(tmp_path / side / f"{number}.png", compress_level=0)
        for number in range(50, 5_000):
            os.link(tmp_path / side / f"{number % 50}.png", tmp_path / side / f"{number}.png")
    iterator = iter(load_pairs(tmp_path, 32, random_crop=56, flip=True).train)
    next(iterator)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 32 + sum(len(inputs) for inputs, _ in iterator)
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert count == 4500 // 32 * 32
    assert growth < 60, f"{growth:.0f} MiB more for 90 MiB of pixels"


def test_each_side_keeps_its_own_depth_and_lines_say_so(tmp_path):
    depths = np.linspace(0, 4000, 64).reshape(8, 8).astype(np.uint16)  # a map of depths beside each photograph
    for side in "ab":
        (tmp_path / side).mkdir()
    for number in range(3):
        picture(number, 8, 8).save(tmp_path / "a" / f"{number}.png")
        Image.fromarray(depths).save(tmp_path / "b" / f"{number}.png")
    splits = load_pairs(tmp_path, validation_split=0.0)
    assert [spec.dtype for spec in splits.train.element_spec] == [tf.uint8, tf.float32]
    for inputs, targets in read(splits.train):
        np.testing.assert_array_equal(inputs[0, :, :, 0], np.asarray(picture(0, 8, 8))[..., 0])
        np.testing.assert_allclose(targets[0, :, :, 0], depths / 4095.0 * 2 - 1, atol=1e-6)
    assert splits.found.channels == {"inputs: colour": 3, "targets: grey": 3}
    assert "Inputs are a; targets b." in splits.found.lines()
    assert any("Targets: 3 of 16 bits: values from 0 to 4,000 (12 bits)" in line for line in splits.found.lines())
    eight = load_pairs(tmp_path, validation_split=0.0, depth="8", direction="b2a", levels=(0, 4000))
    np.testing.assert_array_equal(read(eight.train)[0][0][0, :, :, 0], np.rint(depths / 4000.0 * 255))


def test_halves_keep_their_depth_too(tmp_path):
    both = np.concatenate([np.full((4, 4), 100), np.full((4, 4), 255)], axis=1).astype(np.uint16)
    Image.fromarray(both).save(tmp_path / "a.png")
    splits = load_pairs(tmp_path, validation_split=0.0)
    inputs, targets = read(splits.train)[0]
    np.testing.assert_allclose([inputs[0, 0, 0, 0], targets[0, 0, 0, 0]], [100 / 255 * 2 - 1, 1.0], atol=1e-6)
    assert splits.found.formats == {"PNG": 1}


def test_transparent_pairs_are_laid_over_the_background_or_kept(pairs):
    for path in (pairs / "b").iterdir():
        Image.new("RGBA", (6, 6), (255, 0, 0, 0)).save(path)
    splits = load_pairs(pairs, background="#0000ff")
    np.testing.assert_array_equal(read(splits.train)[0][1][0, 0, 0], [0, 0, 255])
    assert splits.found.converted == {"targets: with transparency laid over #0000ff": 20}
    kept = load_pairs(pairs, target_channels=4)
    np.testing.assert_array_equal(read(kept.train)[0][1][0, 0, 0], [255, 0, 0, 0])


def test_colour_on_one_side_is_not_made_grey_by_the_rest(pairs):
    for number in range(20):
        picture(number, mode="L").save(pairs / "a" / f"{number:02}.png")
    Image.new("RGB", (6, 6), (0, 0, 255)).save(pairs / "a" / "13.png")
    splits = load_pairs(pairs)
    assert splits.input_shape == (6, 6, 3)
    assert splits.found.converted == {"inputs: grey made colour": 19}


def test_sizes_are_read_as_width_times_height_from_a_text(pairs):
    assert load_pairs(pairs, image_size="12x24").sample_shape == (24, 12, 3)


def test_what_only_pictures_in_files_have_is_refused_for_arrays():
    pairs = (np.zeros((4, 8, 8, 1), np.uint8),) * 2
    with pytest.raises(DataError, match="Received: target_channels=3, background='black' for another source"):
        load_pairs(pairs, target_channels=3, background="black")
