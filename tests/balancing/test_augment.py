"""Filling up rare classes: how many rows, which, and whether a classifier gains by them."""

import numpy as np
import pandas as pd
import pytest

import kgan
import table_games
from kgan._support import limits
from kgan.balancing.smote import smote
from kgan.data import DataError
from kgan.metrics.tables import mixed_rows


def rows(count, seed, rare=0.02):
    """Two classes that two numbers tell apart, and a date as text."""
    random = np.random.default_rng(seed)
    is_rare = random.random(count) < rare
    frame = pd.DataFrame(
        {"x": random.normal(size=count) + 1.5 * is_rare, "y": random.normal(size=count) + 1.5 * is_rare}
    )
    days = np.datetime64("2024-01-01") + random.integers(0, 300, count).astype("timedelta64[D]")
    return frame.assign(day=days.astype(str), kind=np.where(is_rare, "rare", "usual"))


class Perfect:
    """In place of a model: it draws from what the rows were drawn from, or from the wrong class."""

    def __init__(self, honest=True):
        self.honest = honest
        self.table = kgan.data.load_table(rows(500, 0), batch_size=50, validation_split=0.0, modes=2).table

    def sample(self, n, seed, where):
        wanted = where["kind"] if self.honest else "usual"
        drawn = rows(n, 1000 + seed, rare=float(wanted == "rare"))
        return drawn.assign(kind=where["kind"], day=pd.to_datetime(drawn["day"]))


@pytest.fixture(scope="module")
def perfect():
    return Perfect()


def test_each_class_is_filled_up_to_the_largest_one(perfect):
    given = rows(500, 0)
    found = kgan.augment(given, "kind", perfect, held_out=rows(500, 1))
    counts = found.rows["kind"].value_counts()
    assert counts["rare"] == counts["usual"] == (given["kind"] == "usual").sum()
    assert found.added == {"rare": int(counts["usual"] - (given["kind"] == "rare").sum())}
    pd.testing.assert_frame_equal(found.rows[:500], given, check_dtype=False)
    assert found.rows["day"].str.fullmatch(r"2024-\d\d-\d\d").all()  # text, as the table has it


def test_more_rows_than_memory_holds_are_refused_before_any_is_drawn(monkeypatch):
    given, model = rows(500, 0), Perfect()
    monkeypatch.setattr(model, "sample", lambda *asked, **named: pytest.fail("it drew"))
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="Received: share=1 of the largest class, .* rows more, .*Pass share=0.1, say"):
        kgan.augment(given, "kind", model, held_out=rows(500, 1))


def test_a_share_of_the_largest_class_is_enough_where_it_is_asked(perfect):
    given = rows(500, 0)
    usual = int((given["kind"] == "usual").sum())
    found = kgan.augment(given, "kind", perfect, held_out=rows(500, 1), share=0.1)
    assert (found.rows["kind"] == "rare").sum() == int(0.1 * usual)
    assert found.outcomes["smote"].rows == found.outcomes["drawn"].rows == len(found.rows)


def test_rows_of_the_very_distribution_help_and_those_of_another_class_do_harm():
    helped = kgan.augment(rows(500, 0), "kind", Perfect(), held_out=rows(4000, 1, rare=0.5))
    assert helped.helps
    assert helped.verdict.startswith("Drawn rows help: F1 changes by +")
    assert helped.outcomes["drawn"].worst > helped.outcomes["none"].worst
    assert helped.outcomes["none"].gain == 0.0
    harmed = kgan.augment(rows(500, 0, rare=0.3), "kind", Perfect(honest=False), held_out=rows(4000, 1, rare=0.3))
    assert not harmed.helps
    assert "do harm: F1 changes by -" in harmed.verdict
    assert "Learn from the rows as they are" in "\n".join(harmed.lines())


def test_a_trained_model_fills_up_a_class_and_the_report_says_what_came_of_it():
    model, given = table_games.trained(), table_games.frame(300)
    found = kgan.augment(given, "cut", model, held_out=table_games.frame(200, seed=9), seed=3)
    assert found.rows["cut"].value_counts().nunique() == 1
    assert set(found.outcomes) == {"none", "drawn", "smote"}
    assert found.verdict in found.lines()
    again = kgan.augment(given, "cut", model, held_out=table_games.frame(200, seed=9), seed=3)
    pd.testing.assert_frame_equal(found.rows, again.rows)
    assert found.outcomes == again.outcomes


def test_classes_that_lack_nothing_are_left_as_they_are(perfect):
    even = pd.concat([rows(50, 0, rare=0.0), rows(50, 1, rare=1.0)], ignore_index=True)
    found = kgan.augment(even, "kind", perfect, held_out=even)
    assert found.added == {}
    assert found.verdict == "No class of 'kind' lacks rows: nothing was drawn."


def test_rows_of_smote_lie_between_rows_of_their_class():
    given = pd.DataFrame(
        {"x": [0.0, 1.0, 10.0, 11.0, 12.0], "c": ["a", "a", "b", "b", "b"], "k": ["p", "q", "u", "u", "v"]}
    )
    (coded,) = mixed_rows(given, ordered=["x"])
    place = coded.unordered.index("c")
    (a, b) = coded.codes[0, place], coded.codes[2, place]
    made = smote(coded, "c", {int(a): 50, int(b): 20}, np.random.default_rng(0))
    assert made.rows == 75
    new = made.take(np.arange(5, 75))
    of_a = new.codes[:, place] == a
    assert of_a.sum() == 50
    assert ((new.numbers[of_a] > 0) & (new.numbers[of_a] < 1)).all()
    assert ((new.numbers[~of_a] >= 10) & (new.numbers[~of_a] <= 12)).all()
    assert set(new.codes[of_a][:, 1 - place]) == set(coded.codes[:2, 1 - place])


def test_smote_copies_the_only_row_of_a_class():
    (coded,) = mixed_rows(pd.DataFrame({"x": [0.0, 1.0, 2.0], "c": ["a", "b", "b"]}), ordered=["x"])
    made = smote(coded, "c", {int(coded.codes[0, 0]): 2, int(coded.codes[1, 0]): 0}, np.random.default_rng(0))
    assert made.numbers[3:].tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize(
    ("column", "options", "error", "message"),
    [
        ("x", {}, ValueError, "Expected column as one of values: kind. Received: column='x'"),
        ("colour", {}, ValueError, "Received: column='colour'"),
        ("kind", {"share": 0.0}, ValueError, "Expected share > 0 and at most 1. Received: share=0.0"),
        ("kind", {"share": 2}, ValueError, "share=2"),
        ("kind", {"held_out": rows(20, 0, rare=0.0)}, ValueError, "two classes at least, of 'kind'"),
        ("kind", {"held_out": rows(20, 0).drop(columns="y")}, DataError, "rows without 'y'"),
    ],
)
def test_what_cannot_be_filled_up_is_refused_by_name(perfect, column, options, error, message):
    with pytest.raises(error, match=message):
        kgan.augment(rows(200, 0), column, perfect, **{"held_out": rows(200, 1), **options})
