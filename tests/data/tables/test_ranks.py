"""Numbers written by their ranks: what is written is read again, and what goes together comes apart."""

import json

import numpy as np
import pandas as pd
import pytest

from kgan.data import DataError, load_table
from kgan.data.tables import ranks
from kgan.data.tables.columns import Table
from kgan.data.tables.encoding import encoded
from kgan.export.portable.table_columns import TableColumns

RANDOM = np.random.default_rng(5)
ROWS = 2_000
SIZE = RANDOM.normal(0.0, 1.0, ROWS)
FRAME = pd.DataFrame(
    {
        "size": SIZE,
        "twice": 2.0 * SIZE + RANDOM.normal(0.0, 0.01, ROWS),  # 1 % of noise
        "rounded": np.round(SIZE, 1),
        "often": np.where(RANDOM.random(ROWS) < 0.5, 0.0, RANDOM.exponential(1.0, ROWS)).round(3),
        "lacking": np.where(RANDOM.random(ROWS) < 0.3, np.nan, RANDOM.integers(0, 1_000, ROWS)),
    }
)


@pytest.fixture(scope="module")
def splits():
    return load_table(FRAME, batch_size=100, validation_split=0.0, modes=5)


def read_again(table, rows):
    """The numbers of encoded rows, as a bundle reads them, by the names of their columns."""
    columns = TableColumns(json.loads(json.dumps(table.to_dict())))
    scores = columns.scores(rows[:, : columns.numbers])
    return {column.name: np.interp(scores[:, at], *column.knots) for at, column in enumerate(columns.columns)}


def test_what_is_written_is_read_again(splits):
    rows = encoded(splits.table, FRAME, seed=0)
    found = read_again(splits.table, rows)
    assert np.abs(rows[:, :5]).max() < 1.0
    for name in ("size", "twice"):
        apart = np.abs(found[name] - FRAME[name].to_numpy())
        assert np.quantile(apart, 0.99) < 1e-4
        assert apart.max() < 0.02  # at the edge of a part, the value of its neighbour's edge
    np.testing.assert_array_equal(np.round(found["rounded"], 1), FRAME["rounded"])
    assert np.round(found["often"], 3) == pytest.approx(FRAME["often"].to_numpy(), abs=0.0011)  # in float32
    assert (np.round(found["often"], 3) == FRAME["often"]).mean() > 0.998
    there = FRAME["lacking"].notna()
    assert np.round(found["lacking"][there]) == pytest.approx(FRAME["lacking"][there].to_numpy(), abs=1.0)
    assert (np.round(found["lacking"][there]) == FRAME["lacking"][there]).mean() > 0.998


def test_every_axis_is_about_as_wide_as_another_however_alike_columns_are(splits):
    numbers = ranks.BOUND * encoded(splits.table, FRAME, seed=0)[:, :3]
    low, high = np.quantile(np.sinh(numbers), (0.25, 0.75), axis=0)
    assert high - low == pytest.approx(np.full(3, 1.349), rel=0.05)
    assert np.corrcoef(numbers.T) == pytest.approx(np.eye(3), abs=0.1)


def test_scores_are_normal_whatever_the_column_is_like(splits):
    for name in ("size", "often"):
        column = splits.table.column(name)
        _, scores = ranks.scored(column, FRAME[name].to_numpy(), np.random.default_rng(0))
        assert (scores.mean(), scores.std()) == pytest.approx((0.0, 1.0), abs=0.03)
        assert np.quantile(scores, (0.1, 0.9)) == pytest.approx((-1.2816, 1.2816), abs=0.08)


def test_parts_lie_one_above_the_other_and_equal_values_in_one():
    found = ranks.fitted(np.array([0.0] * 50 + list(np.arange(1.0, 51.0))), 4)
    assert found.counts == (74, 26)
    assert [(part[0], part[-1]) for part in found.quantiles] == [(0.0, 24.0), (25.0, 50.0)]
    assert sum(found.counts) == 100


def test_a_column_with_missing_cells_is_not_turned(splits):
    turn = splits.table.turn
    assert turn.places == (0, 1, 2, 3)
    assert np.asarray(turn.rotation) @ np.asarray(turn.rotation).T == pytest.approx(np.eye(4), abs=1e-5)
    assert turn.scales[4] == pytest.approx(1.0, abs=0.6)  # zeros where cells are missing


def test_one_column_of_numbers_is_not_turned_and_more_than_256_are_not():
    one = load_table({"x": SIZE}, batch_size=10).table.turn
    assert (one.places, one.rotation) == ((), ())
    many = {f"x{number}": RANDOM.normal(size=30) for number in range(257)}
    assert load_table(many, batch_size=10).table.turn.places == ()


def test_plain_values_make_the_same_turned_table_again(splits):
    assert Table.from_dict(json.loads(json.dumps(splits.table.to_dict()))) == splits.table


def test_another_way_to_write_numbers_is_refused():
    with pytest.raises(DataError, match="numbers='ranks' or 'modes'. Received: numbers='digits'"):
        load_table({"x": SIZE}, batch_size=10, numbers="digits")
