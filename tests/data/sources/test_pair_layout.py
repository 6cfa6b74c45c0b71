"""Where pairs are found, and what is said of folders that hold none."""

import pytest
from PIL import Image

from kgan.data import DataError
from kgan.data.sources.pair_layout import HALVES, Pair, find


def write(folder, *paths, size=(4, 4)):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", size).save(folder / path)


@pytest.mark.parametrize(
    ("first", "second"), [("a", "b"), ("A", "B"), ("input", "target"), ("edges", "photos"), ("Photos", "sketches")]
)
def test_of_two_sub_folders_the_first_in_alphabetical_order_is_a(tmp_path, first, second):
    write(tmp_path, f"{second}/1.png", f"{second}/2.png", f"{first}/1.png", f"{first}/2.png")
    layout = find(tmp_path)
    assert layout.sides == (first, second)
    assert layout.train == [Pair(f"{first}/{n}.png", f"{second}/{n}.png") for n in (1, 2)]
    assert layout.held_out is None


def test_partners_have_one_name_whatever_the_extension_and_the_sub_folder(tmp_path):
    write(tmp_path, "a/x/1.png", "a/y/1.PNG", "b/x/1.bmp", "b/y/1.gif")
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden").mkdir()
    assert find(tmp_path).train == [Pair("a/x/1.png", "b/x/1.bmp"), Pair("a/y/1.PNG", "b/y/1.gif")]


def test_pictures_in_the_folder_itself_are_side_by_side(tmp_path):
    write(tmp_path, "1.png", "2.png")
    assert find(tmp_path) == ([Pair("1.png"), Pair("2.png")], None, HALVES)


@pytest.mark.parametrize("inside", ["{part}/{side}/{n}.png", "{side}/{part}/{n}.png", "{part}{side}/{n}.png"])
def test_published_parts_of_two_folders_are_kept_apart(tmp_path, inside):
    paths = {
        (part, side): inside.format(part=part, side=side, n=n)
        for n, part in enumerate(("train", "val", "test"))
        for side in "AB"
    }
    write(tmp_path, *paths.values())
    layout = find(tmp_path)
    assert layout.train == [Pair(paths["train", "A"], paths["train", "B"])]
    assert layout.held_out == [Pair(paths["val", "A"], paths["val", "B"])]
    assert [side[-1] for side in layout.sides] == ["A", "B"]


def test_published_parts_of_pictures_side_by_side_are_kept_apart(tmp_path):
    write(tmp_path, "train/1.png", "test/2.png")
    assert find(tmp_path) == ([Pair("train/1.png")], [Pair("test/2.png")], HALVES)
    write(tmp_path, "val/3.png")
    assert find(tmp_path).held_out == [Pair("val/3.png")]


def test_a_lone_train_folder_holds_nothing_out_itself(tmp_path):
    write(tmp_path, "train/a/1.png", "train/b/1.png")
    assert find(tmp_path) == ([Pair("train/a/1.png", "train/b/1.png")], None, ("a", "b"))


def test_pictures_without_partner_are_named_up_to_five_and_counted(tmp_path):
    write(tmp_path, *(f"a/{n}.png" for n in range(10)), *(f"b/{n}.png" for n in range(8, 12)))
    with pytest.raises(DataError) as raised:
        find(tmp_path)
    message = str(raised.value)
    assert f"8 of the 10 in {tmp_path / 'a'} without one in {tmp_path / 'b'}: " in message
    assert "0.png, 1.png, 2.png, 3.png, 4.png and 3 more; and 2 of the 4 in" in message
    assert "10.png, 11.png. Add or rename the partners, or remove the pictures." in message


def test_two_pictures_of_one_name_are_named(tmp_path):
    write(tmp_path, "a/1.png", "a/1.bmp", "b/1.png")
    with pytest.raises(DataError, match=r"Expected one picture of each name in .*Received: 1.bmp and 1.png"):
        find(tmp_path)


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["a/1.png"], "Received: one side only, the sub-folder a. Leave exactly the two sides"),
        (["a/1.png", "b/1.png", "c/1.png"], "Received: 3 sub-folders: a, b, c. Leave exactly"),
        (["a/1.png", "b/1.png", "0.png"], r"Received: both pictures \(0.png\) and sub-folders \(a, b\)"),
        (["a/1.png", "b/"], r"Expected pictures \(.*\) on both sides. Received: none in .*/b. Put"),
        (["notes/"], "Received: one side only, the sub-folder notes"),
        ([], "Received: no picture and no sub-folder"),
        (["train/", "val/1.png"], "in .*/train. Received: no picture and no sub-folder"),
        (["val/1.png", "test/1.png"], "Expected train, and val or test .*Received: the sub-folders test, val"),
        (["train/1.png", "more/1.png"], "Expected train, and val or test .*Received: the sub-folders more, train"),
        (["trainA/1.png"], "Expected trainA and trainB.*Received: the sub-folders trainA. Add"),
        (["trainA/1.png", "trainB/1.png", "testA/2.png"], "Received: the sub-folders testA, trainA, trainB. Add"),
        (["trainA/1.png", "trainB/1.png", "old/2.png"], "Received: the sub-folders old, trainA, trainB. Add"),
    ],
)
def test_folders_without_pairs_are_named(tmp_path, paths, message):
    for path in paths:
        if path.endswith("/"):
            (tmp_path / path).mkdir(parents=True)
        else:
            write(tmp_path, path)
    with pytest.raises(DataError, match=message):
        find(tmp_path)
