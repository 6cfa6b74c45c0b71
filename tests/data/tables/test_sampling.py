"""Training by sampling: every row holds its condition, rare values come often, and what is drawn depends on numbers
alone."""

import numpy as np
import pandas as pd
import pytest

from kgan.data import DataError, load_table, order
from kgan.data.tables.encoding import encoded

COMMON, RARE = 990, 10


@pytest.fixture(scope="module")
def splits():
    random = np.random.default_rng(0)
    kinds = np.array(["common"] * COMMON + ["rare"] * RARE)
    return load_table(
        {"kind": kinds, "size": np.where(kinds == "rare", 100.0, 0.0) + random.normal(size=len(kinds))},
        batch_size=100,
        validation_split=0.0,
        numbers="modes",
        alone=0.0,
        joint=0.0,
    )


def rows_of(splits, epochs=1):
    train = splits.train
    found = []
    for epoch in range(epochs):
        order.of(train).seek(epoch)
        found += list(train.as_numpy_iterator())
    return (np.concatenate(part) for part in zip(*found, strict=True))


def test_each_column_is_the_condition_as_often_and_rare_values_by_their_logarithm(splits):
    rows, chosen = rows_of(splits, 10)
    assert (chosen.sum(axis=1) == 1).all()
    assert chosen.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
    codes = rows[chosen[:, 0], 1]  # of the kind; common is 0
    expected = np.log1p(RARE) / (np.log1p(RARE) + np.log1p(COMMON))
    assert codes.mean() == pytest.approx(expected, abs=0.03)


def test_some_conditions_have_several_columns_where_it_is_asked(splits):
    rows = {"a": ["x", "y"] * 500, "b": ["u", "v", "w", "u"] * 250, "c": ["p", "q"] * 500}
    joint = load_table(rows, batch_size=100, joint=1.0, validation_split=0.0)
    _, chosen = rows_of(joint, 10)
    assert chosen.any(axis=1).all()
    counts = np.bincount(chosen.sum(axis=1), minlength=4) / len(chosen)
    assert counts[1:] == pytest.approx([1 / 3, 1 / 3, 1 / 3], abs=0.04)  # of two others, with a chance that is uniform


def test_batches_depend_on_the_epoch_and_their_number_alone(splits):
    first, _ = rows_of(splits)
    again, _ = rows_of(splits)
    np.testing.assert_array_equal(first, again)
    order.of(splits.train).seek(0, 4)  # as a resumed epoch begins: with the fifth batch
    rest = np.concatenate([rows for rows, _ in splits.train.as_numpy_iterator()])
    np.testing.assert_array_equal(rest[:600], first[400:])
    order.of(splits.train).seek(1)
    other = np.concatenate([rows for rows, _ in splits.train.as_numpy_iterator()])
    assert (other != first).any()


def test_held_out_rows_are_none_that_are_trained_on():
    splits = load_table({"number": range(100)}, batch_size=10, validation_split=0.3, alone=0.0)
    held_out = np.concatenate([rows for rows, _ in splits.validation.as_numpy_iterator()])
    trained, _ = rows_of(splits, 20)
    seen = {tuple(row) for row in trained.tolist()}
    assert len(held_out) == 30
    assert not seen & {tuple(row) for row in held_out.tolist()}


def test_a_table_of_one_mode_each_has_no_conditions():
    splits = load_table({"number": np.random.default_rng(0).normal(size=100)}, batch_size=10, modes=1, alone=0.0)
    assert splits.table.condition_dim == 0
    rows, chosen = next(iter(splits.train))
    assert (rows.shape, chosen.shape) == ((10, 1), (10, 0))


def test_parts_of_ranked_columns_are_conditions_of_a_fifth_of_the_rows():
    random = np.random.default_rng(0)
    frame = {"kind": random.choice(["a", "b"], 900), "size": random.normal(size=900)}
    _, chosen = rows_of(load_table(frame, batch_size=100, validation_split=0.0, joint=0.0), epochs=4)
    assert chosen[:, 1].mean() == pytest.approx(0.1, abs=0.02)  # a half of a fifth
    assert (chosen.sum(axis=1) == 1).all()
    del frame["kind"]
    _, chosen = rows_of(load_table(frame, batch_size=100, validation_split=0.0), epochs=4)
    assert chosen.mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"kind": ["common"]}, "a table without 'size'"),
        ({"kind": ["common"], "size": [1.0], "more": [1]}, "a table with 'more' besides"),
        (
            {"kind": ["commn"], "size": [1.0]},
            "one of the 2 values .* Received: 'commn' in row 1. Did you mean 'common'",
        ),
        ({"kind": [None], "size": [1.0]}, "no missing cell in the column 'kind'"),
        ({"kind": [True], "size": [1.0]}, "cells of the kind category in the column 'kind'.* Received: a boolean"),
        ({"kind": ["rare"], "size": ["big"]}, "cells of the kind number in the column 'size'.* Received: text"),
    ],
)
def test_rows_of_another_table_are_refused(splits, frame, words):
    with pytest.raises(DataError, match=words):
        encoded(splits.table, pd.DataFrame(frame), seed=0)


def test_numbers_are_where_their_modes_say(splits):
    frame = pd.DataFrame({"kind": ["rare", "common"], "size": [100.5, -0.25]})
    (number, kind, mode), (other, other_kind, other_mode) = encoded(splits.table, frame, seed=0)
    column = splits.table.column("size")
    assert (kind, other_kind) == (1, 0)
    assert column.means[int(mode)] + 4 * column.scales[int(mode)] * number == pytest.approx(100.5, abs=1e-4)
    assert column.means[int(other_mode)] + 4 * column.scales[int(other_mode)] * other == pytest.approx(-0.25, abs=1e-4)
