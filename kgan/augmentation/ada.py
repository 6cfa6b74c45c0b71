"""Adaptive discriminator augmentation."""

import math
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from kgan import distribution, schedules
from kgan._game.draws import Draws
from kgan._support import lookup
from kgan._support.checks import whole
from kgan.augmentation import affine
from kgan.augmentation.base import Augmentation, happens, whole_numbers

__all__ = ["ADA"]


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
        ValueError: if `target` is not in (-1, 1), `images` or `every` is not positive, `limit` or `probability` is not
            in [0, 1], or `policy` has an unknown name.

    Examples:
        >>> kgan.augmentation.ADA(target=0.6, policy="flip,color").policy
        'flip,color'

    Reference:
        Karras et al., 2020, Training Generative Adversarial Networks with Limited Data, appendix B. arXiv:2006.06676
    """

    compiled_apart = True

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
    def remembers(self) -> Mapping[str, float]:
        start = {"probability": 0.0, "signs": 0.0, "images": 0.0, "steps": 0.0}
        return start if self.probability is None else {}

    @property
    def amount(self) -> "float | schedules.Schedule | None":
        """The probability that takes the controller's place, or `None`."""
        return self.probability

    def strength(self, memory: Mapping[str, keras.Variable], images_seen: tf.Tensor) -> tf.Tensor | float:
        return memory["probability"].value if memory else super().strength(memory, images_seen)

    def adjust(self, memory: Mapping[str, keras.Variable], margins: tf.Tensor) -> None:
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

    def __call__(self, images: tf.Tensor, draws: Draws, strength: tf.Tensor | float) -> tf.Tensor:
        images = self._moved(images, draws, strength)
        return self._recoloured(images, draws, strength) if "color" in self._groups else images

    def _moved(self, images, draws, p):
        """All geometry in one matrix from places in the result to places in the image, and one sampling."""
        count, (height, width) = tf.shape(images)[0], images.shape[1:3]
        place = affine.identity(count)

        def apply(matrix, probability=p):
            nonlocal place
            place = place @ happens(draws, count, probability, matrix, affine.identity(count))

        if "flip" in self._groups:
            apply(affine.scale(tf.where(draws.uniform((count,)) < 0.5, -1.0, 1.0), tf.ones((count,))))
        if "blit" in self._groups:
            if height == width:  # else a quarter turn would leave the picture
                apply(affine.rotation(tf.cast(whole_numbers(draws, count, 0, 3), tf.float32) * (math.pi / 2)))
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
        offset = happens(draws, count, p, 0.2 * draws.normal(each), tf.zeros(each))
        contrast = happens(draws, count, p, 2.0 ** (0.5 * draws.normal(each)), tf.ones(each))
        matrix, offset = contrast * eye, contrast * offset * tf.ones((1, 1, channels))
        grey = tf.fill((1, channels, channels), 1.0 / channels)  # projects on the luma axis
        turns = [happens(draws, count, p * 0.5, eye - 2.0 * grey, eye)]  # luma flip
        if channels == 3:
            angle = draws.uniform((count,), -math.pi, math.pi)
            turns.append(happens(draws, count, p, _about_luma(angle), eye))
            saturation = 2.0 ** draws.normal(each)
            turns.append(happens(draws, count, p, grey + saturation * (eye - grey), eye))
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
