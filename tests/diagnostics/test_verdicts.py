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
    distance=0.1,
    fine_distance=0.05,
    coarse_distance=0.1,
    distance_ratio=1.4,
    precision_ratio=0.85,
    coverage_ratio=0.75,
    images_seen=100_000.0,
)
MUD = {"distance": 0.9, "fine_distance": 0.9, "coarse_distance": 0.8, "distance_ratio": 15.0, "coverage_ratio": 0.1}


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


def mud(distance=0.9, **changes):
    """Samples without content, so far from the data at all scales."""
    return signs(**{**MUD, "distance": distance, "fine_distance": distance, "coarse_distance": distance, **changes})


def test_a_healthy_game_whose_samples_are_near_and_stay_so_is_balanced():
    verdict = judge([HEALTHY])
    assert (verdict.name, verdict.game, verdict.samples) == ("balanced", "even", "near the data")
    assert "67%" in verdict.because
    assert "cover 75% of what those cover, and 85% as many look real. They improve no more." in verdict.because


def test_an_even_game_over_mud_is_far_from_the_data_and_never_balanced():
    for separation in (0.5, 0.67, 0.9, 0.96):
        verdict = judge([mud(separation=separation)] * 8)
        assert (verdict.name, verdict.game, verdict.samples) == ("far from the data", "even", "far from the data")
        assert "their distance is 0.9" in verdict.because


def test_mud_that_comes_nearer_is_told_to_train_on_and_mud_that_does_not_what_to_try():
    nearer = judge([mud(1.2), mud(1.0), mud(0.8)])
    assert (nearer.name, nearer.samples) == ("far from the data", "far from the data, improving")
    assert nearer.advice == "Train on."
    assert judge([mud()] * 8).advice.startswith("Take another loss (loss='relativistic_pairing')")
    assert judge([mud(separation=0.95)] * 8).advice.startswith("Lower the discriminator's learning rate")


def test_the_place_of_the_fault_is_told():
    assert "in edges and texture" in judge([mud(fine_distance=0.9, coarse_distance=0.1)]).because
    assert "in shapes and colours" in judge([mud(fine_distance=0.1, coarse_distance=0.9)]).because


def test_samples_that_are_near_at_all_scales_but_like_few_of_the_reals_are_far():
    verdict = judge([signs(coverage_ratio=0.3)])
    assert verdict.name == "far from the data"
    assert "cover 30% of what those cover" in verdict.because
    assert named(signs(precision_ratio=0.2)) == "far from the data"


def test_a_distance_within_what_few_reals_score_by_chance_is_not_far():
    assert named(signs(distance=0.4, distance_ratio=1.5)) == "balanced"


def test_before_its_first_ten_thousand_images_no_generator_has_collapsed():
    alike = {"diversity": 0.05, "support": 3.0}
    early = judge([mud(images_seen=9_000.0, **alike)])
    assert early.name == "too early to say"
    assert "The generator has learned from 9,000 images." in early.because
    assert named(*[mud(images_seen=15_000.0, fine_distance=0.7, **alike)] * 3) == "collapsed"
    assert named(*[mud(images_seen=15_000.0, **alike)] * 3) == "far from the data"  # nothing is in them yet


def test_samples_that_are_alike_but_still_come_nearer_are_not_made_yet():
    alike = {"diversity": 0.1, "images_seen": 15_000.0, "fine_distance": 0.7}
    assert named(*(mud(distance, **alike) for distance in (1.4, 1.2, 1.0))) == "far from the data"
    assert named(*(mud(distance, **alike) for distance in (1.4, 1.4, 1.39))) == "collapsed"
    blind = {"diversity": 0.01, "images_seen": 25_000.0}
    assert named(*(mud(distance, **blind) for distance in (1.4, 1.2, 1.0))) == "collapsed"


def test_samples_that_score_as_held_out_reals_are_as_close_as_reals():
    verdict = judge([signs(precision_ratio=0.97, coverage_ratio=0.96)])
    assert (verdict.name, verdict.samples, verdict.advice) == ("as close as reals", "as close as reals", "")
    assert named(signs(precision_ratio=0.97, coverage_ratio=0.96, separation=0.9)) == "balanced"  # told apart


def test_near_samples_that_still_get_nearer_or_cover_more_improve():
    distances = [signs(fine_distance=one, coarse_distance=one) for one in (0.28, 0.24, 0.2, 0.16, 0.12, 0.08)]
    assert named(*distances) == "improving"
    assert named(*(signs(coverage_ratio=one) for one in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75))) == "improving"
    assert named(*[HEALTHY] * 6) == "balanced"


def test_samples_that_lose_what_they_had_get_worse():
    verdict = judge([signs(coverage_ratio=one) for one in (0.8, 0.8, 0.8, 0.65, 0.6, 0.55)])
    assert verdict.name == "getting worse"
    assert "earlier checkpoint" in verdict.advice


def test_a_slow_trend_of_a_long_training_is_one():
    slow = [signs(coverage_ratio=0.5 + 0.005 * look) for look in range(60)]
    assert named(*slow) == "improving"
    assert named(*slow[-6:]) == "balanced"  # of which six looks show nothing


def test_the_discriminator_has_not_won_while_samples_come_nearer():
    ahead = [mud(distance, separation=0.999) for distance in (1.4, 1.3, 1.2, 1.1)]
    assert named(*ahead) == "far from the data"
    assert named(*[mud(separation=0.999)] * 4) == "discriminator wins"


def test_a_record_of_before_there_were_samples_to_judge_is_judged_by_the_game_alone():
    unknown = dict.fromkeys([*MUD, "precision_ratio", "images_seen"], math.nan)
    verdict = judge([signs(**unknown)])
    assert (verdict.name, verdict.samples) == ("balanced", "")
    assert named(signs(diversity=0.01, **unknown)) == "collapsed"


def test_at_the_start_it_is_too_early_to_say_and_later_the_discriminator_has_won():
    ahead = signs(separation=0.999)
    assert named(ahead) == "too early to say"
    assert named(ahead, ahead) == "too early to say"
    assert named(ahead, ahead, ahead) == "discriminator wins"


def test_a_generator_that_never_got_going_has_lost_and_not_collapsed():
    untrained = signs(separation=1.0, diversity=0.1, generator_change=0.002)
    assert named(untrained, untrained, untrained) == "discriminator wins"
    assert "Raise the generator's learning rate." in str(judge([untrained] * 3))
    moving = signs(separation=1.0, diversity=0.1)  # much, and from look to look
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


def test_a_discriminator_whose_logits_have_gone_to_extremes_is_dead_though_it_tells_some():
    steep = {"real_slope": 1e5, "generated_slope": 1e5, "generator_gradient": 1e3}
    verdict = judge([signs(separation=0.88, saturated=1.0, **steep)])
    assert verdict.name == "discriminator is dead"
    assert "100% of its logits are saturated" in verdict.because
    assert named(signs(real_slope=5.0, saturated=1.0)) == "balanced"  # as of a critic, whose logits have no scale
    assert named(signs(**steep)) == "balanced"


def test_knowing_training_reals_by_heart_is_overfitting_even_where_held_out_ones_look_generated():
    assert named(signs(memorisation=0.8, separation=0.42), probe=Probed(0.4, 1.0)) == "overfitting the reals"


def test_samples_that_are_alike_have_collapsed():
    assert named(signs(diversity=0.01, support=10.0)) == "collapsed"
    assert "about 10 different ones" in judge([signs(diversity=0.01, support=10.0)]).because


def test_samples_that_are_alike_and_all_seen_through_call_for_a_smaller_step_first():
    assert judge([signs(diversity=0.1, separation=0.99)]).advice.startswith("Lower the generator's learning rate.")
    assert judge([signs(diversity=0.1, separation=0.65)]).advice.startswith("Take R1 and R2 penalties")


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


def test_coverage_that_mud_had_by_chance_cannot_be_lost():
    grey = mud(coverage=0.6, coverage_ratio=0.6)  # nearest neighbours in pixels take grey for near
    assert named(grey, grey, signs(coverage=0.25)) != "collapsed"


def test_every_verdict_has_a_name_from_the_list_and_advice_unless_samples_are_as_close_as_reals():
    cases = [
        HEALTHY,
        signs(precision_ratio=1.0, coverage_ratio=1.0),
        mud(),
        mud(images_seen=100.0),
        signs(separation=0.999),
        signs(generator_pull=0.0),
        signs(memorisation=0.9),
        signs(diversity=0.0),
        signs(separation=math.nan),
    ]
    for case in cases:
        verdict = judge([case])
        assert verdict.name in NAMES
        assert bool(verdict.advice) == (verdict.name != "as close as reals")


def test_no_look_no_verdict():
    with pytest.raises(ValueError, match="at least one look"):
        judge([])
