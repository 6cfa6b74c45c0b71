import dataclasses
import json
import random

import keras
import numpy as np
import pytest

import kgan
from games import linear_game, small_dcgan
from kgan.diagnostics import Probe, Signs, subjects
from kgan.diagnostics.signs import Observer
from kgan.diagnostics.verdict import DIVERGED, FAR, TOO_EARLY, Verdict

RANDOM = np.random.RandomState(0)
DATA = RANDOM.normal(3.0, 1.0, size=(300, 2)).astype(np.float32)


def vectors_game(width=32):
    """Vectors of two numbers, players of one hidden layer; the generator begins far from the data."""

    def player(seed, units):
        first, last = (keras.initializers.GlorotUniform(seed=seed + place) for place in (0, 1))
        hidden = keras.layers.Dense(width, activation="leaky_relu", kernel_initializer=first)
        return keras.Sequential([keras.Input((2,)), hidden, keras.layers.Dense(units, kernel_initializer=last)])

    return kgan.GAN(player(0, 2), player(10, 1), seed=0)


def fitted(gan, epochs=2, data=DATA, validation_data=DATA[:100], **arguments):
    said = []
    arguments.setdefault("say", said.append)
    monitor = kgan.callbacks.EquilibriumMonitor(num_samples=100, **arguments)
    history = gan.fit(
        data, validation_data=validation_data, batch_size=50, epochs=epochs, verbose=0, callbacks=[monitor]
    )
    return monitor, history.history, said


def test_its_figures_reach_the_logs_and_its_file(tmp_path):
    gan = vectors_game()
    gan.compile(jit_compile=False)
    monitor, history, _ = fitted(gan, path=tmp_path / "diagnosis.json")
    assert [len(history[f"monitor_{field.name}"]) for field in dataclasses.fields(Signs)] == [2] * 25
    assert history["monitor_separation"] == [one.separation for one in monitor.history]
    record = json.loads((tmp_path / "diagnosis.json").read_text())
    assert record == monitor.record()
    assert [look["epoch"] for look in record["looks"]] == [1, 2]
    assert record["looks"][0]["signs"]["movement"] is None
    assert record["looks"][1]["verdict"]["name"] == monitor.verdicts[1].name


@pytest.mark.parametrize(("held_out", "seen"), [(9, False), (10, True)])
def test_too_few_held_out_reals_for_a_look_are_passed_over_with_a_line(held_out, seen):
    gan = vectors_game()
    gan.compile(jit_compile=False)
    monitor, history, said = fitted(gan, epochs=1, validation_data=DATA[:held_out])
    assert len(monitor.verdicts) == 1
    assert np.isfinite(monitor.history[0].held_out_accuracy) == seen
    assert np.isfinite(history["monitor_separation"]).all()
    line = f"The monitor needs 10 held-out reals, and finds {held_out}: it looks at training data alone."
    assert (line in said) == (not seen)


def test_too_few_training_reals_train_without_a_verdict(tmp_path):
    gan = vectors_game()
    gan.compile(jit_compile=False)
    said = []
    monitor = kgan.callbacks.EquilibriumMonitor(say=said.append, path=tmp_path / "diagnosis.json")
    history = gan.fit(DATA[:9], batch_size=3, epochs=2, verbose=0, callbacks=[monitor]).history
    assert said == ["The monitor needs 10 training reals, and finds 9: there are no verdicts."]
    assert (monitor.verdicts, monitor.history, monitor.epochs) == ([], [], [])
    assert np.isnan(history["monitor_separation"]).all()  # the columns of the log are there
    assert list(tmp_path.iterdir()) == []
    gan.fit(DATA, batch_size=50, verbose=0, callbacks=[monitor])  # the same monitor on enough
    assert len(monitor.verdicts) == 1


def test_looks_of_before_there_were_samples_to_judge_are_gone_on_from():
    gan = vectors_game()
    gan.compile(jit_compile=False)
    first, _, _ = fitted(gan, epochs=1)
    record = first.record()
    (look,) = record["looks"]
    new = [field.name for field in dataclasses.fields(Signs) if field.default is not dataclasses.MISSING]
    look["signs"] = {name: value for name, value in look["signs"].items() if name not in new}
    look["verdict"] = {"name": "balanced", "because": "figures", "advice": ""}
    del look["seen"]
    monitor = kgan.callbacks.EquilibriumMonitor(num_samples=100, verbose=0)
    monitor.recall(json.loads(json.dumps(record)), 1)
    gan.fit(DATA, batch_size=50, initial_epoch=1, epochs=2, verbose=0, callbacks=[monitor])
    earlier, now = monitor.history
    assert np.isnan([getattr(earlier, name) for name in new]).all()
    assert np.isfinite([getattr(now, name) for name in new]).all()
    assert (monitor.verdicts[0].name, monitor.verdicts[0].samples, monitor.seen[0]) == ("balanced", "", "balanced")
    assert monitor.verdicts[1].samples.startswith("far from the data")


@pytest.mark.slow
def test_advice_is_in_the_words_of_who_reads_it_and_of_the_model_at_hand():
    def advised(reader):
        gan = vectors_game()
        gan.compile(
            jit_compile=False,
            discriminator_optimizer=keras.optimizers.SGD(0.0),
            generator_optimizer=keras.optimizers.SGD(0.0),
        )
        monitor, _, _ = fitted(gan, advice_for=reader)
        return monitor.advice.set_rate("discriminator", 1e-3)

    assert "(gan.discriminator_optimizer.learning_rate = 0.001)" in advised("python")
    assert "(--set discriminator_optimizer.learning_rate=0.001)" in advised("command line")


def test_it_speaks_when_its_verdict_changes_and_not_otherwise():
    gan = vectors_game()
    gan.compile(jit_compile=False)
    _, _, said = fitted(gan, verbose=2)
    assert len(said) == 2
    assert said[0].startswith("\nEpoch 1, ")
    monitor, _, said = fitted(gan, epochs=3)
    assert len(said) == 1 + sum(a.name != b.name for a, b in zip(monitor.verdicts, monitor.verdicts[1:], strict=False))
    assert fitted(gan, verbose=0)[2] == []


def test_it_looks_at_every_kth_epoch():
    gan = vectors_game()
    gan.compile(jit_compile=False)
    monitor, _, _ = fitted(gan, epochs=3, every=2)
    assert monitor.epochs == [2]


def test_epochs_between_two_looks_are_logged_as_nan():
    gan = vectors_game()
    gan.compile(jit_compile=False)
    _, history, _ = fitted(gan, epochs=2, every=2)
    told = history["monitor_separation"]
    assert np.isnan(told[0])
    assert np.isfinite(told[1])


def test_a_player_that_is_held_has_no_change_to_be_judged_by():
    gan = vectors_game()
    gan.compile(jit_compile=False)
    said = []
    monitor = kgan.callbacks.EquilibriumMonitor(num_samples=100, say=said.append)
    turns = kgan.callbacks.AlternateEpochs(discriminator=1, generator=1)
    gan.fit(DATA, validation_data=DATA[:100], batch_size=50, epochs=3, verbose=0, callbacks=[turns, monitor])
    assert [np.isnan(one.generator_change) for one in monitor.history] == [True, False, True]
    assert [np.isnan(one.discriminator_change) for one in monitor.history] == [True, True, False]


def test_without_a_config_there_is_no_probe_and_a_line_says_so():
    class Unreadable(keras.layers.Layer):
        def call(self, inputs):
            return inputs

        @classmethod
        def from_config(cls, config):
            raise ValueError("its config is of another version")

    game = vectors_game()
    inputs = keras.Input((2,))
    discriminator = keras.Model(inputs, game.discriminator(Unreadable()(inputs)))
    with pytest.warns(UserWarning, match="cannot be saved whole"):
        gan = kgan.GAN(game.generator, discriminator, seed=0)
    gan.compile(jit_compile=False)
    monitor, _, said = fitted(gan)
    assert "Expected a discriminator that can be made anew from its config" in said[0]
    assert len(monitor.verdicts) == 2


def test_the_fresh_weights_come_from_the_seed_and_leave_the_global_stream_alone():
    def probed(global_seed):
        keras.utils.set_random_seed(global_seed)
        gan = kgan.GAN(
            keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]),
            keras.Sequential([keras.Input((2,)), keras.layers.Dense(8), keras.layers.Dense(1)]),
            seed=0,
        )
        gan.compile(jit_compile=False)
        before = random.getstate()
        probe = Probe(gan, subjects.gather(gan, (DATA, None), None, 200, 0), seed=5)
        assert random.getstate() == before
        return probe._initial[0]

    np.testing.assert_array_equal(probed(1), probed(2))


def test_watching_changes_nothing_of_the_training():
    def weights(callbacks):
        keras.utils.set_random_seed(1)
        gan = small_dcgan()
        gan.compile(jit_compile=False)
        images = np.random.RandomState(0).randint(0, 256, size=(60, 8, 8, 1)).astype(np.uint8)
        gan.fit(images, batch_size=20, epochs=2, verbose=0, callbacks=callbacks)
        return gan.get_weights()

    watched = weights([kgan.callbacks.EquilibriumMonitor(num_samples=40, verbose=0)])
    for one, other in zip(weights([]), watched, strict=True):
        np.testing.assert_array_equal(one, other)


def test_distances_are_those_of_the_first_metric_unless_told_otherwise():
    class Tenfold:
        calls = 0

        def __call__(self, samples):
            Tenfold.calls += 1
            return 10.0 * samples

    gan = vectors_game()
    gan.compile(jit_compile=False, metrics=[kgan.metrics.FrechetDistance(Tenfold())])
    fitted(gan, epochs=1, validation_data=None)
    assert Tenfold.calls > 0
    Tenfold.calls = 0
    fitted(gan, epochs=1, features="pixels", validation_data=None)
    assert Tenfold.calls == 0


def test_a_probe_tells_what_the_discriminator_could():
    gan = vectors_game()
    gan.compile(jit_compile=False)
    data = kgan.data.load(DATA, batch_size=50)
    far = Probe(gan, subjects.gather(gan, data.train, data.validation, 200, 0)).fresh()
    assert far > 0.8
    exact = linear_game(2, 2)
    exact.generator.set_weights([np.eye(2), np.array([3.0, 3.0])])
    exact.compile(jit_compile=False)
    same = Probe(exact, subjects.gather(exact, data.train, data.validation, 200, 0)).fresh()
    assert same == pytest.approx(0.5, abs=0.12)


def test_a_probe_gives_the_same_answer_twice_and_leaves_the_game_as_it_was():
    gan = vectors_game()
    gan.compile(jit_compile=False, penalties=["r1", "le_cam"], augmentation=kgan.augmentation.InstanceNoise(0.1))
    gan.fit(DATA, batch_size=50, verbose=0)
    everything = [gan.variables, gan.discriminator_optimizer.variables, gan.generator_optimizer.variables]
    everything = [variable for part in everything for variable in part] + list(gan._remembered().values())
    before = [variable.numpy() for variable in everything]
    data = kgan.data.load(DATA, batch_size=50)
    probe = Probe(gan, subjects.gather(gan, data.train, None, 200, 0))
    assert probe.fresh() == pytest.approx(probe.fresh(), abs=1e-3)
    assert probe.own() == pytest.approx(probe.own(), abs=1e-3)
    for variable, value in zip(everything, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_the_game_s_own_discriminator_learns_in_a_probe_unless_it_is_held():
    def own(learning_rate):
        gan = vectors_game()
        gan.compile(jit_compile=False, discriminator_optimizer=keras.optimizers.Adam(learning_rate))
        data = kgan.data.load(DATA, batch_size=50)
        return Probe(gan, subjects.gather(gan, data.train, data.validation, 200, 0)).own()

    assert own(1e-2) > 0.9  # the generator is far from the data
    held, again = own(0.0), own(0.0)
    assert held == pytest.approx(again)
    assert held < 0.9


def test_a_discriminator_that_does_not_learn_is_called_dead_and_one_at_equilibrium_is_not():
    gan = vectors_game()
    if gan.discriminator(DATA).numpy().mean() > 0:  # let it take reals for generated
        gan.discriminator.layers[-1].kernel.assign(-gan.discriminator.layers[-1].kernel)
    gan.compile(jit_compile=False, discriminator_optimizer=keras.optimizers.SGD(0.0))
    monitor, _, _ = fitted(gan)
    assert monitor.verdicts[-1].name == "discriminator is dead"
    assert "its weights have not moved" in monitor.verdicts[-1].because
    exact = linear_game(2, 2)
    exact.generator.set_weights([np.eye(2), np.array([3.0, 3.0])])
    exact.compile(jit_compile=False, generator_optimizer=keras.optimizers.SGD(0.0))
    monitor, _, _ = fitted(exact, epochs=2, data=RANDOM.normal(3.0, 1.0, size=(2000, 2)).astype(np.float32))
    assert monitor.history[-1].separation < 0.62
    assert monitor.verdicts[-1].name == "as close as reals"


def test_a_generator_of_data_or_another_model_is_refused():
    gan = vectors_game()
    gan.compile(jit_compile=False)
    with pytest.raises(TypeError, match="Expected data that can be looked at beforehand"):
        gan.fit(
            ((DATA[:50],) for _ in range(3)),
            steps_per_epoch=2,
            shuffle=False,
            verbose=0,
            callbacks=[kgan.callbacks.EquilibriumMonitor()],
        )
    plain = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    plain.compile(loss="mse")
    with pytest.raises(ValueError, match=r"Expected a kgan.GAN in its fit for EquilibriumMonitor"):
        plain.fit(DATA, DATA[:, :1], verbose=0, callbacks=[kgan.callbacks.EquilibriumMonitor()])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": 0}, "Expected every >= 1"),
        ({"num_samples": 5}, "Expected num_samples >= 10"),
        ({"features": "digit"}, "Did you mean 'digits'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        kgan.callbacks.EquilibriumMonitor(**arguments)


@pytest.mark.slow
def test_the_monitor_looks_at_the_stage_that_growing_networks_have_reached():
    gan = kgan.GAN(
        kgan.architectures.pggan_generator((8, 8, 1), latent_dim=3, width=3, seed=1),
        kgan.architectures.pggan_discriminator((8, 8, 1), width=3, seed=2),
        seed=5,
    )
    gan.compile(jit_compile=False)
    monitor = kgan.callbacks.EquilibriumMonitor(num_samples=16, verbose=0)
    growing = kgan.callbacks.ProgressiveGrowing(images=40, fade=0)  # in the second epoch
    images = RANDOM.randint(0, 256, (32, 8, 8, 1)).astype(np.uint8)
    gan.fit(images, batch_size=16, epochs=2, callbacks=[growing, monitor], verbose=0)
    assert gan.stage == 1
    afresh = Observer(gan, monitor._subjects, monitor._extractor).observe()
    for sign in ("separation", "real_slope", "discriminator_gradient", "diversity"):
        assert getattr(monitor.history[1], sign) == pytest.approx(getattr(afresh, sign), rel=1e-4), sign
    assert monitor.history[0].real_slope != pytest.approx(afresh.real_slope, rel=1e-2)
    far = Verdict(FAR, "Samples are far.", "Take another loss.", "even", "far from the data")
    assert monitor._while_growing(far) == far  # grown
    gan.grow(0)
    small = monitor._while_growing(far)
    assert (small.name, small.samples) == (TOO_EARLY, "far from the data")
    assert small.because == "The networks grow, and are at size 1 of 2. Samples are far."
    assert small.advice == "Train on."
    lost = Verdict(DIVERGED, "Figures are not finite.", "")
    assert monitor._while_growing(lost) == lost
