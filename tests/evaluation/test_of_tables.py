"""Figures of tables against closed forms."""

import numpy as np
import pandas as pd
import pytest

from kgan.data import load_table
from kgan.evaluation.of_tables import column_shape, pair_trend


def series(cells):
    return pd.Series(cells, name="x")


def test_the_shape_of_numbers_is_one_less_the_largest_gap_of_their_distributions():
    assert column_shape(True, series([1.0, 2.0, 3.0, 4.0]), series([1.0, 2.0, 3.0, 4.0])) == 1.0
    assert column_shape(True, series([1.0, 2.0]), series([3.0, 4.0])) == 0.0
    assert column_shape(True, series([1.0, 2.0, 3.0, 4.0]), series([3.0, 4.0])) == pytest.approx(0.5)


def test_the_shape_of_values_is_one_less_their_total_variation():
    real, drawn = series(["a"] * 6 + ["b"] * 4), series(["a"] * 3 + ["c"] * 7)
    assert column_shape(False, real, drawn) == pytest.approx(1 - 0.5 * (0.3 + 0.4 + 0.7))
    assert column_shape(False, series([1, 2]), series(pd.array([2, 1], dtype="Int64"))) == 1.0
    assert column_shape(False, series(["a", None]), series(["a", "a"])) == pytest.approx(0.5)


def test_missing_numbers_do_not_count_for_the_shape_of_the_others():
    assert column_shape(True, series([1.0, np.nan, 2.0]), series([1.0, 2.0])) == 1.0


def test_pairs_of_numbers_are_compared_by_their_correlation():
    x = np.arange(100.0)
    real, drawn = pd.DataFrame({"a": x, "b": x}), pd.DataFrame({"a": x, "b": -x})
    table = load_table(real, batch_size=10).table
    assert pair_trend(*table.columns, real, real) == pytest.approx(1.0)
    assert pair_trend(*table.columns, real, drawn) == pytest.approx(0.0)


def test_pairs_with_values_are_compared_by_how_often_they_meet():
    real = pd.DataFrame({"a": ["x", "y"] * 50, "b": ["u", "v"] * 50})
    drawn = pd.DataFrame({"a": ["x", "y"] * 50, "b": ["v", "u"] * 50})
    half = pd.DataFrame({"a": ["x", "y"] * 50, "b": ["u", "v", "v", "u"] * 25})
    table = load_table(real, batch_size=10).table
    assert pair_trend(*table.columns, real, drawn) == 0.0
    assert pair_trend(*table.columns, real, half) == pytest.approx(0.5)


def test_numbers_beside_values_are_compared_by_their_tenths():
    numbers = np.arange(100.0)
    real = pd.DataFrame({"a": numbers, "b": np.where(numbers < 50, "low", "high")})
    drawn = pd.DataFrame({"a": numbers, "b": np.where(numbers < 50, "high", "low")})
    table = load_table(real, batch_size=10).table
    assert pair_trend(*table.columns, real, real) == pytest.approx(1.0)
    assert pair_trend(*table.columns, real, drawn) == pytest.approx(0.0)
