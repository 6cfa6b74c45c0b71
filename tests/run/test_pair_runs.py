"""Running on pairs: the run folder, and going on as if nothing had happened."""

import csv
import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest
from pair_games import pair_plan, pairs, train
from PIL import Image

from kgan import Translation, callbacks, diagnostics, run
from kgan.data import DataError
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

pytest_plugins = ["small_pair_runs"]


def test_a_run_folder_of_pairs_holds_all_that_a_run_leaves_behind(paired_once):
    trained, lines = paired_once
    folder = trained.run.folder
    names = {path.name for path in folder.iterdir()} - {"evaluation.json"}  # of tests that came before
    assert names == {
        "checkpoints",
        "config.json",
        "data.json",
        "diagnosis.json",
        "evolution.gif",
        "log.csv",
        "samples",
        "tensorboard",
    }
    with Image.open(trained.run.frames()[-1]) as grid:
        assert grid.size == (3 * 96, 14 + 4 * 96)
    with Image.open(trained.run.film) as film:
        assert film.n_frames == 2
    with trained.run.log.open() as file:
        names = set(next(csv.reader(file)))
    players = {"discriminator_loss", "generator_loss", "real_accuracy", "generated_accuracy"}
    expected = {"epoch", *players, *(f"val_{name}" for name in (*players, "psnr", "ssim", "l1"))}
    expected |= {f"monitor_{field.name}" for field in dataclasses.fields(diagnostics.PairSigns)}
    assert names == expected
    told = "40 pairs of 16 x 16 pixels, grey -> 16 x 16 pixels, grey (a -> b), 4 held out"
    assert any(told in line for line in lines)
    assert "PSNR, dB; SSIM; Mean absolute error on 4 held-out pairs after each epoch." in lines
    assert trained.verdict.name in diagnostics.pair_verdicts.NAMES


def test_the_config_repeats_the_run(paired_once):
    run_of_pairs = paired_once[0].run
    config = json.loads((run_of_pairs.folder / "config.json").read_text())
    assert config["plan"]["recipe"]["kind"] == "translation"
    assert run.Plan.from_dict(config["plan"]) == run_of_pairs.plan
    assert isinstance(run_of_pairs.load(), Translation)


def test_its_metrics_in_the_log_are_those_of_its_outputs(paired_once):
    run_of_pairs = paired_once[0].run
    inputs, truths = next(iter(run_of_pairs.plan.load().validation.as_numpy_iterator()))
    outputs = run_of_pairs.load().translate(inputs)
    expected = np.abs(outputs - (truths / 127.5 - 1.0)).mean()
    assert run_of_pairs.figures()["val_l1"][-1] == pytest.approx(expected, rel=1e-4)


class Ends(keras.callbacks.Callback):
    """Lets training end at a step, by an exception that nobody expects."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def restore(self):
        """As `StopOnTerminate` has it."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == self.step:
            raise KeyboardInterrupt


def state(model):
    parts = (model, model.generator_optimizer, model.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables]


@pytest.mark.parametrize("step", [pytest.param(3, marks=pytest.mark.slow), pytest.param(4, marks=pytest.mark.slow), 6])
def test_a_resumed_run_comes_to_the_same_bits_and_the_same_log(
    monkeypatch, paired_once, folder_of_pairs, tmp_path, step
):
    whole, lines = paired_once[0].run, []
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", lambda: Ends(step))
        with pytest.raises(KeyboardInterrupt):
            train(folder_of_pairs, tmp_path / "run", policy=training.CheckpointPolicy(1e-9))
    opened = run.Run(tmp_path / "run")
    training.resume(opened, verbose=0, say=lines.append)
    assert any(line.startswith(f"Going on from step {step}") for line in lines)
    for found, expected in zip(state(opened.load()), state(whole.load()), strict=True):
        np.testing.assert_array_equal(found, expected)
    figures, expected = opened.figures(), whole.figures()
    for name, values in expected.items():
        if not name.startswith("monitor_"):
            np.testing.assert_array_equal(figures[name], values, err_msg=name)
    assert [look["epoch"] for look in opened.looks()] == [1, 2]
    assert len(opened.frames()) == 2


def test_other_pairs_under_the_same_name_are_refused(paired, tmp_path):
    inputs, truths = pairs(44)
    np.savez(tmp_path / "other.npz", inputs=inputs, targets=truths.repeat(3, axis=-1))
    paired.plan = dataclasses.replace(paired.plan, source=str(tmp_path / "other.npz"))
    with pytest.raises(run.RunError, match="Expected the data that the run began with.*an array, where"):
        training.resume(paired, epochs=3, verbose=0)


def test_samples_are_no_pairs(tmp_path):
    np.save(tmp_path / "images.npy", pairs(44)[0])
    with pytest.raises(DataError, match="Expected a folder of pairs"):
        training.train(pair_plan(tmp_path / "images.npy"), tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


def test_without_held_out_pairs_it_says_so_and_draws_training_pairs(folder_of_pairs, tmp_path):
    lines = []
    data = {"validation_split": 0.0}
    trained = train(folder_of_pairs, tmp_path / "run", say=lines.append, epochs=1, data=data)
    assert "No metrics of outputs: the data has no held-out pairs." in lines
    assert not any(name.startswith("val_") for name in trained.run.figures())
    assert len(trained.run.frames()) == 1
    assert "error on training pairs" in trained.verdict.because


def test_training_goes_on_after_the_monitor_s_record(paired_once, tmp_path):
    folder = shutil.copytree(paired_once[0].run.folder, tmp_path / "run")
    resumed = training.resume(run.Run(folder), epochs=3, verbose=0)
    assert [look["epoch"] for look in resumed.run.looks()] == [1, 2, 3]
    assert resumed.run.looks()[:2] == paired_once[0].run.looks()
