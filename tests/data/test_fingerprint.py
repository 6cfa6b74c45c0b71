"""Data are known again by what can be had without decoding them."""

import json

import numpy as np
import pytest

from kgan.data import fingerprint

NAMES = [f"{animal}/{number}.png" for animal in ("cats", "dogs") for number in range(4)]


def of_files(names=NAMES, labels=(0, 0, 0, 0, 1, 1, 1, 1), held_out=(1,), **others):
    return fingerprint.of_files(range(100, 100 + len(names)), names, labels, held_out, ("cats", "dogs"), **others)


def test_the_same_files_are_known_again_whatever_their_order_in_a_dictionary():
    again = fingerprint.Fingerprint.from_dict(json.loads(json.dumps(of_files().to_dict())))
    assert again == of_files()
    assert of_files().digest != of_files(held_out=(2,)).digest


def test_in_short_it_says_how_many_there_are_and_tells_other_labels_and_another_held_out_part():
    short = of_files().summary()
    assert (short["count"], short["held_out"], short["class_names"]) == (8, 1, ["cats", "dogs"])
    assert not {"rows", "files", "row_labels"} & {*short}
    assert fingerprint.Fingerprint.from_dict(json.loads(json.dumps(short))).summary() == short
    assert of_files(labels=[1] * 8).summary()["labels"] != short["labels"] == of_files(held_out=(2,)).labels
    assert of_files(held_out=(2,)).summary()["kept"] != short["kept"] == of_files(labels=[1] * 8).kept


def test_of_pairs_the_pairs_are_counted():
    known = fingerprint.of_files([1, 2, 3, 4], ["a/0", "b/0", "a/1", "b/1"], None, [2, 3], files_of_a_sample=2)
    assert (known.count, known.held_out) == (2, 1)


def test_of_many_files_the_beginnings_of_few_are_read_and_mostly_of_the_same_when_some_are_gone():
    read = []
    names = [f"{number}.png" for number in range(300)]

    def first_bytes(name):
        read.append(name)
        return name.encode()

    known = fingerprint.of_files([1] * 300, names, None, (), read=first_bytes)
    assert len(read) == len(known.rows) == 64
    fewer = fingerprint.of_files([1] * 270, names[30:], None, (), read=first_bytes)
    assert len({*known.rows} & {*fewer.rows}) > 50


def test_arrays_of_other_lengths_have_rows_in_common():
    samples = np.arange(2000.0)[:, None]
    long, short = (fingerprint.of_arrays([samples[:count]], None, 0) for count in (2000, 1100))
    assert len(long.rows) == 250
    assert len({*long.rows} & {*short.rows}) == 138


PLAIN = {"rows": {}, "files": {}, "digest": "", "count": 1, "held_out": 1, "spec": None, "labels": None}


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"rows": {}, "files": {"a": [1]}},
        {"rows": {}, "files": {"a": ["1", None, True]}},
        PLAIN | {"digest": 3},
        PLAIN | {"class_names": [3]},
        PLAIN | {"row_labels": {"0": "1"}},
    ],
)
def test_what_is_no_fingerprint_is_refused(content):
    with pytest.raises(ValueError, match="fingerprint|label|size|held_out|class_names"):
        fingerprint.Fingerprint.from_dict(content)
