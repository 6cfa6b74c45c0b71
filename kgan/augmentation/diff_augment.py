"""DiffAugment."""

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game.draws import Draws
from kgan._support import lookup
from kgan.augmentation import affine
from kgan.augmentation.base import Augmentation, happens, whole_numbers

__all__ = ["DiffAugment"]


@keras.saving.register_keras_serializable("kgan")
class DiffAugment(Augmentation):
    """Colour, translation, cutout and flips, for training on few data.

    `color`: brightness + U(-0.5, 0.5), then saturation x U(0, 2), then contrast x U(0.5, 1.5), about the mean of the
    pixel and of the image. `translation`: by up to 1/8 of the side, whole pixels, zeros coming in. `cutout`: a square
    of half the side set to 0. `flip`: mirrored left to right, always with probability 1/2 (not in the paper; leave it
    out where left and right differ, as in letters).

    Args:
        policy: Names with commas between, applied in that order. Defaults to all three of the paper.
        probability: With which each of them happens to each image, a number in [0, 1] or a `kgan.schedules.Schedule`.
            Defaults to `1.0`, as in the paper.

    Raises:
        ValueError: if `policy` has an unknown name, or `probability` is not in [0, 1].

    Examples:
        >>> policy = kgan.augmentation.DiffAugment("translation,cutout")  # compile(augmentation=policy)
        >>> images = np.zeros((2, 8, 8, 3), "uint8")
        >>> kgan.augmentation.preview(images, policy, copies=3).shape
        (8, 8, 8, 3)

    Reference:
        Zhao et al., 2020, Differentiable Augmentation for Data-Efficient GAN Training. arXiv:2006.10738
    """

    compiled_apart = True

    def __init__(self, policy: str = "color,translation,cutout", probability: "float | schedules.Schedule" = 1.0):
        names = [lookup.spelled(name, _DIFF_AUGMENT).strip() for name in policy.split(",")]
        self._operations = [lookup.find("policy", name, _DIFF_AUGMENT) for name in names]
        self.policy = ",".join(names)
        self.probability = schedules.number_or_schedule("probability", probability, most=1.0)

    @property
    def amount(self) -> "float | schedules.Schedule | None":
        """The probability."""
        return self.probability

    def __call__(self, images: tf.Tensor, draws: Draws, strength: tf.Tensor | float) -> tf.Tensor:
        count, probability = tf.shape(images)[0], strength
        for operation in self._operations:
            images = happens(draws, count, probability, operation(images, draws), images)
        return images


def _color(images, draws):
    each = (tf.shape(images)[0], 1, 1, 1)
    images += draws.uniform(each, -0.5, 0.5)
    images = _about(tf.reduce_mean(images, axis=-1, keepdims=True), images, draws.uniform(each, 0.0, 2.0))
    return _about(tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True), images, draws.uniform(each, 0.5, 1.5))


def _about(mean, images, factor):
    return mean + factor * (images - mean)


def _translation(images, draws):
    for axis in (1, 2):
        side = images.shape[axis]
        most = int(side / 8 + 0.5)
        offset = whole_numbers(draws, tf.shape(images)[0], -most, most)
        images = affine.shifted(images, offset, axis)
    return images


def _cutout(images, draws):
    count, covers = tf.shape(images)[0], []
    for axis in (1, 2):
        side = images.shape[axis]
        size = int(side / 2 + 0.5)
        # The square's centre may lie anywhere, so part of it may lie outside.
        first = whole_numbers(draws, count, 0, side - 1 + (1 - size % 2)) - size // 2
        place = tf.range(side)[None]
        covers.append((place >= first[:, None]) & (place < first[:, None] + size))
    hole = covers[0][:, :, None, None] & covers[1][:, None, :, None]
    return tf.where(hole, 0.0, images)


def _flip(images, draws):
    return happens(draws, tf.shape(images)[0], 0.5, tf.reverse(images, [2]), images)


_DIFF_AUGMENT = {"color": _color, "translation": _translation, "cutout": _cutout, "flip": _flip}
