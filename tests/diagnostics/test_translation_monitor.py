import dataclasses
import json

import keras
import numpy as np
import pytest
from pair_games import Nearness, linear_translator, pairs, translator

import kgan
from games import small_dcgan
from kgan.diagnostics import PairSigns


def fitted(model, epochs=2, held_out=20, record=None, **arguments):
    inputs, truths = pairs(60)
    arguments.setdefault("say", lambda line: None)
    monitor = kgan.callbacks.TranslationMonitor(num_samples=20, **arguments)
    if record is not None:
        monitor.recall(record, epochs)
    data = {"x": inputs[20:], "y": truths[20:]}
    if held_out:
        data["validation_data"] = (inputs[:held_out], truths[:held_out])
    history = model.fit(**data, batch_size=20, epochs=epochs, verbose=0, callbacks=[monitor])
    return monitor, history.history


def test_its_figures_reach_the_logs_and_its_file(tmp_path):
    monitor, history = fitted(linear_translator(), path=tmp_path / "diagnosis.json")
    assert [len(history[f"monitor_{field.name}"]) for field in dataclasses.fields(PairSigns)] == [2] * 10
    assert history["monitor_held_out_error"] == [one.held_out_error for one in monitor.history]
    record = json.loads((tmp_path / "diagnosis.json").read_text())
    assert record == monitor.record()
    assert [look["epoch"] for look in record["looks"]] == [1, 2]
    assert record["looks"][0]["signs"]["generator_change"] is None


def test_one_held_out_pair_is_passed_over_and_one_training_pair_leaves_no_verdict():
    said = []
    monitor, history = fitted(linear_translator(), held_out=1, say=said.append)
    assert said[0] == "The monitor needs 2 held-out pairs, and finds 1: it looks at training data alone."
    assert np.isnan(history["monitor_held_out_error"]).all()
    assert np.isfinite(history["monitor_train_error"]).all()
    monitor = kgan.callbacks.TranslationMonitor(say=said.append)
    inputs, truths = pairs(1)
    history = linear_translator().fit(inputs, truths, batch_size=1, verbose=0, callbacks=[monitor]).history
    assert said[-1] == "The monitor needs 2 training pairs, and finds 1: there are no verdicts."
    assert (monitor.verdicts, np.isnan(history["monitor_train_error"]).all()) == ([], True)


def test_it_sees_a_discriminator_that_stands_still_and_a_generator_that_improves():
    model = translator()
    adam = keras.optimizers.Adam(1e-3)
    model.compile(adam, keras.optimizers.SGD(0.0), objectives=[Nearness(100.0)], jit_compile=False)
    monitor, _ = fitted(model, epochs=4)
    assert monitor.verdicts[0].name == "too early to say"
    errors = [one.held_out_error for one in monitor.history]
    assert errors[-1] < errors[0]
    assert all(one.discriminator_change == 0.0 for one in monitor.history[1:])


def test_an_output_that_is_the_same_for_every_input_is_told(tmp_path):
    monitor, _ = fitted(linear_translator(scale=0.0), epochs=3)
    assert [verdict.name for verdict in monitor.verdicts[1:]] == ["output ignores the input"] * 2


def test_it_goes_on_from_what_it_recalls():
    first, _ = fitted(linear_translator(scale=0.0), epochs=2)
    monitor = kgan.callbacks.TranslationMonitor(num_samples=20, say=lambda line: None)
    monitor.recall(json.loads(json.dumps(first.record())), 1)
    inputs, truths = pairs(60)
    linear_translator(scale=0.0).fit(
        inputs, truths, batch_size=20, initial_epoch=1, epochs=3, verbose=0, callbacks=[monitor]
    )
    assert monitor.epochs == [1, 2, 3]
    assert monitor.history[0].train_error == first.history[0].train_error
    assert monitor.verdicts[0] == first.verdicts[0]


def test_it_looks_at_pairs_that_are_held_out_and_at_training_pairs_without():
    monitor, _ = fitted(linear_translator(), epochs=1, held_out=0)
    assert np.isnan(monitor.history[0].held_out_error)
    assert np.isfinite(monitor.history[0].train_error)


def test_a_model_of_another_kind_is_named(small_images):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    with pytest.raises(ValueError, match=r"Expected a kgan\.Translation in its fit.*Received: GAN"):
        gan.fit(small_images, batch_size=50, verbose=0, callbacks=[kgan.callbacks.TranslationMonitor()])
    inputs, truths = pairs(20)
    with pytest.raises(ValueError, match=r"Expected a kgan\.GAN in its fit for EquilibriumMonitor.*Translation"):
        linear_translator().fit(
            inputs, truths, batch_size=10, verbose=0, callbacks=[kgan.callbacks.EquilibriumMonitor()]
        )
