"""How good the samples are and where they are going, in words, by what held-out reals score against training reals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kgan.diagnostics.signs import Signs
from kgan.diagnostics.verdict import CLOSE, FAR, IMPROVING, WORSENING

__all__ = ["NEAR", "SampleState", "is_far", "state"]

NEAR = "near the data"

# Each was set between what the eye calls mud and what it does not, over games on digits, Fashion-MNIST and emoji, which
# `benchmarks/verdicts.py` repeats.
_FAR = 0.3  # distance, of samples without any content
_NOISE = 2.0  # distance_ratio that chance alone gives now and then
_FEW = 0.4  # precision_ratio or coverage_ratio of samples that are few of them like reals, or like few of them
_NEAREST = 1.6  # distance_ratio
_AS_REALS = 0.9  # precision_ratio and coverage_ratio
_TOLD = 0.8  # separation: what the discriminator tells by more is not as close as reals
_LOOKS = 6  # over which a trend is read,
_SHARE_OF_LOOKS = 4  # or over a quarter of them, so that a slow trend is one, too
_FELL = 0.05  # of the distance, by which it must fall for a trend,
_FELL_BY = 0.02  # and by how much
_ROSE = 0.05  # by which the distance must rise for one
_GAINED = 0.03  # by which precision_ratio or coverage_ratio must rise for one
_LOST = 0.1  # or fall


@dataclass(frozen=True)
class SampleState:
    """What the samples look like.

    Attributes:
        name: `"far from the data"`, `"near the data"`, `"as close as reals"`; empty where nothing is known.
        trend: `"improving"`, `"getting worse"`, or empty where they stay as they are.
        because: The figures that say so.
    """

    name: str
    trend: str
    because: str

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.name, self.trend)))


def is_far(now: Signs) -> bool:
    """Whether samples are far from the reals at some scale, or few of them near; not where that is not known."""
    return _is_off(now) or min(now.precision_ratio, now.coverage_ratio) < _FEW


def _is_off(now: Signs) -> bool:
    return now.distance > _FAR and not now.distance_ratio < _NOISE


def state(history: Sequence[Signs]) -> SampleState:
    """Names what the samples look like.

    Other reals, which they are measured by, are held out, or one half of the training reals where too few are.

    Args:
        history: Signs, at least of one look, the latest last.
    """
    now = history[-1]
    if math.isnan(now.distance):
        return SampleState("", "", "")
    known = [signs for signs in history if not math.isnan(signs.distance)]
    early, late = _halves(known)
    if is_far(now):
        trend = _trend_of_distance(early, late)
        return SampleState(FAR, trend, _told_far(now, trend))
    trend = _trend_of_distance(early, late) or _trend_of_shares(early, late)
    return SampleState(CLOSE if _is_close(now) else NEAR, trend, _told_near(now))


def _is_close(now: Signs) -> bool:
    return (
        now.distance_ratio < _NEAREST
        and min(now.precision_ratio, now.coverage_ratio) > _AS_REALS
        and now.separation < _TOLD
    )


def _halves(known: Sequence[Signs]) -> tuple[Sequence[Signs], Sequence[Signs]]:
    """The earlier and the later looks of those that a trend is read from; both the same where there is one."""
    recent = known[-max(_LOOKS, len(known) // _SHARE_OF_LOOKS) :]
    half = len(recent) // 2
    return (recent[:half], recent[half:]) if half else (recent, recent)


def _trend_of_distance(early: Sequence[Signs], late: Sequence[Signs]) -> str:
    """By fine and coarse levels alike: the furthest level alone jumps where another takes its place."""
    before, now = ((_mean(half, "fine_distance") + _mean(half, "coarse_distance")) / 2 for half in (early, late))
    if now < before - max(_FELL_BY, _FELL * before):
        return IMPROVING
    return WORSENING if now > before + max(_ROSE, _FELL * before) else ""


def _trend_of_shares(early: Sequence[Signs], late: Sequence[Signs]) -> str:
    changes = [_mean(late, name) - _mean(early, name) for name in ("precision_ratio", "coverage_ratio")]
    if min(changes) < -_LOST:
        return WORSENING
    return IMPROVING if max(changes) > _GAINED and min(changes) > -_GAINED else ""


def _mean(looks: Sequence[Signs], name: str) -> float:
    return sum(getattr(signs, name) for signs in looks) / len(looks)


def _told_far(now: Signs, trend: str) -> str:
    going = {IMPROVING: ", and come nearer", WORSENING: ", and go further away"}.get(trend, "")
    if not _is_off(now):
        return f"{_told_near(now).removesuffix('.')}{going}."
    where = "in edges and texture" if now.fine_distance > now.coarse_distance else "in shapes and colours"
    return (
        f"Samples are far from the reals {where}{going}: their distance is {now.distance:.2g}, where reals have 0 and "
        f"blank pictures 1."
    )


def _told_near(now: Signs) -> str:
    said = f"Samples are {now.distance_ratio:.2g} times as far from the training reals as other reals are"
    if math.isnan(now.coverage_ratio):
        return f"{said}."
    return (
        f"{said}, cover {now.coverage_ratio:.0%} of what those cover, and {now.precision_ratio:.0%} as many look real."
    )
