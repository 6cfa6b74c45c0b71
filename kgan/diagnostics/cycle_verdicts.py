"""What the signs of two translators between two collections mean, in words, and what to do about it."""

import math
from collections.abc import Sequence

from kgan.diagnostics.advice import Advice
from kgan.diagnostics.common_verdicts import SAME_OF_ALL, WON, diverged, says_the_same
from kgan.diagnostics.cycle_signs import CycleSigns
from kgan.diagnostics.verdict import (
    DEAD,
    DISCRIMINATOR_WINS,
    DIVERGED,
    IGNORES_INPUT,
    IMPROVING,
    TOO_EARLY,
    UNTRANSLATED,
    WITHIN_REACH,
    Verdict,
)

__all__ = ["NAMES", "judge"]

NAMES = (IMPROVING, WITHIN_REACH, TOO_EARLY, UNTRANSLATED, IGNORES_INPUT, DISCRIMINATOR_WINS, DEAD, DIVERGED)

_PATIENCE = 4  # looks over which a trend is read
_FELL = 0.01  # share by which the cycle error must fall over these looks
_IGNORED = 0.1  # response: what comes out hardly depends on what goes in
_UNTOUCHED = 0.01  # change in units of a value range of 2: two and a half grey levels of 256


def judge(history: Sequence[CycleSigns], advice: Advice | None = None) -> Verdict:
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
    if not all(map(math.isfinite, (now.cycle_error, now.a_separation, now.b_separation))):
        return diverged("A translation or a logit", advice)
    if len(history) == 1:
        return Verdict(TOO_EARLY, f"{_error(now)}. One look has no trend.", "")
    if now.logit_spread < SAME_OF_ALL:
        return says_the_same("A discriminator", "every sample and every translation", now.logit_spread, advice)
    for rule in (_untranslated, _ignores, _wins):
        verdict = rule(history, advice)
        if verdict is not None:
            return verdict
    return _trend(history)


def _untranslated(history, advice):
    now, recent = history[-1], history[-_PATIENCE:]
    changes = {"a to b": [one.a2b_change for one in recent], "b to a": [one.b2a_change for one in recent]}
    for way, values in changes.items():
        if len(recent) == _PATIENCE and max(values) < _UNTOUCHED:  # not where they are NaN
            return Verdict(
                UNTRANSLATED,
                f"From {way} samples change by {values[-1]:.1g} only, and come back with an error of "
                f"{now.cycle_error:.2g}.",
                "Lower the weights of the objectives that hold translations to their inputs, as cycle_consistency, "
                "against the adversarial loss.",
            )
    return None


def _ignores(history, advice):
    now = history[-1]
    for way, response in (("a to b", now.a2b_response), ("b to a", now.b2a_response)):
        if response < _IGNORED and not _falls(history):
            return Verdict(
                IGNORES_INPUT,
                f"From {way}, translations vary {response:.2g} times as much as the samples that they are to be like.",
                "Raise the weight of the objective cycle_consistency.",
            )
    return None


def _wins(history, advice):
    recent = history[-_PATIENCE:]
    won = len(recent) == _PATIENCE and min(min(one.a_separation, one.b_separation) for one in recent) > WON
    if won and not _falls(history):
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks both discriminators have told more than {WON:.0%} of the translations from "
            f"samples. {_error(history[-1])} and falls no more.",
            advice.of(advice.rate("discriminator", 0.5)),
        )
    return None


def _trend(history):
    now, recent = history[-1], history[-_PATIENCE:]
    told = f"the discriminators tell {now.a_separation:.0%} in a and {now.b_separation:.0%} in b (50% are luck)"
    if _falls(history):
        looks = len(recent) - 1
        ago = "a look ago" if looks == 1 else f"{looks} looks ago"
        return Verdict(IMPROVING, f"{_error(now)}, down from {recent[0].cycle_error:.4g} {ago}; {told}.", "")
    return Verdict(
        WITHIN_REACH,
        f"{_error(now)} and falls no more; {told}.",
        "Whether translations are right no figure says where there are no pairs: look at them.",
    )


def _falls(history) -> bool:
    """Whether the cycle error falls by more than noise over the last looks."""
    recent = [one.cycle_error for one in history[-_PATIENCE:]]
    return recent[-1] < (1.0 - _FELL) * recent[0]


def _error(now: CycleSigns) -> str:
    return f"What is translated and back differs from what it was by {now.cycle_error:.4g}"
