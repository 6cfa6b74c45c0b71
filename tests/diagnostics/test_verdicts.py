import dataclasses
import math

import pytest

from kgan.diagnostics import NAMES, Signs, judge

HEALTHY = Signs(
    real_accuracy=0.63,
    held_out_accuracy=0.63,
    generated_accuracy=0.61,
    separation=0.67,
    memorisation=0.5,
    jsd_lower_bound=0.05,
    saturated=0.0,
    generator_pull=0.58,
    real_slope=0.054,
    generated_slope=0.052,
    discriminator_change=0.4,
    generator_change=0.3,
    discriminator_gradient=0.65,
    generator_gradient=0.23,
    diversity=1.02,
    support=math.inf,
    coverage=0.71,
    movement=0.38,
)


def signs(**changes):
    return dataclasses.replace(HEALTHY, **changes)


class Probed:
    """A probe with the answers that it is given."""

    def __init__(self, own, fresh=None):
        self.answers = {"own": own, "fresh": fresh}

    def own(self):
        return self.answers["own"]

    def fresh(self):
        return self.answers["fresh"] if self.answers["fresh"] is not None else pytest.fail("no need to ask")


def named(*history, probe=None):
    return judge(history, probe).name


def test_a_healthy_game_is_balanced():
    verdict = judge([HEALTHY])
    assert verdict.name == "balanced"
    assert "67%" in verdict.because


def test_at_the_start_it_is_too_early_to_say_and_later_the_discriminator_has_won():
    ahead = signs(separation=0.999)
    assert named(ahead) == "too early to say"
    assert named(ahead, ahead) == "too early to say"
    assert named(ahead, ahead, ahead) == "discriminator wins"


def test_a_generator_that_never_got_going_has_lost_and_not_collapsed():
    untrained = signs(separation=1.0, diversity=0.1, generator_change=0.002)
    assert named(untrained, untrained, untrained) == "discriminator wins"
    assert "Raise the generator's learning rate." in str(judge([untrained] * 3))
    moving = signs(separation=1.0, diversity=0.1)
    assert named(moving, moving, moving) == "collapsed"


def test_a_generator_that_catches_up_has_not_lost():
    assert named(*(signs(separation=one) for one in (1.0, 0.99, 0.98))) == "too early to say"


def test_a_discriminator_that_cannot_tell_is_dead_only_where_it_does_not_learn_and_a_fresh_one_does():
    undecided = signs(separation=0.52)
    assert named(undecided, probe=Probed(own=0.85)) == "balanced"  # it lags behind a generator that moves
    assert named(undecided, probe=Probed(own=0.55, fresh=0.56)) == "balanced"  # a true equilibrium
    assert named(undecided, probe=Probed(own=0.55, fresh=0.99)) == "discriminator is dead"
    assert named(undecided) == "balanced"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"discriminator_change": 0.0}, "its weights have not moved"),
        ({"saturated": 0.9}, "90% of its logits are saturated, and wrong"),
        ({}, "Raise the discriminator's learning rate"),
    ],
)
def test_the_cause_of_death_is_told(changes, cause):
    assert cause in str(judge([signs(separation=0.4, **changes)], Probed(own=0.4, fresh=1.0)))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"generator_pull": 0.001}, "the loss is flat"),
        ({"generated_slope": 1e-12}, "flat at the samples"),
        ({"generator_gradient": 1e-6}, "saturated"),
    ],
)
def test_a_generator_without_a_gradient_is_told_with_the_place_where_it_is_lost(changes, cause):
    verdict = judge([signs(separation=1.0, **changes)])
    assert verdict.name == "generator gets no gradient"
    assert cause in verdict.because


def test_knowing_training_reals_by_heart_is_overfitting_even_where_held_out_ones_look_generated():
    assert named(signs(memorisation=0.8, separation=0.42), probe=Probed(0.4, 1.0)) == "overfitting the reals"


def test_samples_that_are_alike_have_collapsed():
    assert named(signs(diversity=0.01, support=10.0)) == "collapsed"
    assert "about 10 different ones" in judge([signs(diversity=0.01, support=10.0)]).because


def test_samples_that_are_alike_and_all_seen_through_call_for_a_smaller_step_first():
    assert judge([signs(diversity=0.1, separation=0.99)]).advice.startswith("Lower the generator's learning rate.")
    assert judge([signs(diversity=0.1, separation=0.65)]).advice.startswith("Check that the generator uses its latents")


def test_coverage_that_is_lost_is_a_collapse_and_coverage_that_never_was_is_not():
    assert named(signs(coverage=0.8), signs(coverage=0.3)) == "collapsed"
    assert named(signs(coverage=0.1), signs(coverage=0.04)) == "balanced"


def test_swings_from_look_to_look_are_oscillation_and_one_turn_is_not():
    swinging = [signs(separation=one) for one in (0.65, 0.97, 0.64, 0.96)]
    assert named(*swinging) == "oscillating"
    assert named(*swinging[:3]) == "balanced"


def test_numbers_that_are_not_finite_have_diverged():
    assert named(signs(separation=math.nan)) == "diverged"
    assert named(signs(generator_gradient=math.inf)) == "diverged"


def test_a_probe_whose_own_steps_diverge_says_so_and_one_that_knows_nothing_says_nothing():
    undecided = signs(separation=0.5)
    assert named(undecided, probe=Probed(own=math.nan)) == "diverged"
    assert named(undecided, probe=Probed(own=0.5, fresh=math.nan)) == "balanced"


def test_a_player_that_waits_for_its_turn_is_not_blamed():
    waiting = signs(separation=0.99, generator_change=math.nan)
    assert "moved by" not in str(judge([waiting] * 3))
    told = judge([signs(separation=0.4, discriminator_change=math.nan)], Probed(own=0.4, fresh=1.0))
    assert "have not moved" not in told.because


def test_missing_held_out_reals_do_not_hide_the_rest():
    assert named(signs(memorisation=math.nan, held_out_accuracy=math.nan)) == "balanced"


def test_every_verdict_has_a_name_from_the_list_and_advice_unless_all_is_well():
    cases = [
        HEALTHY,
        signs(separation=0.999),
        signs(generator_pull=0.0),
        signs(memorisation=0.9),
        signs(diversity=0.0),
        signs(separation=math.nan),
    ]
    for case in cases:
        verdict = judge([case])
        assert verdict.name in NAMES
        assert bool(verdict.advice) == (verdict.name != "balanced")


def test_no_look_no_verdict():
    with pytest.raises(ValueError, match="at least one look"):
        judge([])
