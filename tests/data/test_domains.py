"""Two domains: what batches hold, whose labels are kept, and what is no pair of domains."""

import numpy as np
import pytest
from domain_games import write_domains
from PIL import Image

from kgan.data import DataError, load_domains, two_places

GREY = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
COLOUR = np.repeat(GREY[:20], 3, axis=-1)
LABELS = np.arange(40) % 4


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return write_domains(tmp_path_factory.mktemp("data"), count=10)


def test_grey_becomes_colour_beside_colour_and_the_target_s_labels_stay_with_held_out_samples():
    splits = load_domains(((GREY, LABELS), (COLOUR, LABELS[:20])), 4, validation_split=0.2)
    (source, labels), target = next(splits.train.as_numpy_iterator())
    assert source.shape == target.shape == (4, 8, 8, 3)
    np.testing.assert_array_equal(labels, source[:, 0, 0, 0] % 4)
    assert (source == source[..., :1]).all()
    (_, _), (target, told) = next(splits.validation.as_numpy_iterator())
    np.testing.assert_array_equal(told, target[:, 0, 0, 0] % 4)
    assert (splits.counts, splits.held_out, splits.class_names) == ((32, 16), 4, ("0", "1", "2", "3"))


def test_held_out_samples_of_a_target_without_labels_have_none():
    splits = load_domains(((GREY, LABELS), GREY), 4)
    (_, labels), target = next(splits.validation.as_numpy_iterator())
    assert labels.shape == (4,)
    assert target.shape == (4, 8, 8, 1)


def test_an_epoch_goes_through_the_larger_domain_once_and_comes_again():
    splits = load_domains(((GREY, LABELS), GREY[:10]), 4, validation_split=0.0)
    seen = [[batch[0][0][:, 0, 0, 0] for batch in splits.train.as_numpy_iterator()] for _ in range(2)]
    assert sorted(np.concatenate(seen[0])) == list(range(40))
    assert not np.array_equal(seen[0], seen[1])
    again = load_domains(((GREY, LABELS), GREY[:10]), 4, validation_split=0.0)
    np.testing.assert_array_equal(seen[0], [batch[0][0][:, 0, 0, 0] for batch in again.train.as_numpy_iterator()])


def test_classes_of_folders_go_by_their_names(folders, tmp_path):
    (tmp_path / "some" / "square").mkdir(parents=True)
    for path in (folders[1] / "square").iterdir():
        (tmp_path / "some" / "square" / path.name).write_bytes(path.read_bytes())
    text = two_places.joined([str(folders[0]), str(tmp_path / "some")])
    splits = load_domains(text, 2, validation_split=0.3)
    assert splits.class_names == ("bar", "square")
    for _, (_, told) in splits.validation.as_numpy_iterator():
        assert (told == 1).all()  # the source's number of a square
    assert "source is plain, 20; target is some, 10." in splits.found.notes


def folder_of(path, *names):
    for name in names:
        (path / name).mkdir(parents=True)
        for number in range(4):
            Image.fromarray(np.full((16, 16), 9 * number, np.uint8)).save(path / name / f"{number}.png")
    return path


def test_other_classes_of_the_target_are_listed(folders, tmp_path):
    other = folder_of(tmp_path / "other", "bar", "round")
    with pytest.raises(DataError, match=r"in the target, bar, square.*other, which also has round"):
        load_domains((folders[0], other), 2)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ((GREY, GREY), "a source with two classes or more.*with no labels"),
        (((GREY, LABELS * 0), GREY), "the class '0' alone"),
        (((GREY, LABELS), (GREY, LABELS + 1)), "which also has 4"),
        (((GREY, LABELS), GREY[:, :4]), r"one shape in both domains.*Received: \(8, 8, 1\) of source and \(4, 8, 1\)"),
        (((GREY, LABELS), GREY[:0]), "about target"),
        (((GREY, LABELS), GREY[:1]), "at least 2 samples of each"),
        ("digits", "a source with classes and a target.*which is one collection"),
        (((GREY, LABELS),), "a source with classes and a target.*Received: 1 of them"),
        (("digits", "no/such/place"), "no/such/place"),
    ],
)
def test_what_are_no_two_domains_is_named(source, error):
    with pytest.raises(DataError, match=error):
        load_domains(source, 1, validation_split=0.0)


def test_arguments_of_pictures_in_files_are_refused_for_arrays():
    with pytest.raises(DataError, match="channels=3"):
        load_domains(((GREY, LABELS), GREY), 2, channels=3)
