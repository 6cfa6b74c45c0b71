"""Filling up rare classes with generated samples, and whether a classifier gains by it."""

from kgan.balancing.augmented import Augmented
from kgan.balancing.augmenting import augment
from kgan.balancing.outcomes import Outcome
from kgan.balancing.pictures import AugmentedPictures
from kgan.balancing.rows import AugmentedRows

__all__ = ["Augmented", "AugmentedPictures", "AugmentedRows", "Outcome", "augment"]
