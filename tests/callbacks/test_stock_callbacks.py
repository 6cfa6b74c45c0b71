"""Keras's other callbacks on a GAN, which player each drives, and all that there is use for at once."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game
from tiny_games import PLAYERS, in_order, tiny_game


def rates(gan) -> dict[str, float]:
    return {player: float(getattr(gan, f"{player}_optimizer").learning_rate.numpy()) for player in PLAYERS}


def test_a_learning_rate_scheduler_drives_the_generator():
    gan = tiny_game()
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1e-3 / 2**epoch)
    history = gan.fit(in_order(), epochs=3, verbose=0, callbacks=[schedule])
    assert rates(gan) == pytest.approx({"generator": 2.5e-4, "discriminator": 1e-2})
    assert history.history["learning_rate"] == pytest.approx([1e-3, 5e-4, 2.5e-4])


def test_reduce_lr_on_plateau_drives_the_generator():
    gan = tiny_game()
    plateau = keras.callbacks.ReduceLROnPlateau("discriminator_loss", factor=0.5, patience=1, min_delta=1e9)
    gan.fit(in_order(), epochs=3, verbose=0, callbacks=[plateau])
    assert rates(gan) == pytest.approx({"generator": 2.5e-3, "discriminator": 1e-2})


def test_swap_ema_weights_judges_the_average_that_the_generators_optimizer_keeps():
    """It needs `use_ema=True`, kgan's own average is `ema_half_life`."""

    def game():
        keras.utils.set_random_seed(0)
        gan = linear_game()
        gan.compile(
            keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), keras.optimizers.SGD(0.1), jit_compile=False
        )
        return gan

    reals = np.random.RandomState(0).normal(3.0, 1.0, (32, 1)).astype(np.float32)
    data = tf.data.Dataset.from_tensor_slices(reals).batch(8)
    history = (
        game()
        .fit(data, validation_data=data, epochs=2, verbose=0, callbacks=[keras.callbacks.SwapEMAWeights()])
        .history
    )
    averages = []

    def note(epoch, logs):
        optimizer = told.generator_optimizer
        trained = [variable.numpy() for variable in told.generator.trainable_variables]
        for variable, average in zip(
            told.generator.trainable_variables, optimizer._model_variables_moving_average, strict=True
        ):
            variable.assign(average)
        averages.append(told.evaluate(data, verbose=0, return_dict=True)["generator_loss"])
        for variable, value in zip(told.generator.trainable_variables, trained, strict=True):
            variable.assign(value)

    told = game()
    told.fit(data, epochs=2, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=note)])
    assert history["val_generator_loss"] == pytest.approx(averages, rel=1e-4)


def test_swap_ema_weights_is_refused_by_keras_where_the_optimizer_keeps_no_average():
    with pytest.raises(ValueError, match="use_ema=True"):
        tiny_game().fit(in_order(), validation_data=in_order(), verbose=0, callbacks=[keras.callbacks.SwapEMAWeights()])


@pytest.mark.slow  # each of them has a test of its own
def test_all_of_them_at_once(tmp_path, server):
    everything = [
        keras.callbacks.BackupAndRestore(tmp_path / "backup"),
        keras.callbacks.ModelCheckpoint(tmp_path / "last.keras"),
        keras.callbacks.EarlyStopping("val_generator_loss", patience=9, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau("val_generator_loss"),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.TensorBoard(tmp_path / "board", write_graph=False),
        kgan.callbacks.FiniteGuard(),
        keras.callbacks.LambdaCallback(),
        keras.callbacks.RemoteMonitor(f"http://127.0.0.1:{server.server_port}"),
    ]
    gan = tiny_game()
    history = gan.fit(in_order(), validation_data=in_order(), epochs=2, verbose=0, callbacks=everything)
    assert history.epoch == [0, 1]
    assert len(server.posted) == 2
