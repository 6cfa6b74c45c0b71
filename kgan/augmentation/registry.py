"""Augmentations by name."""

from collections.abc import Mapping, Sequence

from kgan._support import lookup
from kgan.augmentation.ada import ADA
from kgan.augmentation.base import Augmentation
from kgan.augmentation.diff_augment import _DIFF_AUGMENT, DiffAugment
from kgan.augmentation.instance_noise import InstanceNoise

__all__ = ["AUGMENTATIONS", "get"]

AUGMENTATIONS: dict[str, type[Augmentation]] = lookup.by_name([DiffAugment, ADA, InstanceNoise])


def get(identifier: "str | Sequence[str] | Mapping | Augmentation | type[Augmentation]") -> Augmentation:
    """Returns the augmentation: `"ada"` or `"ADA"`, `"diff_augment"`, `"instance_noise"`, a policy of `DiffAugment` as
    `"translation,cutout"` or a list of its operations, by class or config, or an `Augmentation` as it is.

    Raises:
        ValueError: if no augmentation or operation has that name, or the config is not one of an augmentation.
        TypeError: if `identifier` is neither a string, an `Augmentation`, such a class nor a config.
    """
    if isinstance(identifier, list | tuple) and identifier and all(isinstance(one, str) for one in identifier):
        identifier = ",".join(identifier)
    if isinstance(identifier, str) and (
        "," in identifier or lookup.spelled(identifier, _DIFF_AUGMENT) in _DIFF_AUGMENT
    ):
        return DiffAugment(identifier)
    if isinstance(identifier, str):
        known = {**AUGMENTATIONS, **_DIFF_AUGMENT}
        lookup.find("augmentation", lookup.spelled(identifier, known), known)
    return lookup.resolve("augmentation", identifier, AUGMENTATIONS, Augmentation)
