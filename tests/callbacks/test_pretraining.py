"""The stage before the game, in which the generator learns from one objective alone."""

import keras
import numpy as np
import pytest
from upscaling_games import compiled, data

import kgan
from kgan.callbacks import Pretraining

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them


def weights_of(network):
    return [np.array(one) for one in network.get_weights()]


def assert_equal(first, second):
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_generator_learns_the_objective_alone_whatever_its_weight_and_discriminators_stay():
    model, splits = compiled(keras.optimizers.SGD, 0.1), data(count=5, validation_split=0.2)
    reference = keras.models.clone_model(model.generator)
    reference.set_weights(model.generator.get_weights())
    before = weights_of(model.discriminator)
    (small, large), *_ = splits.validation
    small, large = np.asarray(small) / 127.5 - 1.0, np.asarray(large) / 127.5 - 1.0
    reference.compile(keras.optimizers.SGD(0.1), loss="mae")
    reference.fit(small, large, verbose=0)
    model.pretrain("l1")
    history = model.fit(small.astype("float32"), large.astype("float32"), batch_size=1, verbose=0).history
    for ours, theirs in zip(model.generator.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert_equal(weights_of(model.discriminator), before)
    assert np.isnan(history["discriminator_loss"][0])
    assert np.isnan(history["generator_loss"][0])
    assert history["generator_l1_loss"][0] > 0.0


@pytest.mark.parametrize(
    "optimizer",
    [keras.optimizers.SGD, lambda rate: keras.optimizers.AdamW(rate, weight_decay=0.5), keras.optimizers.Adam],
)
def test_a_rate_factor_is_a_learning_rate_so_many_times_as_large_until_the_game_begins(optimizer):
    def trained(rate, factor):
        model = compiled(optimizer, rate)
        model.fit(
            data(count=8, validation_split=0.0).train,
            verbose=0,
            callbacks=[Pretraining(99, learning_rate_factor=factor)],
        )
        return model

    expected, found = trained(0.01, 1.0), trained(0.002, 5.0)
    for ours, theirs in zip(weights_of(found.generator), weights_of(expected.generator), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert float(found.generator_optimizer.learning_rate) == pytest.approx(0.002)  # what is saved


def test_the_game_has_the_optimizer_s_own_rate():
    def fit(factor):
        model = compiled(keras.optimizers.SGD, 0.1)
        stages = [
            Pretraining(4, learning_rate_factor=factor),
            keras.callbacks.LambdaCallback(on_train_batch_end=look(model)),
        ]
        model.fit(data(count=8, validation_split=0.0).train, verbose=0, callbacks=stages)

    def look(model):
        return lambda batch, logs: moments.append((model.pretraining, model.pretraining_rate_factor))

    moments = []
    fit(5.0)
    assert moments == [(None, 1.0), (None, 1.0)]


def test_the_game_begins_after_so_many_images_with_a_fresh_optimizer():
    model, splits, lines = compiled(), data(count=8, validation_split=0.0), []
    before = weights_of(model.discriminator)
    history = model.fit(splits.train, epochs=2, verbose=0, callbacks=[Pretraining(8, say=lines.append)]).history
    assert lines == ["Pre-training on l1 is done, after 8 images. The game begins."]
    assert np.isnan(history["discriminator_loss"]).tolist() == [True, False]
    assert any((one != two).any() for one, two in zip(weights_of(model.discriminator), before, strict=True))
    assert int(model.generator_optimizer.iterations) == 2  # of four steps, those of the game
    assert model.pretraining is None


def test_without_a_number_it_is_half_of_what_fit_will_see():
    model, splits, lines = compiled(), data(count=8, validation_split=0.0), []
    model.fit(splits.train, epochs=3, verbose=0, callbacks=[Pretraining(say=lines.append)])
    assert "after 12 images" in lines[0]


@pytest.mark.parametrize("stop", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_run_that_stops_before_or_behind_the_beginning_of_the_game_goes_on_to_the_bit(tmp_path, stop):
    def fit(model, **how):
        model.fit(data(count=8, validation_split=0.0).train, verbose=0, callbacks=[Pretraining(12)], **how)

    whole = compiled()
    fit(whole, epochs=3)
    first = compiled()
    fit(first, epochs=stop)
    first.save(tmp_path / "model.keras")
    second = keras.saving.load_model(tmp_path / "model.keras")
    splits = data(count=8, validation_split=0.0)
    second.fit(splits.train, verbose=0, callbacks=[Pretraining(12)], epochs=3, initial_epoch=stop)
    assert_equal(weights_of(second.generator), weights_of(whole.generator))
    assert_equal(weights_of(second.discriminator), weights_of(whole.discriminator))


def test_a_monitor_looks_at_nothing_until_the_game_begins():
    model, splits = compiled(), data(count=12)
    monitor = kgan.callbacks.TranslationMonitor(verbose=0)
    model.fit(
        splits.train, validation_data=splits.validation, epochs=2, verbose=0, callbacks=[Pretraining(16), monitor]
    )
    assert monitor.epochs == [2]


def test_what_cannot_be_pretrained_on_is_refused_by_name():
    model = compiled()
    with pytest.raises(ValueError, match="objective"):
        model.pretrain("l2")
    model.compile(objectives=[kgan.objectives.FeatureMatching("relu_0")])
    with pytest.raises(ValueError, match="reads no discriminator"):
        model.pretrain("feature_matching")
    with pytest.raises(ValueError, match="images"):
        Pretraining(-1)
    for factor in (0.0, -1.0, float("nan"), float("inf"), True, "2"):
        with pytest.raises(ValueError, match="learning_rate_factor as a finite number above 0"):
            Pretraining(learning_rate_factor=factor)
