import numpy as np
import pytest

from kgan.diagnostics.likeness import Yardstick
from kgan.diagnostics.subjects import Reals, Subjects


def draws(count, seed, shift=0.0):
    return np.random.RandomState(seed).normal(shift, 1.0, (count, 3)).astype(np.float32)


def yardstick(train, held_out):
    others = None if held_out is None else Reals(held_out, None)
    return Yardstick(Subjects(Reals(train, None), others, train, False), lambda shown: shown, lambda shown: shown)


def test_other_reals_score_one_on_all_ratios():
    found = yardstick(draws(400, 0), draws(400, 1)).likeness(draws(400, 2))
    assert found.distance_ratio == pytest.approx(1.0, abs=0.4)
    assert found.precision_ratio == pytest.approx(1.0, abs=0.1)
    assert found.coverage_ratio == pytest.approx(1.0, abs=0.1)
    assert found.distance < 0.1


def test_samples_of_one_spot_are_precise_and_cover_little():
    found = yardstick(draws(400, 0), draws(400, 1)).likeness(0.05 * draws(400, 2))
    assert found.precision_ratio >= 1.0
    assert found.coverage_ratio < 0.2
    assert found.distance == pytest.approx(0.95, abs=0.1)


def test_samples_elsewhere_are_far_and_neither_precise_nor_covering():
    found = yardstick(draws(400, 0), draws(400, 1)).likeness(draws(400, 2, shift=20.0))
    assert found.distance > 5.0
    assert (found.precision_ratio, found.coverage_ratio) == (0.0, 0.0)


def test_with_few_held_out_reals_one_half_of_the_training_reals_measures_the_other():
    for held_out in (None, draws(39, 1, shift=20.0)):  # which would make a yardstick of what is no real
        found = yardstick(draws(400, 0), held_out).likeness(draws(400, 2))
        assert found.distance_ratio == pytest.approx(1.0, abs=0.4)


def test_too_few_reals_have_no_neighbourhoods_but_a_distance():
    found = yardstick(draws(10, 0), None).likeness(draws(10, 2, shift=20.0))
    assert np.isnan(found.coverage_ratio)
    assert found.distance > 5.0
