"""What holds between the columns of every row: it is checked in what is read, and holds of what is drawn."""

import json

import numpy as np
import pandas as pd
import pytest

import kgan
from kgan.data import DataError, load_table
from kgan.data.tables.columns import Table
from kgan.data.tables.encoding import encoded
from kgan.data.tables.key_patterns import parsed_pattern
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.rows import run_rows
from kgan.export.portable.table_columns import TableColumns

RANDOM = np.random.default_rng(1)
ROWS = 300
LOW = np.round(RANDOM.normal(10.0, 2.0, ROWS), 1)
BEGUN = np.datetime64("2024-01-01") + RANDOM.integers(0, 300, ROWS).astype("timedelta64[D]")
FRAME = pd.DataFrame(
    {
        "id": np.arange(100, 100 + ROWS),
        "low": LOW,
        "high": np.round(LOW + RANDOM.integers(1, 40, ROWS) / 10.0, 1),
        "begun": BEGUN,
        "ended": BEGUN + RANDOM.integers(0, 60, ROWS).astype("timedelta64[D]"),
        "net": RANDOM.integers(100, 900, ROWS),
        "tax": RANDOM.integers(1, 90, ROWS),
        "code": [f"AB-{number:03}" for number in range(ROWS)],
        "kind": RANDOM.choice(["a", "b"], ROWS),
    }
)
FRAME.insert(7, "gross", FRAME["net"] + FRAME["tax"])
CONSTRAINTS = ["low < high", "ended >= begun", "gross = net + tax", "id unique", r"code ~ [AB]{2}-\d{3}"]


@pytest.fixture(scope="module")
def model():
    splits = load_table(FRAME, batch_size=50, validation_split=0.0, modes=4, constraints=CONSTRAINTS)
    return kgan.Tabular.of(splits, latent_dim=4, width=8, pac=1, seed=0)


@pytest.fixture(scope="module")
def drawn(model):
    return model.sample(900, seed=0)


def test_what_constraints_make_is_not_learned(model):
    assert model.table.learned == ("low", "high - low", "begun", "ended - begun", "net", "tax", "kind")
    assert model.table.names == tuple(FRAME.columns)
    assert model.table.ordered == ("low", "high", "begun", "ended", "net", "tax", "gross")


def test_an_untrained_model_holds_every_constraint(drawn):
    assert list(drawn.columns) == list(FRAME.columns)
    assert (drawn["low"] < drawn["high"]).all()
    assert (drawn["begun"] <= drawn["ended"]).all()
    assert (drawn["gross"] == drawn["net"] + drawn["tax"]).all()
    assert drawn["code"].str.fullmatch(r"[AB]{2}-\d{3}").all()


def test_cells_are_of_the_kinds_that_were_read(drawn):
    assert drawn["high"].dtype == np.float64
    assert drawn["gross"].dtype == np.int64
    assert drawn["ended"].dtype == drawn["begun"].dtype == np.dtype("datetime64[s]")
    np.testing.assert_array_equal(drawn["high"], np.round(drawn["high"], 1))


def test_numbers_that_are_keys_follow_those_of_the_table(drawn):
    np.testing.assert_array_equal(drawn["id"], 400 + np.arange(900))


def test_texts_that_are_keys_are_counted_through(drawn):
    assert drawn["code"].is_unique
    assert drawn["code"][899] == "AA-899"


def test_more_rows_than_keys_are_refused(model):
    with pytest.raises(BundleError, match="at most 4,000 rows, because there are no more keys"):
        model.sample(4_001, seed=0)


def test_the_difference_can_be_asked_for_and_what_is_made_of_it_cannot(model):
    drawn = model.sample(50, seed=0, where={"high - low": (1.0, 2.0)})
    assert (drawn["high"] - drawn["low"]).between(0.999, 2.001).all()
    with pytest.raises(BundleError, match="Received: 'high', which is made by low < high, ask of 'high - low'"):
        model.sample(5, seed=0, where={"high": (1.0, 2.0)})
    with pytest.raises(BundleError, match="Received: 'gross', which is made by gross = net"):
        model.sample(5, seed=0, where={"gross": 500})


@pytest.mark.slow  # an export
def test_a_bundle_writes_rows_that_hold_them(model, drawn, tmp_path):
    folder = kgan.export.save(model, tmp_path / "bundle", formats=("onnx",))
    run_rows(folder, tmp_path / "rows.csv", count=700, seed=0)
    rows = pd.read_csv(tmp_path / "rows.csv", parse_dates=["begun", "ended"])
    assert (rows["low"] < rows["high"]).all()
    assert (rows["begun"] <= rows["ended"]).all()
    assert (rows["gross"] == rows["net"] + rows["tax"]).all()
    np.testing.assert_array_equal(rows["id"], 400 + np.arange(700))
    assert list(rows.columns) == list(FRAME.columns)
    assert (rows["kind"] == drawn["kind"][:700]).mean() > 0.99  # as in Keras


def test_rows_to_fit_must_hold_them_too(model):
    assert encoded(model.table, FRAME, seed=0).shape == (ROWS, model.table.row_dim)
    with pytest.raises(DataError, match="'low < high' in every row. Received: 1 rows without it, the first.* row 3"):
        encoded(model.table, FRAME.assign(high=FRAME["high"].where(FRAME.index != 2, -1.0)), seed=0)


def test_plain_values_make_the_same_table_again(model):
    assert Table.from_dict(json.loads(json.dumps(model.table.to_dict()))) == model.table


def test_a_difference_of_a_difference_is_made_in_order():
    rows = {"a": RANDOM.normal(size=50), "c": RANDOM.normal(20.0, 1.0, 50), "b": RANDOM.normal(10.0, 1.0, 50)}
    splits = load_table(rows, batch_size=10, constraints="b < c; a < b", validation_split=0.0)
    drawn = kgan.Tabular.of(splits, latent_dim=4, width=8, pac=1, seed=0).sample(40, seed=0)
    assert ((drawn["a"] < drawn["b"]) & (drawn["b"] < drawn["c"])).all()
    assert list(drawn.columns) == ["a", "c", "b"]


def broken(**columns):
    return {**{name: FRAME[name].tolist() for name in FRAME}, **columns}


@pytest.mark.parametrize(
    ("constraints", "rows", "words"),
    [
        (["low < heigh"], FRAME, "columns that there are.*Received: 'heigh' in 'low < heigh'. Did you mean 'high'"),
        (["high < low"], FRAME, "'high < low' in every row. Received: 300 rows without it, the first of them row 1"),
        (["low < low"], FRAME, "Received: 'low' twice"),
        (["low"], FRAME, "Expected constraints 'low < high'"),
        ([3], FRAME, "constraints as text"),
        (["low < high", "tax < high"], FRAME, "one constraint that makes the column 'high'"),
        (["low < high", "high < low"], FRAME, "which make each other"),
        (["kind < low"], FRAME, "numbers or dates in the column 'kind'.*Received: text"),
        (["ended = begun + net"], FRAME, "numbers in the column 'ended'"),
        (["gross = net - tax"], FRAME, "'gross = net - tax' in every row"),
        (["net = net + tax"], FRAME, "Received: 'net' on both sides"),
        (["kind unique"], FRAME, "integer in the key 'kind'.*Received: text"),
        (["net unique"], FRAME, "a key in the column 'net'. Received: the same one in several rows"),
        ([r"code ~ \d{6}"], FRAME, "in every row. Received: 300 rows without it"),
        ([r"code ~ [A-Z]+-\d{3}"], FRAME, r"a regular expression of texts of one length.*Received: '\+'"),
        (["id unique", "id < net"], FRAME, "columns that are learned. Received: the key 'id' in it"),
        (["low < high"], broken(low=[None, *FRAME["low"][1:]]), "no missing cell in the column 'low'.*in row 1"),
        (["low < high"], broken(**{"high - low": [1] * ROWS}), "no column named 'high - low'"),
    ],
)
def test_constraints_that_do_not_hold_are_refused(constraints, rows, words):
    with pytest.raises(DataError, match=words):
        load_table(rows, batch_size=50, constraints=constraints)


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("a", ("a",)),
        (r"\d{2}x", ("0123456789", "0123456789", "x")),
        ("[a-cX]", ("abcX",)),
        (r"\.[\d-]", (".", "0123456789-")),
    ],
)
def test_a_pattern_is_the_characters_at_each_place(pattern, places):
    assert parsed_pattern(pattern) == places


@pytest.mark.parametrize("pattern", ["", "a*", "(a)", "a|b", "[ab", "{3}", "a{0}", "a{1,2}", "[b-a]", "[^a]", "a{101}"])
def test_other_patterns_are_refused(pattern):
    with pytest.raises(DataError, match="a regular expression of texts of one length"):
        parsed_pattern(pattern)


@pytest.mark.parametrize(
    "damage",
    [
        lambda one: one.update(kind="other"),
        lambda one: one.update(terms=3),
        lambda one: one.update(terms=["nothing"]),
        lambda one: one.update(signs=[2]),
        lambda one: one.update(output="colour"),
        lambda one: one.update(pattern=[""]),
        lambda one: one.update(decimals=-1),
        lambda one: one.update(column="elsewhere"),
    ],
)
def test_constraints_that_kgan_did_not_write_are_refused(model, damage):
    content = json.loads(json.dumps(model.table.to_dict()))
    damage(content["constraints"]["each"][0])
    with pytest.raises(ValueError, match="constraint"):
        TableColumns(content)
