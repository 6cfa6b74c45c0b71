"""Data are known again by what can be had without decoding them, and what has changed is told."""

import json

import numpy as np
import pytest

from kgan.data import fingerprint

NAMES = [f"{animal}/{number}.png" for animal in ("cats", "dogs") for number in range(4)]
LABELS = np.repeat([0, 1], 4)


def of_files(names=NAMES, labels=LABELS, held_out=(1,), class_names=("cats", "dogs"), sizes=None):
    sizes = [100 + place for place in range(len(names))] if sizes is None else sizes
    return fingerprint.of_files(sizes, names, labels, held_out, class_names)


def compared(now, before=None):
    return fingerprint.compare(of_files() if before is None else before, now)


def test_the_same_files_are_known_again_whatever_their_order_in_a_dictionary():
    again = fingerprint.Fingerprint.from_dict(json.loads(json.dumps(of_files().to_dict())))
    assert again == of_files()
    assert compared(again) == fingerprint.Changes()
    assert of_files().summary() == {"digest": of_files().digest, "count": 8, "held_out": 1}


def test_a_file_that_is_gone_shifts_nothing_where_the_others_stay_where_they_are():
    changes = compared(of_files(NAMES[:-1], LABELS[:-1], sizes=[100 + place for place in range(7)]))
    assert changes.lines == ("1 file(s) removed, such as dogs/3.png",)
    assert changes.shifted == ()


def test_another_choice_of_held_out_files_is_a_shift():
    changes = compared(of_files([*NAMES, "dogs/9.png"], [*LABELS, 1], held_out=(2,)))
    assert changes.lines == ("1 file(s) added, such as dogs/9.png",)
    assert changes.shifted == ("the held-out part",)


def test_a_file_of_another_size_is_told():
    changes = compared(of_files(sizes=[100, 999, *range(102, 108)]))
    assert (changes.lines, changes.shifted) == (("1 file(s) of another size, such as cats/1.png",), ())


@pytest.mark.parametrize(
    ("name", "labels", "classes", "shifted"),
    [
        ("hounds", LABELS, ("cats", "hounds"), ()),  # as the second in the alphabet as before
        ("birds", 1 - LABELS, ("birds", "cats"), ("labels",)),
    ],
)
def test_a_renamed_class_is_told_and_is_a_shift_where_labels_become_others(name, labels, classes, shifted):
    names = [one.replace("dogs", name) for one in NAMES]
    changes = compared(of_files(names, labels, class_names=classes))
    assert "4 file(s) in another folder, such as dogs/0.png" in changes.lines
    assert f"the class dogs is called {name}" in changes.lines
    assert changes.shifted == shifted


def test_a_class_more_is_a_shift_of_labels_even_where_those_of_the_others_stay():
    changes = compared(of_files([*NAMES, "eels/0.png"], [*LABELS, 2], class_names=("cats", "dogs", "eels")))
    assert "with the classes eels" in changes.lines
    assert changes.shifted == ("labels",)


def test_labels_that_are_gone_are_a_shift():
    assert compared(of_files(labels=None, class_names=None)).shifted == ("labels",)


def test_files_of_which_none_is_there_any_more_are_other_samples():
    assert "the samples" in compared(of_files([f"{one}.jpg" for one in NAMES])).shifted


def test_several_tags_of_a_file_are_its_label():
    tags = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
    before = of_files(NAMES[:2], tags, class_names=("a", "b", "c"))
    assert [entry.label for entry in before.files.values()] == ["0+2", "1"]
    assert compared(of_files(NAMES[:2], tags[::-1], class_names=("a", "b", "c")), before).shifted == ("labels",)


def test_an_array_in_the_place_of_files_is_other_samples():
    changes = compared(fingerprint.of_arrays([np.zeros((8, 2))], LABELS, 1, ("cats", "dogs")))
    assert (changes.lines, changes.shifted) == (("an array, where there were files",), ("the samples",))
    changes = compared(of_files(), fingerprint.of_arrays([np.zeros((8, 2))], LABELS, 1, ("cats", "dogs")))
    assert (changes.lines, changes.shifted) == (("files, where there was an array",), ("the samples",))


def test_of_pairs_the_pairs_are_counted():
    known = fingerprint.of_files([1, 2, 3, 4], ["a/0", "b/0", "a/1", "b/1"], None, [2, 3], files_of_a_sample=2)
    assert (known.count, known.held_out) == (2, 1)


def of_arrays(samples, labels=None, held_out=1):
    return fingerprint.of_arrays([samples], labels, held_out)


SAMPLES = np.random.RandomState(0).randint(256, size=(40, 3, 3, 1), dtype=np.uint8)


def test_arrays_are_known_by_their_bytes():
    before = of_arrays(SAMPLES)
    assert compared(of_arrays(SAMPLES.copy()), before) == fingerprint.Changes()
    other = SAMPLES.copy()
    other[7, 0, 0, 0] ^= 1
    changes = compared(of_arrays(other), before)
    assert (changes.lines, changes.shifted) == (("1 of 40 samples looked at are others",), ())


def test_samples_in_another_order_are_others():
    assert compared(of_arrays(SAMPLES[::-1]), of_arrays(SAMPLES)).shifted == ("the samples",)


def test_another_number_of_samples_shifts_what_is_held_out_and_nothing_where_nothing_is():
    changes = compared(of_arrays(SAMPLES[:30]), of_arrays(SAMPLES))
    assert changes.lines == ("30 samples, where there were 40",)
    assert changes.shifted == ("the held-out part",)
    assert compared(of_arrays(SAMPLES[:30], held_out=0), of_arrays(SAMPLES, held_out=0)).shifted == ()


def test_other_labels_of_the_same_samples_are_a_shift():
    before = of_arrays(SAMPLES, np.arange(40) % 3)
    assert compared(of_arrays(SAMPLES, np.arange(40) % 2), before).shifted == ("labels",)


def test_of_large_arrays_some_rows_are_looked_at(monkeypatch):
    monkeypatch.setattr(fingerprint, "_WHOLE", 10)
    monkeypatch.setattr(fingerprint, "_ROWS", 4)
    other = SAMPLES.copy()
    other[1] = 0
    assert list(of_arrays(SAMPLES).rows) == ["0", "13", "26", "39"]
    assert compared(of_arrays(other), of_arrays(SAMPLES)) == fingerprint.Changes()  # not looked at
    other[13] = 0
    assert compared(of_arrays(other), of_arrays(SAMPLES)).lines == ("1 of 4 samples looked at are others",)


def test_of_a_stream_types_and_numbers_are_known():
    before = fingerprint.of_stream("uint8 (28, 28, 1)", 100, 10, ("a", "b"))
    assert compared(fingerprint.of_stream("uint8 (28, 28, 1)", 100, 10, ("a", "b")), before).lines == ()
    assert compared(fingerprint.of_stream("uint8 (28, 28, 1)", 90, 9, ("a", "b")), before).shifted == (
        "the held-out part",
    )
    changes = compared(fingerprint.of_stream("uint8 (32, 32, 1)", 100, 10, ("a", "b")), before)
    assert changes.lines == ("samples of uint8 (32, 32, 1), where they were uint8 (28, 28, 1)",)
    assert changes.shifted == ("the samples",)


def test_samples_of_another_shape_are_others():
    changes = compared(of_arrays(SAMPLES[:, :2]), of_arrays(SAMPLES))
    assert changes.lines == ("samples of uint8 (2, 3, 1), where they were uint8 (3, 3, 1)",)
    assert changes.shifted == ("the samples",)


PLAIN = {"rows": {}, "files": {}, "digest": "", "count": 1, "held_out": 1, "spec": None, "labels": None}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"rows": {}, "files": {"a": [1]}},
        {"rows": {}, "files": {"a": ["1", None, True]}},
        {"rows": {"0": 3}, "files": {}},
        PLAIN | {"digest": 3},
        PLAIN | {"class_names": [3]},
    ],
)
def test_what_is_no_fingerprint_is_refused(content):
    with pytest.raises(ValueError, match="fingerprint|label|size|held_out|class_names"):
        fingerprint.Fingerprint.from_dict(content)
