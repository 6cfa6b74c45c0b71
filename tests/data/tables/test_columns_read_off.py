"""What a column is: read off its cells, or said; and what no column can be."""

import numpy as np
import pandas as pd
import pytest

from kgan.data import DataError, Table, load_table
from kgan.data.tables import modes

ROWS = 200
RANDOM = np.random.default_rng(0)


def table_of(types=None, **columns):
    return load_table(columns, batch_size=10, types=types, alone=0.0).table


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (RANDOM.normal(size=ROWS), "number"),
        (np.arange(ROWS), "integer"),
        ([True, False] * (ROWS // 2), "boolean"),
        (["a", "b"] * (ROWS // 2), "category"),
        (pd.Categorical(["a", "b"] * (ROWS // 2)), "category"),
        (["2024-01-01", "2024-02-29"] * (ROWS // 2), "date"),
        (pd.date_range("2024-01-01", periods=ROWS), "date"),
        (pd.date_range("2024-01-01", periods=ROWS, freq="h"), "datetime"),
        (pd.date_range("2024-01-01", periods=ROWS, freq="h", tz="Europe/Berlin"), "datetime"),
        ([*range(ROWS - 1), None], "integer"),
        ([0.5, *range(ROWS - 1)], "number"),
        ([True, None] * (ROWS // 2), "boolean"),
        (pd.array([1, None, *range(ROWS - 2)], dtype="Int64"), "integer"),
        (["10115", "80331"] * (ROWS // 2), "category"),
    ],
)
def test_the_kind_follows_from_the_cells(cells, kind):
    (column,) = table_of(x=cells).columns
    assert column.kind == kind


def test_few_different_numbers_are_a_list_of_them_and_more_have_modes():
    few, many = table_of(few=[1, 2, 3, 2] * 50, many=range(200)).columns
    assert (few.values, few.counts, few.is_continuous) == ((2, 1, 3), (100, 50, 50), False)
    assert many.is_continuous
    assert sum(many.counts) == 200


def test_what_the_user_says_counts():
    numbers = list(range(1, 41)) * 5
    asked = table_of(types={"zip": "category", "stars": "integer"}, zip=numbers, stars=[1, 2, 3, 4] * 50)
    assert asked.column("zip").values[:2] == (1, 10)  # as frequent, in the order of their texts
    assert len(asked.column("zip").values) == 40
    assert asked.column("stars").is_continuous
    assert table_of(types="zip=category, stars=integer", zip=numbers, stars=[1, 2, 3, 4] * 50) == asked


def test_a_missing_cell_is_the_last_code():
    number, text = table_of(number=[None, *range(199)], text=["a", "b", None, "a"] * 50).columns
    assert (number.missing, number.counts[-1]) == (True, 1)
    assert (text.values, text.counts) == (("a", "b", None), (100, 50, 50))


def test_a_constant_column_is_kept_and_nothing_of_it_is_learned():
    table = table_of(same=[7] * 200, other=[1, 2] * 100)
    assert (table.column("same").values, table.column("same").blocks) == ((7,), ())
    assert (table.condition_dim, table.row_dim) == (2, 1)


def test_decimals_are_those_of_the_numbers():
    money, whole, free = table_of(
        money=np.round(RANDOM.normal(size=200), 2), whole=range(200), free=RANDOM.normal(size=200)
    ).columns
    assert (money.decimals, whole.decimals, free.decimals) == (2, 0, None)


def test_modes_are_where_the_numbers_are():
    numbers = np.concatenate([RANDOM.normal(-10, 1, 3_000), RANDOM.normal(10, 2, 7_000)])
    found = modes.fitted(numbers, 2, 0.0, seed=0)
    assert found.means == pytest.approx((-10, 10), abs=0.2)
    assert found.scales == pytest.approx((1, 2), abs=0.2)
    assert found.counts == (3_000, 7_000)


def test_a_value_that_many_rows_share_is_a_mode_of_its_own():
    numbers = np.concatenate([np.zeros(500), RANDOM.normal(5, 1, 500)])
    found = modes.fitted(numbers, 5, 0.05, seed=0)
    assert (found.means[0], found.scales[0], found.counts[0]) == (0.0, 0.0, 500)
    assert 0.0 in found.means
    assert min(found.scales[1:]) > 0
    codes, places = modes.assigned(np.array([0.0]), found.means, found.scales, found.counts, RANDOM)
    assert (codes[0], places[0]) == (0, 0.0)


def test_a_column_of_more_than_a_thousand_values_is_written_in_two_digits():
    names = [f"n{number:05}" for number in range(2_000)]
    splits = load_table({"name": names * 2}, batch_size=100, validation_split=0.0)
    (column,) = splits.table.columns
    assert (column.size, column.blocks) == (2_000, (45, 45))
    rows, _ = next(iter(splits.train))
    assert rows.shape == (100, 2)
    assert float(rows.numpy().max()) <= 44
    assert splits.table.condition_dim == 90


def test_plain_values_make_the_same_table_again():
    table = table_of(number=[None, *range(199)], text=["a", "b", None, "a"] * 50, truth=[True, False] * 100)
    assert Table.from_dict(table.to_dict()) == table


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": [1, "a"] * 20}, "cells of one type in the column 'x'.*int in row 1, str in row 2"),
        ({"x": [None] * 40}, "cells in the column 'x'. Received: missing ones alone"),
        ({"x": [1.0, float("inf")] * 20}, "finite numbers in the column 'x'. Received: inf in row 2"),
        ({"x": [1, 2]}, "10 rows or more to learn from. Received: a table of 2"),
        ({"x": []}, "10 rows or more to learn from. Received: a table of 0"),
        ({}, "1 to 10,000 columns. Received: a table of 0"),
        ({"x": [3] * 40}, "a column that is not the same in all rows"),
        ({"x": ["1"] * 39 + ["?"]}, r"numbers in the column 'x', as 98% of its cells are. Received: '\?' too"),
        ({"x": [2**60, *range(39)]}, r"whole numbers of at most 2\*\*53"),
        ({"x": [1] * 40, "y": [1] * 39}, "columns of one length"),
        ({"x": [object()] * 40}, "cells of one type in the column 'x'"),
    ],
)
def test_what_no_table_can_be_is_refused_by_name(columns, words):
    with pytest.raises(DataError, match=words):
        load_table(columns, batch_size=10)


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ({"y": "number"}, "types of columns that there are: x. Received"),
        ({"x": "colour"}, "types of columns among number, integer"),
        ({"x": "date"}, "ISO dates, 2024-02-29, in the column 'x'"),
        ({"x": "boolean"}, "of the type that types says of the column 'x', boolean. Received: text"),
        ("x", "types as NAME=KIND"),
    ],
)
def test_what_is_said_of_columns_must_be_so(types, words):
    with pytest.raises(DataError, match=words):
        load_table({"x": ["a", "b"] * 20}, batch_size=10, types=types)


@pytest.mark.parametrize(("named", "words"), [({"joint": 1.5}, "joint from 0 to 1"), ({"alone": -1.0}, "alone from 0")])
def test_numbers_out_of_range_are_refused(named, words):
    with pytest.raises(DataError, match=words):
        load_table({"x": range(40)}, batch_size=10, **named)


def test_two_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2]] * 40, columns=["x", "x"])
    with pytest.raises(DataError, match="columns of different names. Received: 'x' twice"):
        load_table(frame, batch_size=10)


def test_a_batch_larger_than_the_table_is_refused():
    with pytest.raises(DataError, match="batch_size from 1 to the number of training rows, 36"):
        load_table({"x": range(40)}, batch_size=100)
