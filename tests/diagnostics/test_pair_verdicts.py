import dataclasses
import math

import pytest

from kgan.diagnostics import PairSigns, pair_verdicts
from kgan.diagnostics.pair_verdicts import judge

HEALTHY = PairSigns(
    train_error=0.10,
    held_out_error=0.12,
    train_psnr=22.0,
    held_out_psnr=21.0,
    response=0.9,
    separation=0.8,
    memorisation=0.52,
    logit_spread=1.3,
    discriminator_change=0.02,
    generator_change=0.03,
)


def signs(**changes):
    return dataclasses.replace(HEALTHY, **changes)


def falling(*errors, **changes):
    return [signs(held_out_error=error, **changes) for error in errors]


@pytest.mark.parametrize(
    ("history", "name"),
    [
        (falling(0.3), "too early to say"),
        (falling(0.3, 0.25, 0.2, 0.15), "improving"),
        (falling(0.2, 0.1, 0.1, 0.1, 0.1), "as close as it gets"),
        (falling(0.1, 0.12, 0.14, 0.16), "as close as it gets"),
        (falling(0.3, 0.2, held_out_psnr=15.0), "knows its pairs by heart"),
        (falling(0.3, 0.2, memorisation=0.8), "overfitting the reals"),
        (falling(0.2, 0.2, response=0.02), "output ignores the input"),
        (falling(0.3, 0.2, response=0.02), "improving"),
        (falling(0.3, 0.2, logit_spread=0.0), "discriminator is dead"),
        (falling(0.3, 0.2, separation=0.5, discriminator_change=0.0), "discriminator is dead"),
        (falling(0.1, 0.1, 0.1, 0.1, separation=0.99), "discriminator wins"),
        (falling(0.4, 0.3, 0.2, 0.1, separation=0.99), "improving"),  # the other objective still teaches
        (falling(0.3, math.nan, train_error=math.nan), "diverged"),
        (falling(0.3, 0.2, separation=math.nan), "diverged"),
    ],
)
def test_what_signs_mean(history, name):
    verdict = judge(history)
    assert verdict.name == name
    assert verdict.name in pair_verdicts.NAMES
    assert verdict.because


def test_a_discriminator_that_cannot_tell_but_learns_is_not_dead():
    assert judge(falling(0.3, 0.2, separation=0.5)).name == "improving"


def test_without_held_out_pairs_the_error_on_training_pairs_counts():
    nothing = {"held_out_error": math.nan, "held_out_psnr": math.nan, "memorisation": math.nan}
    history = [signs(train_error=error, **nothing) for error in (0.3, 0.2)]
    verdict = judge(history)
    assert verdict.name == "improving"
    assert "error on training pairs is 0.2, down from 0.3 a look ago" in verdict.because


def test_pairs_known_by_heart_are_told_whether_to_train_on():
    still = judge(falling(0.3, 0.2, held_out_psnr=15.0))
    no_more = judge(falling(0.2, 0.2, held_out_psnr=15.0))
    assert "22.0 dB, held-out pairs at 15.0 dB, 7.0 dB less, and the error on held-out" in still.because
    assert still.advice.startswith("Train on")
    assert no_more.advice.startswith("Stop here")


def test_no_look_is_named():
    with pytest.raises(ValueError, match="Expected at least one look"):
        judge([])
