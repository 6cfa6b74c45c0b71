"""Verdicts that are the same whatever a model does, and what they are read off."""

from kgan.diagnostics.advice import Advice
from kgan.diagnostics.verdict import DEAD, DIVERGED, Verdict

__all__ = ["SAME_OF_ALL", "WON", "diverged", "says_the_same"]

SAME_OF_ALL = 1e-4  # logits that vary by less say the same of everything; fresh weights give over a hundred times that
WON = 0.97  # separation of a discriminator that has won, where it stays so


def diverged(what: str, advice: Advice) -> Verdict:
    """Something is not finite.

    Args:
        what: It, as a sentence begins with it.
        advice: Of the model at hand.
    """
    hint = " In float16, look at the loss scale."
    return Verdict(DIVERGED, f"{what} is not a finite number.", advice.of(advice.rates(0.5), advice.clip()) + hint)


def says_the_same(who: str, of_what: str, logit_spread: float, advice: Advice) -> Verdict:
    """A discriminator whose logits do not vary.

    Args:
        who: It, as a sentence begins with it.
        of_what: It says the same of these.
        logit_spread: How much its logits vary.
        advice: Of the model at hand.
    """
    return Verdict(
        DEAD,
        f"{who} says the same of {of_what}: its logits vary by {logit_spread:.1e}.",
        advice.of(advice.rate("discriminator", 0.1), "Start again; units that are saturated do not come back."),
    )
