"""`jit_compile="auto"` and recurrent layers, whose gradient of a gradient XLA compiles anew at each step."""

import keras
import numpy as np
import pytest
from keras import layers

import kgan
from kgan._step import compilation

pytestmark = pytest.mark.xla


def sequences(discriminator_layer):
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Reshape((4, 1))])
    discriminator = keras.Sequential([keras.Input((4, 1)), discriminator_layer, layers.Dense(1)])
    return kgan.GAN(generator, discriminator, seed=0)


@pytest.mark.parametrize("penalty", ["r1", pytest.param(kgan.penalties.R1(1.0, every=2), marks=pytest.mark.slow)])
def test_auto_leaves_a_recurrent_discriminator_with_a_gradient_penalty_to_tensorflow(penalty):
    gan = sequences(layers.SimpleRNN(2))
    gan.compile(penalties=[penalty])
    assert not gan.uses_xla
    gan.compile(penalties=[penalty], jit_compile=True)
    assert gan.uses_xla


def test_auto_compiles_a_recurrent_discriminator_whose_penalty_differentiates_nothing():
    gan = sequences(layers.LSTM(2))
    gan.compile(penalties=["drift"])
    assert gan.uses_xla


@pytest.mark.parametrize(
    "layer",
    [
        layers.LSTM(2),
        layers.GRU(2),
        layers.Bidirectional(layers.LSTM(2)),
        layers.RNN(layers.StackedRNNCells([layers.GRUCell(2), layers.LSTMCell(2)])),
        keras.Sequential([keras.Input((4, 1)), layers.GRU(2)]),
    ],
)
def test_every_recurrent_layer_has_a_loop_unless_it_is_unrolled(layer):
    discriminator = keras.Sequential([keras.Input((4, 1)), layer, layers.Dense(1)])
    assert compilation.has_recurrent_loop(discriminator)
    assert not compilation.has_recurrent_loop(keras.Sequential([keras.Input((4, 1)), layers.GRU(2, unroll=True)]))


def test_a_recurrent_layer_of_images_has_a_loop():
    assert compilation.has_recurrent_loop(keras.Sequential([keras.Input((4, 8, 8, 1)), layers.ConvLSTM2D(2, 3)]))


def test_auto_compiles_recurrent_layers_without_a_loop_and_a_recurrent_generator():
    gan = sequences(layers.SimpleRNN(2, unroll=True))
    gan.compile(penalties=["r1"])
    assert gan.uses_xla
    recurrent = [keras.Input((3,)), layers.RepeatVector(4), layers.LSTM(2, return_sequences=True), layers.Dense(1)]
    discriminator = keras.Sequential([keras.Input((4, 1)), layers.Flatten(), layers.Dense(1)])
    gan = kgan.GAN(keras.Sequential(recurrent), discriminator)
    gan.compile(penalties=["r1"])
    assert gan.uses_xla


@pytest.mark.slow
def test_a_step_that_xla_compiles_anew_each_time_goes_on_without_it_after_a_few(monkeypatch, caplog):
    monkeypatch.setattr(compilation, "has_recurrent_loop", lambda model: False)  # as if nothing were known of them
    gan = sequences(layers.SimpleRNN(2))
    gan.compile(penalties=["r1"])
    assert gan.uses_xla
    gan.fit(np.zeros((32, 4, 1), np.float32), batch_size=4, verbose=0)
    lines = [record.getMessage() for record in caplog.records if record.name == "kgan"]
    assert lines == ['jit_compile="auto" goes on without XLA: XLA compiled it anew 3 times in 5 calls.']
    assert int(gan.steps) == 8
    assert not gan.uses_xla
