"""Which pictures of a folder are trained on, which are held out, and which classes they have."""

import os

import numpy as np
import pytest
from PIL import Image

from kgan.data import DataError, load
from kgan.data.sources.layout import find
from kgan.data.sources.places import Folder


def write(folder, *names, shade=0):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), shade).save(folder / name)


def numbered(name, count):
    return [f"{name}/{number}.png" for number in range(count)]


@pytest.mark.parametrize("held_out", ["test", "val", "valid", "validation", "Test"])
@pytest.mark.parametrize("train", ["train", "Train"])
def test_train_and_another_part_are_splits_and_the_classes_lie_below(tmp_path, train, held_out):
    for part, shade in ((train, 10), (held_out, 200)):
        for one in ("cat", "dog"):
            write(tmp_path, *numbered(f"{part}/{one}", 4), shade=shade)
    splits = load(tmp_path, 2)
    assert splits.class_names == ("cat", "dog")
    assert (splits.count, splits.found.held_out) == (8, 8)
    for part, shade in ((splits.train, 10), (splits.validation, 200)):
        for images, labels in part.as_numpy_iterator():
            assert set(np.unique(images)) == {shade}
            assert set(labels) <= {0, 1}
    assert f"{train}/ is trained on, {held_out}/ is held out." in splits.found.lines()


def test_parts_without_classes_are_splits_too(tmp_path):
    write(tmp_path, *numbered("train", 6), *numbered("val", 3))
    splits = load(tmp_path, 2)
    assert splits.class_names is None
    assert (splits.count, splits.found.held_out) == (6, 3)
    assert load(tmp_path, 2, validation_split=0.0).validation is None


def test_validation_goes_before_test_which_is_kept_for_later(tmp_path):
    write(tmp_path, *numbered("train/a", 6), *numbered("val/a", 3), *numbered("test/a", 5))
    layout = find(Folder(tmp_path), "auto", strict=True)
    assert (layout.train, len(layout.names)) == (6, 9)
    assert dict(layout.ignored) == {"in other parts, kept for later (test/a/0.png, ...)": 5}


def test_a_class_that_only_one_part_has_keeps_its_number_in_both(tmp_path):
    write(tmp_path, *numbered("train/bee", 4), *numbered("test/ant", 2), *numbered("test/bee", 2))
    splits = load(tmp_path, 2)
    assert splits.class_names == ("ant", "bee")
    assert {int(label) for _, labels in splits.train for label in labels} == {1}


def test_train_alone_is_no_class(tmp_path):
    write(tmp_path, *numbered("train/cat", 4), *numbered("train/dog", 4))
    assert load(tmp_path, 2).class_names == ("cat", "dog")


def test_train_among_other_classes_is_one(tmp_path):
    write(tmp_path, *numbered("train", 4), *numbered("car", 4), *numbered("boat", 4))
    assert load(tmp_path, 2).class_names == ("boat", "car", "train")


def test_an_empty_class_keeps_its_number_and_is_named(tmp_path):
    write(tmp_path, *numbered("ant", 4), *numbered("cat", 4))
    (tmp_path / "bee").mkdir()
    splits = load(tmp_path, 2)
    assert splits.class_names == ("ant", "bee", "cat")
    assert splits.found.classes == {"ant": 4, "bee": 0, "cat": 4}
    assert {int(label) for _, labels in splits.train for label in labels} == {0, 2}
    assert any(line.startswith("Classes without a picture: bee.") for line in splits.found.lines())


def test_a_class_of_pictures_that_cannot_be_read_is_empty_and_a_folder_of_notes_is_no_class(tmp_path):
    write(tmp_path, *numbered("ant", 4), *numbered("cat", 4))
    (tmp_path / "bee").mkdir()
    (tmp_path / "bee" / "1.heic").write_bytes(b"heic")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "1.txt").write_text("no picture")
    splits = load(tmp_path, 2)
    assert splits.class_names == ("ant", "bee", "cat")
    assert splits.found.ignored == {
        "HEIC (.heic: save them as JPEG, PNG or TIFF)": 1,
        "of another kind (.txt)": 1,
    }
    assert "Sub-folders without pictures, which are no classes: notes." in splits.found.lines()


def test_a_class_that_is_a_link_is_read_and_a_circle_ends(tmp_path):
    write(tmp_path / "data", *numbered("ant", 4))
    write(tmp_path / "elsewhere", *numbered("bees", 3))
    os.symlink(tmp_path / "elsewhere" / "bees", tmp_path / "data" / "bee")
    os.symlink(tmp_path / "data", tmp_path / "data" / "ant" / "circle")
    splits = load(tmp_path / "data", 2)
    assert splits.found.classes == {"ant": 4, "bee": 3}
    assert splits.found.ignored == {"links to folders that are read already": 1}
    assert splits.skipped == {}


def test_a_link_to_a_class_beside_it_is_read_once_whichever_comes_first(tmp_path):
    write(tmp_path, *numbered("bee", 4))
    os.symlink(tmp_path / "bee", tmp_path / "ant")
    assert all(name.startswith("bee/") for name in find(Folder(tmp_path), "none", False).names)


def test_labels_can_be_left_aside(tmp_path):
    write(tmp_path, *numbered("ant", 4), *numbered("bee", 4))
    splits = load(tmp_path, 2, labels="none")
    assert (splits.class_names, splits.count) == (None, 7)


def test_what_was_left_out_is_named_where_nothing_can_be_read(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"")
    with pytest.raises(DataError, match=r"Received: a folder without any, but 1 HEIC \(.heic: save them as JPEG"):
        load(tmp_path)
