"""What the signs of a classifier of two domains mean, in words, and what to do about it."""

import math
from collections.abc import Sequence

from kgan.diagnostics.advice import Advice
from kgan.diagnostics.common_verdicts import SAME_OF_ALL, WON, diverged, says_the_same
from kgan.diagnostics.domain_signs import DomainSigns
from kgan.diagnostics.verdict import (
    DEAD,
    DISCRIMINATOR_WINS,
    DIVERGED,
    FEW_CLASSES,
    IMPROVING,
    TOO_EARLY,
    UNLEARNED,
    UNREMARKABLE,
    Verdict,
)

__all__ = ["NAMES", "judge"]

NAMES = (IMPROVING, UNREMARKABLE, TOO_EARLY, UNLEARNED, FEW_CLASSES, DISCRIMINATOR_WINS, DEAD, DIVERGED)

_PATIENCE = 4  # looks that must agree
_ROSE = 0.01  # of accuracy on the source, over these looks
_LEARNED = 0.5  # accuracy on the source, below which nothing can be handed on
_FEW = 0.5  # of the classes that there are


def judge(history: Sequence[DomainSigns], num_classes: int, advice: Advice | None = None) -> Verdict:
    """Names what training looks like; causes come before what they lead to.

    Args:
        history: Signs, the latest last.
        num_classes: How many classes there are.
        advice: Of the model at hand; in general words by default.

    Raises:
        ValueError: if the history is empty.
    """
    if not history:
        raise ValueError("Expected at least one look at the model. Received: none.")
    now, advice = history[-1], Advice() if advice is None else advice
    recent = history[-_PATIENCE:]
    told = f"{now.source_accuracy:.1%} of the source are told right"
    if math.isfinite(now.target_accuracy):
        told += f", {now.target_accuracy:.1%} of the target"
    seen = f"the discriminator tells {now.separation:.0%} of the features of both domains apart (50% are luck)"
    if not all(map(math.isfinite, (now.separation, now.source_accuracy))):
        return diverged("A probability or a logit", advice)
    if len(history) == 1:
        return Verdict(TOO_EARLY, f"{told}; {seen}. One look has no trend.", "")
    if now.logit_spread < SAME_OF_ALL:
        return says_the_same("The discriminator", "features of both domains", now.logit_spread, advice)
    patient = len(recent) == _PATIENCE
    rises = now.source_accuracy > recent[0].source_accuracy + _ROSE
    if patient and not rises and now.source_accuracy < _LEARNED:
        return Verdict(
            UNLEARNED,
            f"{told}, and no more than {_PATIENCE} looks ago.",
            "Raise the weight of the objective class_cross_entropy, or learn it alone first "
            "(kgan.callbacks.Pretraining).",
        )
    if patient and max(one.classes_told for one in recent) < _FEW * num_classes:
        return Verdict(
            FEW_CLASSES,
            f"Of the target {now.classes_told:.1f} classes are told, of {num_classes}.",
            "Where the target has them all: lower the strength of the loss, or raise the weight of the objective "
            "class_cross_entropy.",
        )
    if patient and min(one.separation for one in recent) > WON:
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told more than {WON:.0%} of the features of both domains "
            f"apart; {told}.",
            advice.of(advice.rate("discriminator", 0.5)),
        )
    if rises:
        return Verdict(IMPROVING, f"{told}; {seen}.", "")
    return Verdict(
        UNREMARKABLE,
        f"{told}; {seen}.",
        "" if math.isfinite(now.target_accuracy) else "How much of the target is right, labels of some would say.",
    )
