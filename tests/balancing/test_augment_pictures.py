"""Filling up rare classes of pictures: how many, which, and whether a classifier gains by them."""

import numpy as np
import pytest

import kgan
from kgan._support import limits
from kgan.balancing import AugmentedPictures, Outcome, own_pictures, picture_classifier

SIDE = 6


def stripes(classes, seed, noise=0.7):
    """A line across in class 0, one down in class 1, at random places; a mirror keeps which it is."""
    random = np.random.default_rng(seed)
    found = random.normal(0.0, noise, (len(classes), SIDE, SIDE, 1))
    for one, is_down, place in zip(found, classes, random.integers(SIDE, size=len(classes)), strict=True):
        one[(slice(None), place) if is_down else place] += 1.0
    return np.clip(found, -1.0, 1.0).astype(np.float32)


def sides(classes, seed):
    """Light on the left in class 0, on the right in class 1; a mirror makes one the other."""
    found = np.random.default_rng(seed).normal(0.0, 0.2, (len(classes), SIDE, SIDE, 1))
    for one, is_right in zip(found, classes, strict=True):
        one[:, slice(3, None) if is_right else slice(3)] += 0.8
    return np.clip(found, -1.0, 1.0).astype(np.float32)


class Drawing:
    """In place of a model: it draws from what the pictures were drawn from, or from the wrong class."""

    name, num_classes, class_names, generator_takes_labels = "drawing", 2, None, True
    sample_shape, value_range = (SIDE, SIDE, 1), (-1.0, 1.0)

    def __init__(self, draw=stripes, honest=True):
        self.draw, self.honest = draw, honest

    def generate(self, n, seed, labels):
        assert len(labels) == n
        return self.draw(labels if self.honest else 1 - np.asarray(labels), 1000 + seed)


def of(counts):
    return np.repeat(np.arange(len(counts)), counts)


@pytest.fixture
def quick(monkeypatch):
    """Classifiers that learn for a moment."""
    monkeypatch.setattr(picture_classifier, "_FEWEST", 60)
    monkeypatch.setattr(picture_classifier, "_PASSES", 0)


def test_each_class_is_filled_up_to_the_largest_one(quick):
    y, test = of([40, 6]), of([30, 30])
    given = np.round((sides(y, 0) + 1.0) * 127.5).astype(np.uint8)
    found = kgan.augment(given, y, Drawing(sides), held_out=(sides(test, 1), test))
    assert found.added == {1: 34}
    assert np.bincount(found.y).tolist() == [40, 40]
    assert found.x.dtype == np.uint8
    np.testing.assert_array_equal(found.x[:46], given)
    np.testing.assert_array_equal(found.x[46:], np.round((sides([1] * 34, 1000) + 1.0) * 127.5).astype(np.uint8))
    # A mirror turns left into right, so that pictures are shifted in the third way.
    assert list(found.outcomes) == ["none", "drawn", "shifts"]
    assert found.outcomes["none"].accuracy > 0.9
    assert found.mirrored < 0.1
    assert "without: it changes what they show, so they are shifted." in found.lines()[1]
    assert [one.rows for one in found.outcomes.values()] == [46, 80, 80]
    assert found.verdict in found.lines()


@pytest.mark.slow  # six classifiers
def test_pictures_of_the_very_distribution_help_and_those_of_another_class_do_harm(quick):
    y, test = of([200, 8]), of([300, 300])
    helped = kgan.augment(stripes(y, 0, 0.3), y, Drawing(), held_out=(stripes(test, 1), test))
    assert helped.verdict.startswith("Drawn pictures help: F1 changes by +")
    assert list(helped.outcomes) == ["none", "drawn", "flips"]
    assert "it keeps what they show" in helped.lines()[1]
    assert helped.outcomes["drawn"].worst > helped.outcomes["none"].worst
    y, test = of([200, 60]), of([300, 300])
    harmed = kgan.augment(sides(y, 0), y, Drawing(sides, honest=False), held_out=(sides(test, 1), test))
    assert "do harm: F1 changes by -" in harmed.verdict
    assert "Learn from the pictures as they are" in harmed.lines()[-1]


def test_a_share_of_the_largest_class_is_enough_where_it_is_asked(quick):
    y = of([40, 6])
    model = Drawing(sides)
    model.class_names = ("left", "right")
    found = kgan.augment(sides(y, 0), y, model, held_out=(sides(y, 1), y), share=0.5)
    assert found.added == {"right": 14}
    assert found.x.dtype == np.float32
    even = of([9, 9])
    same = kgan.augment(sides(even, 0), even, model, held_out=(sides(even, 1), even))
    assert same.added == {}
    assert len(same.x) == 18
    assert same.verdict == "No class of 'label' lacks pictures: nothing was drawn."


def test_more_pictures_than_memory_holds_are_refused_before_any_is_drawn(monkeypatch):
    y = of([40, 6])
    monkeypatch.setattr(limits, "MOST_BYTES", 4 * 4 * 80 * SIDE * SIDE - 1)  # of 80 pictures four times
    model = Drawing(lambda classes, seed: pytest.fail("it drew"))
    with pytest.raises(ValueError, match="Received: share=1 of the largest class, 80 pictures .* Pass share=0.1, say"):
        kgan.augment(sides(y, 0), y, model, held_out=(sides(y, 1), y))


def test_shifted_pictures_go_on_at_their_edges():
    picture = np.arange(36, dtype=np.float32).reshape(1, 6, 6, 1)
    found = own_pictures.shifted(np.repeat(picture, 200, axis=0), np.random.default_rng(0))
    padded = np.pad(picture[0, ..., 0], 1, mode="edge")
    expected = {padded[down : down + 6, across : across + 6].tobytes() for down in range(3) for across in range(3)}
    assert {one[..., 0].tobytes() for one in found} == expected


def test_large_pictures_are_shifted_by_a_fourteenth_of_their_side():
    picture = np.zeros((1, 28, 28, 1), np.float32)
    picture[0, 14, 14] = 1.0
    found = own_pictures.shifted(np.repeat(picture, 300, axis=0), np.random.default_rng(0))
    places = {tuple(np.argwhere(one[..., 0])[0] - 14) for one in found}
    assert places == {(down, across) for down in range(-2, 3) for across in range(-2, 3)}


def test_half_of_the_pictures_are_mirrored_and_all_are_of_their_class():
    y = of([3, 2])
    pictures = np.arange(5 * 4, dtype=np.float32).reshape(5, 1, 4, 1)
    made = own_pictures.made(pictures, y, {0: 0, 1: 1000}, True, np.random.default_rng(0))
    assert len(made) == 1000
    kinds, counts = np.unique(made[:, 0, :, 0], axis=0, return_counts=True)
    assert kinds.tolist() == [[12, 13, 14, 15], [15, 14, 13, 12], [16, 17, 18, 19], [19, 18, 17, 16]]
    assert counts == pytest.approx([250] * 4, abs=50)


def test_a_classifier_begins_anew_each_time_it_is_taught():
    y = of([40, 40])
    x = sides(y, 0)
    one = picture_classifier.PictureClassifier(x, 2, 0)
    one.teach(x, y, 30)
    first = one.guesses(x)
    one.teach(x, 1 - y, 30)
    assert (one.guesses(x) == 1 - y).mean() > 0.9
    one.teach(x, y, 30)
    np.testing.assert_array_equal(one.guesses(x), first)
    assert one.updates_for(10) == 1_000
    assert one.updates_for(128_000) == 10_000


@pytest.mark.parametrize(
    ("by_rule", "verdict"),
    [
        (0.02, "Drawn pictures help: F1 changes by +0.050, with a standard error of 0.010, and by +0.020 with shifted"),
        (0.09, "Drawn pictures help, but less than shifted ones: F1 changes by +0.050"),
    ],
)
def test_a_simple_rule_that_gains_more_is_named(by_rule, verdict):
    gains = {"none": 0.0, "drawn": 0.05, "shifts": by_rule}
    outcomes = {way: Outcome(way, 9, 0.5 + gain, 0.5, 0.5, gain, 0.01, 0.5) for way, gain in gains.items()}
    found = AugmentedPictures("label", {3: 5}, outcomes, np.zeros((9, 6, 6, 1)), of([9]), 0.1)
    assert found.verdict.startswith(verdict)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "unconditional"}, "whose generator takes classes, so that rare ones can be asked for"),
        ({"held_out": None}, r"held_out as a pair \(pictures, classes\). Received: a NoneType"),
        ({"x": np.zeros((46, 5, 5, 1))}, r"Expected x as pictures \(n, 6, 6, 1\), .*shape \(46, 5, 5, 1\)"),
        ({"x": np.zeros((46, 6, 6, 1), np.int64)}, "Received: int64 of shape"),
        (
            {"model": "unbounded", "x": np.zeros((46, 6, 6, 1), np.uint8)},
            r"\(n, 6, 6, 1\), finite floats. Received: uint8",
        ),
        ({"x": np.full((46, 6, 6, 1), 2.0)}, r"Expected images in \[-1, 1\]. Received: values from 2 to 2"),
        ({"x": np.full((46, 6, 6, 1), np.nan)}, "Expected finite samples"),
        ({"y": np.zeros(45, np.int64)}, r"y as whole numbers of shape \(46,\)"),
        ({"y": np.zeros((46, 1), np.int64)}, r"Received: int64 of shape \(46, 1\)"),
        ({"y": np.zeros(46)}, "Received: float64 of shape"),
        ({"y": np.zeros(46, np.int64)}, r"y with two classes at least, of 0 to 1. Received: \[0\]"),
        ({"y": of([40, 0, 6])}, r"Received: \[0, 2\]"),
        ({"held_out": (sides(of([5]), 0), of([5]))}, r"held_out\[1\] with two classes at least"),
        ({"share": 0.0}, "Expected share > 0 and at most 1. Received: share=0.0"),
    ],
)
def test_what_cannot_be_filled_up_is_refused_by_name(given, message):
    y = of([40, 6])
    whole = {"x": sides(y, 0), "y": y, "model": Drawing(sides), "held_out": (sides(y, 1), y)} | given
    if whole["model"] == "unconditional":
        whole["model"] = Drawing()
        whole["model"].generator_takes_labels = False
    if whole["model"] == "unbounded":
        whole["model"] = Drawing()
        whole["model"].value_range = None
    with pytest.raises(ValueError, match=message):
        kgan.augment(**whole)
