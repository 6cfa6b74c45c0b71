"""What has changed in data since a run began is told; what training would go wrong by is told apart."""

import json

import numpy as np
import pytest

from kgan.data import changes, fingerprint

NAMES = [f"{animal}/{number}.png" for animal in ("cats", "dogs") for number in range(4)]
LABELS = np.repeat([0, 1], 4)


def of_files(names=NAMES, labels=LABELS, held_out=(1,), class_names=("cats", "dogs"), sizes=None):
    sizes = [100 + place for place in range(len(names))] if sizes is None else sizes
    return fingerprint.of_files(sizes, names, labels, held_out, class_names)


def compared(now, before=None):
    return changes.compare(of_files() if before is None else before, now)


def test_the_same_files_are_no_change():
    again = fingerprint.Fingerprint.from_dict(json.loads(json.dumps(of_files().to_dict())))
    assert compared(again) == changes.Changes()


def test_a_file_that_is_gone_shifts_nothing_where_the_others_stay_where_they_are():
    found = compared(of_files(NAMES[:-1], LABELS[:-1], sizes=[100 + place for place in range(7)]))
    assert found.lines == ("1 of 8 files removed, such as dogs/3.png",)
    assert found.shifted == ()


def test_another_choice_of_held_out_files_is_a_shift():
    found = compared(of_files([*NAMES, "dogs/9.png"], [*LABELS, 1], held_out=(2,)))
    assert found.lines == ("1 file added to 8, such as dogs/9.png",)
    assert found.shifted == ("the held-out part",)


def test_a_file_of_another_size_is_told():
    found = compared(of_files(sizes=[100, 999, *range(102, 108)]))
    assert (found.lines, found.shifted) == (("1 of 8 files of another size, such as cats/1.png",), ())


@pytest.mark.parametrize(
    ("name", "labels", "classes", "shifted"),
    [
        ("hounds", LABELS, ("cats", "hounds"), ()),  # as the second in the alphabet as before
        ("birds", 1 - LABELS, ("birds", "cats"), ("labels",)),
    ],
)
def test_a_renamed_class_is_told_and_is_a_shift_where_labels_become_others(name, labels, classes, shifted):
    names = [one.replace("dogs", name) for one in NAMES]
    found = compared(of_files(names, labels, class_names=classes))
    assert "4 of 8 files in another folder, such as dogs/0.png" in found.lines
    assert f"the class dogs is called {name}" in found.lines
    assert found.shifted == shifted


def test_a_class_more_is_a_shift_of_labels_even_where_those_of_the_others_stay():
    found = compared(of_files([*NAMES, "eels/0.png"], [*LABELS, 2], class_names=("cats", "dogs", "eels")))
    assert "with the classes eels" in found.lines
    assert found.shifted == ("labels",)


def test_labels_that_are_gone_are_a_shift():
    assert compared(of_files(labels=None, class_names=None)).shifted == ("labels",)


def test_files_of_which_none_is_there_any_more_are_other_samples():
    assert "most samples" in compared(of_files([f"{one}.jpg" for one in NAMES])).shifted


def test_several_tags_of_a_file_are_its_label():
    tags = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
    before = of_files(NAMES[:2], tags, class_names=("a", "b", "c"))
    assert [entry.label for entry in before.files.values()] == ["0+2", "1"]
    assert compared(of_files(NAMES[:2], tags[::-1], class_names=("a", "b", "c")), before).shifted == ("labels",)


def test_an_array_in_the_place_of_files_is_other_samples():
    found = compared(fingerprint.of_arrays([np.zeros((8, 2))], LABELS, 1, ("cats", "dogs")))
    assert (found.lines, found.shifted) == (("an array, where there were files",), ("most samples",))
    found = compared(of_files(), fingerprint.of_arrays([np.zeros((8, 2))], LABELS, 1, ("cats", "dogs")))
    assert (found.lines, found.shifted) == (("files, where there was an array",), ("most samples",))


def of_arrays(samples, labels=None, held_out=1):
    return fingerprint.of_arrays([samples], labels, held_out)


SAMPLES = np.random.RandomState(0).randint(256, size=(40, 3, 3, 1), dtype=np.uint8)


def test_arrays_are_known_by_their_bytes():
    before = of_arrays(SAMPLES)
    assert compared(of_arrays(SAMPLES.copy()), before) == changes.Changes()
    other = SAMPLES.copy()
    other[7, 0, 0, 0] ^= 1
    found = compared(of_arrays(other), before)
    assert (found.lines, found.shifted) == (("1 of 40 samples looked at are others",), ())


def test_samples_in_another_order_are_others():
    assert compared(of_arrays(SAMPLES[::-1]), of_arrays(SAMPLES)).shifted == ("most samples",)


def test_another_number_of_samples_shifts_what_is_held_out_and_nothing_where_nothing_is():
    found = compared(of_arrays(SAMPLES[:30]), of_arrays(SAMPLES))
    assert found.lines == ("30 samples, where there were 40",)
    assert found.shifted == ("the held-out part",)
    assert compared(of_arrays(SAMPLES[:30], held_out=0), of_arrays(SAMPLES, held_out=0)).shifted == ()


def test_other_labels_of_the_same_samples_are_a_shift():
    before = of_arrays(SAMPLES, np.arange(40) % 3)
    assert compared(of_arrays(SAMPLES, np.arange(40) % 2), before).shifted == ("labels",)


def test_of_large_arrays_some_rows_are_looked_at(monkeypatch):
    monkeypatch.setattr(fingerprint, "_WHOLE", 10)
    monkeypatch.setattr(fingerprint, "_ROWS", 4)
    other = SAMPLES.copy()
    other[1] = 0
    assert list(of_arrays(SAMPLES).rows) == ["0", "16", "32"]
    assert compared(of_arrays(other), of_arrays(SAMPLES)) == changes.Changes()  # not looked at
    other[16] = 0
    assert compared(of_arrays(other), of_arrays(SAMPLES)).lines == ("1 of 3 samples looked at are others",)


def test_of_a_stream_types_and_numbers_are_known():
    before = fingerprint.of_stream("uint8 (28, 28, 1)", 100, 10, ("a", "b"))
    assert compared(fingerprint.of_stream("uint8 (28, 28, 1)", 100, 10, ("a", "b")), before).lines == ()
    assert compared(fingerprint.of_stream("uint8 (28, 28, 1)", 90, 9, ("a", "b")), before).shifted == (
        "the held-out part",
    )
    found = compared(fingerprint.of_stream("uint8 (32, 32, 1)", 100, 10, ("a", "b")), before)
    assert found.lines == ("samples of uint8 (32, 32, 1), where they were uint8 (28, 28, 1)",)
    assert found.shifted == ("most samples",)


def test_samples_of_another_shape_are_others():
    found = compared(of_arrays(SAMPLES[:, :2]), of_arrays(SAMPLES))
    assert found.lines == ("samples of uint8 (2, 3, 1), where they were uint8 (3, 3, 1)",)
    assert found.shifted == ("most samples",)


# --- most of the samples ---


@pytest.mark.parametrize(
    ("names", "sizes", "expected"),
    [
        (NAMES[:4], None, ()),  # half of them are gone
        (NAMES[:3], None, ("most samples",)),
        (NAMES, [100, 101, 102, 103, 9, 9, 9, 9], ()),
        (NAMES, [100, 101, 102, 9, 9, 9, 9, 9], ("most samples",)),
        (NAMES[:6], [100, 101, 102, 9, 9, 9], ("most samples",)),  # two are gone, three have other sizes
        ([*NAMES, *(f"dogs/new-{number}.png" for number in range(9))], None, ("most samples",)),
    ],
)
def test_samples_that_are_gone_changed_or_new_are_counted_against_the_whole(names, sizes, expected):
    sizes = [100 + place for place in range(len(names))] if sizes is None else sizes
    labels = [int(name.startswith("dogs")) for name in names]
    assert compared(of_files(names, labels, sizes=sizes)).shifted == expected


def test_pictures_of_exchanged_folders_have_each_others_labels():
    sizes = [200, 201, 202, 203, 300, 301, 302, 303]
    before = of_files(sizes=sizes, held_out=())
    found = compared(of_files(sizes=sizes[4:] + sizes[:4], held_out=()), before)
    assert found.lines == ("8 of 8 files in another folder, such as cats/0.png", "other labels of the same files")
    assert found.shifted == ("labels",)


def test_pictures_of_one_size_in_exchanged_folders_are_told_by_their_bytes():
    def known(content):
        names = list(content)
        return fingerprint.of_files([9] * 8, names, LABELS, (), ("cats", "dogs"), read=content.get)

    before = known({name: name.encode() for name in NAMES})
    found = compared(known({name: other.encode() for name, other in zip(NAMES, NAMES[::-1], strict=True)}), before)
    assert found.lines == ("8 of 8 files looked at of another content, such as cats/0.png",)
    assert found.shifted == ("most samples",)
    one = {name: name.encode() for name in NAMES} | {"dogs/3.png": b"touched"}
    assert compared(known(one), before).shifted == ()


def test_exchanged_sides_of_pairs_are_a_shift():
    def known(sizes):
        names, sides = ["a/0.png", "b/0.png", "a/1.png", "b/1.png"], [0, 1, 0, 1]
        return fingerprint.of_files(sizes, names, sides, (), files_of_a_sample=2)

    found = compared(known([4, 3, 6, 5]), known([3, 4, 5, 6]))
    assert found.shifted == ("the sides of pairs",)
    assert "other sides of the same files" in found.lines


def test_two_classes_renamed_at_once_keep_their_files_apart_though_names_and_sizes_are_alike():
    before = of_files(sizes=[9] * 8)
    names = [name.replace("cats", "eels").replace("dogs", "foxes") for name in NAMES]
    found = compared(of_files(names, sizes=[9] * 8, class_names=("eels", "foxes")), before)
    assert "8 of 8 files in another folder, such as cats/0.png" in found.lines
    assert found.shifted == ()


def test_labels_of_arrays_are_compared_where_their_lengths_differ_too():
    before = of_arrays(SAMPLES, np.arange(40) % 3, held_out=0)
    found = compared(of_arrays(SAMPLES[:30], np.arange(30) % 3, held_out=0), before)
    assert (found.shifted, found.as_before) == ((), ("labels of the 30 samples looked at",))
    found = compared(of_arrays(SAMPLES[:30], np.arange(30) % 2, held_out=0), before)
    assert found.lines == ("30 samples, where there were 40", "other labels")
    assert found.shifted == ("labels",)
    assert compared(of_arrays(SAMPLES[:30], held_out=0), before).shifted == ("labels",)


def test_a_much_shorter_array_and_other_samples_beside_another_length_are_most_samples():
    before = of_arrays(SAMPLES, held_out=0)
    assert compared(of_arrays(SAMPLES[:19], held_out=0), before).shifted == ("most samples",)
    assert compared(of_arrays(SAMPLES[:20], held_out=0), before).shifted == ()
    found = compared(of_arrays(SAMPLES[5:], held_out=0), before)
    assert found.lines == ("35 samples, where there were 40", "35 of 35 samples looked at are others")
    assert found.shifted == ("most samples",)


# --- what is known in short ---


def in_short(known):
    return fingerprint.Fingerprint.from_dict(json.loads(json.dumps(known.summary())))


def test_in_short_too_files_of_the_same_names_and_labels_are_known_to_have_them():
    found = compared(of_files(sizes=[9] * 8), in_short(of_files()))
    assert (found.shifted, found.unknown) == ((), ())
    assert found.as_before == ("labels", "the held-out part")
    assert found.lines == ("files of another size or content, of which it is not known how many there are",)


def test_in_short_what_cannot_be_told_is_not_told():
    found = compared(of_files([*NAMES[:-1], "dogs/9.png"]), in_short(of_files()))
    assert (found.shifted, found.unknown, found.as_before) == ((), ("labels", "the held-out part"), ())
    found = compared(of_files(labels=1 - LABELS), in_short(of_files()))
    assert (found.unknown, found.as_before) == (("labels",), ("the held-out part",))
    found = compared(of_files(NAMES[:7], LABELS[:7]), in_short(of_files()))
    assert found.lines == ("7 samples, where there were 8",)
    assert found.unknown == ("labels", "the held-out part")
    without = of_files(labels=None, held_out=(), class_names=None)
    found = compared(of_files(NAMES[:7], None, (), None), in_short(without))
    assert (found.shifted, found.unknown, found.as_before) == ((), (), ())  # there is nothing that could shift


def test_in_short_arrays_are_told_from_files():
    short = in_short(of_arrays(SAMPLES, np.arange(40) % 3))
    assert compared(of_files(), short).lines[0] == "files, where there was an array"
    found = compared(of_arrays(SAMPLES[::-1], np.arange(40) % 3), short)
    assert found.lines == ("other samples, of which it is not known how many there are",)
    assert found.as_before == ("labels", "the held-out part")
    assert compared(of_arrays(SAMPLES, np.arange(40) % 2), short).shifted == ("labels",)
