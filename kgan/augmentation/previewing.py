"""What an augmentation does to some images."""

import numpy as np
import tensorflow as tf

from kgan import schedules
from kgan._game.draws import Draws
from kgan._support import limits
from kgan._support.checks import whole
from kgan.augmentation.base import Augmentation, check_images
from kgan.augmentation.registry import get
from kgan.data import values

__all__ = ["preview"]


def preview(
    images: np.ndarray,
    augmentation: "str | Augmentation",
    copies: int = 7,
    seed: int = 0,
    strength: float | None = None,
) -> np.ndarray:
    """What the discriminator will see: each image as it is, then `copies` augmented ones.

    Args:
        images: `(n, height, width, channels)` uint8, or float32 in [-1, 1].
        augmentation: Name, policy or object.
        copies: Of each image.
        seed: Of the draws.
        strength: By default the augmentation's own, or the limit of an adaptive one.

    Returns:
        float32 `(n * (1 + copies), height, width, channels)`, image by image.

    Raises:
        ValueError: if a name is unknown, `copies` is less than 1, or the samples are no images.
    """
    augmentation = get(augmentation)
    images = values.to_float(tf.constant(images)).numpy()
    check_images(images.shape[1:], values.IMAGE_RANGE)
    copies = whole("copies", copies, 1)
    held = 4 * limits.array_bytes(images.shape) * (1 + copies)  # repeated, augmented, joined, and on the way between
    limits.check_bytes("copies", copies, held, "Ask for fewer copies, or of fewer images.")
    if strength is None:
        strength = augmentation.limit if augmentation.amount is None else schedules.at(augmentation.amount, 0)
    repeated = tf.repeat(tf.constant(images), copies, axis=0)
    changed = augmentation(repeated, Draws(tf.constant([seed, 0], tf.int64)), strength).numpy()
    changed = changed.reshape(len(images), copies, *images.shape[1:])
    return np.concatenate([images[:, None], changed], axis=1).reshape(-1, *images.shape[1:]).astype(np.float32)
