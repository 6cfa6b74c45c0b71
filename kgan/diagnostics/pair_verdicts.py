"""What the signs of a model of pairs mean, in words, and what to do about it."""

import math
from collections.abc import Sequence

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

__all__ = ["NAMES", "judge", "steadied"]

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
_SAME_OF_ALL = 1e-4  # logits that vary by less say the same of everything; fresh weights give over a hundred times that
_TELLS_NOTHING = 0.55  # separation that chance alone often gives on 64 pairs
_STILL = 1e-6  # change of weights over their norm: float32 rounds at 1e-7
_IGNORED = 0.3  # response of a model that has stopped improving: pairs in random order come to 0.26, true ones to 0.98
_BY_HEART = 6.0  # dB by which training pairs come out better: held-out errors are then twice as large
_KNOWS_REALS = 0.65  # memorisation; as for samples from latents
_WON = 0.97  # separation; as for samples from latents


def judge(history: Sequence[PairSigns]) -> Verdict:
    """Names what training looks like; causes come before what they lead to.

    Args:
        history: Signs, the latest last.

    Raises:
        ValueError: if the history is empty.
    """
    if not history:
        raise ValueError("Expected at least one look at the model. Received: none.")
    now = history[-1]
    if not all(map(math.isfinite, (now.train_error, now.error, now.separation))):
        return Verdict(
            DIVERGED,
            "An output or a logit is not a finite number.",
            "Lower both learning rates, or clip gradients (global_clipnorm=1.0); in float16, look at the loss scale.",
        )
    if len(history) == 1:
        return Verdict(TOO_EARLY, f"{_error(now)}. One look has no trend.", "")
    for rule in (_dead, _ignores, _memorised, _overfitting, _wins):
        verdict = rule(history)
        if verdict is not None:
            return verdict
    return _trend(history)


def steadied(history: Sequence[PairSigns], earlier: Verdict | None) -> Verdict:
    """What `judge` says, but a verdict that differs from the earlier one only where two looks in a row say so.

    An epoch's noise changes no verdict. That training diverged needs no second look, nor does the first trend.

    Args:
        history: Signs, the latest last.
        earlier: The verdict at the look before; `None` at the first.
    """
    now = judge(history)
    if earlier is None or now.name in (earlier.name, DIVERGED) or earlier.name == TOO_EARLY:
        return now
    return now if judge(history[:-1]).name == now.name else earlier


def _dead(history):
    now = history[-1]
    if now.logit_spread < _SAME_OF_ALL:
        return Verdict(
            DEAD,
            f"The discriminator says the same of every truth and every output: its logits vary by "
            f"{now.logit_spread:.1e}.",
            "Lower its learning rate and start again; units that are saturated do not come back.",
        )
    if now.separation < _TELLS_NOTHING and now.discriminator_change < _STILL:
        return Verdict(
            DEAD,
            f"The discriminator tells {now.separation:.0%} of the pairs of a truth and an output (50 % are luck), and "
            f"its weights have not moved since the last look.",
            "Give its optimizer a learning rate above 0, or let its layers train.",
        )
    return None


def _ignores(history):
    now = history[-1]
    if now.response < _IGNORED and not _falls(history):  # at first all outputs are alike
        return Verdict(
            IGNORES_INPUT,
            f"From input to input, outputs vary {now.response:.2g} times as much as truths do.",
            "Check that inputs and truths belong together, and raise the weight of objectives=[L1] against the "
            "adversarial loss.",
        )
    return None


def _memorised(history):
    now = history[-1]
    gap = now.train_psnr - now.held_out_psnr
    if gap > _BY_HEART:  # not where it is NaN, without held-out pairs
        falls = _falls(history)
        return Verdict(
            MEMORISED,
            f"Training pairs come out at {now.train_psnr:.1f} dB, held-out pairs at {now.held_out_psnr:.1f} dB, "
            f"{gap:.1f} dB less, and the error on held-out pairs {'still falls' if falls else 'falls no more'}.",
            "Train on, but gather more pairs, or let random_crop and flip make more of those that there are."
            if falls
            else "Stop here, or go back to an earlier checkpoint; gather more pairs, or use random_crop and flip.",
        )
    return None


def _overfitting(history):
    now = history[-1]
    if now.memorisation > _KNOWS_REALS:
        return Verdict(
            OVERFITTING,
            f"The discriminator ranks a training truth above a held-out one in {now.memorisation:.0%} of the cases "
            f"(50 % are luck): it knows the training pairs by heart.",
            "Gather more pairs, or let random_crop and flip make more of those that there are.",
        )
    return None


def _wins(history):
    recent = history[-_PATIENCE:]
    if len(recent) == _PATIENCE and min(one.separation for one in recent) > _WON and not _falls(history):
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told more than {_WON:.0%} of the truths from the outputs. "
            f"{_error(history[-1])} and falls no more.",
            "Lower the discriminator's learning rate, or add penalties=['r1'] with a discriminator without batch "
            "normalisation.",
        )
    return None


def _trend(history):
    now, recent = history[-1], history[-_PATIENCE:]
    told = f"the discriminator tells {now.separation:.0%} of the truths from the outputs (50 % are luck)"
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
