"""What the signs of a generator of rows mean, in words, and what to do about it."""

import math
from collections.abc import Sequence

from kgan.diagnostics.advice import Advice
from kgan.diagnostics.table_signs import TableSigns
from kgan.diagnostics.verdict import (
    DEAD,
    DISCRIMINATOR_WINS,
    DIVERGED,
    IMPROVING,
    SETTLED,
    TOO_EARLY,
    Verdict,
)

__all__ = ["NAMES", "judge"]

NAMES = (IMPROVING, SETTLED, TOO_EARLY, DISCRIMINATOR_WINS, DEAD, DIVERGED)
_PATIENCE = 10  # looks over which a trend is read: an epoch of a table is short
_ROSE = 0.005  # by which column shapes must rise over these looks
_WON = 0.97  # separation
_SAME_OF_ALL = 1e-6  # logits that vary by less say the same of everything


def judge(history: Sequence[TableSigns], advice: Advice | None = None) -> Verdict:
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
    now, recent = history[-1], history[-_PATIENCE:]
    if not math.isfinite(now.separation + now.logit_spread):
        return Verdict(DIVERGED, "A logit is not finite.", advice.of(advice.rates(0.5)))
    told = (
        f"Shares of values and modes are alike to {now.column_shapes:.3f} (1 is the same), of the worst column to "
        f"{now.worst_column_shape:.3f}; the discriminator tells {now.separation:.0%} of the packs (50% are luck)."
    )
    if len(history) < 2:
        return Verdict(TOO_EARLY, told, "")
    if now.logit_spread < _SAME_OF_ALL:
        return Verdict(DEAD, f"Its logits are all the same. {told}", advice.of(advice.rate("discriminator", 0.5)))
    rises = now.column_shapes > recent[0].column_shapes + _ROSE
    if len(recent) == _PATIENCE and min(one.separation for one in recent) > _WON and not rises:
        return Verdict(DISCRIMINATOR_WINS, told, advice.of(advice.rate("discriminator", 0.5)))
    if rises or len(recent) < _PATIENCE:
        return Verdict(IMPROVING, told, "")
    return Verdict(SETTLED, told, "How columns go together no figure here says: kgan evaluate measures it.")
