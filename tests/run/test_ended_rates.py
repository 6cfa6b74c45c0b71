from types import SimpleNamespace

import keras
import pytest
from cycle_games import compiled, lines

import kgan
from kgan.run import ended_rates

PLAN = SimpleNamespace(recipe=SimpleNamespace(epochs=5))


def model(rate):
    return compiled(
        lines(),
        generator_optimizer=keras.optimizers.Adam(rate),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
    )


@pytest.mark.parametrize(
    "schedule",
    [
        kgan.schedules.LinearAfter(2e-4, 0.0, images=200, after=100),
        kgan.schedules.Cosine(2e-4, 0.0, images=200),
        kgan.schedules.Linear(2e-4, 0.0, images=200),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_epochs_beyond_the_plan_are_said_to_change_nothing_where_a_rate_ends_at_zero(schedule):
    found = model(kgan.schedules.LearningRate(schedule, images_per_step=4))
    told = ended_rates.ended(found, PLAN, 8)
    assert told.startswith("The learning rate of the generator falls to 0 by epoch 5")
    assert ended_rates.ended(found, PLAN, 5) is None
    assert ended_rates.ended(found, PLAN, None) is None


def test_nothing_is_said_of_rates_that_stay():
    steady = kgan.schedules.LearningRate(kgan.schedules.Linear(2e-4, 1e-5, images=200), images_per_step=4)
    for rate in (2e-4, steady):
        assert ended_rates.ended(model(rate), PLAN, 8) is None
