"""A Keras model behind the steps that make images fit for it."""

from collections.abc import Callable

import keras
import tensorflow as tf

__all__ = ["PreparedNetwork"]


class PreparedNetwork:
    """What the extractors that come with kgan look through: `model(prepare(images))`, in inference mode.

    Args:
        model: The network, whose layers can be reached.
        prepare: From images `(n, height, width, channels)` float32 in [-1, 1] to what the model takes: size, colour,
            scale. TensorFlow.

    Attributes:
        model: As given.
        prepare: As given.
    """

    def __init__(self, model: keras.Model, prepare: Callable[[tf.Tensor], tf.Tensor]):
        self.model = model
        self.prepare = prepare

    def __call__(self, images: tf.Tensor) -> "tf.Tensor | dict[str, tf.Tensor]":
        """The model's outputs for images."""
        return self.model(self.prepare(images), training=False)
