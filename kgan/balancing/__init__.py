"""Filling up rare classes with generated rows, and whether a classifier gains by it."""

from kgan.balancing.outcomes import Outcome
from kgan.balancing.rows import Augmented, augment

__all__ = ["Augmented", "Outcome", "augment"]
