"""Whether runs differ by how they were trained, or only by how long."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgan.metrics import METRICS, PSNR, SSIM, MeanAbsoluteError, PairFeatureDistance

__all__ = ["Course", "about_length", "course", "is_better_below"]

_LONGER = 1.5  # times as many epochs: less is the same length, for what can be said of it
_WINDOW = 5  # epochs at least over which a metric is read,
_SHARE = 5  # or a fifth of the run
_IMPROVED = 0.02  # of the metric, from one half of them to the other: less is noise
_ALIKE = 0.15  # of the metric: runs that are as close after as many epochs are not told apart by one seed
_OF_PAIRS = {"psnr": PSNR, "ssim": SSIM, "l1": MeanAbsoluteError, "feature_distance": PairFeatureDistance}


class Course(NamedTuple):
    """How a metric went in one run.

    Attributes:
        epochs: After the last of which it has a value.
        best: The epoch at which it was best.
        improves: Whether it still got better over the last epochs.
        values: By epochs.
    """

    epochs: int
    best: int
    improves: bool
    values: dict[int, float]


def is_better_below(metric: str) -> bool | None:
    """Whether less is better of a column of the log; `None` where neither is."""
    bare = metric.removeprefix("val_")
    if not metric.startswith("val_") or bare.endswith("_loss"):
        return None
    known = METRICS.get(bare) or _OF_PAIRS.get(bare)
    return {"min": True, "max": False}.get(known.better) if known else None


def course(log: dict[str, np.ndarray], metric: str) -> Course | None:
    """How the metric went; `None` without one of which less or more is better.

    Args:
        log: Columns of `log.csv` by their names.
        metric: Of a column.
    """
    below = is_better_below(metric)
    if below is None or metric not in log:
        return None
    found = zip(log["epoch"], log[metric], strict=True)
    values = {int(epoch): float(value) for epoch, value in found if math.isfinite(value)}
    if not values:
        return None
    best = (min if below else max)(values, key=lambda epoch: values[epoch])
    recent = list(values.values())[-max(_WINDOW, len(values) // _SHARE) :]
    half = len(recent) // 2
    improves = False
    if half:
        early, late = float(np.mean(recent[:half])), float(np.mean(recent[half:]))
        gain = early - late if below else late - early
        improves = gain > _IMPROVED * abs(early)
    return Course(max(values), best, improves, values)


def about_length(
    names: Sequence[str], courses: Sequence[Course | None], label: str, differ: Sequence[str], comparable: bool
) -> list[str]:
    """What must be said where runs are of different lengths: sentences, none where they are not.

    Args:
        names: Of the runs.
        courses: Of the metric, in the same order.
        label: What the metric is called.
        differ: Settings that differ, without `epochs`.
        comparable: Whether the metric was measured on the same basis in all.
    """
    known = sorted(
        ((name, one) for name, one in zip(names, courses, strict=True) if one is not None),
        key=lambda pair: pair[1].epochs,
    )
    if len(known) < 2 or known[-1][1].epochs < _LONGER * known[0][1].epochs:
        return []
    (short, first), (long, last) = known[0], known[-1]
    said = [f"The runs are of different lengths: {short} has {_epochs(first)}, {long} {_epochs(last)}."]
    if first.improves:
        said.append(f"{short} ended while its {label} still improved.")
    then = last.values.get(first.epochs)
    if then is None or not comparable:
        return [" ".join(said)]
    now = first.values[first.epochs]
    said.append(f"After {_epochs(first)} both were at {now:.4g} and {then:.4g}.")
    if abs(now - then) <= _ALIKE * max(abs(now), abs(then)):
        said.append("What they differ by in the end is of length alone, as far as one seed can tell.")
    elif differ:
        said.append(f"That is not of length, but of {'seed' if list(differ) == ['seed'] else 'settings that differ'}.")
    return [" ".join(said)]


def _epochs(course: Course) -> str:
    return f"{course.epochs} epoch" + ("" if course.epochs == 1 else "s")
