"""Penalties of the discriminator."""

from kgan.penalties.base import Penalty
from kgan.penalties.logit_level import Drift, LeCam
from kgan.penalties.registry import PENALTIES, get
from kgan.penalties.unit_slope import DRAGAN, WGANGP
from kgan.penalties.zero_centred import R1, R2

__all__ = [
    "DRAGAN",
    "PENALTIES",
    "R1",
    "R2",
    "WGANGP",
    "Drift",
    "LeCam",
    "Penalty",
    "get",
]
