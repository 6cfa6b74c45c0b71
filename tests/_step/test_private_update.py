"""DP-SGD: what each row may move, and the noise."""

import dataclasses
import functools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
import table_games
from kgan._step import private_update
from kgan._step.generator_pass import GeneratorPass
from kgan.data.tables.privacy import Privacy

BATCH, CLIP = 8, 0.05
PAID = Privacy(1.0, 1e-5, 10.0, 7, noise_multiplier=0.0, rate=0.1, batch=BATCH, steps=100)


@pytest.fixture(scope="module")
def game():
    """A model of a table, and a batch of its rows."""
    splits = table_games.splits(batch_size=10, joint=0.0, numbers="modes")
    table = dataclasses.replace(splits.table, privacy=PAID)
    shapes = {"sample_shape": (table.spread_dim,), "condition_shape": (table.condition_dim,)}
    model = kgan.Tabular(
        kgan.architectures.ctgan_generator(**shapes, latent_dim=4, width=6, seed=0),
        kgan.architectures.ctgan_discriminator(**shapes, width=6, dropout=0.0, seed=1),
        table,
        pac=1,
        clip=CLIP,
        seed=0,
    )
    sgd = keras.optimizers.SGD(1.0)
    model.compile("sgd", sgd, loss="non_saturating", objectives="condition_cross_entropy", jit_compile=False)
    rows, chosen = next(iter(splits.train))
    codes = rows[:, len(table.continuous) :]
    asked = tf.random.shuffle(codes, seed=3)
    present = tf.constant([True] * 7 + [False] * 3)
    return model, (rows, chosen, present, asked, chosen[::-1], tf.constant([5, 6], tf.int64))


@functools.cache
def updating(model, noise):
    """The update as a graph, of a batch as `kgan.data.load_table` gives it."""
    privacy = dataclasses.replace(PAID, noise_multiplier=noise)

    @tf.function
    def update(*data):
        made = model.batch(data, training=True)
        generated = GeneratorPass(model.generator, made.generator_inputs, differentiable=False)
        private_update.update(model, made, generated, privacy, CLIP)

    return update


def moved(game, present=None, noise=0.0, seed=(5, 6)):
    """What an update adds to each weight of the discriminator, in one vector; the model is left as it was."""
    model, data = game
    present = data[2] if present is None else tf.constant(present)
    with model.trial_updates():
        before = [weight.numpy() for weight in model.discriminator.trainable_variables]
        updating(model, noise)(*data[:2], present, *data[3:5], tf.constant(seed, tf.int64))
        after = [weight.numpy() for weight in model.discriminator.trainable_variables]
    return np.concatenate([(b - a).ravel() for a, b in zip(before, after, strict=True)])


def test_the_update_is_the_sum_of_clipped_gradients_of_rows_that_are_there(game):
    model, data = game
    batch = model.batch(data, training=True)
    generated = GeneratorPass(model.generator, batch.generator_inputs, differentiable=False).outputs["rows"]
    total = 0.0
    for row in range(7):
        with tf.GradientTape() as tape:
            real = model.discriminator([batch.real[row, None], batch.own.conditions[0][row, None]], training=True)
            fake = model.discriminator([generated[row, None], batch.conditions[0][row, None]], training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))
        gradients = tape.gradient(loss, model.discriminator.trainable_variables)
        flat = np.concatenate([one.numpy().astype(np.float64).ravel() for one in gradients])
        assert np.linalg.norm(flat) > CLIP  # or nothing would be clipped
        total = total + flat * CLIP / np.linalg.norm(flat)
    np.testing.assert_allclose(moved(game), -total / BATCH, atol=1e-7)


def test_one_row_more_moves_the_weights_by_the_clipped_norm_at_most(game):
    there = [True] * 7 + [False] * 3
    for row in (7, 8, 9):
        with_it = [*there]
        with_it[row] = True
        step = np.linalg.norm(moved(game, with_it) - moved(game, there))
        assert step == pytest.approx(CLIP / BATCH, rel=1e-3)


def test_a_row_moves_nothing_of_generated_rows(game):
    model, data = game
    other = (data[0][::-1], data[1][::-1], *data[2:])
    first, second = (model.batch(one, training=True) for one in (data, other))
    for one, another in zip(first.generator_inputs, second.generator_inputs, strict=True):
        np.testing.assert_array_equal(one, another)
    np.testing.assert_array_equal(first.labels, second.labels)
    assert (first.own.conditions[0].numpy() != second.own.conditions[0].numpy()).any()


def test_noise_has_the_stated_deviation_and_follows_from_the_seed(game):
    nobody = [False] * 10
    drawn = np.concatenate([moved(game, nobody, noise=3.0, seed=(seed, 1000 * seed)) for seed in range(1, 9)])
    assert drawn.std() == pytest.approx(3.0 * CLIP / BATCH, rel=0.05)
    assert abs(drawn.mean()) < 4 * drawn.std() / math.sqrt(len(drawn))
    np.testing.assert_array_equal(moved(game, nobody, noise=3.0), moved(game, nobody, noise=3.0))
    assert (moved(game, nobody, noise=3.0) != moved(game, nobody, noise=3.0, seed=(6, 6))).all()


def test_a_batch_without_a_row_moves_nothing_and_logs_numbers(game):
    assert not moved(game, [False] * 10).any()
