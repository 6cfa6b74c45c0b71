"""Crops and flips of pairs, on pictures whose pixels say where they come from: row, column, number of the pair."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.data import DataError, load_pairs, order

HEIGHT, WIDTH, COUNT = 7, 9, 40


def coordinates(count=COUNT, height=HEIGHT, width=WIDTH):
    pixels = np.zeros((count, height, width, 3), np.uint8)
    pixels[..., 0] = np.arange(height)[:, None]
    pixels[..., 1] = np.arange(width)
    pixels[..., 2] = np.arange(count)[:, None, None]
    return pixels


def load(source="arrays", count=COUNT, **arguments):
    inputs = coordinates(count)
    targets = 255 - inputs
    both = (inputs, targets) if source == "arrays" else tf.data.Dataset.from_tensor_slices((inputs, targets))
    return load_pairs(both, **{"batch_size": 4, "random_crop": (4, 5), "flip": True, **arguments})


def read(dataset):
    return [(first, second) for first, second in dataset.as_numpy_iterator()]


def cuts(batches):
    """`(number, top, left, flipped)` of each input."""
    found = {}
    for first, _ in batches:
        for sample in first:
            columns = sample[0, :, 1]
            found[int(sample[0, 0, 2])] = (int(sample[0, 0, 0]), int(columns.min()), bool(columns[0] > columns[-1]))
    return found


@pytest.mark.parametrize("source", ["arrays", "stream"])
def test_both_sides_have_the_same_crop_and_flip(source):
    splits = load(source)
    for first, second in read(splits.train) + read(splits.validation):
        np.testing.assert_array_equal(second, 255 - first)
        assert first.shape[1:] == splits.input_shape == splits.sample_shape == (4, 5, 3)
        rows, columns = first[..., 0].astype(int), first[..., 1].astype(int)
        assert (np.diff(rows, axis=1) == 1).all()  # one part of the picture, whole
        assert (np.abs(np.diff(columns, axis=2)) == 1).all()


@pytest.mark.parametrize("source", ["arrays", "stream"])
def test_crops_and_flips_are_drawn_anew_each_epoch_and_uniformly(source):
    dataset = load(source, count=240, validation_split=0.0, batch_size=240).train
    epochs = [cuts(read(dataset)) for _ in range(5)]
    assert epochs[0] != epochs[1]
    seen = [place for epoch in epochs for place in epoch.values()]
    assert len(seen) == 1200
    places = [(top, left, flipped) for top in range(4) for left in range(5) for flipped in (False, True)]
    counts = np.array([seen.count(place) for place in places])
    assert ((counts - 30) ** 2 / 30).sum() < 72.1  # chi-squared of 39 degrees of freedom, 0.1 %


@pytest.mark.parametrize("source", ["arrays", "stream"])
def test_a_resumed_reading_sees_what_an_uninterrupted_one_does(source):
    dataset, again = load(source).train, load(source).train
    epochs = [read(dataset) for _ in range(3)]
    order.of(again).seek(1, 5)
    np.testing.assert_array_equal(read(again), epochs[1][5:] + epochs[1][:5])
    np.testing.assert_array_equal(read(again), epochs[2])


def test_what_is_drawn_for_a_pair_depends_on_seed_epoch_and_pair_alone():
    """Neither on the batch that the pair comes in, nor on TensorFlow's own seed."""
    tf.random.set_seed(1)
    first = cuts(read(load(validation_split=0.0).train))
    tf.random.set_seed(2)
    assert cuts(read(load(validation_split=0.0, batch_size=8).train)) == first
    assert cuts(read(load(validation_split=0.0, seed=1).train)) != first


@pytest.mark.parametrize("source", ["arrays", "stream"])
def test_held_out_pairs_are_cropped_about_the_centre_and_never_flipped(source):
    held_out = load(source, validation_split=0.25).validation
    assert set(cuts(read(held_out)).values()) == {(1, 2, False)}
    for once, twice in zip(read(held_out), read(held_out), strict=True):
        np.testing.assert_array_equal(once, twice)


def test_without_either_pairs_are_as_they_came():
    for first, _ in read(load(random_crop=None, flip=False).train):
        np.testing.assert_array_equal(first[..., :2], coordinates(len(first))[..., :2])


def test_a_crop_alone_never_flips_and_a_flip_alone_never_crops():
    assert not any(flipped for _, _, flipped in cuts(read(load(flip=False).train)).values())
    dataset = load(random_crop=None).train
    assert dataset.element_spec[0].shape == (4, HEIGHT, WIDTH, 3)
    flips = [flipped for _, _, flipped in cuts(read(dataset)).values()]
    assert 0 < sum(flips) < len(flips)


def test_films_are_cut_and_turned_alike_in_every_frame():
    films = np.stack([coordinates(), coordinates()], axis=1)  # (n, 2 frames, height, width, 3)
    splits = load_pairs((films, films), 4, random_crop=(4, 5), flip=True)
    assert splits.sample_shape == (2, 4, 5, 3)
    for first, second in read(splits.train):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first[:, 0], first[:, 1])


@pytest.mark.parametrize(
    ("shapes", "arguments", "message"),
    [
        (((9, 16, 1), (9, 16, 1)), {"flip": True}, r"Expected images or films.* for flip=True. .*\(16, 1\)"),
        (((9, 8, 8, 3), (9, 16, 16, 3)), {"random_crop": 4}, r"of one height and width .*\(8, 8\) and \(16, 16\)"),
        (
            ((9, 8, 8, 3), (9, 8, 8, 3)),
            {"random_crop": 9},
            "at least 9x9 pixels.* Received: the pairs of 8x8. Crop less",
        ),
        (
            ((9, 8, 8, 3), (9, 8, 8, 3)),
            {"random_crop": 9, "image_size": 8},
            "random_crop of at most image_size.*random_crop=9 and image_size=8",
        ),
    ],
)
def test_what_cannot_be_cropped_or_flipped_is_named(shapes, arguments, message):
    with pytest.raises(DataError, match=message):
        load_pairs(tuple(np.zeros(shape, np.float32 if len(shape) == 3 else np.uint8) for shape in shapes), **arguments)


def test_a_crop_that_is_no_size_is_named():
    with pytest.raises(
        ValueError, match="Expected random_crop as a number of pixels, 64, or .* Received: random_crop='large'"
    ):
        load(random_crop="large")
