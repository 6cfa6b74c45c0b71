"""The Gaussian copula that tables are held against."""

import benchmark_programs
import numpy as np
import pandas as pd
import pytest

from kgan.metrics.tables import mixed_rows


@pytest.fixture(scope="module")
def copula():
    return benchmark_programs.load("peers/copula")


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    x = random.normal(size=2000)
    y = np.exp(0.8 * x + 0.6 * random.normal(size=2000))
    y[random.random(2000) < 0.1] = np.nan
    kind = np.where(x + random.normal(size=2000) > 1.0, "b", "a")
    return mixed_rows(pd.DataFrame({"x": x, "y": y, "kind": kind}))[0]


def test_it_keeps_each_column_and_how_they_go_together(copula, rows):
    drawn = copula.draw(rows, 2000, seed=1)
    assert set(drawn.numbers[:, 0]) <= set(rows.numbers[:, 0])  # cells of the table, so with its digits
    assert np.nanmedian(drawn.numbers[:, 1]) == pytest.approx(np.nanmedian(rows.numbers[:, 1]), rel=0.15)
    assert np.isnan(drawn.numbers[:, 1]).mean() == pytest.approx(0.1, abs=0.03)
    assert drawn.codes.mean() == pytest.approx(rows.codes.mean(), abs=0.04)

    def of_logs(one):
        both = ~np.isnan(one.numbers[:, 1])
        return np.corrcoef(one.numbers[both, 0], np.log(one.numbers[both, 1]))[0, 1]

    assert of_logs(drawn) == pytest.approx(of_logs(rows), abs=0.1)  # missing cells, spread at random, take a tenth
    apart = [np.diff([one.numbers[one.codes[:, 0] == code, 0].mean() for code in (0, 1)])[0] for one in (rows, drawn)]
    assert apart[1] > 0.5 * apart[0] > 0


def test_a_seed_repeats(copula, rows):
    np.testing.assert_array_equal(copula.draw(rows, 50, seed=1).numbers, copula.draw(rows, 50, seed=1).numbers)
