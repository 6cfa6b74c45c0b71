"""The number by which an artefact differs from Keras."""

import numpy as np

from kgan.export.portable.differences import difference


def of(expected, received, value_range, kind=np.float32):
    return difference(np.asarray(expected, kind), np.asarray(received, kind), value_range)


def test_it_is_the_largest_absolute_one_where_samples_have_a_range():
    assert of([0.0, 0.5], [0.25, 0.0], (-1.0, 1.0)) == 0.5
    assert of([100.0, 0.0], [101.0, 0.0], (0.0, 255.0)) == 1.0


def test_it_is_relative_to_the_largest_number_above_1_where_they_have_none():
    assert of([100.0, 0.0], [101.0, 0.0], None) == 0.01
    assert of([0.5, 0.0], [0.25, 0.0], None) == 0.25


def test_a_grey_level_is_allowed_to_pictures_of_8_bits():
    assert of([10, 20], [11, 19], (-1.0, 1.0), np.uint8) == 0.0
    assert of([10, 20], [12, 20], (-1.0, 1.0), np.uint8) == 2.0 / 255.0


def test_what_is_not_finite_differs_by_nan():
    for wrong in (np.nan, np.inf):
        assert np.isnan(of([0.0], [wrong], (-1.0, 1.0)))
