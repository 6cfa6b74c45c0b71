"""The kind of `kgan.ContrastiveTranslation`: a run of two folders, from training to the bundle."""

import json

import keras
import numpy as np
import pytest
from cycle_games import SHAPE, line, lines, mean_of, one_way_plan, write_collections
from PIL import Image

import kgan
from kgan import callbacks, evaluation, export, run
from kgan.diagnostics import OneWaySigns, one_way_verdicts
from kgan.export.directions import of_direction
from kgan.export.portable.checks import BundleError
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("contrastive_translation")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return write_collections(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trained(folders, tmp_path_factory):
    return training.train(one_way_plan(folders), tmp_path_factory.mktemp("runs") / "cut", verbose=0)


def test_a_run_is_drawn_looked_at_and_measured_one_way(trained):
    folder = trained.run
    with Image.open(folder.samples / "epoch-0002.png") as grid:
        assert grid.width == 3 * 96  # a, a to b, and b, enlarged
    figures = folder.figures()
    for name in ("val_a2b_kernel_distance", "monitor_separation", "generator_patch_nce_loss"):
        assert np.isfinite(figures[name]).all(), name
    assert not [name for name in figures if "b2a" in name]
    assert trained.verdict.name in one_way_verdicts.NAMES
    assert kind.of(folder.load()) is KIND


def test_learning_rates_fall_over_the_second_half(trained):
    rate = trained.run.load().generator_optimizer._learning_rate
    np.testing.assert_allclose([float(rate(step)) for step in (0, 4, 6, 8)], [2e-4, 2e-4, 1e-4, 0.0], atol=1e-9)


class Ends(keras.callbacks.Callback):
    """Lets training end in the second epoch, by an exception that nobody expects."""

    def restore(self):
        """As `StopOnTerminate` has it."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == 6:
            raise KeyboardInterrupt


def state(model):
    parts = (model, model.generator_optimizer, model.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in [*part.variables, *model._plan.own_weights]]


@pytest.mark.slow  # it trains once more
def test_a_run_that_was_killed_goes_on_to_the_same_bits(monkeypatch, trained, folders, tmp_path):
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", Ends)
        with pytest.raises(KeyboardInterrupt):
            training.train(one_way_plan(folders), tmp_path / "run", verbose=0, policy=training.CheckpointPolicy(1e-9))
    opened = run.Run(tmp_path / "run")
    training.resume(opened, verbose=0)
    for found, expected in zip(state(opened.load()), state(trained.run.load()), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.slow  # it loads the data twice, as that of both directions does
def test_the_evaluation_and_the_report_are_of_one_direction(trained):
    found = evaluation.evaluate(trained.run)
    assert {one.name for one in found.figures} >= {"a2b_kernel_distance"}
    assert not [one for one in found.figures if "cycle_error" in one.name or one.name.startswith("b2a")]
    assert list(found.shown) == ["a2b"]
    assert found.shown["a2b"].back is None
    assert "Translations" in KIND.sections(trained.run, trained.run.load(), found)[0]


def test_a_bundle_is_proved_and_says_its_direction(trained, tmp_path):
    folder = export.save(trained.run.load(), tmp_path / "bundle", formats=("onnx",))
    assert export.verify(folder).differences["onnx"] < 1e-4
    assert json.loads((folder / "card.json").read_text())["direction"] == "a2b"
    assert of_direction(folder, "a2b") == folder
    with pytest.raises(BundleError, match="which has a2b"):
        of_direction(folder, "b2a")


def test_two_places_train_the_recipe_cut(folders):
    assert run.Plan.make(" + ".join(map(str, folders)), "cut").kind is KIND


def test_a_discriminator_that_takes_inputs_is_refused():
    inputs = [keras.Input(SHAPE), keras.Input(SHAPE)]
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(keras.layers.Concatenate()(inputs)))
    with pytest.raises(ValueError, match="no sample of a belongs to one"):
        kgan.ContrastiveTranslation(line(0.5, 0.0, "g"), keras.Model(inputs, logits))


def test_there_is_no_way_back():
    model = kgan.ContrastiveTranslation(line(0.5, 0.1, "g"), mean_of("d"))
    a = np.full((2, *SHAPE), 0.2, np.float32)
    np.testing.assert_allclose(model.translate(a), 0.2, atol=1e-6)
    np.testing.assert_allclose(model(a), 0.2, atol=1e-6)
    with pytest.raises(ValueError, match="direction='b2a'"):
        model.translate(a, "b2a")


def test_a_monitor_of_one_kind_refuses_the_other():
    one_way = kgan.ContrastiveTranslation(line(0.5, 0.1, "g"), mean_of("d"))
    for monitor, model in ((callbacks.OneWayMonitor(), lines()), (callbacks.CycleMonitor(), one_way)):
        monitor.set_model(model)
        with pytest.raises(ValueError, match="in its fit for"):
            monitor.on_train_begin()


def looks(count=4, **signs):
    usual = {"change": 0.5, "response": 1.0, "separation": 0.7, "logit_spread": 1.0}
    return [OneWaySigns(**{**usual, **signs}, discriminator_change=0.1, generator_change=0.1)] * count


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        (looks(1), "too early to say"),
        (looks(), "nothing stands out"),
        (looks(change=0.001), "nothing is translated"),
        (looks(change=np.nan), "nothing stands out"),
        (looks(response=0.01), "output ignores the input"),
        (looks(separation=0.99), "discriminator wins"),
        (looks(logit_spread=0.0), "discriminator is dead"),
        (looks(separation=np.nan), "diverged"),
    ],
)
def test_verdicts_name_what_is_wrong(history, verdict):
    assert one_way_verdicts.judge(history).name == verdict
