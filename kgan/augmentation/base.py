"""Differentiable augmentation of what the discriminator sees, of reals and generated samples alike.

Images are `(batch, height, width, channels)` in [-1, 1]. Every operation is linear in the pixels of its image, draws
one set of numbers for each image, and can be differentiated any number of times, so that gradient penalties pass
through it. A sample is augmented on its way to the discriminator only, never where it is drawn, shown or exported.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game.draws import Draws
from kgan._support.configurable import Configurable

__all__ = ["Augmentation", "check_images", "happens", "whole_numbers"]


class Augmentation(Configurable):
    """A random change of each image.

    Attributes:
        images_only: Whether it takes nothing but images in [-1, 1].
        limit: Largest strength of one that adapts.
        compiled_apart: Whether XLA may compile it on its own, in a step that XLA does not compile whole. One of your
            own may say so if it is made of many small operations, each of which XLA can compile.
    """

    images_only = True
    compiled_apart = False
    limit: float = 1.0

    @property
    def remembers(self) -> Mapping[str, float]:
        """Numbers kept from step to step, and what they start from; they are saved with the model."""
        return MappingProxyType({})

    @property
    @abstractmethod
    def amount(self) -> "float | schedules.Schedule | None":
        """How strong it is, where that does not depend on the discriminator: a number or a schedule."""

    @abstractmethod
    def __call__(self, images: tf.Tensor, draws: Draws, strength: tf.Tensor | float) -> tf.Tensor:
        """The images changed, by this strength in this step, of the same shape, float32."""

    @property
    def varies(self) -> bool:
        """Whether the strength changes in training, so that it belongs in the logs."""
        return isinstance(self.amount, schedules.Schedule) or bool(self.remembers)

    def strength(self, memory: Mapping[str, keras.Variable], images_seen: tf.Tensor) -> tf.Tensor | float:
        """How strong it is in this step."""
        amount = self.amount
        if amount is None:
            raise NotImplementedError(f"Expected {type(self).__name__} without an `amount` to override `strength`.")
        return schedules.at(amount, images_seen)

    def adjust(self, memory: Mapping[str, keras.Variable], margins: tf.Tensor) -> None:
        """Called after each step of the discriminator.

        Args:
            memory: The variables of what it `remembers`.
            margins: The logits of the reals less the loss's threshold: positive where a real was taken for real.
        """
        return  # AutoGraph warns of a function that is a docstring alone


def happens(
    draws: Draws, count: tf.Tensor | int, probability: tf.Tensor | float, then: Any, otherwise: Any
) -> tf.Tensor:
    """For each of `count` images `then` with the probability, else `otherwise`; both `(count, ...)` or scalars."""
    chosen = draws.uniform((count,)) < probability
    rank = len(getattr(then, "shape", ()))
    return tf.where(tf.reshape(chosen, [count] + [1] * max(rank - 1, 0)), then, otherwise)


def whole_numbers(draws: Draws, count: tf.Tensor | int, least: int, most: int) -> tf.Tensor:
    """Whole numbers from least to most, both included, all equally likely."""
    number = tf.cast(tf.floor(draws.uniform((count,), float(least), float(most + 1))), tf.int32)
    return tf.minimum(number, most)  # a draw just below the bound may round up to it


def check_images(sample_shape: Sequence[int], value_range: Any) -> None:
    """Refuses samples that are no images in [-1, 1].

    Raises:
        ValueError: if `sample_shape` is not (height, width, channels), or `value_range` is not (-1, 1).
    """
    if len(sample_shape) != 3 or value_range != (-1.0, 1.0):
        raise ValueError(
            f"Expected images in [-1, 1] to augment, (height, width, channels). Received: samples of shape "
            f"{tuple(sample_shape)}, value_range={value_range}. Leave augmentation out."
        )
