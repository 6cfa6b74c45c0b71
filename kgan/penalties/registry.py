"""Penalties by name."""

from kgan._support import lookup
from kgan.penalties.base import Penalty
from kgan.penalties.logit_level import Drift, LeCam
from kgan.penalties.unit_slope import DRAGAN, WGANGP
from kgan.penalties.zero_centred import R1, R2

__all__ = ["PENALTIES", "get"]

PENALTIES: dict[str, type[Penalty]] = lookup.by_name([R1, R2, WGANGP, DRAGAN, Drift, LeCam])


def get(identifier: "str | Penalty") -> Penalty:
    """Returns the penalty: by name (`"r1"`, at its default strength), or as it is when it is a `Penalty` already.

    Raises:
        ValueError: if no penalty has that name.
        TypeError: if `identifier` is neither a name nor a `Penalty`.
    """
    return lookup.resolve("penalties", identifier, PENALTIES, Penalty)
