"""What a generator of ranked columns gives in training: the part of a number follows from it."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from kgan.data import load_table
from kgan.data.tables.encoding import encoded
from kgan.models.row_generator import RowActivation, activation, as_seen, with_parts

RANDOM = np.random.default_rng(3)
ROWS = 800
FRAME = pd.DataFrame(
    {
        "size": RANDOM.normal(size=ROWS),
        "lacking": np.where(RANDOM.random(ROWS) < 0.25, np.nan, RANDOM.normal(size=ROWS)),
        "cut": RANDOM.choice(["Fair", "Good"], ROWS),
    }
)


@pytest.fixture(scope="module")
def table():
    return load_table(FRAME, batch_size=10, validation_split=0.0, modes=4).table


@pytest.fixture(scope="module")
def layer(table):
    return activation(table)


def given(table, rows, scores):
    """What a network gives of these rows' numbers, with scores."""
    return tf.concat([rows[:, :2], tf.tile(tf.constant([scores], tf.float32), [len(rows), 1])], axis=1)


def test_the_part_is_that_which_the_number_of_a_row_lies_in(table, layer):
    rows = encoded(table, FRAME, seed=0)
    there = ~np.isnan(FRAME["lacking"].to_numpy())
    drawn, _ = layer([given(table, rows, [0.0] * 8 + [-50.0, 0.0, 0.0]), np.zeros((ROWS, 11), np.float32)])
    assert not drawn[:, 2:10].numpy().any()  # what the discriminator sees
    np.testing.assert_allclose(drawn[:, :2], 4.0 * rows[:, :2], rtol=1e-6)
    whole = with_parts(table, drawn).numpy()
    assert (whole[:, 2:6].argmax(axis=1) == rows[:, 2]).mean() > 0.99
    assert (whole[:, 6:10].argmax(axis=1) == rows[:, 3])[there].mean() > 0.99
    np.testing.assert_allclose(whole[:, 6:11].sum(axis=1), 1.0, atol=1e-5)


def test_real_rows_are_seen_as_generated_ones_are(table, layer):
    rows = encoded(table, FRAME, seed=0)
    ones = [tf.one_hot(rows[:, 2 + block].astype(int), size) for block, (_, size) in enumerate(table.blocks)]
    seen = as_seen(table, tf.concat([rows[:, :2], *ones], axis=1))
    missing = np.where(np.isnan(FRAME["lacking"].to_numpy()), 50.0, -50.0)
    scores = np.column_stack([np.zeros((ROWS, 8)), missing, 50.0 * ones[2].numpy()]).astype(np.float32)
    drawn, _ = layer([tf.concat([rows[:, :2], scores], axis=1), np.zeros((ROWS, 11), np.float32)])
    np.testing.assert_allclose(seen, drawn, atol=1e-5)


def test_missing_has_the_probability_of_its_score(table, layer):
    rows = encoded(table, FRAME, seed=0)
    score = float(np.log(4.0))  # beside four parts of score 0: as likely as all of them
    _, logarithms = layer([given(table, rows, [0.0] * 8 + [score, 0.0, 0.0]), np.zeros((ROWS, 11), np.float32)])
    logarithms = logarithms.numpy()
    np.testing.assert_allclose(logarithms[:, 8], np.log(0.5), atol=1e-5)
    np.testing.assert_allclose(logarithms[:, 4:8].max(axis=1), np.log(0.5), atol=1e-5)
    np.testing.assert_allclose(np.exp(logarithms[:, 9:]).sum(axis=1), 1.0, atol=1e-5)


def test_a_number_is_as_far_from_a_part_as_its_score_is_from_the_edge(table, layer):
    row = tf.Variable(np.zeros((1, 13), np.float32))
    with tf.GradientTape() as tape:
        _, logarithms = layer([row, np.zeros((1, 11), np.float32)])
        asked = logarithms[0, 3]  # the highest quarter of the first column; the score is 0
    assert float(asked) == pytest.approx(-0.6745, abs=0.01)
    assert tape.gradient(asked, row).numpy()[0, 0] == pytest.approx(4.0 * table.turn.scales[0], rel=1e-5)
    assert logarithms[0, 1:3].numpy().max() == 0.0


def test_the_layer_comes_back_from_its_configuration(table, layer):
    again = RowActivation.from_config(layer.get_config())
    rows = encoded(table, FRAME[:20], seed=0)
    inputs = [given(table, rows, list(range(11))), RANDOM.gumbel(size=(20, 11)).astype(np.float32)]
    for one, other in zip(layer(inputs), again(inputs), strict=True):
        np.testing.assert_array_equal(one, other)
