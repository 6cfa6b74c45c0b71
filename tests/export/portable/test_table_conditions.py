"""Conditions as text and as values, and tables that no file of kgan holds."""

import json

import numpy as np
import pytest

from kgan.data import Column, Table
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.table_columns import TableColumns
from kgan.export.portable.table_conditions import parse_where, wanted

GRID = tuple(np.linspace(0.0, 10.0, 33).tolist())
TABLE = Table(
    (
        Column("cut", "category", values=("Ideal", "Good", "a, b", None), counts=(5, 3, 1, 1)),
        Column(
            "size",
            "number",
            means=(5.0, 20.0),
            scales=(1.0, 0.0),
            quantiles=(GRID, (20.0,) * 33),
            counts=(80, 20),
            decimals=1,
        ),
        Column(
            "day", "date", means=(19_000.0,), scales=(10.0,), quantiles=(tuple(range(18_984, 19_017)),), counts=(9,)
        ),
        Column("sold", "boolean", values=(True, False), counts=(1, 1)),
        Column("a=b", "integer", values=(1, 2, 3), counts=(1, 1, 1)),
    )
)
COLUMNS = TableColumns(json.loads(json.dumps(TABLE.to_dict())))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cut=Ideal", {"cut": "Ideal"}),
        ("cut=Ideal,Good", {"cut": ["Ideal", "Good"]}),
        ("cut=a, b", {"cut": "a, b"}),
        ("cut=", {"cut": None}),
        ("size=1..2.5", {"size": (1.0, 2.5)}),
        ("size=..3", {"size": (None, 3.0)}),
        ("size=-1..", {"size": (-1.0, None)}),
        ("size=20", {"size": 20.0}),
        ("day=2022-01-08..2022-01-10", {"day": ("2022-01-08", "2022-01-10")}),
        ("sold=TRUE", {"sold": True}),
        ("a=b=2,3", {"a=b": [2.0, 3.0]}),
    ],
)
def test_text_is_what_python_would_ask(text, expected):
    assert parse_where(COLUMNS, [text]) == expected


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["cut"], "where=COLUMN=VALUE. Received: cut"),
        (["size=big"], "numbers of the column 'size'. Received: big"),
        (["cut=Ideal", "cut=Good"], "one condition on each column. Received: two on 'cut'"),
        (["sise=3"], "Received: 'sise'. Did you mean 'size'"),
    ],
)
def test_text_that_is_no_condition_is_refused(texts, words):
    with pytest.raises(BundleError, match=words):
        parse_where(COLUMNS, texts)


def test_values_are_drawn_as_often_as_the_table_has_them():
    asked = wanted(COLUMNS, {"cut": ["Ideal", "Good"]})[0]
    drawn = asked.draw((np.arange(800) + 0.5) / 800)
    assert np.bincount(drawn).tolist() == [500, 300]


def test_a_range_takes_the_modes_in_it_by_what_of_them_lies_there():
    asked = wanted(COLUMNS, {"size": (7.5, 25.0)})[1]
    assert (asked.codes.tolist(), asked.bounds) == ([0, 1], (7.5, 20.0))  # a quarter of 80, and all of 20
    assert asked.passed == pytest.approx([0.5, 1.0])


def test_bounds_are_what_the_column_can_write():
    assert wanted(COLUMNS, {"size": (1.26, 1.34)})[1].bounds == (1.3, 1.3)


def test_between_the_modes_the_nearest_is_taken():
    asked = wanted(COLUMNS, {"size": (12.0, 13.0)})[1]
    assert (asked.codes.tolist(), asked.bounds) == ([0], (12.0, 13.0))


def test_a_condition_is_a_one_for_each_code():
    codes = np.array([[1, -1, -1, 0, -1]])
    (found,) = COLUMNS.conditions(codes)
    assert np.flatnonzero(found).tolist() == [1, 6]  # 4 values, 2 modes, then the boolean


def damaged(**changes):
    content = json.loads(json.dumps(TABLE.to_dict()))
    content["columns"][1].update(changes)
    return content


def ranked(quantiles=((0.0, 1.0), (1.5, 2.0)), counts=(5, 5), **turn):
    column = Column(
        "size", "number", means=(0.5, 1.8), scales=(1.0, 1.0), quantiles=quantiles, counts=counts, ranked=True
    )
    content = json.loads(json.dumps({"columns": [column.to_dict()]}))
    return {**content, "turn": {"places": [], "rotation": [], "scales": [1.0], **turn}}


def test_scores_of_ranks_are_numbers_at_their_quantiles():
    columns = TableColumns(ranked())
    (column,) = columns.columns
    assert np.interp([-9.0, 0.0, 9.0], *column.knots) == pytest.approx([0.0, 1.25, 2.0], abs=0.26)
    assert columns.scores(np.array([[0.25]])) == pytest.approx(np.sinh(1.0))
    turned = ranked(places=[0], rotation=[[-1.0]], scales=[2.0])
    assert TableColumns(turned).scores(np.array([[0.25]])) == pytest.approx(-2.0 * np.sinh(1.0))


@pytest.mark.parametrize(
    "content",
    [
        {**ranked(), "turn": 3},
        {**ranked(), "turn": {}},
        {"columns": ranked()["columns"]},
        ranked(scales=[1.0, 1.0]),
        ranked(scales=["a"]),
        ranked(places=[1], rotation=[[1.0]]),
        ranked(places=[0], rotation=[[1.0, 2.0]]),
        ranked(places=[0], rotation=[[float("nan")]]),
        ranked(quantiles=((0.0, 2.0), (1.0, 3.0))),
        ranked(counts=(0, 5)),
        None,
        {},
        {"columns": 3},
        {"columns": [{}]},
        {"columns": [TABLE.to_dict()["columns"][0]] * 2},
        damaged(means=[1.0]),
        damaged(scales=[-1.0, 0.0]),
        damaged(counts=[1]),
        damaged(counts=[0, 0]),
        damaged(counts=[1, "a"]),
        damaged(kind="colour"),
        damaged(quantiles=[[1.0, 0.0], [0.0, 1.0]]),
        damaged(decimals=-1),
        damaged(means=["a", "b"]),
        damaged(means=[float("inf"), 1.0]),
        damaged(name=3),
    ],
)
def test_a_table_that_kgan_did_not_write_is_refused(content):
    with pytest.raises(ValueError, match=r"column|table|two columns|turn"):
        TableColumns(content)
