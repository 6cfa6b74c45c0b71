"""Labels from a file beside the pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from kgan.data import DataError, load


def pictures(folder, *names):
    """Each filled with the number of its place."""
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), number).save(folder / name)


def labels_of(splits):
    """Labels by the number that pictures are filled with."""
    found = {}
    for part in (splits.train, splits.validation):
        for images, labels in part.as_numpy_iterator() if part is not None else ():
            found |= {
                int(image[0, 0, 0]): np.asarray(label).tolist() for image, label in zip(images, labels, strict=True)
            }
    return found


NAMES = [f"{number}.png" for number in range(6)]


@pytest.mark.parametrize("name", ["metadata.csv", "labels.csv"])
@pytest.mark.parametrize(
    "lines",
    [
        ["file_name,label", *(f"{name},{one}" for name, one in zip(NAMES, "bacbac", strict=True))],
        ["file;class", *(f"{name};{one}" for name, one in zip(NAMES, "bacbac", strict=True))],
        ["\ufeffimage\tid\tcategory", *(f"{name}\t7\t{one}" for name, one in zip(NAMES, "bacbac", strict=True))],
        [f"{name},{one}" for name, one in zip(NAMES, "bacbac", strict=True)],
        ["id,breed", *(f"{name[0]},{one}" for name, one in zip(NAMES, "bacbac", strict=True))],
    ],
    ids=["comma", "semicolon", "tab", "no header", "no extension"],
)
def test_a_table_of_files_and_labels_is_read(tmp_path, name, lines):
    pictures(tmp_path, *NAMES)
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    splits = load(tmp_path, 1)
    assert splits.class_names == ("a", "b", "c")
    assert labels_of(splits) == {0: 1, 1: 0, 2: 2, 3: 1, 4: 0, 5: 2}
    assert splits.found.classes == {"a": 2, "b": 2, "c": 2}
    assert f"Labels are those of {name}." in splits.found.lines()


def test_numbers_are_classes_in_the_order_of_numbers(tmp_path):
    pictures(tmp_path, *NAMES)
    rows = [f"{name},{one}" for name, one in zip(NAMES, (1, 2, 10, 1, 2, 10), strict=True)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *rows]))
    assert load(tmp_path, 1).class_names == ("1", "2", "10")


def test_several_columns_of_zero_and_one_are_tags(tmp_path):
    pictures(tmp_path, *NAMES)
    rows = [f"{number}.png,{number % 2},{1 if number > 2 else -1},true" for number in range(6)]
    (tmp_path / "metadata.csv").write_text("\n".join(["file_name,Smiling,Hat,Young", *rows]))
    splits = load(tmp_path, 1)
    assert (splits.class_names, splits.tag_names, splits.num_tags) == (None, ("Smiling", "Hat", "Young"), 3)
    assert labels_of(splits) == {n: [float(n % 2), float(n > 2), 1.0] for n in range(6)}
    assert splits.found.tags == {"Smiling": 3, "Hat": 3, "Young": 6}
    assert splits.found.lines()[1] == "3 tags: Smiling 3, Hat 3, Young 6."
    assert str(splits).endswith("3 tags")


def test_stylegan_s_own_file_is_read(tmp_path):
    names = [f"0000{number % 2}/img{number}.png" for number in range(6)]
    pictures(tmp_path, *names)
    labels = [[name, number % 3] for number, name in enumerate(names)]
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": labels}))
    splits = load(tmp_path, 1)
    assert splits.class_names == ("0", "1", "2")
    assert labels_of(splits) == {n: n % 3 for n in range(6)}
    one_hot = [[name, [float(number % 3 == k) for k in range(3)]] for number, name in enumerate(names)]
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": one_hot}))
    assert labels_of(load(tmp_path, 1)) == {n: n % 3 for n in range(6)}
    (tmp_path / "dataset.json").write_text('{"labels": null}')
    without = load(tmp_path, 1)
    assert without.class_names is None  # and not the numbered folders
    assert any("dataset.json says that there are none" in line for line in without.found.lines())


def test_each_part_may_have_its_own_file(tmp_path):
    for part, count in (("train", 4), ("test", 2)):
        pictures(tmp_path / part, *(f"{number}.png" for number in range(count)))
        rows = [f"{number}.png,{'cat' if number % 2 else part}" for number in range(count)]
        (tmp_path / part / "metadata.csv").write_text("\n".join(["file_name,label", *rows]))
    splits = load(tmp_path, 1)
    assert splits.class_names == ("cat", "test", "train")
    assert {int(label) for _, labels in splits.train for label in labels} == {0, 2}
    assert {int(label) for _, labels in splits.validation for label in labels} == {0, 1}


def test_pictures_without_a_label_are_left_out_and_named_or_refused_when_strict(tmp_path):
    pictures(tmp_path, *NAMES)
    (tmp_path / "labels.csv").write_text("file,label\n0.png,a\n1.png,b\n2.png,a\nmissing.png,b\n")
    splits = load(tmp_path, 1)
    assert splits.found.count == 3
    assert splits.found.ignored == {"without a label in labels.csv (3.png, ...)": 3}
    assert "1 files that labels.csv names are not there." in splits.found.lines()
    with pytest.raises(DataError, match="3.png, 4.png, 5.png, without a label in labels.csv"):
        load(tmp_path, 1, strict=True)


def test_the_file_can_be_named_or_left_aside(tmp_path):
    pictures(tmp_path, *(f"{'xy'[number % 2]}/{number}.png" for number in range(6)))
    (tmp_path / "mine.csv").write_text("file,label\n" + "".join(f"{n}.png,{n % 3}\n" for n in range(6)))
    assert load(tmp_path, 1).class_names == ("x", "y")
    assert load(tmp_path, 1, labels="mine.csv").class_names == ("0", "1", "2")
    (tmp_path / "mine.csv").rename(tmp_path / "labels.csv")
    assert load(tmp_path, 1).class_names == ("0", "1", "2")
    assert load(tmp_path, 1, labels="folders").class_names == ("x", "y")
    with pytest.raises(DataError, match=r"Expected labels to be 'auto', .* Did you mean 'labels.csv'"):
        load(tmp_path, 1, labels="label.csv")


def test_captions_are_no_labels(tmp_path):
    pictures(tmp_path, *NAMES)
    (tmp_path / "metadata.csv").write_text(
        "file_name,text\n" + "".join(f"{n}.png,a picture of {n}\n" for n in range(6))
    )
    splits = load(tmp_path, 1)
    assert splits.class_names is None
    assert (
        "metadata.csv: No labels: its columns (text) hold texts. To draw by them, train on the table itself."
        in splits.found.lines()
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file,label\n../../secret.png,a\n", "names, none of them a picture there"),
        ("name,label\n0.png,a\n", "Expected a column 'file_name' or 'file'. Received: the columns name, label"),
        ("file,width,height\n0.png,3,5\n", "Expected a column 'label', or tags of 0 and 1 in all columns"),
        ("file,label\n0.png\n", "row 2 of other columns"),
        ("", "no rows"),
        ("file,label\n" + "".join(f"{n}.png,label {n}\n" for n in range(30)), "30 labels for 30 pictures"),
    ],
)
def test_tables_that_hold_no_labels_are_named(tmp_path, content, message):
    pictures(tmp_path, *NAMES)
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        load(tmp_path, 1)


@pytest.mark.parametrize(
    ("name", "content", "example"),
    [
        ("labels.csv", "file,label\n0.png,a\n1.png,b\n./0.png,b\n0.png,b\n", "1 picture .* 0.png with 'a' and 'b'"),
        ("labels.csv", "0.png,1\n1.png,2\n0.png,2\n1.png,1\n", "2 pictures .* 0.png with '1' and '2'"),
        ("labels.csv", "file,Hat,Tie\n0.png,1,0\n0.png,1,1\n", r"0.png with \(1.0, 0.0\) and \(1.0, 1.0\)"),
        ("dataset.json", '{"labels": [["0.png", 0], ["0.png", 1]]}', "0.png with 0 and 1"),
        ("dataset.json", '{"labels": {"0.png": 0, "0.png": 1}}', "0.png with 0 and 1"),
        ("dataset.json", '{"labels": [["0.png", [1, 0]], ["0.png", [0, 1]]]}', r"0.png with \[1, 0\] and \[0, 1\]"),
        ("dataset.json", '{"labels": [["0.png", [1, 1]], ["0.png", [0, 1]]]}', r"0.png with \[1, 1\] and \[0, 1\]"),
    ],
)
def test_a_picture_with_two_labels_is_refused_with_an_example(tmp_path, name, content, example):
    pictures(tmp_path, *NAMES)
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=f"Expected one label for each picture. Received: .*{example}"):
        load(tmp_path, 1)


@pytest.mark.parametrize("name", ["labels.csv", "dataset.json"])
def test_a_repeated_row_is_no_second_label(tmp_path, name):
    pictures(tmp_path, *NAMES)
    rows = [[one, number % 2] for number, one in enumerate([*NAMES, *NAMES[4:], *NAMES[:2]])]
    table = "file,label\n" + "".join(f"{file},{label}\n" for file, label in rows)
    (tmp_path / name).write_text(table if name == "labels.csv" else json.dumps({"labels": rows}))
    assert labels_of(load(tmp_path, 1)) == {number: number % 2 for number in range(6)}


def test_two_columns_of_one_name_are_refused(tmp_path):
    pictures(tmp_path, *NAMES)
    (tmp_path / "labels.csv").write_text("file,label,Label\n0.png,a,b\n")
    with pytest.raises(DataError, match="Expected columns of different names. Received: label and Label"):
        load(tmp_path, 1)


def test_columns_without_a_name_are_numbered(tmp_path):
    pictures(tmp_path, *NAMES)
    (tmp_path / "labels.csv").write_text("file,label,,\n" + "".join(f"{n}.png,{n % 2},,\n" for n in range(6)))
    splits = load(tmp_path, 1)
    assert splits.class_names == ("0", "1")
    assert "labels.csv: Columns that are no labels: column 3, column 4." in splits.found.lines()


def test_a_table_of_labels_by_another_name_is_left_aside_with_a_hint(tmp_path):
    pictures(tmp_path, *NAMES)
    (tmp_path / "list.csv").write_text("\n".join(["file,label", *(f"{name},a" for name in NAMES[:5])]))
    (tmp_path / "sizes.csv").write_text("width,height\n8,8\n")
    splits = load(tmp_path, 2)
    assert splits.class_names is None
    assert "list.csv looks like labels, and is left aside: labels='list.csv' reads it." in splits.found.lines()
    assert load(tmp_path, 2, labels="list.csv").class_names == ("a",)


def test_a_table_of_other_pictures_or_beside_folders_of_classes_gets_no_hint(tmp_path):
    pictures(tmp_path, *NAMES)
    (tmp_path / "list.csv").write_text("file,label\nother.png,a\nanother.png,b\n")
    assert not any("looks like labels" in line for line in load(tmp_path, 2).found.lines())
    folders = tmp_path / "folders"
    pictures(folders, *[f"{name[0] in '012'}/{name}" for name in NAMES])
    (folders / "list.csv").write_text("\n".join(["file,label", *(f"{name},a" for name in NAMES)]))
    assert not any("looks like labels" in line for line in load(folders, 2).found.lines())
