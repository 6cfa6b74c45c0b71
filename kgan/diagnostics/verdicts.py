"""What the signs of training mean, in words, and what to do about it: the game first, then the samples."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from kgan.diagnostics import sample_states
from kgan.diagnostics.advice import Advice
from kgan.diagnostics.common_verdicts import diverged
from kgan.diagnostics.probe import Probe
from kgan.diagnostics.sample_states import SampleState
from kgan.diagnostics.signs import Signs
from kgan.diagnostics.verdict import (
    BALANCED,
    CLOSE,
    COLLAPSED,
    DEAD,
    DISCRIMINATOR_WINS,
    DIVERGED,
    FAR,
    IMPROVING,
    NO_GRADIENT,
    OSCILLATING,
    OVERFITTING,
    TOO_EARLY,
    WORSENING,
    Verdict,
)

__all__ = ["EVEN", "NAMES", "ONE_SIDED", "judge", "needs_probe"]

EVEN = "even"
ONE_SIDED = "one-sided"

# Where one thing ends and the next begins. Each was set between healthy and deliberately broken runs on digits, which
# `benchmarks/verdicts.py` repeats.
_CANNOT_TELL = 0.62  # separation below which the discriminator may be dead
_PROBE_MARGIN = 0.15  # by which a fresh one then tells more than a dead one
_LEARNED = 0.25  # of what a fresh one tells more, what a live one gains against a generator that stands still
_KNOWS_BY_HEART = 0.65  # memorisation
_STEEP = 1e3  # real_slope; games that go well stay below 10
_ALL = 0.9  # saturated
_ALIKE = 0.35  # diversity
_THE_SAME = 0.04  # diversity of a generator that does not use its latents
_COVERAGE_LOST = 0.5  # of the best coverage so far
_COVERAGE_WORTH = 0.2  # a coverage that was once better than this can be lost
_WON = 0.97  # separation
_NOT_GAINING = 0.01  # by which separation must fall over the looks of `_PATIENCE` for the generator to be catching up
_PATIENCE = 3  # looks
_STILL = 0.02  # generator_change
_AS_GOOD_AS_STILL = 0.005  # of a generator whose samples still come nearer
_NEVER_WENT = 0.05  # of one that never made two samples that differ
_NO_PULL = 0.02  # generator_pull
_CUT_OFF = 1e-3  # generator_gradient over the slope that it comes from
_FLAT = 1e-6  # generated_slope over real_slope
_SWING = 0.25  # of the separation, up and down, over the looks of `_SWINGS`
_SWINGS = 4
_AHEAD = 0.9  # separation of a discriminator that is ahead, if not by all
_A_RATE = 2e-4  # learning rate to begin with
_FIRST_IMAGES = 10_000  # that a generator sees before collapse is spoken of: at first all samples are alike
_MUD = 0.5  # fine_distance of samples that have few edges yet
_EMPTY = 0.85  # fine_distance of samples that have none
_STILL_FALLS = 0.9  # of the least distance until some looks ago: samples that still come nearer are not settled yet


NAMES = (
    TOO_EARLY,
    FAR,
    IMPROVING,
    WORSENING,
    BALANCED,
    CLOSE,
    DISCRIMINATOR_WINS,
    NO_GRADIENT,
    DEAD,
    OVERFITTING,
    OSCILLATING,
    COLLAPSED,
    DIVERGED,
)


def judge(history: Sequence[Signs], probe: Probe | None = None, advice: Advice | None = None) -> Verdict:
    """Names what training looks like: what is wrong with the game, causes before what they lead to; else the samples.

    A game can be even while both players are poor. So a verdict is of the samples unless the game is at fault, and
    nothing is called balanced while samples are far from the data.

    Args:
        history: Signs, the latest last.
        probe: Asked only where the discriminator cannot tell reals from samples, because it takes seconds. Without it,
            a dead discriminator cannot be told from an equilibrium.
        advice: Of the model at hand; in general words by default.

    Raises:
        ValueError: if the history is empty.
    """
    if not history:
        raise ValueError("Expected at least one look at the model. Received: none.")
    now, advice = history[-1], Advice() if advice is None else advice
    samples = sample_states.state(history)
    for rule in (_diverged, _no_gradient, _overfitting):
        verdict = rule(now, advice)
        if verdict is not None:
            return replace(verdict, game=verdict.name, samples=str(samples))
    for verdict in (
        _dead(now, probe, advice),
        _stands_still(history, samples, advice),
        _collapsed(history, advice),
        _oscillating(history, advice),
        _wins(history, samples, advice),
    ):
        if verdict is not None:
            return replace(verdict, game=verdict.name, samples=str(samples))
    game = ONE_SIDED if now.separation > _WON else EVEN
    return replace(_of_samples(history, samples, advice), game=game, samples=str(samples))


def needs_probe(now: Signs) -> bool:
    """Whether the discriminator tells so little that only a probe can say whether it is dead."""
    return now.separation < _CANNOT_TELL


def _of_samples(history, samples: SampleState, advice: Advice) -> Verdict:
    """What is said where nothing is wrong with the game."""
    now = history[-1]
    told = f"The discriminator tells {now.separation:.0%} of the pairs of a real and a sample (50% are luck)"
    said = f"{samples.because} {told}.".strip()
    if samples.name == FAR and _is_new(now):
        said = f"The generator has learned from {now.images_seen:,.0f} images. {said}"
        return Verdict(TOO_EARLY, said, advice.train_longer())
    if samples.name == FAR:
        tries = (advice.train_longer(),) if samples.trend == IMPROVING else _against_mud(now, advice)
        return Verdict(FAR, said, advice.of(*tries))
    if samples.trend == IMPROVING:
        return Verdict(IMPROVING, said, advice.train_longer())
    if samples.trend == WORSENING:
        return Verdict(WORSENING, said, advice.of("Go back to an earlier checkpoint.", advice.rates(0.5)))
    if now.separation > _WON:
        return Verdict(
            TOO_EARLY,
            f"The discriminator tells {now.separation:.0%} of the pairs of a real and a sample, as at the start.",
            f"Train on; if it still does after {_PATIENCE} looks, it wins.",
        )
    if samples.name == CLOSE:
        return Verdict(CLOSE, said, "")
    varied = f"{told}, and samples vary {_times(now.diversity)} as much as reals."
    known = f"{samples.because} They improve no more." if samples.name else ""
    return Verdict(
        BALANCED,
        f"{varied} {known}".strip(),
        advice.of(advice.rates(0.5), advice.wider()) if samples.name else "",
    )


def _against_mud(now, advice: Advice) -> tuple[str, ...]:
    """What to try where samples stay far from the data in a game in which nothing is wrong."""
    tries = (advice.loss("relativistic_pairing", "relativistic_average"), advice.penalties(), advice.wider())
    return (advice.rate("discriminator", 0.5), *tries) if now.separation > _AHEAD else tries


def _is_new(now) -> bool:
    return now.images_seen < _FIRST_IMAGES


def _diverged(now, advice):
    if not all(map(math.isfinite, (now.separation, now.generator_gradient, now.discriminator_gradient))):
        return diverged("A logit or a gradient", advice)
    return None


def _no_gradient(now, advice):
    if now.generator_pull < _NO_PULL:
        return Verdict(
            NO_GRADIENT,
            f"The loss lets {now.generator_pull:.1%} of the slope through to the generator: the discriminator is "
            f"sure of every sample, and the loss is flat there.",
            advice.of(
                advice.loss("relativistic_pairing", "non_saturating"),
                advice.penalties(),
                advice.rate("discriminator", 0.5),
            ),
        )
    if now.generated_slope <= _FLAT * now.real_slope:
        return Verdict(
            NO_GRADIENT,
            f"The discriminator is flat at the samples: its squared slope is {now.generated_slope:.1e} there and "
            f"{now.real_slope:.1e} on reals.",
            advice.of(advice.penalties(), "Take LeakyReLU in the discriminator."),
        )
    if now.generator_gradient < _CUT_OFF * math.sqrt(now.generated_slope):
        return Verdict(
            NO_GRADIENT,
            f"The discriminator slopes at the samples ({math.sqrt(now.generated_slope):.1e}), but only "
            f"{now.generator_gradient:.1e} of it reaches the generator's weights: its units or output are saturated.",
            advice.of(advice.rate("generator", 0.1), "Start again; saturated units do not come back."),
        )
    return None


def _dead(now, probe, advice):
    if now.real_slope > _STEEP and now.saturated > _ALL:
        return Verdict(
            DEAD,
            f"It has gone to extremes: {now.saturated:.0%} of its logits are saturated, and its squared slope on reals "
            f"is {now.real_slope:.1e}; it no longer learns.",
            advice.of(advice.rate("discriminator", 0.1), "Start again."),
        )
    if probe is None or not needs_probe(now):
        return None
    own = probe.own()
    if not math.isfinite(own):
        return Verdict(
            DIVERGED,
            "In 50 steps against a generator that stands still, the discriminator's logits stop being finite numbers.",
            advice.of(advice.rate("discriminator", 0.1), advice.clip()),
        )
    if own > _CANNOT_TELL + _PROBE_MARGIN:
        return None  # it only lags behind a generator that moves
    fresh = probe.fresh()
    if not fresh >= own + _PROBE_MARGIN or own - now.separation > _LEARNED * (fresh - now.separation):
        return None  # a true equilibrium, as far as a discriminator of this kind can see; or it learns, if slowly
    told = (
        f"It tells {now.separation:.0%} of the pairs of a real and a sample, {own:.0%} after 50 steps against a "
        f"generator that stands still, where a freshly trained one tells {fresh:.0%}"
    )
    if now.discriminator_change == 0.0:
        return Verdict(
            DEAD,
            f"{told}; its weights have not moved since the last look.",
            advice.set_rate("discriminator", _A_RATE),
        )
    if now.saturated > 0.5:
        return Verdict(
            DEAD,
            f"{told}; {now.saturated:.0%} of its logits are saturated, and wrong.",
            advice.of(advice.rate("discriminator", 0.1), "Start again."),
        )
    return Verdict(
        DEAD,
        f"{told}.",
        advice.of(advice.rate("discriminator", 2.0), advice.weaker_penalties(), advice.wider(["discriminator"])),
    )


def _overfitting(now, advice):
    if now.memorisation > _KNOWS_BY_HEART:
        return Verdict(
            OVERFITTING,
            f"The discriminator ranks a training real above a held-out one in {now.memorisation:.0%} of the pairs "
            f"(50% are luck): it knows the training reals by heart.",
            advice.of(advice.augment(), "Gather more data, or train for fewer epochs."),
        )
    return None


def _collapsed(history, advice):
    now = history[-1]
    at_all = now.diversity < _THE_SAME and now.images_seen >= 2 * _FIRST_IMAGES
    if _is_new(now) or (_is_not_made_yet(history) and not at_all):
        return None
    if now.diversity < _ALIKE:
        tries = (advice.penalties(), advice.mode_seeking(), "Check that the generator uses its latents.")
        return Verdict(
            COLLAPSED,
            f"Two samples differ {_times(now.diversity)} as much as two reals; the generator seems to make "
            f"{_support(now.support)}.",
            advice.of(*tries) if now.separation < _WON else advice.of(advice.rate("generator", 0.5), *tries),
        )
    best = max((signs.coverage for signs in history if not sample_states.is_far(signs)), default=0.0)
    if best > _COVERAGE_WORTH and now.coverage < _COVERAGE_LOST * best:
        return Verdict(
            COLLAPSED,
            f"Samples cover {now.coverage:.0%} of the reals, down from {best:.0%}.",
            advice.of("Go back to an earlier checkpoint.", advice.penalties(), advice.rates(0.5)),
        )
    return None


def _is_not_made_yet(history) -> bool:
    """Whether samples are alike because there is nothing in them yet: no edges, or few, and nearer than ever."""
    distances, fine = [signs.distance for signs in history], history[-1].fine_distance
    if fine > _EMPTY or len(distances) == 1:
        return fine > _EMPTY
    return fine > _MUD and min(distances[-2:]) < _STILL_FALLS * min(distances[:-_PATIENCE] or distances[:1])


def _oscillating(history, advice):
    recent = [signs.separation for signs in history[-_SWINGS:]]
    turns = [later - earlier for earlier, later in itertools.pairwise(recent)]
    swings = sum(a * b < 0 and min(abs(a), abs(b)) > _SWING for a, b in itertools.pairwise(turns))
    if swings >= 2:
        return Verdict(
            OSCILLATING,
            f"The share of pairs that the discriminator tells swings: {', '.join(f'{one:.0%}' for one in recent)}.",
            advice.of(advice.rates(0.5), advice.less_momentum(), advice.penalties()),
        )
    return None


def _stands_still(history, samples, advice):
    now, still = history[-1], _STILL
    if samples.trend == IMPROVING:
        still = _AS_GOOD_AS_STILL
    elif max(signs.diversity for signs in history) < _ALIKE:
        still = _NEVER_WENT
    if _has_won(history) and now.generator_change < still:
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told nearly all pairs of a real and a sample, and the "
            f"generator's weights moved by {now.generator_change:.1%} of their norm since the last one.",
            advice.rate("generator", 10.0),
        )
    return None


def _wins(history, samples, advice):
    if _has_won(history) and samples.trend != IMPROVING:
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told more than {_WON:.0%} of the pairs of a real and a "
            f"sample, and the generator does not catch up.",
            advice.of(advice.rate("discriminator", 0.5), advice.rate("generator", 2.0), advice.penalties()),
        )
    return None


def _has_won(history) -> bool:
    recent = [signs.separation for signs in history[-_PATIENCE:]]
    return len(recent) == _PATIENCE and min(recent) > _WON and recent[0] - recent[-1] < _NOT_GAINING


def _times(ratio: float) -> str:
    return f"{ratio:.2g} times"


def _support(count: float) -> str:
    return "no two alike" if math.isinf(count) else f"about {count:.0f} different ones"
