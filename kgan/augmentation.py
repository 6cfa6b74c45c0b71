"""Differentiable augmentation of what the discriminator sees, of reals and generated samples alike.

Images are `(batch, height, width, channels)` in [-1, 1]. Every operation is linear in the pixels of its image, draws
one set of numbers for each image, and can be differentiated any number of times, so that gradient penalties pass
through it. A sample is augmented on its way to the discriminator only, never where it is drawn, shown or exported.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import keras
import numpy as np
import tensorflow as tf

from kgan import affine, distribution, limits, lookup, samples, schedules
from kgan.configurable import Configurable, whole
from kgan.draws import Draws


class Augmentation(Configurable):
    """A random change of each image.

    Attributes:
        images_only: Whether it takes nothing but images in [-1, 1].
        remembers: Numbers kept from step to step, and what they start from; they are saved with the model.
    """

    images_only = True
    remembers: Mapping[str, float] = MappingProxyType({})

    @property
    @abstractmethod
    def amount(self) -> "float | schedules.Schedule | None":
        """How strong it is, where that does not depend on the discriminator: a number or a schedule."""

    @abstractmethod
    def __call__(self, images: tf.Tensor, draws: Draws, strength) -> tf.Tensor:
        """The images changed, by this strength in this step, of the same shape, float32."""

    @property
    def varies(self) -> bool:
        """Whether the strength changes in training, so that it belongs in the logs."""
        return isinstance(self.amount, schedules.Schedule) or bool(self.remembers)

    def strength(self, memory: Mapping[str, keras.Variable], images_seen):
        """How strong it is in this step."""
        return schedules.at(self.amount, images_seen)

    def adjust(self, memory: Mapping[str, keras.Variable], margins: tf.Tensor) -> None:
        """Called after each step of the discriminator.

        Args:
            memory: The variables of what it `remembers`.
            margins: The logits of the reals less the loss's threshold: positive where a real was taken for real.
        """


def _happens(draws: Draws, count, probability, then, otherwise):
    """For each of `count` images `then` with the probability, else `otherwise`; both `(count, ...)` or scalars."""
    chosen = draws.uniform((count,)) < probability
    rank = len(getattr(then, "shape", ()))
    return tf.where(tf.reshape(chosen, [count] + [1] * max(rank - 1, 0)), then, otherwise)


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
        ValueError: The policy has an unknown name, or `probability` is out of range.

    Reference:
        Zhao et al., 2020, Differentiable Augmentation for Data-Efficient GAN Training. arXiv:2006.10738
    """

    def __init__(self, policy: str = "color,translation,cutout", probability: "float | schedules.Schedule" = 1.0):
        names = [name.strip() for name in policy.split(",")]
        self._operations = [lookup.find("policy", name, _DIFF_AUGMENT) for name in names]
        self.policy = ",".join(names)
        self.probability = schedules.number_or_schedule("probability", probability, most=1.0)

    @property
    def amount(self):
        """The probability."""
        return self.probability

    def __call__(self, images, draws, strength):
        count, probability = tf.shape(images)[0], strength
        for operation in self._operations:
            images = _happens(draws, count, probability, operation(images, draws), images)
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
        offset = _whole(draws, tf.shape(images)[0], -most, most)
        images = affine.shifted(images, offset, axis)
    return images


def _cutout(images, draws):
    count, covers = tf.shape(images)[0], []
    for axis in (1, 2):
        side = images.shape[axis]
        size = int(side / 2 + 0.5)
        # The square's centre may lie anywhere, so part of it may lie outside.
        first = _whole(draws, count, 0, side - 1 + (1 - size % 2)) - size // 2
        place = tf.range(side)[None]
        covers.append((place >= first[:, None]) & (place < first[:, None] + size))
    hole = covers[0][:, :, None, None] & covers[1][:, None, :, None]
    return tf.where(hole, 0.0, images)


def _flip(images, draws):
    return _happens(draws, tf.shape(images)[0], 0.5, tf.reverse(images, [2]), images)


def _whole(draws, count, least: int, most: int):
    """Whole numbers from least to most, both included, all equally likely."""
    number = tf.cast(tf.floor(draws.uniform((count,), float(least), float(most + 1))), tf.int32)
    return tf.minimum(number, most)  # a draw just below the bound may round up to it


_DIFF_AUGMENT = {"color": _color, "translation": _translation, "cutout": _cutout, "flip": _flip}


@keras.saving.register_keras_serializable("kgan")
class ADA(Augmentation):
    """Adaptive discriminator augmentation: as much of it as keeps the discriminator from learning the reals by heart.

    The operations are the paper's `bgc`: flips, quarter turns, whole translations by up to 1/8; scaling, rotation,
    stretching, translation; brightness, contrast, luma flip, hue, saturation (the last two for three channels only).
    Each happens to each image with probability p. The geometry is sampled bilinearly from the mirrored image, without
    the paper's wavelet filters.

    The controller watches `r = E[sign D(x)]` on reals, logits less the threshold that `real_accuracy` counts by: at
    every `every` discriminator steps `p <- p + sign(r - target) * (images since) / images`, kept in [0, limit]. The
    logs have it as `augmentation_strength`.

    Args:
        target: Of r, in (-1, 1); p rises while r lies above. Defaults to `0.6`.
        images: How many images it takes p to go from 0 to 1. Defaults to `500_000`.
        every: Discriminator steps from one adjustment to the next. Defaults to `4`.
        limit: Largest p. Defaults to `0.8`, below which, the paper shows, augmentations cannot leak into the samples.
        probability: `None` for the controller; a number in [0, 1], or a `kgan.schedules.Schedule`, takes its place.
        policy: Groups of operations with commas between: `flip`, `blit` (quarter turns, whole translations),
            `geometry`, `color`. Leave out what changes the meaning of your images: quarter turns make a 6 a 9.

    Raises:
        ValueError: An argument is out of range, or the policy has an unknown name.

    Reference:
        Karras et al., 2020, Training Generative Adversarial Networks with Limited Data, appendix B. arXiv:2006.06676
    """

    def __init__(
        self,
        target: float = 0.6,
        images: float = 500_000,
        every: int = 4,
        limit: float = 0.8,
        probability: "float | schedules.Schedule | None" = None,
        policy: str = "flip,blit,geometry,color",
    ):
        for argument, value, fits, expected in (
            ("target", target, -1.0 < target < 1.0, "in (-1, 1)"),
            ("images", images, images > 0, "> 0"),
            ("limit", limit, 0.0 <= limit <= 1.0, "in [0, 1]"),
        ):
            if not fits:
                raise ValueError(f"Expected {argument} {expected}. Received: {argument}={value}.")
        self.target = float(target)
        self.images = float(images)
        self.every = whole("every", every, 1)
        self.limit = float(limit)
        self.probability = None
        if probability is not None:
            self.probability = schedules.number_or_schedule("probability", probability, most=1.0)
        names = [name.strip() for name in policy.split(",")]
        groups = {lookup.find("policy", name, {one: one for one in _ADA_GROUPS}) for name in names}
        self.policy = ",".join(name for name in _ADA_GROUPS if name in groups)
        self._groups = groups

    @property
    def remembers(self):
        start = {"probability": 0.0, "signs": 0.0, "images": 0.0, "steps": 0.0}
        return start if self.probability is None else {}

    @property
    def amount(self):
        """The probability that takes the controller's place, or `None`."""
        return self.probability

    def strength(self, memory, images_seen):
        return memory["probability"].value if memory else super().strength(memory, images_seen)

    def adjust(self, memory, margins):
        if not memory:
            return
        sign = distribution.batch_mean(tf.sign(margins))
        count = distribution.total(tf.cast(tf.shape(margins)[0], tf.float32))
        counts = tf.math.is_finite(sign)  # else something overflowed, and a loss scale skips the step
        signs = memory["signs"] + tf.where(counts, sign, 0.0)
        images = memory["images"] + tf.where(counts, count, 0.0)
        steps = memory["steps"] + tf.cast(counts, tf.float32)
        due = steps >= self.every
        step = tf.sign(signs / tf.maximum(steps, 1.0) - self.target) * images / self.images
        adjusted = tf.clip_by_value(memory["probability"] + step, 0.0, self.limit)
        memory["probability"].assign(tf.where(due, adjusted, memory["probability"].value))
        for name, value in (("signs", signs), ("images", images), ("steps", steps)):
            memory[name].assign(tf.where(due, 0.0, value))

    def __call__(self, images, draws, strength):
        images = self._moved(images, draws, strength)
        return self._recoloured(images, draws, strength) if "color" in self._groups else images

    def _moved(self, images, draws, p):
        """All geometry in one matrix from places in the result to places in the image, and one sampling."""
        count, (height, width) = tf.shape(images)[0], images.shape[1:3]
        place = affine.identity(count)

        def apply(matrix, probability=p):
            nonlocal place
            place = place @ _happens(draws, count, probability, matrix, affine.identity(count))

        if "flip" in self._groups:
            apply(affine.scale(tf.where(draws.uniform((count,)) < 0.5, -1.0, 1.0), tf.ones((count,))))
        if "blit" in self._groups:
            if height == width:  # else a quarter turn would leave the picture
                apply(affine.rotation(tf.cast(_whole(draws, count, 0, 3), tf.float32) * (math.pi / 2)))
            offsets = [tf.round(draws.uniform((count,), -0.125, 0.125) * side) for side in (width, height)]
            apply(affine.translation(*offsets))
        if "geometry" in self._groups:
            both = 2.0 ** (0.2 * draws.normal((count,)))
            apply(affine.scale(1.0 / both, 1.0 / both))
            # Two turns, one before and one after the stretching, that together happen with probability p.
            once = 1.0 - tf.sqrt(1.0 - p)
            apply(affine.rotation(draws.uniform((count,), -math.pi, math.pi)), once)
            stretch = 2.0 ** (0.2 * draws.normal((count,)))
            apply(affine.scale(1.0 / stretch, stretch))
            apply(affine.rotation(draws.uniform((count,), -math.pi, math.pi)), once)
            apply(affine.translation(*(0.125 * side * draws.normal((count,)) for side in (width, height))))
        return affine.sampled(images, place)

    def _recoloured(self, images, draws, p):
        """All colour in one matrix with an offset for each image: `x <- M x + b`."""
        count, channels = tf.shape(images)[0], images.shape[-1]
        each = (count, 1, 1)
        eye = tf.eye(channels, batch_shape=[count])
        # Brightness, then contrast: the offset takes part in the contrast.
        offset = _happens(draws, count, p, 0.2 * draws.normal(each), tf.zeros(each))
        contrast = _happens(draws, count, p, 2.0 ** (0.5 * draws.normal(each)), tf.ones(each))
        matrix, offset = contrast * eye, contrast * offset * tf.ones((1, 1, channels))
        grey = tf.fill((1, channels, channels), 1.0 / channels)  # projects on the luma axis
        turns = [_happens(draws, count, p * 0.5, eye - 2.0 * grey, eye)]  # luma flip
        if channels == 3:
            angle = draws.uniform((count,), -math.pi, math.pi)
            turns.append(_happens(draws, count, p, _about_luma(angle), eye))
            saturation = 2.0 ** draws.normal(each)
            turns.append(_happens(draws, count, p, grey + saturation * (eye - grey), eye))
        for turn in turns:  # all of them symmetric about the luma axis, rows are pixels
            matrix, offset = matrix @ turn, offset @ turn
        flat = tf.reshape(images, (count, -1, channels))
        return tf.reshape(flat @ matrix + offset, tf.shape(images))


def _about_luma(angle):
    """Rotations of RGB about the grey axis, `(batch, 3, 3)` for row vectors (Rodrigues' formula)."""
    x, y, z = np.full(3, 1.0 / math.sqrt(3.0), np.float32)
    cross = tf.constant([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], tf.float32)
    angle = angle[:, None, None]
    turned = tf.eye(3) + tf.sin(angle) * cross + (1.0 - tf.cos(angle)) * (cross @ cross)
    return tf.transpose(turned, (0, 2, 1))


_ADA_GROUPS = ("flip", "blit", "geometry", "color")


@keras.saving.register_keras_serializable("kgan")
class InstanceNoise(Augmentation):
    """Gaussian noise on reals and generated samples, so that the two distributions overlap from the start.

    Samples of any shape and range: `x + deviation * N(0, 1)`, drawn anew at each look.

    Args:
        deviation: Of the noise, a non-negative number or, as in the source, a `kgan.schedules.Schedule` that ends in 0.
            Defaults to `0.1`.

    Raises:
        ValueError: `deviation` is negative.

    Reference:
        Sønderby et al., 2017, Amortised MAP Inference for Image Super-resolution, section 3.4. arXiv:1610.04490;
        Arjovsky and Bottou, 2017, arXiv:1701.04862
    """

    images_only = False

    def __init__(self, deviation: "float | schedules.Schedule" = 0.1):
        self.deviation = schedules.number_or_schedule("deviation", deviation)

    @property
    def amount(self):
        """The deviation."""
        return self.deviation

    def __call__(self, images, draws, strength):
        return images + strength * draws.normal(tf.shape(images))


AUGMENTATIONS = lookup.by_name([DiffAugment, ADA, InstanceNoise])


def get(identifier: "str | Augmentation") -> Augmentation:
    """Returns the augmentation: `"ada"`, `"diff_augment"`, `"instance_noise"`, a policy of `DiffAugment` as
    `"translation,cutout"`, or an `Augmentation` as it is.

    Raises:
        ValueError: No augmentation or operation has that name.
        TypeError: `identifier` is neither a string nor an `Augmentation`.
    """
    if isinstance(identifier, str) and ("," in identifier or identifier in _DIFF_AUGMENT):
        return DiffAugment(identifier)
    if isinstance(identifier, str):
        lookup.find("augmentation", identifier, {**AUGMENTATIONS, **_DIFF_AUGMENT})
    return lookup.resolve("augmentation", identifier, AUGMENTATIONS, Augmentation)


def preview(
    images: np.ndarray, augmentation: "str | Augmentation", copies: int = 7, seed: int = 0, strength=None
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
        ValueError: A name is unknown, `copies` is less than 1, or the samples are no images.
    """
    augmentation = get(augmentation)
    images = samples.to_float(tf.constant(images)).numpy()
    check_images(images.shape[1:], samples.IMAGE_RANGE)
    copies = whole("copies", copies, 1)
    held = 4 * limits.array_bytes(images.shape) * (1 + copies)  # repeated, augmented, joined, and on the way between
    limits.check_bytes("copies", copies, held, "Ask for fewer copies, or of fewer images.")
    if strength is None:
        strength = augmentation.limit if augmentation.amount is None else schedules.at(augmentation.amount, 0)
    repeated = tf.repeat(tf.constant(images), copies, axis=0)
    changed = augmentation(repeated, Draws(tf.constant([seed, 0], tf.int64)), strength).numpy()
    changed = changed.reshape(len(images), copies, *images.shape[1:])
    return np.concatenate([images[:, None], changed], axis=1).reshape(-1, *images.shape[1:]).astype(np.float32)


def check_images(sample_shape: Sequence[int], value_range) -> None:
    """Refuses samples that are no images in [-1, 1].

    Raises:
        ValueError: They are not.
    """
    if len(sample_shape) != 3 or value_range != (-1.0, 1.0):
        raise ValueError(
            f"Expected images in [-1, 1] to augment, (height, width, channels). Received: samples of shape "
            f"{tuple(sample_shape)}, value_range={value_range}. Leave augmentation out."
        )
