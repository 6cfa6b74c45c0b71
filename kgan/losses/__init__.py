"""Adversarial losses."""

from kgan.losses.base import AdversarialLoss, PlayerLosses
from kgan.losses.cross_entropy import GradientReversal, Minimax, NonSaturating, js_divergence_lower_bound
from kgan.losses.function import OfFunction
from kgan.losses.least_squares import LeastSquares
from kgan.losses.margins import Hinge, Wasserstein
from kgan.losses.registry import LOSSES, get
from kgan.losses.relativistic import RelativisticAverage, RelativisticPairing
from kgan.losses.two_sided import TwoSided

__all__ = [
    "LOSSES",
    "AdversarialLoss",
    "GradientReversal",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "OfFunction",
    "PlayerLosses",
    "RelativisticAverage",
    "RelativisticPairing",
    "TwoSided",
    "Wasserstein",
    "get",
    "js_divergence_lower_bound",
]
