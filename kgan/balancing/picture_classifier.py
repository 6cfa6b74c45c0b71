"""A small convolutional classifier of pictures, which each way of filling up rare classes teaches from its start."""

import keras
import numpy as np
import tensorflow as tf

from kgan.architectures.initial_weights import InitialWeights
from kgan.metrics.extractors import pixels

__all__ = ["PictureClassifier"]

_SIDE = 64  # pictures are seen at this size at most
_SMALLEST = 4
_WIDTHS = (16, 32, 64, 64)
_BATCH = 128
_RATE = 2e-3
_FEWEST, _PASSES = 1_000, 10  # updates, and looks at each picture


class PictureClassifier:
    """Convolutions of stride 2 down to 4 pixels, and two dense layers; Adam, whose rate falls to zero.

    Each time it is taught, it begins with the same weights.

    Args:
        pictures: Float `(n, height, width, channels)`, whose mean and deviation are taken off all pictures.
        classes: How many there are.
        seed: Of the first weights, and of batches.
    """

    def __init__(self, pictures: np.ndarray, classes: int, seed: int):
        self._seed = seed
        self._mean, self._deviation = float(pictures.mean()), max(float(pictures.std()), 1e-6)
        self._model = _network(pictures.shape[1:], classes, seed)
        self._rate = tf.Variable(0.0, trainable=False)
        self._optimizer = keras.optimizers.Adam(0.0)
        self._optimizer.build(self._model.trainable_variables)
        self._begun = [one.numpy() for one in self._variables()]
        self._update = tf.function(self._updated, reduce_retracing=True)
        self._run = tf.function(lambda seen: self._model(seen, training=False), reduce_retracing=True)

    @staticmethod
    def updates_for(count: int) -> int:
        """How many updates so many pictures teach in."""
        return max(_FEWEST, _PASSES * count // _BATCH)

    def teach(self, pictures: np.ndarray, classes: np.ndarray, updates: int) -> None:
        """Learns from nothing but these.

        Args:
            pictures: As of the constructor.
            classes: Whole numbers `(n,)`.
            updates: How many.
        """
        for variable, value in zip(self._variables(), self._begun, strict=True):
            variable.assign(value)
        random = np.random.default_rng(self._seed)
        for number in range(updates):
            some = random.integers(len(pictures), size=_BATCH)
            self._optimizer.learning_rate = _RATE * (1.0 - number / updates)
            self._update(self._seen(pictures[some]), tf.constant(classes[some], tf.int32))

    def guesses(self, pictures: np.ndarray) -> np.ndarray:
        """The class of each picture, int64 `(n,)`."""
        parts = [self._run(self._seen(pictures[at : at + 500])) for at in range(0, len(pictures), 500)]
        return np.concatenate([part.numpy().argmax(axis=1) for part in parts])

    def _seen(self, pictures: np.ndarray) -> tf.Tensor:
        seen = (tf.constant(pictures, tf.float32) - self._mean) / self._deviation
        return pixels.resized(seen, _SIDE) if max(pictures.shape[1:3]) > _SIDE else seen

    def _updated(self, seen: tf.Tensor, classes: tf.Tensor) -> None:
        weights = self._model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self._model(seen, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits))
        self._optimizer.apply(tape.gradient(loss, [one.value for one in weights]), weights)

    def _variables(self) -> list[keras.Variable]:
        return [*self._model.variables, *self._optimizer.variables]


def _network(shape: tuple[int, ...], classes: int, seed: int) -> keras.Model:
    weights, single = InitialWeights(seed), {"dtype": "float32"}  # whatever the global policy

    def started() -> keras.initializers.Initializer:
        return keras.initializers.HeNormal(seed=weights.next_seed())

    height, width, channels = shape
    if max(height, width) > _SIDE:
        height = width = _SIDE
    x = inputs = keras.Input((height, width, channels), **single)
    for filters in _WIDTHS:
        x = keras.layers.Conv2D(
            filters, 3, strides=2, padding="same", use_bias=False, kernel_initializer=started(), **single
        )(x)
        x = keras.layers.BatchNormalization(**single)(x)
        x = keras.layers.ReLU(**single)(x)
        if min(x.shape[1:3]) <= _SMALLEST:
            break
    x = keras.layers.Flatten(**single)(x)
    x = keras.layers.Dense(64, activation="relu", kernel_initializer=started(), **single)(x)
    return keras.Model(inputs, keras.layers.Dense(classes, kernel_initializer=started(), **single)(x))
