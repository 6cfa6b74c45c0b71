"""Random numbers in the graph that depend on nothing but a seed and the order in which they are asked for."""

import tensorflow as tf


class Draws:
    """A sequence of stateless draws.

    Args:
        seed: int64 tensor of shape (2,), as `AdversarialModel.random_seed` gives it.
    """

    def __init__(self, seed: tf.Tensor):
        self._seed = seed
        self._count = 0

    def uniform(self, shape, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
        """float32 from U(low, high)."""
        return tf.random.stateless_uniform(shape, self._next(), low, high, alg="philox")

    def normal(self, shape) -> tf.Tensor:
        """float32 from N(0, 1)."""
        return tf.random.stateless_normal(shape, self._next(), alg="philox")

    def _next(self) -> tf.Tensor:
        self._count += 1
        return self._seed + tf.constant([self._count << 48, 0], tf.int64)
