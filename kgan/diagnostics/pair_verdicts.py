"""What the signs of a model of pairs mean, in words, and what to do about it."""

import math
from collections.abc import Sequence

from kgan.diagnostics.advice import Advice
from kgan.diagnostics.common_verdicts import SAME_OF_ALL, WON, diverged, says_the_same
from kgan.diagnostics.pair_signs import PairSigns
from kgan.diagnostics.verdict import (
    DEAD,
    DISCRIMINATOR_WINS,
    DIVERGED,
    IGNORES_INPUT,
    IMPROVING,
    MEMORISED,
    OVERFITTING,
    SETTLED,
    TOO_EARLY,
    Verdict,
)

__all__ = ["NAMES", "judge"]

NAMES = (
    IMPROVING,
    SETTLED,
    TOO_EARLY,
    DISCRIMINATOR_WINS,
    DEAD,
    IGNORES_INPUT,
    MEMORISED,
    OVERFITTING,
    DIVERGED,
)

_PATIENCE = 4  # looks over which a trend is read: fewer, and the noise of one epoch is a trend
_FELL = 0.01  # share by which the error must fall over these looks: less than a quarter of a percent a look is noise
_TELLS_NOTHING = 0.55  # separation that chance alone often gives on 64 pairs
_STILL = 1e-6  # change of weights over their norm: float32 rounds at 1e-7
_IGNORED = 0.3  # response of a model that has stopped improving: pairs in random order come to 0.26, true ones to 0.98
_BY_HEART = 6.0  # dB by which training pairs come out better: held-out errors are then twice as large
_KNOWS_REALS = 0.65  # memorisation; as for samples from latents
_A_RATE = 2e-4  # learning rate to begin with


def judge(history: Sequence[PairSigns], advice: Advice | None = None) -> Verdict:
    """Names what training looks like; causes come before what they lead to.

    Args:
        history: Signs, the latest last.
        advice: Of the model at hand; in general words by default.

    Raises:
        ValueError: if the history is empty.
    """
    if not history:
        raise ValueError("Expected at least one look at the model. Received: none.")
    now, advice = history[-1], Advice() if advice is None else advice
    if not all(map(math.isfinite, (now.train_error, now.error, now.separation))):
        return diverged("An output or a logit", advice)
    if len(history) == 1:
        return Verdict(TOO_EARLY, f"{_error(now)}. One look has no trend.", "")
    for rule in (_dead, _ignores, _memorised, _overfitting, _wins):
        verdict = rule(history, advice)
        if verdict is not None:
            return verdict
    return _trend(history)


def _dead(history, advice):
    now = history[-1]
    if now.logit_spread < SAME_OF_ALL:
        return says_the_same("The discriminator", "every truth and every output", now.logit_spread, advice)
    if now.separation < _TELLS_NOTHING and now.discriminator_change < _STILL:
        return Verdict(
            DEAD,
            f"The discriminator tells {now.separation:.0%} of the pairs of a truth and an output (50% are luck), and "
            f"its weights have not moved since the last look.",
            advice.set_rate("discriminator", _A_RATE),
        )
    return None


def _ignores(history, advice):
    now = history[-1]
    if now.response < _IGNORED and not _falls(history):  # at first all outputs are alike
        return Verdict(
            IGNORES_INPUT,
            f"From input to input, outputs vary {now.response:.2g} times as much as truths do.",
            advice.of("Check that inputs and truths belong together.", advice.more_l1()),
        )
    return None


def _memorised(history, advice):
    now = history[-1]
    gap = now.train_psnr - now.held_out_psnr
    if gap > _BY_HEART:  # not where it is NaN, without held-out pairs
        falls = _falls(history)
        return Verdict(
            MEMORISED,
            f"Training pairs come out at {now.train_psnr:.1f} dB, held-out pairs at {now.held_out_psnr:.1f} dB, "
            f"{gap:.1f} dB less, and the error on held-out pairs {'still falls' if falls else 'falls no more'}.",
            advice.of("Train on." if falls else "Stop here, or go back to an earlier checkpoint.", advice.more_pairs()),
        )
    return None


def _overfitting(history, advice):
    now = history[-1]
    if now.memorisation > _KNOWS_REALS:
        return Verdict(
            OVERFITTING,
            f"The discriminator ranks a training truth above a held-out one in {now.memorisation:.0%} of the cases "
            f"(50% are luck): it knows the training pairs by heart.",
            advice.more_pairs(),
        )
    return None


def _wins(history, advice):
    recent = history[-_PATIENCE:]
    if len(recent) == _PATIENCE and min(one.separation for one in recent) > WON and not _falls(history):
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told more than {WON:.0%} of the truths from the outputs. "
            f"{_error(history[-1])} and falls no more.",
            advice.of(advice.rate("discriminator", 0.5), advice.penalties()),
        )
    return None


def _trend(history):
    now, recent = history[-1], history[-_PATIENCE:]
    told = f"the discriminator tells {now.separation:.0%} of the truths from the outputs (50% are luck)"
    if _falls(history):
        return Verdict(
            IMPROVING,
            f"{_error(now)}, down from {recent[0].error:.4g} {_ago(len(recent) - 1)}; {told}.",
            "",
        )
    best = min(one.error for one in history)
    since = len(history) - 1 - min(place for place, one in enumerate(history) if one.error == best)
    found = "the best so far" if since == 0 else f"after {best:.4g} {_ago(since)}"
    return Verdict(SETTLED, f"{_error(now)}, {found}, and falls no more; {told}.", "More epochs will change little.")


def _falls(history) -> bool:
    """Whether the error falls by more than noise over the last looks."""
    recent = [one.error for one in history[-_PATIENCE:]]
    return recent[-1] < (1.0 - _FELL) * recent[0]


def _ago(looks: int) -> str:
    return "a look ago" if looks == 1 else f"{looks} looks ago"


def _error(now: PairSigns) -> str:
    which = "training" if math.isnan(now.held_out_error) else "held-out"
    return f"The mean absolute error on {which} pairs is {now.error:.4g}"
