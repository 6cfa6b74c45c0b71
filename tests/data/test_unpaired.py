import numpy as np
import pytest
from PIL import Image

from kgan import data
from kgan.data import order, two_places, unpaired_batches


def write(folder, count, first=0, size=(12, 12), mode="L"):
    """Pictures of one grey level each: first, first + 1, ..."""
    folder.mkdir(parents=True)
    for number in range(count):
        Image.new("L", size, first + number).convert(mode).save(folder / f"{number:02d}.png")
    return folder


def levels(batches):
    return [tuple(side[:, 0, 0, 0].tolist() for side in batch) for batch in batches.as_numpy_iterator()]


def test_two_folders_are_two_collections_of_their_own_lengths(tmp_path):
    a, b = write(tmp_path / "horses", 10), write(tmp_path / "zebras", 5, first=100)
    splits = data.load_unpaired((a, b), batch_size=2, validation_split=0.2)
    assert str(splits) == "8 of horses and 4 of zebras, 12 x 12 pixels, grey, 1 of each held out"
    assert splits.counts == (8, 4)
    epoch = levels(splits.train)
    assert len(epoch) == 4
    of_a, of_b = ([value for batch in epoch for value in batch[side]] for side in (0, 1))
    assert len(set(of_a)) == 8  # the larger one, once
    assert sorted(of_b) == sorted(2 * sorted(set(of_b)))  # the other, twice
    assert splits.found.count == 15
    assert not {*of_a, *of_b} & {value for batch in levels(splits.validation) for side in batch for value in side}


def test_a_run_that_goes_on_in_the_middle_sees_what_the_other_one_saw(tmp_path):
    text = two_places.joined([str(write(tmp_path / "a", 7)), str(write(tmp_path / "b", 4, first=100))])
    load = lambda: data.load_unpaired(text, 2, validation_split=0.0, flip=True).train  # noqa: E731
    train = load()
    epochs = [levels(train) for _ in range(3)]
    assert epochs[0] != epochs[1]
    again = load()
    order.of(again).seek(1, 2)
    assert levels(again) == epochs[1][2:] + epochs[1][:2]
    assert levels(again) == epochs[2]


def test_the_parts_of_a_published_folder_are_kept(tmp_path):
    for name, count, first in (("trainA", 6, 0), ("trainB", 5, 50), ("testA", 3, 100), ("testB", 2, 150)):
        write(tmp_path / name, count, first)
    splits = data.load_unpaired(tmp_path)
    assert splits.counts == (6, 5)
    assert splits.held_out == 2
    held_out = levels(splits.validation)
    assert held_out == levels(splits.validation)
    assert all(100 <= a[0] < 150 <= b[0] for a, b in held_out)
    assert splits.fingerprint.held_out == 5


def test_crops_and_flips_are_of_each_sample_alone():
    ramp = np.tile(np.arange(16, dtype=np.uint8), (20, 16, 1))[..., None]
    splits = data.load_unpaired((ramp, ramp + 100), batch_size=4, random_crop=8, flip=True, validation_split=0.2)
    starts = [side[:, 0, :, 0] for batch in splits.train.as_numpy_iterator() for side in batch]
    firsts = {int(row.min()) % 100 for side in starts for row in side}
    assert len(firsts) > 3
    turned = [bool(row[0] > row[-1]) for side in starts for row in side]
    assert 0 < sum(turned) < len(turned)
    central = next(splits.validation.as_numpy_iterator())
    np.testing.assert_array_equal(central[0][0, 0, :, 0], np.arange(4, 12))


def test_grey_and_coloured_pictures_are_both_coloured(tmp_path):
    grey, coloured = write(tmp_path / "a", 3), write(tmp_path / "b", 3, mode="RGB")
    Image.new("RGB", (12, 12), (200, 10, 10)).save(coloured / "00.png")
    splits = data.load_unpaired((grey, coloured))
    assert splits.input_shape == splits.sample_shape == (12, 12, 3)


def test_arrays_are_streamed_without_pairs_that_stay():
    a = np.arange(30, dtype=np.float32)[:, None]
    batches = unpaired_batches.of_arrays(a, a, batch_size=30, shuffle_seed=3)
    first, second = next(batches.as_numpy_iterator())
    assert (first != second).any()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("digits", "Received: 'digits', which is one collection"),
        ("nowhere", "Received: 'nowhere', which does not exist"),
        ((np.zeros((5, 4, 4, 1), np.uint8),), "Received: 1 of them"),
        (np.zeros((5, 4, 4, 1), np.uint8), "Received: a ndarray"),
        ((np.zeros((5, 4, 4, 1), np.uint8), np.zeros((1, 4, 4, 1), np.uint8)), "at least 2 samples of each collection"),
        ((np.zeros((5, 4, 4, 1), np.uint8), np.zeros((5, 8, 8, 1), np.uint8)), "one height and width"),
        ((np.zeros((5, 4, 4, 1), np.uint8), np.full((5, 4, 4, 1), np.nan, np.float32)), "This is about b, b"),
        ((np.zeros((5, 4, 4, 1), np.uint8), "nowhere"), "This is about b, nowhere"),
    ],
)
def test_what_are_no_two_collections_is_named(source, said):
    with pytest.raises(data.DataError, match=said):
        data.load_unpaired(source)


def test_an_empty_side_is_named(tmp_path):
    (tmp_path / "zebras").mkdir()
    with pytest.raises(data.DataError, match="This is about b, zebras"):
        data.load_unpaired((write(tmp_path / "horses", 3), tmp_path / "zebras"))


def test_two_places_are_one_text_and_a_name_with_the_separator_is_refused(tmp_path):
    assert two_places.parts(two_places.joined(["x/a", "y/b"])) == ["x/a", "y/b"]
    named = tmp_path / "salt + pepper"
    named.mkdir()
    assert two_places.parts(str(named)) == [str(named)]
    with pytest.raises(ValueError, match="Rename it"):
        two_places.joined([str(named), "b"])
