import math

import numpy as np
import pytest

from kgan.diagnostics import copied_share, nearest
from kgan.diagnostics.collapse import Yardsticks

RANDOM = np.random.RandomState(0)
REALS = RANDOM.normal(size=(400, 6))
CLASSES = np.arange(400) % 4
YARDSTICKS = Yardsticks(REALS, None)


def test_diversity_is_1_for_the_data_and_the_factor_of_a_shrunk_copy():
    assert YARDSTICKS.diversity(REALS, None) == pytest.approx(1.0)
    assert YARDSTICKS.diversity(0.25 * REALS + 3.0, None) == pytest.approx(0.25)
    assert YARDSTICKS.diversity(np.ones((50, 6)), None) == pytest.approx(0.0, abs=1e-6)


def test_diversity_is_within_the_classes_where_there_are_any():
    centres = 100.0 * np.eye(6)[:4]
    by_class = Yardsticks(REALS + centres[CLASSES], CLASSES)
    assert by_class.diversity(centres[CLASSES], CLASSES) == pytest.approx(0.0, abs=1e-4)  # one sample for each class
    assert by_class.diversity(REALS + centres[CLASSES], CLASSES) == pytest.approx(1.0)


@pytest.mark.parametrize("size", [10, 50, 200])
def test_the_support_of_a_generator_of_few_samples_is_found(size):
    found = [YARDSTICKS.support(REALS[RANDOM.randint(size, size=300)]) for _ in range(20)]
    assert np.median(found) == pytest.approx(size, rel=0.15)


def test_the_support_of_the_data_itself_has_no_end():
    assert YARDSTICKS.support(RANDOM.normal(size=(300, 6))) > 20_000


def test_coverage_falls_where_modes_are_dropped():
    modes = np.array([[10.0, 0.0], [-10.0, 0.0], [0.0, 10.0], [0.0, -10.0]])
    reals = np.repeat(modes, 100, axis=0) + RANDOM.normal(size=(400, 2))
    yardsticks = Yardsticks(reals, None)
    assert yardsticks.coverage(np.repeat(modes, 100, axis=0) + RANDOM.normal(size=(400, 2))) > 0.9
    assert yardsticks.coverage(modes[0] + RANDOM.normal(size=(400, 2))) == pytest.approx(0.25, abs=0.03)


def test_movement_is_measured_in_distances_between_reals():
    between = np.linalg.norm(REALS[:, None] - REALS[None], axis=2)[~np.eye(400, dtype=bool)].mean()
    shift = np.array([3.0, 4.0, 0, 0, 0, 0])
    assert YARDSTICKS.movement(REALS, REALS + shift) == pytest.approx(5.0 / between)
    assert YARDSTICKS.movement(REALS, REALS) == 0.0


def test_the_nearest_training_reals_are_those_of_a_plain_search():
    samples = RANDOM.normal(size=(1500, 6))
    found = nearest(samples, REALS, k=3)
    distances = np.linalg.norm(samples[:, None] - REALS[None], axis=2)
    np.testing.assert_array_equal(found.rows, np.argsort(distances, axis=1)[:, :3])
    np.testing.assert_allclose(found.distances, np.sort(distances, axis=1)[:, :3], atol=1e-9)


def test_copies_of_the_training_data_are_found_and_fresh_samples_are_not():
    held_out, fresh = RANDOM.normal(size=(1000, 6)), RANDOM.normal(size=(1000, 6))
    copies = REALS[RANDOM.randint(400, size=1000)] + 1e-3 * RANDOM.normal(size=(1000, 6))
    assert copied_share(copies, REALS, held_out) == 1.0
    assert copied_share(fresh, REALS, held_out) == pytest.approx(0.01, abs=0.015)
    half = np.concatenate([copies[:500], fresh[:500]])
    assert copied_share(half, REALS, held_out) == pytest.approx(0.5, abs=0.02)


def test_no_two_samples_of_one_class_have_no_diversity():
    assert math.isnan(YARDSTICKS.diversity(REALS[:3], np.array([0, 1, 2])))
