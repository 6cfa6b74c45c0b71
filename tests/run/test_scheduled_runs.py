"""Runs whose rates, penalties and averages follow schedules that a recipe writes as tables."""

import numpy as np
import pytest

from kgan import run
from kgan.data.sources import digits
from kgan.run import training

pytestmark = pytest.mark.slow  # two schedules in branches take XLA long

SETTINGS = {
    "generator_width": 4,
    "discriminator_width": 4,
    "latent_dim": 4,
    "features": None,
    "penalties.r1.gamma": {"name": "cosine", "start": 1.0, "end": 0.1, "images": 400},
    "penalties.r1.every": 2,
    "ema_half_life": {"name": "linear", "start": 10, "end": 500, "images": 400},
    "beta_2": {"name": "linear", "start": 0.9, "end": 0.99, "images": 400},
    "discriminator_optimizer.learning_rate": {
        "name": "polynomial_decay",
        "initial_learning_rate": 1e-3,
        "decay_steps": 8,
        "end_learning_rate": 0.0,
    },
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One epoch of four batches."""
    images, labels = digits.read()
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, images=images[::20, 2:26:3, 2:26:3], labels=labels[::20])
    plan = run.Plan.make(str(path), settings=SETTINGS, epochs=1, batch_size=50, seed=5)
    return run.train(plan, tmp_path_factory.mktemp("runs") / "scheduled", verbose=0).run


def test_a_run_on_schedules_is_kept_and_goes_on(trained):
    opened = run.Run(trained.folder)
    assert opened.plan == trained.plan
    assert opened.plan.recipe.penalties["r1"] == {
        "gamma": {"name": "cosine", "start": 1.0, "end": 0.1, "images": 400.0},
        "every": 2,
    }
    model = opened.load()
    assert float(model.beta_2(200)) == pytest.approx(0.945)
    assert float(model.ema_half_life(400)) == pytest.approx(500.0)
    resumed = run.resume(opened, 2, verbose=0)
    assert resumed.epochs == 2


def test_a_rate_that_follows_a_schedule_stays_on_it_when_training_is_tried_again(trained):
    model = trained.load()
    seed, generator = model.seed, float(model.generator_optimizer.learning_rate)
    discriminator = float(model.discriminator_optimizer.learning_rate)
    training._turn_aside(model, step=3, times=1)
    assert float(model.generator_optimizer.learning_rate) == pytest.approx(generator / 2)
    assert float(model.discriminator_optimizer.learning_rate) == pytest.approx(discriminator)
    assert model.seed != seed
