"""Shapes of columns, trends of pairs and coverage, against closed forms and figures of SDMetrics."""

import numpy as np
import pandas as pd
import pytest

from kgan.data import DataError
from kgan.metrics.tables import closest_records, column_shapes, coverage, mixed_rows, ordered_columns, pair_trends


def shape(real, drawn, ordered=None):
    return column_shapes(pd.DataFrame({"x": real}), pd.DataFrame({"x": drawn}), ordered=ordered)["x"]


def trend(real, drawn, **options):
    (found,) = pair_trends(real, drawn, **options).values()
    return found


def test_the_shape_of_numbers_is_one_less_the_largest_gap_of_their_distributions():
    assert shape([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]) == 1.0
    assert shape([1.0, 2.0], [3.0, 4.0]) == 0.0
    assert shape([1.0, 2.0, 3.0, 4.0], [3.0, 4.0]) == pytest.approx(0.5)


def test_the_shape_of_values_is_one_less_their_total_variation():
    assert shape(["a"] * 6 + ["b"] * 4, ["a"] * 3 + ["c"] * 7) == pytest.approx(1 - 0.5 * (0.3 + 0.4 + 0.7))
    assert shape([1, 2], pd.array([2, 1], dtype="Int64"), ordered=[]) == 1.0
    assert shape(["a", None], ["a", "a"]) == pytest.approx(0.5)
    assert shape(["", "a"], [None, "a"]) == pytest.approx(0.5)  # an empty text is no missing cell


def test_missing_numbers_do_not_count_for_the_shape_of_the_others():
    assert shape([1.0, np.nan, 2.0], [1.0, 2.0]) == 1.0
    assert shape([1.0, 2.0], [np.nan, np.nan], ordered=["x"]) == 0.0


def test_dates_are_alike_as_text_and_as_pandas_has_them():
    texts = ["2024-01-01", "2024-02-29", "2024-03-01", None]
    assert shape(texts, pd.to_datetime(texts)) == 1.0
    assert shape(texts, pd.to_datetime(texts), ordered=[]) == 1.0
    assert shape(["2024-01-01 12:30:00"], [pd.Timestamp("2024-01-01 12:30:00")], ordered=[]) == 1.0


def test_pairs_of_numbers_are_compared_by_their_correlation():
    x = np.arange(100.0)
    real, drawn = pd.DataFrame({"a": x, "b": x}), pd.DataFrame({"a": x, "b": -x})
    assert trend(real, real) == pytest.approx(1.0)
    assert trend(real, drawn) == pytest.approx(0.0)
    noise = np.random.default_rng(0).normal(size=100)
    r = np.corrcoef(x, noise)[0, 1]
    assert trend(real, drawn.assign(b=noise)) == pytest.approx(1 - (1 - r) / 2)


def test_rows_with_a_missing_cell_do_not_count_for_a_correlation():
    x = np.arange(10.0)
    real = pd.DataFrame({"a": x, "b": x})
    holes = pd.DataFrame({"a": np.append(x, 100.0), "b": np.append(x, np.nan)})
    assert trend(real, holes) == pytest.approx(1.0)


def test_pairs_with_values_are_compared_by_how_often_they_meet():
    real = pd.DataFrame({"a": ["x", "y"] * 50, "b": ["u", "v"] * 50})
    drawn = pd.DataFrame({"a": ["x", "y"] * 50, "b": ["v", "u"] * 50})
    half = pd.DataFrame({"a": ["x", "y"] * 50, "b": ["u", "v", "v", "u"] * 25})
    assert trend(real, drawn) == 0.0
    assert trend(real, half) == pytest.approx(0.5)


def test_numbers_beside_values_are_compared_by_their_ranges():
    numbers = np.arange(100.0)
    real = pd.DataFrame({"a": numbers, "b": np.where(numbers < 50, "low", "high")})
    drawn = pd.DataFrame({"a": numbers, "b": np.where(numbers < 50, "high", "low")})
    for spaced in ("by_rows", "evenly"):
        assert trend(real, real, spaced=spaced) == pytest.approx(1.0)
        assert trend(real, drawn, spaced=spaced) == pytest.approx(0.0)
    assert trend(real, real.assign(a=0.0)) == pytest.approx(0.1)  # all in the lowest of ten ranges


def test_a_pair_with_a_constant_number_is_compared_by_how_often_values_meet():
    real = pd.DataFrame({"a": [1.0] * 4, "b": [1.0, 2.0, 3.0, 4.0]})
    assert trend(real, real) == 1.0
    assert trend(real, real.assign(b=1.0), ranges=2) == pytest.approx(0.5)


def test_coverage_is_the_share_of_values_and_of_the_range():
    real = pd.DataFrame({"number": [0.0, 10.0], "value": ["a", "b"]})
    drawn = pd.DataFrame({"number": [2.0, 20.0], "value": ["b", "c"]})
    assert coverage(real, drawn) == pytest.approx({"number": 0.8, "value": 0.5})
    assert coverage(real, drawn.assign(number=50.0))["number"] == 0.0
    assert coverage(real.assign(number=3.0), drawn)["number"] == 1.0


def rows(count, seed, far=0.0):
    random = np.random.default_rng(seed)
    cut = random.choice(["Fair", "Good", "Ideal"], count, p=[0.1, 0.3, 0.6])
    size = np.round(np.where(cut == "Fair", 5, 10) + far + random.normal(0, 1, count), 2)
    price = np.round(100 * size + random.normal(0, 50 + 100 * far, count))
    price[random.random(count) < 0.05] = np.nan
    mark = random.choice(["a", "b", "c", "d"], count)
    return pd.DataFrame({"cut": cut, "size": size, "price": price, "mark": mark})


def test_figures_are_those_of_sdmetrics_on_the_same_tables():
    """KSComplement, TVComplement, RangeCoverage, CategoryCoverage, CorrelationSimilarity and ContingencySimilarity
    (continuous_column_names=[...], 10 bins) of SDMetrics 0.32.0, on these rows with their missing cells; and the median
    distance and the share nearer to training of DCRBaselineProtection and DCROverfittingProtection."""
    real, drawn = rows(400, 0), rows(300, 1, far=0.5)
    assert column_shapes(real, drawn) == pytest.approx(
        {"size": 0.79, "price": 0.8288909599254427, "cut": 0.9325, "mark": 0.9816666666666667}, rel=1e-12
    )
    assert coverage(real, drawn) == pytest.approx(
        {"size": 0.9867751780264497, "price": 0.9783018867924528, "cut": 1.0, "mark": 1.0}, rel=1e-12
    )
    assert pair_trends(real, drawn, spaced="evenly") == pytest.approx(
        {
            ("size", "price"): 0.9384938168949537,
            ("cut", "mark"): 0.905,
            ("size", "cut"): 0.7825,
            ("size", "mark"): 0.7516666666666667,
            ("price", "cut"): 0.7866666666666666,
            ("price", "mark"): 0.7791666666666667,
        },
        rel=1e-12,
    )
    closest = closest_records(real, rows(400, 2), drawn)
    assert closest.drawn == pytest.approx(0.010663712355323502, rel=1e-6)
    # One of 300 drawn rows is as near to a held-out record as to a training one, which counts half here.
    assert closest.nearer_training == pytest.approx(0.5166666666666667 + 0.5 / 300)


def test_columns_keep_their_codes_over_several_tables():
    one, other = mixed_rows(pd.DataFrame({"x": ["b", "a"]}), pd.DataFrame({"x": ["c", "b"], "more": [1, 2]}))
    assert one.codes[0, 0] == other.codes[1, 0]
    assert len({*one.codes[:, 0], *other.codes[:, 0]}) == 3
    assert ordered_columns(pd.DataFrame({"x": [1], "y": [True], "z": ["a"], "d": ["2024-01-01"]})) == ["x", "d"]


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        (({"x": [1]}, {"y": [1]}), {}, "without 'x'"),
        (({"x": [1]}, {"x": []}), {}, "without rows"),
        (({"x": [1]}, {"x": [2]}), {"ordered": ["z"]}, "Received: 'z'. There are x"),
        (({"x": ["a"]}, {"x": ["b"]}), {"ordered": ["x"]}, "numbers or dates in the column 'x'. Received: text, 'a'"),
    ],
)
def test_tables_that_do_not_go_together_are_refused(frames, options, message):
    with pytest.raises(DataError, match=message):
        column_shapes(*map(pd.DataFrame, frames), **options)


def test_ranges_are_refused_by_name():
    frame = pd.DataFrame({"x": [1, 2]})
    with pytest.raises(ValueError, match="Expected spaced as one of 'by_rows', 'evenly'. Received: spaced='wide'"):
        pair_trends(frame, frame, spaced="wide")
    with pytest.raises(ValueError, match="ranges"):
        pair_trends(frame, frame, ranges=1)
