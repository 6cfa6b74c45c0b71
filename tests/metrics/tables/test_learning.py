"""What is learned from rows: a detector, and columns predicted from the others."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import f1_score, r2_score

from kgan.data import DataError
from kgan.metrics.tables import detector, usefulness


def rows(count, seed, slope=2.0):
    random = np.random.default_rng(seed)
    x = random.normal(size=count)
    frame = pd.DataFrame({"x": x, "y": slope * x + 0.1 * random.normal(size=count)})
    return frame.assign(sign=np.where(x > 0, "plus", "minus"), same="a")


def test_a_detector_tells_nothing_of_rows_alike_and_all_of_others():
    alike = detector(rows(300, 0), rows(300, 1))
    assert abs(alike.value - 0.5) < 3 * alike.error
    assert detector(rows(300, 0), rows(300, 1, slope=-2.0)).value > 0.99
    assert detector(rows(100, 0), rows(100, 1).assign(same="b")).value == 1.0


def test_a_column_of_the_table_is_learned_from_drawn_rows_as_far_as_they_go_together():
    real, test = rows(300, 0), rows(200, 2)
    good = usefulness(real, rows(300, 1), test, "y")
    assert good.score == "r2"
    assert min(good.drawn, good.real) > 0.95
    assert usefulness(real, rows(300, 1, slope=0.0), test, "y").drawn < 0.1


def test_the_score_of_numbers_is_scikit_learns_r2_and_that_of_values_its_f1():
    real, drawn, test = rows(300, 0)[["x", "y"]], rows(300, 1)[["x", "y"]], rows(200, 2)[["x", "y"]]
    model = HistGradientBoostingRegressor(random_state=0, early_stopping=False).fit(drawn[["x"]].to_numpy(), drawn["y"])
    expected = r2_score(test["y"], model.predict(test[["x"]].to_numpy()))
    assert usefulness(real, drawn, test, "y").drawn == pytest.approx(expected)
    real, drawn, test = (rows(count, seed) for seed, count in enumerate((300, 300, 200)))
    one = drawn.assign(sign="plus")  # drawn rows of one value teach that value alone
    found = usefulness(real, one, test, "sign")
    assert found.score == "f1"
    expected = f1_score(test["sign"], ["plus"] * 200, average="macro", zero_division=0)
    assert found.drawn == pytest.approx(expected)
    assert found.real > 0.97


def test_drawn_numbers_that_are_all_the_same_teach_that_number():
    real, drawn, test = (rows(count, seed) for seed, count in enumerate((300, 300, 200)))
    expected = r2_score(test["y"], np.full(200, 3.0))
    assert usefulness(real, drawn.assign(y=3.0), test, "y").drawn == pytest.approx(expected)


def test_cells_that_are_missing_are_learned_from_too():
    real, drawn, test = (rows(count, seed) for seed, count in enumerate((300, 300, 200)))
    for frame in (real, drawn, test):
        frame.loc[frame["x"] > 0, "x"] = np.nan
    assert usefulness(real, drawn, test, "sign").drawn == 1.0
    real.loc[:10, "y"] = np.nan
    assert usefulness(real, drawn, test, "y").real > 0.5  # rows without the target are left out


def test_what_cannot_be_predicted_is_refused_by_name():
    real = rows(120, 0)
    with pytest.raises(DataError, match="target='same', which is not so"):
        usefulness(real, real, real, "same")
    with pytest.raises(DataError, match="Expected target as a column of the table. Received: target='z'"):
        usefulness(real, real, real, "z")
    with pytest.raises(DataError, match="Expected at least 100 rows of both kinds. Received: 99"):
        detector(real, real[:99])
