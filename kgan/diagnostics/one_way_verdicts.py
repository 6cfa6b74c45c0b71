"""What the signs of one translator between two collections mean, in words, and what to do about it."""

import math
from collections.abc import Sequence

from kgan.diagnostics.advice import Advice
from kgan.diagnostics.common_verdicts import SAME_OF_ALL, WON, diverged, says_the_same
from kgan.diagnostics.one_way_signs import OneWaySigns
from kgan.diagnostics.verdict import (
    DEAD,
    DISCRIMINATOR_WINS,
    DIVERGED,
    IGNORES_INPUT,
    TOO_EARLY,
    UNREMARKABLE,
    UNTRANSLATED,
    Verdict,
)

__all__ = ["NAMES", "judge"]

NAMES = (UNREMARKABLE, TOO_EARLY, UNTRANSLATED, IGNORES_INPUT, DISCRIMINATOR_WINS, DEAD, DIVERGED)

_PATIENCE = 4  # looks that must agree
_IGNORED = 0.1  # response: what comes out hardly depends on what goes in
_UNTOUCHED = 0.01  # change in units of a value range of 2: two and a half grey levels of 256


def judge(history: Sequence[OneWaySigns], advice: Advice | None = None) -> Verdict:
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
    recent = history[-_PATIENCE:]
    told = f"The discriminator tells {now.separation:.0%} of the translations from samples (50% are luck)"
    if not all(map(math.isfinite, (now.separation, now.response))):
        return diverged("A translation or a logit", advice)
    if len(history) == 1:
        return Verdict(TOO_EARLY, f"{told}. One look has no trend.", "")
    if now.logit_spread < SAME_OF_ALL:
        return says_the_same("The discriminator", "every sample and every translation", now.logit_spread, advice)
    if now.response < _IGNORED:
        return Verdict(
            IGNORES_INPUT,
            f"Translations vary {now.response:.2g} times as much as the samples that they are to be like.",
            "Raise the weight of the objective patch_nce.",
        )
    if len(recent) == _PATIENCE and max(one.change for one in recent) < _UNTOUCHED:  # not where they are NaN
        return Verdict(
            UNTRANSLATED,
            f"Samples change by {now.change:.1g} only.",
            "Lower the weight of the objective patch_nce against the adversarial loss.",
        )
    if len(recent) == _PATIENCE and min(one.separation for one in recent) > WON:
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told more than {WON:.0%} of the translations from samples.",
            advice.of(advice.rate("discriminator", 0.5)),
        )
    return Verdict(
        UNREMARKABLE,
        f"{told}; samples change by {now.change:.2g}.",
        "Whether translations are right no figure says where there are no pairs: look at them.",
    )
