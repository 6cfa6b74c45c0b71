"""What the discriminator sees of reals and generated samples."""

from kgan.augmentation.ada import ADA
from kgan.augmentation.base import Augmentation, check_images
from kgan.augmentation.diff_augment import DiffAugment
from kgan.augmentation.instance_noise import InstanceNoise
from kgan.augmentation.previewing import preview
from kgan.augmentation.registry import AUGMENTATIONS, get

__all__ = [
    "ADA",
    "AUGMENTATIONS",
    "Augmentation",
    "DiffAugment",
    "InstanceNoise",
    "check_images",
    "get",
    "preview",
]
