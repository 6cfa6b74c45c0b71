"""Callbacks of Keras that are told to look at what a game does not log: refused before the first step."""

import re

import keras
import pytest

import kgan
from kgan import metrics
from tiny_games import in_order, pixels, tiny_game


def game(**arguments):
    return tiny_game(penalties=["drift"], augmentation=None, **arguments)


def refused(callbacks, message, validation_data=None, **arguments):
    gan = game(**arguments)
    with pytest.raises(ValueError, match=message) as error:
        gan.fit(in_order(), validation_data=validation_data, epochs=2, verbose=0, callbacks=callbacks)
    assert int(gan.steps.numpy()) == 0
    return str(error.value)


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.EarlyStopping,
        keras.callbacks.ReduceLROnPlateau,
        lambda: keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
        lambda: keras.callbacks.EarlyStopping("loss"),
        lambda: keras.callbacks.EarlyStopping("val_accuracy", mode="max"),
        lambda: keras.callbacks.ModelCheckpoint("{epoch:02d}-{val_loss:.2f}.keras"),
        lambda: kgan.callbacks.DriveOptimizer("discriminator", keras.callbacks.ReduceLROnPlateau()),
    ],
)
def test_the_defaults_of_keras_are_refused_with_what_there_is(callback):
    text = refused([callback()], "Expected monitor to be a figure of this game", in_order())
    for name in ("generator_loss", "real_accuracy", "drift_penalty", "val_generator_loss", "val_generated_accuracy"):
        assert name in text
    assert "val_drift_penalty" not in text  # which is not worked out there
    assert "A game of two has no one" in text


def test_a_metric_of_samples_is_among_what_there_is_on_validation_data_alone():
    stop = keras.callbacks.EarlyStopping("val_los")
    text = refused([stop], "figure of this game", pixels(16), metrics=[metrics.Recall("pixels")])
    assert ", val_recall." in text
    assert " recall," not in text


def test_a_name_that_is_nearly_right_is_told_the_right_one():
    text = refused([keras.callbacks.EarlyStopping("generator_los", mode="min")], "which nothing logs")
    assert "Did you mean 'generator_loss'?" in text


def test_a_figure_of_validation_data_that_there_is_none_of_is_told_to_have_some():
    text = refused([keras.callbacks.EarlyStopping("val_generator_loss")], "which nothing logs")
    assert "Pass validation_data=... to fit" in text


def test_saving_the_best_amid_epochs_by_a_figure_of_validation_data_is_refused():
    checkpoint = keras.callbacks.ModelCheckpoint(
        "best.keras", monitor="val_generator_loss", save_best_only=True, save_freq=2
    )
    refused([checkpoint], re.escape("Expected save_freq='epoch'"), in_order())


def test_terminate_on_nan_would_never_fire_and_is_told_what_does():
    refused([keras.callbacks.TerminateOnNaN()], r"Expected kgan\.callbacks\.FiniteGuard\(\)")
    refused(keras.callbacks.TerminateOnNaN(), r"Expected kgan\.callbacks\.FiniteGuard\(\)")


def test_a_translation_refuses_them_too():
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model = kgan.Translation(generator, discriminator)
    model.compile(jit_compile=False)
    points = keras.ops.convert_to_numpy(keras.ops.ones((4, 2)))
    with pytest.raises(ValueError, match="Expected monitor to be a figure of this game"):
        model.fit(points, points, batch_size=2, verbose=0, callbacks=[keras.callbacks.EarlyStopping()])


def test_a_checkpoint_that_does_not_look_at_its_monitor_is_as_good_as_ever(tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{generator_loss:.1f}.keras")
    game().fit(in_order(), verbose=0, callbacks=[checkpoint])
    assert len(list(tmp_path.glob("1-*.keras"))) == 1


def test_what_other_callbacks_log_may_be_monitored():
    rate = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate)
    stop = keras.callbacks.EarlyStopping("learning_rate", mode="min", patience=9)
    game().fit(in_order(), verbose=0, callbacks=[rate, stop])
    driven = kgan.callbacks.DriveOptimizer("discriminator", rate)
    stop = keras.callbacks.EarlyStopping("discriminator_learning_rate", mode="min", patience=9)
    game().fit(in_order(), verbose=0, callbacks=[driven, stop])
    refused([stop, driven], "which nothing logs")  # it looks before there is anything


class Logging(keras.callbacks.Callback):
    """A callback of a user's own."""

    def on_epoch_end(self, epoch, logs=None):
        logs["own"] = 1.0


@pytest.mark.filterwarnings("ignore:Early stopping conditioned on metric:UserWarning")
def test_what_a_callback_of_ones_own_may_log_is_looked_for_after_the_first_epoch():
    def stop(name):
        return keras.callbacks.EarlyStopping(name, mode="min", patience=9)

    history = game().fit(in_order(), epochs=2, verbose=0, callbacks=[Logging(), stop("own")])
    assert history.epoch == [0, 1]
    gan = game()
    with pytest.raises(ValueError, match="Received: EarlyStopping with 'owm', which nothing logs"):
        gan.fit(in_order(), epochs=2, verbose=0, callbacks=[Logging(), stop("owm")])
    assert int(gan.steps.numpy()) == 4  # an epoch


def test_the_list_that_evaluate_gives_is_in_the_order_of_the_metrics_names():
    gan = game(metrics=[metrics.Recall("pixels")], objectives=["mode_seeking"])
    by_name = gan.evaluate(pixels(16), verbose=0, return_dict=True)
    assert gan.metrics_names == [
        "generator_loss",
        "discriminator_loss",
        "real_accuracy",
        "generated_accuracy",
        "generator_mode_seeking_loss",
        "recall",
    ]
    listed = dict(zip(gan.metrics_names, gan.evaluate(pixels(16), verbose=0), strict=True))
    assert {**listed, "real_samples": 16, "generated_samples": 16} == by_name
