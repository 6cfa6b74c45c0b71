import math

import numpy as np
import pytest
from pair_games import linear_translator, pairs

from kgan.diagnostics import PairObserver, Reals


def as_floats(images):
    return images.astype(np.float64) / 127.5 - 1.0


def observed(model, train, held_out=None):
    return PairObserver(model, Reals(*train), None if held_out is None else Reals(*held_out)).observe()


def test_errors_and_psnr_of_the_identity_are_those_of_the_inputs_themselves():
    train, held_out = pairs(20, seed=0), pairs(30, seed=1)
    signs = observed(linear_translator(), train, held_out)
    for (inputs, truths), error, psnr in (
        (train, signs.train_error, signs.train_psnr),
        (held_out, signs.held_out_error, signs.held_out_psnr),
    ):
        differences = as_floats(inputs) - as_floats(truths)
        assert error == pytest.approx(np.abs(differences).mean(), rel=1e-5)
        squares = np.square(differences).mean(axis=(1, 2, 3))
        assert psnr == pytest.approx(np.mean(10 * np.log10(4.0 / squares)), rel=1e-5)


def test_a_perfect_output_has_no_error_a_finite_psnr_and_cannot_be_told():
    signs = observed(linear_translator(scale=-1.0), pairs())
    assert signs.train_error == pytest.approx(0.0, abs=1e-6)
    assert signs.train_psnr == pytest.approx(20 * math.log10(510.0), abs=1e-3)  # half a level of 8 bits
    assert signs.separation == pytest.approx(0.5, abs=0.02)
    assert signs.response == pytest.approx(1.0, rel=1e-5)
    assert math.isnan(signs.held_out_error)
    assert signs.error == signs.train_error


@pytest.mark.parametrize("scale", [0.0, 0.25, -0.5])
def test_the_response_is_how_much_outputs_vary_over_how_much_truths_do(scale):
    signs = observed(linear_translator(scale, offset=0.3), pairs())
    assert signs.response == pytest.approx(abs(scale), abs=1e-6)


def test_a_discriminator_that_looks_at_brightness_tells_outputs_that_are_darker():
    inputs, truths = pairs()
    assert observed(linear_translator(-1.0, offset=-1.0), (inputs, truths)).separation > 0.95
    spread = observed(linear_translator(-1.0), (inputs, truths)).logit_spread
    assert spread == pytest.approx(as_floats(truths).mean(axis=(1, 2, 3)).std(), rel=1e-4)


def test_memorisation_is_told_by_the_truths_and_not_of_a_few_pairs():
    train, held_out = pairs(60, seed=0), pairs(60, seed=1)
    assert observed(linear_translator(), train, held_out).memorisation == pytest.approx(0.5, abs=0.1)
    brighter = (train[0], np.full_like(train[1], 255))
    assert observed(linear_translator(), brighter, held_out).memorisation == 1.0
    assert math.isnan(observed(linear_translator(), train, pairs(39)).memorisation)


def test_a_change_is_the_way_that_weights_moved_over_their_norm():
    model = linear_translator(scale=3.0, offset=4.0)
    observer = PairObserver(model, Reals(*pairs()), None)
    assert math.isnan(observer.observe().generator_change)
    model.generator.get_layer("line").set_weights([np.full((1, 1, 1, 1), 3.0), np.full((1,), 4.5)])
    signs = observer.observe()
    assert signs.generator_change == pytest.approx(0.5 / 5.0)
    assert signs.discriminator_change == 0.0
    model.freeze("discriminator")
    assert math.isnan(observer.observe().discriminator_change)
