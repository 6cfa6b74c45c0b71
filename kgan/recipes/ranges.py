"""What numbers a setting takes, by the name of the argument, so that a slip is refused before any data is read.

Constructors of kgan check their own; those of Keras take a momentum of 1.5 and a learning rate of -1 as they come.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["RANGES", "Range", "refused"]

_LARGEST_RATE = 1_000  # no optimizer of Keras has been of use above 10


@dataclass(frozen=True)
class Range:
    """Numbers that a setting takes.

    Attributes:
        words: For errors, after the name of the setting: "> 0".
        holds: Whether a number is one of them.
    """

    words: str
    holds: Callable[[float], bool]


def _above(least: float) -> Range:
    return Range(f"> {least:g}", lambda value: value > least)


def _from(least: float) -> Range:
    return Range(f">= {least:g}", lambda value: value >= least)


_SHARE = Range("in [0, 1)", lambda value: 0 <= value < 1)
_UP_TO_ONE = Range("in [0, 1]", lambda value: 0 <= value <= 1)
_RATE = Range(f"> 0 and at most {_LARGEST_RATE:,}", lambda value: 0 < value <= _LARGEST_RATE)

RANGES: dict[str, Range] = {
    # optimizers
    "learning_rate": _RATE,
    "beta_1": _SHARE,
    "beta_2": _SHARE,
    "momentum": _SHARE,
    "rho": _SHARE,
    "epsilon": _from(0),
    "weight_decay": _from(0),
    "clipnorm": _above(0),
    "clipvalue": _above(0),
    "global_clipnorm": _above(0),
    "ema_momentum": _UP_TO_ONE,
    "ema_overwrite_frequency": _from(1),
    "loss_scale_factor": _above(0),
    "gradient_accumulation_steps": _from(2),
    "learning_rate_factor": _above(0),
    # schedules of learning rates
    "initial_learning_rate": _RATE,
    "end_learning_rate": _from(0),
    "warmup_target": _RATE,
    "decay_steps": _above(0),
    "warmup_steps": _from(0),
    "first_decay_steps": _above(0),
    "decay_rate": _above(0),
    # networks and models
    "width": _from(1),
    "latent_dim": _from(1),
    "depth": _from(1),
    "layers": _from(1),
    "dropout": _SHARE,
    "ema_half_life": _above(0),
    "style_mixing": _UP_TO_ONE,
    "pac": _from(1),
    "pair_width": _from(1),
    "frozen_layers": _from(0),
    "rate_factor": Range("in (0, 1]", lambda value: 0 < value <= 1),
    # how the generator learns
    "top_k": Range("in (0, 1]", lambda value: 0 < value <= 1),
    "loss_weight": _from(0),
    # data
    "validation_split": _SHARE,
}
"""By the last part of a setting's dotted name; schedules in place of a number check their own."""


def refused(name: str, value: object) -> str:
    """What is expected of a number, in words, if it is not one that the setting takes; else an empty string.

    Args:
        name: The setting's dotted name.
        value: What it is given.
    """
    known = RANGES.get(name.rpartition(".")[2])
    if known is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return "" if math.isfinite(value) and known.holds(value) else known.words
