"""What benchmarks/conditions.py asks, and how it looks."""

import benchmark_programs
import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def conditions():
    return benchmark_programs.load("conditions")


@pytest.fixture
def frame():
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "price": random.lognormal(size=300).round(2),
            "size": random.normal(size=300),
            "cut": random.choice(["Fair", "Good", "Ideal"], 300),
            "colour": random.choice(list("DEFG"), 300),
            "clarity": random.choice(["IF", "SI"], 300),
        }
    )


def test_some_row_of_the_table_holds_each_of_twenty_conditions(conditions, frame):
    asked = conditions.conditions_of(frame, seed=0)
    assert len(asked) == 20
    assert max(map(len, asked)) == 4
    rows = {name: frame[name].to_numpy() for name in frame}
    assert min(conditions.holds(rows, one).sum() for one in asked) >= 1
    ranges = [what for one in asked for what in one.values() if isinstance(what, tuple)]
    assert any(None in what for what in ranges)
    assert any(None not in what for what in ranges)
    assert asked == conditions.conditions_of(frame, seed=0)


def test_rows_that_do_not_hold_it_are_seen(conditions):
    rows = {"x": np.array([1.0, 2.0, 3.0, np.nan]), "c": np.array(["a", "b", "c", "a"], object)}
    assert conditions.holds(rows, {"x": (2.0, None)}).tolist() == [False, True, True, False]
    assert conditions.holds(rows, {"x": (None, 2.0)}).tolist() == [True, True, False, False]
    assert conditions.holds(rows, {"x": (1.0, 2.0), "c": ["a", "c"]}).tolist() == [True, False, False, False]
    assert conditions.holds(rows, {"c": "b"}).tolist() == [False, True, False, False]
