"""What compile refuses, by name."""

import keras
import pytest

import kgan
from games import small_dcgan, stateful_discriminator


def test_fit_before_compile_is_refused(small_images):
    with pytest.raises(ValueError, match="You must call `compile\\(\\)` before"):
        small_dcgan().fit(small_images)


def test_one_optimizer_for_both_players_is_refused():
    optimizer = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="an optimizer of its own for each player"):
        small_dcgan().compile(optimizer, optimizer)


def test_a_penalty_on_a_discriminator_that_mixes_the_batch_is_refused():
    gan = kgan.GAN(small_dcgan().generator, stateful_discriminator())
    with pytest.raises(ValueError, match="r1_penalty differentiates each by its own input.*mixes the batch"):
        gan.compile(penalties=["r1"])


def test_the_same_penalty_twice_is_refused():
    with pytest.raises(ValueError, match="Expected each of the penalties once"):
        small_dcgan().compile(penalties=["r1", kgan.penalties.R1(2.0)])


def test_unknown_compile_arguments_are_refused_by_name():
    with pytest.raises(TypeError, match="generator_optimiser"):
        small_dcgan().compile(generator_optimiser="adam")


@pytest.mark.parametrize("half_life", [0, -1.0])
def test_a_half_life_that_is_not_positive_is_refused(half_life):
    with pytest.raises(ValueError, match="Expected ema_half_life >=? 0"):
        small_dcgan(ema_half_life=half_life)
