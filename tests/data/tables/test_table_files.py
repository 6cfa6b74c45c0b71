"""Files of tables: each format gives the same rows; broken rows are named by their lines."""

import sqlite3
import sys

import numpy as np
import pandas as pd
import pytest

from kgan.data import DataError, load_table
from kgan.data.tables import reading
from kgan.data.tables.reading import Source

FRAME = pd.DataFrame(
    {
        "size": np.round(np.random.default_rng(0).normal(3, 1, 60), 2),
        "colour": ["red", "blue", 'it, "said"'] * 20,
        "count": range(60),
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tables")
    FRAME.to_csv(place / "rows.csv", index=False)
    FRAME.to_csv(place / "rows.tsv", index=False, sep="\t")
    FRAME.to_parquet(place / "rows.parquet")
    FRAME.to_feather(place / "rows.feather")
    with sqlite3.connect(place / "rows.db") as base:
        FRAME.to_sql("orders", base, index=False)
        FRAME.head(20).to_sql("others", base, index=False)
    base.close()
    return place


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.parquet", "rows.feather", "rows.db:orders"])
def test_every_format_gives_the_same_rows(folder, name):
    found = pd.concat(list(Source(str(folder / name))))
    pd.testing.assert_frame_equal(found, FRAME, check_dtype=False)


def test_a_parquet_file_is_read_a_part_at_a_time_and_comes_to_the_same(folder, monkeypatch):
    whole = load_table(FRAME, batch_size=10)
    monkeypatch.setattr(reading, "_ROWS", 25)
    monkeypatch.setattr("kgan.data.tables.loading._IN_MEMORY", 0)  # and its rows lie in a file
    parts = load_table(str(folder / "rows.parquet"), batch_size=10)
    assert len(list(Source(str(folder / "rows.parquet")))) == 3
    assert [one.values for one in parts.table.columns] == [one.values for one in whole.table.columns]
    assert [sum(one.counts) for one in parts.table.columns] == [60, 60, 60]
    rows, chosen = next(iter(parts.train))
    assert rows.shape == (10, parts.table.row_dim)
    assert chosen.shape == (10, len(parts.table.blocks))


def broken(folder):
    path = folder / "broken.csv"
    path.write_text("a,b\n" + "1,2\n" * 15 + "1,2,3\n" + "4,5\n" * 15 + "6\n")
    return path


def test_broken_rows_are_left_out_and_named_by_their_lines(tmp_path):
    splits = load_table(str(broken(tmp_path)), batch_size=10)
    assert splits.skipped == {"line 17": "3 cells, where 2 were due", "line 33": "1 cells, where 2 were due"}
    assert splits.found.count == 30
    assert "Left out 2 broken rows: line 17 (3 cells" in splits.found.lines()[-1]


def test_a_broken_row_is_an_error_where_all_must_be_whole(tmp_path):
    with pytest.raises(DataError, match="2 cells in each row of .*Received: 3 cells, where 2 were due in line 17"):
        load_table(str(broken(tmp_path)), batch_size=10, strict=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing.csv", "which does not exist"),
        ("rows.db", r"the name of a table, .*rows.db:NAME, of orders, others. Received: no name"),
        ("rows.db:orderz", "Received: orderz"),
        ("bad.parquet", "to be a table as its name says"),
        ("twice.csv", "columns of different names. Received: 'a' twice"),
    ],
)
def test_files_that_are_no_tables_are_refused(folder, name, words):
    (folder / "bad.parquet").write_text("no")
    (folder / "twice.csv").write_text("a,a\n1,2\n")
    with pytest.raises(DataError, match=words):
        load_table(str(folder / name), batch_size=10)


def test_what_is_no_table_at_all_is_refused():
    with pytest.raises(DataError, match="a table: a pandas DataFrame, a dictionary of columns, or a file"):
        load_table(np.zeros((3, 3)), batch_size=10)


@pytest.mark.parametrize(
    ("lacking", "name", "words"),
    [
        ("pandas", "rows.csv", "Expected pandas, which reads tables"),
        ("pyarrow.parquet", "rows.parquet", "Expected pyarrow, which reads Parquet"),
        ("sklearn.mixture", "rows.csv", "Expected scikit-learn, which fits the modes of numbers"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_the_extra(folder, monkeypatch, lacking, name, words):
    monkeypatch.setitem(sys.modules, lacking, None)  # as Python does for what cannot be imported
    with pytest.raises(DataError, match=words) as raised:
        load_table(str(folder / name), batch_size=10, numbers="modes")
    assert "pip install 'kgan[tables]'" in str(raised.value)
