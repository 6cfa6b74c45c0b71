"""Keras's ModelCheckpoint and EarlyStopping on a GAN: what they keep, and which epoch they find best."""

import keras
import numpy as np
import pytest

import kgan
from kgan import metrics
from tiny_games import BATCHES, bits, in_order, pixels, tiny_game


@pytest.mark.slow  # three fits; test_resume_order.py saves and trains on in small steps
def test_a_checkpoint_of_the_whole_model_trains_on_to_the_bit(tmp_path):
    whole, part = tiny_game(), tiny_game()
    whole.fit(in_order(), epochs=2, verbose=0)
    part.fit(in_order(), verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}.keras")])
    loaded = keras.models.load_model(tmp_path / "01.keras")
    loaded.fit(in_order(), epochs=2, initial_epoch=1, verbose=0)
    assert bits(loaded) == bits(whole)


def test_a_checkpoint_of_weights_alone_has_the_optimizers_and_what_the_game_remembers(tmp_path):
    path = tmp_path / "gan.weights.h5"
    gan, other = tiny_game(), tiny_game()
    gan.fit(in_order(), verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(path, save_weights_only=True)])
    assert bits(other) != bits(gan)
    other.load_weights(path)
    assert bits(other) == bits(gan)
    assert other._remembered()["memory.ada.probability"].numpy() > 0.0


def test_a_checkpoint_amid_an_epoch_is_the_model_of_that_batch(tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", save_freq=3)
    tiny_game().fit(in_order(), epochs=2, verbose=0, callbacks=[checkpoint])
    saved = {path.name: int(keras.models.load_model(path).steps.numpy()) for path in tmp_path.iterdir()}
    assert saved == {"1-3.keras": 3, "2-2.keras": 6}


@pytest.mark.parametrize(
    ("monitor", "best"),
    [
        ("generator_loss", np.argmin),
        pytest.param("val_discriminator_loss", np.argmin, marks=pytest.mark.slow),
        ("val_recall", np.argmax),
    ],
)
def test_the_best_checkpoint_is_that_of_the_best_epoch_without_being_told_which_way_is_better(tmp_path, monitor, best):
    gan = tiny_game(metrics=[metrics.Recall("pixels")])
    every = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}.keras")
    only = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor=monitor, save_best_only=True)
    history = gan.fit(in_order(), validation_data=pixels(16) // 2, epochs=5, verbose=0, callbacks=[every, only]).history
    epoch = int(best(history[monitor]))
    expected = keras.models.load_model(tmp_path / f"{epoch + 1:02d}.keras")
    assert bits(keras.models.load_model(tmp_path / "best.keras")) == bits(expected)


class Told(keras.callbacks.Callback):
    """Puts a figure into the logs, and notes the weights of each epoch."""

    def __init__(self, figures):
        super().__init__()
        self.figures = figures
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        logs["told"] = self.figures[epoch]
        self.weights.append(bits(self.model, optimizers=()))


def test_early_stopping_brings_back_both_players_and_the_average_of_the_best_epoch():
    told = Told([3.0, 1.0, 2.0, 2.0, 0.0])
    stop = keras.callbacks.EarlyStopping("told", mode="min", patience=2, restore_best_weights=True)
    gan = tiny_game(penalties=[], augmentation=None)
    history = gan.fit(in_order(), epochs=5, verbose=0, callbacks=[told, stop])
    assert history.epoch == [0, 1, 2, 3]
    assert bits(gan, optimizers=()) == told.weights[1] != told.weights[3]
    assert int(gan.steps.numpy()) == 2 * BATCHES  # the counters are weights, and go back with them
    assert int(gan.generator_optimizer.iterations.numpy()) == 4 * BATCHES  # optimizers stay, as on any Keras model


def test_early_stopping_stops_on_a_figure_of_the_game():
    stop = keras.callbacks.EarlyStopping("val_generator_loss", patience=1, min_delta=1e9)
    history = tiny_game().fit(in_order(), validation_data=in_order(), epochs=9, verbose=0, callbacks=[stop])
    assert history.epoch == [0, 1]


@pytest.mark.parametrize("within", [False, True])
def test_a_figure_without_a_better_side_is_refused_before_training(within):
    callback = keras.callbacks.ReduceLROnPlateau("val_real_accuracy")
    callback = kgan.callbacks.DriveOptimizer("discriminator", callback) if within else callback
    gan = tiny_game()
    with pytest.raises(
        ValueError, match="Expected mode='min' or 'max'.*ReduceLROnPlateau.*monitor='val_real_accuracy'"
    ):
        gan.fit(in_order(), verbose=0, callbacks=callback)
    assert int(gan.steps.numpy()) == 0
