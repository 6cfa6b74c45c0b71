"""Augmentations by name."""

from kgan._support import lookup
from kgan.augmentation.ada import ADA
from kgan.augmentation.base import Augmentation
from kgan.augmentation.diff_augment import _DIFF_AUGMENT, DiffAugment
from kgan.augmentation.instance_noise import InstanceNoise

__all__ = ["AUGMENTATIONS", "get"]

AUGMENTATIONS: dict[str, type[Augmentation]] = lookup.by_name([DiffAugment, ADA, InstanceNoise])


def get(identifier: "str | Augmentation") -> Augmentation:
    """Returns the augmentation: `"ada"`, `"diff_augment"`, `"instance_noise"`, a policy of `DiffAugment` as
    `"translation,cutout"`, or an `Augmentation` as it is.

    Raises:
        ValueError: if no augmentation or operation has that name.
        TypeError: if `identifier` is neither a string nor an `Augmentation`.
    """
    if isinstance(identifier, str) and ("," in identifier or identifier in _DIFF_AUGMENT):
        return DiffAugment(identifier)
    if isinstance(identifier, str):
        lookup.find("augmentation", identifier, {**AUGMENTATIONS, **_DIFF_AUGMENT})
    return lookup.resolve("augmentation", identifier, AUGMENTATIONS, Augmentation)
