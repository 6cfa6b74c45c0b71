"""Going on with runs: after an interruption, on other data, and when a figure is not finite."""

import json
import shutil

import keras
import numpy as np
import pytest

from kgan import callbacks, run
from kgan._support.checkpoint_files import CheckpointError
from kgan.callbacks import finite_guard
from kgan.data.sources import digits
from kgan.run import training

SETTINGS = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4", "features": "none"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    images, labels = digits.read()
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, images=images[::20, 2:26:3, 2:26:3], labels=labels[::20])
    return path


def plan(source, epochs=3, **settings):
    return run.Plan.make(str(source), settings=SETTINGS | settings, epochs=epochs, batch_size=50, seed=5)


def state(gan):
    parts = (gan, gan.generator_optimizer, gan.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables]


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    """Three epochs of four batches without a break."""
    return training.train(plan(source), tmp_path_factory.mktemp("runs") / "whole", verbose=0).run


class Ends(keras.callbacks.Callback):
    """Lets training end at a step, by an exception that nobody expects."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == self.step:
            raise KeyboardInterrupt


def broken(monkeypatch, source, folder, step, every=1e-9):
    """A run that ended at this step."""
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", lambda: _both(Ends(step)))
        with pytest.raises(KeyboardInterrupt):
            training.train(plan(source), folder, verbose=0, policy=training.CheckpointPolicy(every))
    return run.Run(folder)


def _both(callback):
    callback.restore = lambda: None
    return callback


@pytest.mark.parametrize("step", [pytest.param(2, marks=pytest.mark.slow), pytest.param(4, marks=pytest.mark.slow), 7])
def test_a_resumed_run_comes_to_the_same_bits_and_the_same_log(monkeypatch, source, tmp_path, whole, step):
    opened, lines = broken(monkeypatch, source, tmp_path / "run", step), []
    resumed = training.resume(opened, verbose=0, say=lines.append)
    assert f"Going on from step {step}: epoch {(step - 1) // 4 + 1}, batch {(step - 1) % 4 + 2}." in lines
    assert (resumed.epochs, resumed.interrupted) == (3, False)
    for found, expected in zip(state(opened.load()), state(whole.load()), strict=True):
        np.testing.assert_array_equal(found, expected)
    figures, expected = opened.figures(), whole.figures()
    assert figures["epoch"].tolist() == [1, 2, 3]
    for name, values in expected.items():
        if not name.startswith("monitor_"):
            np.testing.assert_array_equal(figures[name], values, err_msg=name)
    assert [look["epoch"] for look in opened.looks()] == [1, 2, 3]
    assert len(opened.frames()) == 3


@pytest.mark.slow
def test_a_run_without_a_checkpoint_begins_anew(monkeypatch, source, tmp_path, whole):
    opened, lines = broken(monkeypatch, source, tmp_path / "run", 2, every=None), []
    training.resume(opened, verbose=0, say=lines.append)
    assert any("has no checkpoint yet: it begins anew" in line for line in lines)
    for found, expected in zip(state(opened.load()), state(whole.load()), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_run_that_is_done_is_refused_and_may_be_trained_on(whole, source, tmp_path):
    folder = shutil.copytree(whole.folder, tmp_path / "run")
    with pytest.raises(run.RunError, match="Expected epochs left to train.*Pass epochs=6"):
        training.resume(run.Run(folder), verbose=0)
    resumed = training.resume(run.Run(folder), epochs=4, verbose=0)
    assert resumed.epochs == run.Run(folder).plan.recipe.epochs == 4
    assert resumed.run.figures()["epoch"].tolist() == [1, 2, 3, 4]
    assert resumed.seconds > whole.trained["seconds"]  # of both parts


@pytest.mark.slow
def test_a_damaged_checkpoint_is_said_and_when_all_are_the_run_is_refused(monkeypatch, source, tmp_path, whole):
    opened, lines = broken(monkeypatch, source, tmp_path / "run", 7), []
    _, second = sorted(opened.checkpoints.folder.iterdir())
    (second / "model.keras").write_bytes(b"")
    training.resume(opened, verbose=0, say=lines.append)
    assert "step-00000007 is damaged" in lines[0]
    assert "Going on from step 6: epoch 2, batch 3." in lines
    for found, expected in zip(state(opened.load()), state(whole.load()), strict=True):
        np.testing.assert_array_equal(found, expected)
    for folder in opened.checkpoints.folder.iterdir():
        (folder / "state.json").write_text("{}")
    with pytest.raises(CheckpointError, match="Expected a whole checkpoint"):
        training.resume(opened, epochs=5, verbose=0)


@pytest.mark.slow
def test_other_data_under_the_same_name_are_refused(monkeypatch, source, tmp_path):
    other = tmp_path / "data.npz"
    shutil.copy(source, other)
    opened = broken(monkeypatch, other, tmp_path / "run", 5)
    images, labels = digits.read()
    np.savez(other, images=images[::20, 2:26:2, 2:26:2], labels=labels[::20])
    with pytest.raises(run.RunError, match=r"Expected the data that the run began with.*\(12, 12, 1\).*\(8, 8, 1\)"):
        training.resume(opened, verbose=0)
    np.savez(other, images=images[::100, 2:26:3, 2:26:3], labels=labels[::100])
    opened = broken(monkeypatch, source, tmp_path / "again", 4)
    opened.plan = plan(other)
    with pytest.raises(ValueError, match="Expected batch_size|at most the .* batches of an epoch"):
        training.resume(opened, verbose=0)


def diverge(monkeypatch, steps):
    """Lets the guard see a generator's loss that is not finite at each of these steps, once."""
    left = list(steps)

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.steps.numpy())
        if step in left:
            left.remove(step)
            raise finite_guard.NotFiniteError("generator", "loss", step)

    monkeypatch.setattr(finite_guard.FiniteGuard, "on_train_batch_end", on_train_batch_end)


@pytest.mark.slow
def test_what_is_not_finite_stops_the_run_and_leaves_the_last_checkpoint(monkeypatch, source, tmp_path):
    diverge(monkeypatch, [6])
    with pytest.raises(
        finite_guard.NotFiniteError, match=r"generator is not finite after step 6\..*step 4\. kgan resume"
    ):
        training.train(plan(source), tmp_path / "run", verbose=0)
    opened = run.Run(tmp_path / "run")
    assert opened.config["failures"][0]["epoch"] == 1
    assert int(opened.load().steps.numpy()) == 4


@pytest.mark.slow
def test_a_retry_goes_on_with_other_draws_and_half_the_rates(monkeypatch, source, tmp_path):
    diverge(monkeypatch, [2, 6])  # before the first checkpoint, and after it
    lines = []
    trained = training.train(plan(source), tmp_path / "run", 0, lines.append, training.CheckpointPolicy(retries=2))
    assert trained.epochs == 3
    gan = trained.run.load()
    assert float(gan.generator_optimizer.learning_rate) == pytest.approx(0.25e-3)
    assert float(gan.discriminator_optimizer.learning_rate) == pytest.approx(0.25e-3)
    assert gan.seed == 5 + 2 + 6
    assert sum("lower learning rates" in line for line in lines) == 2
    kept = json.loads((trained.run.folder / "config.json").read_text())
    assert [failure["epoch"] for failure in kept["failures"]] == [0, 1]


@pytest.mark.slow
def test_retries_from_one_place_turn_further_aside_each_time(monkeypatch, source, tmp_path):
    turns = []
    monkeypatch.setattr(training, "_turn_aside", lambda gan, step, times: turns.append((step, times)))
    diverge(monkeypatch, [2, 2, 3])
    with pytest.raises(finite_guard.NotFiniteError):
        training.train(plan(source, epochs=1), tmp_path / "run", verbose=0, policy=training.CheckpointPolicy(retries=2))
    assert turns == [(2, 1), (2, 2)]


def test_the_earlier_name_of_the_checkpoint_policy_still_works():
    assert run.Care is run.CheckpointPolicy is training.Care


def test_a_rate_that_no_game_survives_is_named(source, tmp_path):
    sgd = {f"{player}_optimizer.name": "sgd" for player in ("generator", "discriminator")}
    settings = {**sgd, "learning_rate": "1000", "loss": "wasserstein", "penalties": "none"}
    with pytest.raises(finite_guard.NotFiniteError, match="Expected finite losses and weights"):
        training.train(plan(source, **settings), tmp_path / "run", verbose=0)
