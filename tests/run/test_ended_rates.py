"""What is said, and refused, where learning rates have come to 0."""

from types import SimpleNamespace

import keras
import pytest

import kgan
from kgan.run import RunError, ended_rates
from kgan.run.training import Place

BATCHES = 10  # of four pictures an epoch; 5 epochs were planned


def plan(epochs, **refused):
    kind = SimpleNamespace(refused=lambda recipe: refused)
    return SimpleNamespace(recipe=SimpleNamespace(epochs=epochs), kind=kind)


def model(rate, updates, other=1e-4, ordinary=1.0):
    """What is asked of a model: two optimizers that have made updates, of which a share is ordinary."""
    players = keras.optimizers.SGD(rate), keras.optimizers.SGD(other)
    for player in players:
        player.iterations.assign(updates)
    counted = SimpleNamespace(generator_correction=ordinary, correction=ordinary)
    return SimpleNamespace(generator_optimizer=players[0], discriminator_optimizer=players[1], _plan=counted)


def falling(images=200, end=0.0):
    return kgan.schedules.LearningRate(kgan.schedules.Linear(2e-4, end, images=images), images_per_step=4)


@pytest.mark.parametrize(
    "schedule",
    [
        kgan.schedules.LinearAfter(2e-4, 0.0, images=200, after=100),
        kgan.schedules.Cosine(2e-4, 0.0, images=200),
        kgan.schedules.Linear(2e-4, 0.0, images=200),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_training_beyond_the_end_of_a_schedule_is_refused_and_what_to_do_is_said(schedule):
    found = model(kgan.schedules.LearningRate(schedule, images_per_step=4), updates=50)
    with pytest.raises(RunError, match="Expected a learning rate above 0.*kgan train DATA --epochs N --init-from RUN"):
        ended_rates.check(found, plan(8), Place(epoch=5), BATCHES)


def test_an_extension_that_was_interrupted_is_told_again_however_often_it_goes_on():
    for done, updates in ((3, 30), (4, 40)):  # its plan has the new epochs already
        told = ended_rates.check(model(falling(), updates), plan(8), Place(epoch=done), BATCHES)
        assert told.startswith("The learning rate of the generator comes to 0 before epoch 8, the last, begins")
    with pytest.raises(RunError, match="until epochs=8"):
        ended_rates.check(model(falling(), 60), plan(8), Place(epoch=6), BATCHES)


def test_nothing_is_said_until_the_end_that_was_planned():
    for place, updates in ((Place(), 0), (Place(2), 20), (Place(4, 9), 49)):
        assert ended_rates.check(model(falling(), updates), plan(5), place, BATCHES) is None


def test_a_schedule_of_ones_own_that_lasts_longer_is_no_reason_to_refuse():
    assert ended_rates.check(model(falling(320), 50), plan(8), Place(epoch=5), BATCHES) is None


def test_half_an_update_that_is_left_between_two_epochs_teaches_nothing():
    with pytest.raises(RunError):  # 49 of 49.5 updates
        ended_rates.check(model(falling(198), 49), plan(8), Place(epoch=5), BATCHES)


def test_updates_of_lazy_terms_do_not_count():
    found = model(falling(), 51, ordinary=16 / 17)  # 48 ordinary ones
    assert ended_rates.check(found, plan(5), Place(epoch=4, batch=8), BATCHES) is None
    assert not ended_rates.is_over(found, Place(epoch=4, batch=8))


def test_a_discriminator_alone_that_stops_is_said():
    told = ended_rates.check(model(2e-4, 50, other=falling()), plan(8), Place(epoch=5), BATCHES)
    assert told.startswith("The learning rate of the discriminator comes to 0")


def test_nothing_is_said_of_rates_that_stay_or_rise_again():
    again = keras.optimizers.schedules.PolynomialDecay(2e-4, 50, end_learning_rate=0.0, cycle=True)
    for rate in (2e-4, falling(end=1e-5), again):
        assert ended_rates.check(model(rate, 50), plan(8), Place(epoch=5), BATCHES) is None


def test_weights_of_a_run_that_was_counted_are_not_recommended():
    with pytest.raises(RunError, match="another run with more epochs: kgan train DATA --epochs N[.]$"):
        ended_rates.check(model(falling(), 50), plan(8, init_from="counted"), Place(epoch=5), BATCHES)
