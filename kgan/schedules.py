"""Numbers that change as training goes on, by the images seen so far."""

import math
import numbers
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kgan._support import lookup
from kgan._support.checks import whole
from kgan._support.configurable import Configurable, deserialized

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "Exponential",
    "LearningRate",
    "Linear",
    "LinearAfter",
    "Schedule",
    "Stepwise",
    "at",
    "number_or_schedule",
]


class Schedule(Configurable):
    """A number as a function of the images seen.

    Where kgan takes a schedule it takes a plain number too: `gamma` of a penalty, `ema_half_life` of a GAN, `beta_2` of
    `compile`, `probability` of an augmentation; `LearningRate` makes one a learning rate. A schedule is saved with the
    model, and a resumed run goes on along it.

    Attributes:
        least: The smallest value it takes.
        most: The largest.
    """

    least: float
    most: float

    @abstractmethod
    def __call__(self, images: "tf.Tensor | float") -> tf.Tensor:
        """The value after `images` images, an integer tensor; float32 scalar."""

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


@keras.saving.register_keras_serializable("kgan")
class Constant(Schedule):
    """Always the same.

    Args:
        value: That number.
    """

    def __init__(self, value: float):
        self.value = self.least = self.most = float(value)

    def __call__(self, images: "tf.Tensor | float") -> tf.Tensor:
        return tf.constant(self.value, tf.float32)


class _FromTo(Schedule):
    def __init__(self, start: float, end: float, images: float):
        if not images > 0:
            raise ValueError(f"Expected images > 0. Received: images={images}.")
        self.start = float(start)
        self.end = float(end)
        self.images = float(images)
        self.least, self.most = sorted((self.start, self.end))

    def _progress(self, images):
        return tf.minimum(tf.cast(images, tf.float32) / self.images, 1.0)


@keras.saving.register_keras_serializable("kgan")
class Linear(_FromTo):
    """From `start` to `end` in a straight line over so many images, then `end`.

    Args:
        start: Value at the first image.
        end: Value from `images` on.
        images: How long it takes, positive.

    Raises:
        ValueError: if `images` is not positive.
    """

    def __call__(self, images: "tf.Tensor | float") -> tf.Tensor:
        return self.start + (self.end - self.start) * self._progress(images)


@keras.saving.register_keras_serializable("kgan")
class LinearAfter(_FromTo):
    """`start` for so many images, then in a straight line to `end`, as CycleGAN's learning rate goes to 0.

    Args:
        start: Value up to `after` images.
        end: Value from `images` on.
        images: When `end` is reached, more than `after`.
        after: When the line begins, 0 or more.

    Raises:
        ValueError: if `images` is not positive, or `after` is negative or not less than `images`.

    Examples:
        >>> rate = kgan.schedules.LinearAfter(2e-4, 0.0, images=200, after=100)
        >>> [round(float(rate(images)), 6) for images in (0, 100, 150, 200)]
        [0.0002, 0.0002, 0.0001, 0.0]
    """

    def __init__(self, start: float, end: float, images: float, after: float):
        super().__init__(start, end, images)
        if not 0.0 <= after < images:
            raise ValueError(f"Expected after from 0 to less than images={images}. Received: after={after}.")
        self.after = float(after)

    def __call__(self, images: "tf.Tensor | float") -> tf.Tensor:
        done = (tf.cast(images, tf.float32) - self.after) / (self.images - self.after)
        return self.start + (self.end - self.start) * tf.clip_by_value(done, 0.0, 1.0)


@keras.saving.register_keras_serializable("kgan")
class Cosine(_FromTo):
    """From `start` to `end` along half a cosine over so many images, level at both ends, then `end`.

    `end + (start - end) (1 + cos(pi t)) / 2` with `t = min(images_seen / images, 1)`.

    Args:
        start: Value at the first image.
        end: Value from `images` on.
        images: How long it takes, positive.

    Raises:
        ValueError: if `images` is not positive.

    Examples:
        >>> gamma = kgan.schedules.Cosine(1.0, 0.1, images=2e6)
        >>> [round(float(gamma(images)), 2) for images in (0, 1e6, 2e6, 3e6)]
        [1.0, 0.55, 0.1, 0.1]

    Reference:
        Huang et al., 2024, The GAN is dead; long live the GAN!, the burn-in of its training. arXiv:2501.05441
    """

    def __call__(self, images: "tf.Tensor | float") -> tf.Tensor:
        return self.end + (self.start - self.end) * (1.0 + tf.cos(math.pi * self._progress(images))) / 2.0


@keras.saving.register_keras_serializable("kgan")
class Exponential(_FromTo):
    """From `start` to `end` by the same factor for each image over so many images, then `end`.

    `start (end / start)^t` with `t = min(images_seen / images, 1)`.

    Args:
        start: Value at the first image, positive.
        end: Value from `images` on, positive.
        images: How long it takes, positive.

    Raises:
        ValueError: if a value or `images` is not positive.

    Examples:
        >>> share = kgan.schedules.Exponential(1.0, 0.25, images=1000)  # compile(top_k=share)
        >>> [round(float(share(images)), 3) for images in (0, 500, 1000, 2000)]
        [1.0, 0.5, 0.25, 0.25]
    """

    def __init__(self, start: float, end: float, images: float):
        super().__init__(start, end, images)
        if not self.least > 0.0:
            raise ValueError(f"Expected start > 0 and end > 0. Received: start={start}, end={end}. Take Linear to 0.")

    def __call__(self, images: "tf.Tensor | float") -> tf.Tensor:
        return self.start * tf.exp(math.log(self.end / self.start) * self._progress(images))


@keras.saving.register_keras_serializable("kgan")
class Stepwise(Schedule):
    """`start`, multiplied by `factor` at some numbers of images, as papers halve learning rates.

    Args:
        start: Value at the first image.
        factor: What it is multiplied by each time, above 0.
        after: Numbers of images at which that happens, ascending, none negative.

    Raises:
        ValueError: if `factor` is not above 0, or `after` is negative or does not ascend.

    Examples:
        >>> rate = kgan.schedules.Stepwise(1e-4, 0.5, after=[100, 200])
        >>> [round(float(rate(images)), 6) for images in (0, 99, 100, 200)]
        [0.0001, 0.0001, 5e-05, 2.5e-05]
    """

    def __init__(self, start: float, factor: float, after: Sequence[float]):
        if not 0.0 < factor < math.inf:
            raise ValueError(f"Expected factor > 0. Received: factor={factor}.")
        at_images = [float(images) for images in after]
        if any(images < 0.0 for images in at_images) or sorted(set(at_images)) != at_images:
            raise ValueError(f"Expected after as ascending numbers of images from 0 on. Received: after={after}.")
        self.start = float(start)
        self.factor = float(factor)
        self.after = at_images
        self.least, self.most = sorted((self.start, self.start * self.factor ** len(at_images)))

    def __call__(self, images: "tf.Tensor | float") -> tf.Tensor:
        passed = tf.cast(images, tf.float32) >= tf.constant(self.after, tf.float32)
        return self.start * self.factor ** tf.reduce_sum(tf.cast(passed, tf.float32))


@keras.saving.register_keras_serializable("kgan")
class LearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of images for an optimizer, which counts its own steps.

    Args:
        schedule: Of the learning rate.
        images_per_step: Images that training sees from one step of the optimizer to the next, at least 1: the batch
            size, and for a generator times `discriminator_steps`.

    Raises:
        TypeError: if `schedule` is no schedule of kgan.
        ValueError: if `schedule` goes below 0, or `images_per_step` is less than 1.

    Examples:
        >>> rate = kgan.schedules.LearningRate(kgan.schedules.Cosine(2e-4, 5e-5, images=6400), images_per_step=64)
        >>> [round(float(rate(step)), 6) for step in (0, 50, 100, 200)]
        [0.0002, 0.000125, 5e-05, 5e-05]
    """

    def __init__(self, schedule: Schedule, images_per_step: int):
        if not isinstance(schedule, Schedule):
            raise TypeError(f"Expected schedule as a kgan.schedules.Schedule. Received: schedule={schedule!r}.")
        number_or_schedule("schedule", schedule)
        self.schedule = schedule
        self.images_per_step = whole("images_per_step", images_per_step, 1)

    def __call__(self, step: "tf.Tensor | float") -> tf.Tensor:
        return self.schedule(tf.cast(step, tf.float32) * self.images_per_step)

    def get_config(self) -> dict[str, Any]:
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "images_per_step": self.images_per_step,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LearningRate":
        """The schedule that `get_config` describes."""
        return cls(**deserialized(config))


SCHEDULES: dict[str, type[Schedule]] = lookup.by_name([Constant, Linear, LinearAfter, Cosine, Exponential, Stepwise])


def number_or_schedule(argument: str, value: Any, least: float = 0.0, most: float = math.inf) -> "float | Schedule":
    """A float, or a schedule as it is, that stays within bounds.

    Raises:
        TypeError: if `value` is neither; a Keras learning-rate schedule counts steps, not images.
        ValueError: if `value` leaves [`least`, `most`].
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real | Schedule):
        raise TypeError(
            f"Expected {argument} as a number or a kgan.schedules.Schedule. "
            f"Received: {argument}={value!r} of type {type(value).__name__}."
        )
    lowest, highest = (value.least, value.most) if isinstance(value, Schedule) else (float(value), float(value))
    if not least <= lowest <= highest <= most:
        bounds = f"{argument} >= {least:g}" if most == math.inf else f"{argument} in [{least:g}, {most:g}]"
        raise ValueError(f"Expected {bounds}. Received: {argument}={value}.")
    return value if isinstance(value, Schedule) else float(value)


def at(value: "float | Schedule", images: "tf.Tensor | float") -> "float | tf.Tensor":
    """The number after so many images."""
    return value(images) if isinstance(value, Schedule) else value
