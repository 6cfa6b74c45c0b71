"""Penalties by name."""

from collections.abc import Mapping

from kgan._support import lookup
from kgan.penalties.base import Penalty
from kgan.penalties.logit_level import Drift, LeCam
from kgan.penalties.unit_slope import DRAGAN, WGANGP
from kgan.penalties.zero_centred import R1, R2

__all__ = ["PENALTIES", "get"]

PENALTIES: dict[str, type[Penalty]] = lookup.by_name([R1, R2, WGANGP, DRAGAN, Drift, LeCam])


def get(identifier: "str | Mapping | Penalty | type[Penalty]") -> Penalty:
    """Returns the penalty: by name (`"r1"` or `"R1"`, at its default strength), class or config, or as it is.

    Raises:
        ValueError: if no penalty has that name, or the config is not one of a penalty.
        TypeError: if `identifier` is neither a name, a `Penalty`, such a class nor a config.
    """
    return lookup.resolve("penalties", identifier, PENALTIES, Penalty)
