"""What the signs of a generator of molecules mean, in words, and what to do about it."""

import math
from collections.abc import Sequence

from kgan.diagnostics.advice import Advice
from kgan.diagnostics.molecule_signs import MoleculeSigns
from kgan.diagnostics.verdict import DEAD, DIVERGED, IMPROVING, SETTLED, TOO_EARLY, Verdict

__all__ = ["COLLAPSED", "NAMES", "judge"]

COLLAPSED = "writes few molecules"
NAMES = (IMPROVING, SETTLED, TOO_EARLY, COLLAPSED, DEAD, DIVERGED)
_PATIENCE = 4  # looks over which a trend is read
_ROSE = 0.01  # by which validity must rise over these looks
_FELL = 0.1  # nats that a molecule must take less
_FEW = 0.5  # share of different molecules below which a few are written again and again
_SAME_OF_ALL = 1e-6  # logits that vary by less say the same of everything


def judge(history: Sequence[MoleculeSigns], advice: Advice | None = None) -> Verdict:
    """Names what training looks like.

    Args:
        history: Signs, the latest last.
        advice: Of the model at hand; in general words by default.

    Raises:
        ValueError: if the history is empty.
    """
    if not history:
        raise ValueError("Expected at least one look. Received: none.")
    advice = Advice() if advice is None else advice
    now, first = history[-1], history[-_PATIENCE:][0]
    if not math.isfinite(now.separation + now.logit_spread + now.likelihood):
        return Verdict(DIVERGED, "A logit or a likelihood is not finite.", advice.of(advice.rates(0.5)))
    told = (
        f"{now.validity:.1%} of drawn molecules are valid, a held-out one takes {now.likelihood:.1f} nats; the "
        f"discriminator tells {now.separation:.0%} of pairs (50% are luck)."
    )
    if len(history) < 2:
        return Verdict(TOO_EARLY, told, "")
    if now.uniqueness < _FEW:
        found = f"Only {now.uniqueness:.0%} of the valid ones are different. {told}"
        return Verdict(COLLAPSED, found, advice.of(advice.rate("generator", 0.5)))
    if now.logit_spread < _SAME_OF_ALL:
        return Verdict(DEAD, f"Its logits are all the same. {told}", advice.of(advice.rate("discriminator", 0.5)))
    if now.validity > first.validity + _ROSE or now.likelihood < first.likelihood - _FELL or len(history) < _PATIENCE:
        return Verdict(IMPROVING, told, "")
    return Verdict(SETTLED, told, "How like real ones they are no figure here says: kgan evaluate measures it.")
