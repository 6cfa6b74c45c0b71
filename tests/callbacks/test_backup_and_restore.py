"""Keras's BackupAndRestore on a GAN: what a crash leaves, and what goes on from it."""

import keras
import pytest
import tensorflow as tf

from kgan._step import precision
from tiny_games import BATCHES, bits, in_order, pixels, reshuffled, tiny_game


class Crash(keras.callbacks.Callback):
    """Ends training as a fault of the machine would, at the beginning of a batch."""

    def __init__(self, epoch: int, batch: int = 0):
        super().__init__()
        self.place = (epoch, batch)
        self._epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self._epoch, batch) == self.place:
            raise RuntimeError("the lights went out")


def crashed(gan, data, epochs, folder, crash, save_freq="epoch", **fit_arguments):
    backup = keras.callbacks.BackupAndRestore(folder, save_freq=save_freq)
    with pytest.raises(RuntimeError, match="the lights went out"):
        gan.fit(data, epochs=epochs, verbose=0, callbacks=[backup, crash], **fit_arguments)


def goes_on(gan, data, epochs, folder, save_freq="epoch", **fit_arguments):
    backup = keras.callbacks.BackupAndRestore(folder, save_freq=save_freq)
    history = gan.fit(data, epochs=epochs, verbose=0, callbacks=[backup], **fit_arguments)
    return history.epoch


# --- BackupAndRestore ---


SOURCES = {
    "a dataset in order": (in_order, {}),
    "an array in order": (pixels, {"batch_size": 8, "shuffle": False}),
    "a shuffled array": (pixels, {"batch_size": 8}),
    "what kgan loads": (reshuffled, {}),
}


@pytest.mark.parametrize(
    ("data", "epoch"),
    [
        pytest.param("a dataset in order", 1, marks=pytest.mark.slow),
        pytest.param("an array in order", 3, marks=pytest.mark.slow),
        ("a shuffled array", 2),
        pytest.param("what kgan loads", 2, marks=pytest.mark.slow),
    ],
)
def test_backup_and_restore_goes_on_to_the_bit(tmp_path, data, epoch):
    make, how = SOURCES[data]
    source = make()
    whole, part, resumed = tiny_game(), tiny_game(), tiny_game()
    whole.fit(source, epochs=4, verbose=0, **how)
    crashed(part, source, 4, tmp_path / "backup", Crash(epoch), **how)
    assert goes_on(resumed, make(), 4, tmp_path / "backup", **how) == list(range(epoch, 4))
    assert bits(resumed) == bits(whole)
    assert bits(part) != bits(whole)
    assert int(resumed.steps.numpy()) == int(resumed.discriminator_updates.numpy()) == 4 * BATCHES
    assert int(resumed.images_seen.numpy()) == 4 * BATCHES * 8
    assert int(resumed.discriminator_optimizer.iterations.numpy()) == 4 * BATCHES
    assert resumed._remembered()["memory.ada.probability"].numpy() > 0.0
    assert not (tmp_path / "backup").exists()  # the fit came to its end


def shuffled_by_tensorflow() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(pixels()).shuffle(100, seed=1).batch(8)


@pytest.mark.slow
def test_backup_and_restore_begins_an_order_that_tensorflow_draws_anew(tmp_path):
    """Its shuffling counts readings: the model is whole, the order is that of the first epochs."""
    reshuffled = shuffled_by_tensorflow
    whole, part, resumed, told = tiny_game(), tiny_game(), tiny_game(), tiny_game()
    whole.fit(reshuffled(), epochs=4, verbose=0)
    crashed(part, reshuffled(), 4, tmp_path / "backup", Crash(2))
    assert goes_on(resumed, reshuffled(), 4, tmp_path / "backup") == [2, 3]
    told.fit(reshuffled(), epochs=2, verbose=0)
    told.fit(reshuffled(), epochs=4, initial_epoch=2, verbose=0)
    assert bits(resumed) == bits(told)
    assert bits(resumed) != bits(whole)


@pytest.mark.slow
def test_backup_and_restore_plays_an_epoch_from_its_beginning_after_a_crash_amid_it(tmp_path):
    """Saved after 6 batches of 4 an epoch: the second epoch begins anew from there, two of its batches seen twice."""
    part, resumed, told = tiny_game(), tiny_game(), tiny_game()
    crashed(part, in_order(), 3, tmp_path / "backup", Crash(1, 3), save_freq=6)
    assert int(part.steps.numpy()) == 7
    assert goes_on(resumed, in_order(), 3, tmp_path / "backup", save_freq=6) == [1, 2]
    told.fit(in_order(), verbose=0)
    told.fit(in_order().take(2), verbose=0)
    told.fit(in_order(), epochs=2, verbose=0)
    assert bits(resumed) == bits(told)
    assert int(resumed.steps.numpy()) == 6 + 2 * BATCHES


@pytest.mark.slow
def test_backup_and_restore_keeps_the_loss_scale_of_each_player(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "has_float16", lambda: True)  # slow, but right on a CPU

    def scaled(rate, growth):
        return keras.optimizers.LossScaleOptimizer(
            keras.optimizers.Adam(rate), initial_scale=64.0, dynamic_growth_steps=growth
        )

    def game():
        keras.config.set_dtype_policy("mixed_float16")
        try:
            return tiny_game(
                generator_optimizer=scaled(1e-2, 2), discriminator_optimizer=scaled(1e-2, 3), augmentation=None
            )
        finally:
            keras.config.set_dtype_policy("float32")

    whole, part, resumed = game(), game(), game()
    whole.fit(in_order(), epochs=3, verbose=0)
    crashed(part, in_order(), 3, tmp_path / "backup", Crash(2))
    goes_on(resumed, in_order(), 3, tmp_path / "backup")
    assert bits(resumed) == bits(whole)
    scales = [
        float(one.dynamic_scale.numpy()) for one in (resumed.generator_optimizer, resumed.discriminator_optimizer)
    ]
    assert scales == [64.0 * 2**6, 64.0 * 2**4]
