"""Where z comes from.

Each distribution draws twice: inside the training graph from a stateless seed, and in NumPy for `generate`, where the
same seed must give the same samples in Keras, ONNX and SavedModel, today and with the next release of NumPy. That is
why the NumPy side uses `RandomState`: its streams are frozen, those of `default_rng` are not (NEP 19).
"""

from abc import ABC, abstractmethod

import keras
import numpy as np
import tensorflow as tf

from kgan import lookup

LARGEST_SEED = 2**32 - 1


class Latents(ABC):
    """A distribution of latent vectors with independent components."""

    @property
    def name(self) -> str:
        """The name in snake case, as exports carry it."""
        return lookup.snake_case(type(self).__name__)

    @abstractmethod
    def sample(self, shape, seed: tf.Tensor) -> tf.Tensor:
        """Draws float32 latents of `shape` in the graph, a pure function of `seed`, an integer tensor of shape (2,)."""

    @abstractmethod
    def _stream(self, count: int, random: np.random.RandomState) -> np.ndarray:
        """The next `count` numbers of the stream, float64."""

    def draw(self, count: int, latent_dim: int, seed: int | None) -> np.ndarray:
        """Draws `count` latents in NumPy.

        The first rows do not depend on `count`: `draw(64, d, s)[:5]` equals `draw(5, d, s)`.

        Args:
            count: How many latents.
            latent_dim: Their size.
            seed: 0 to 2**32 - 1, or `None` for a fresh one at every call.

        Returns:
            float32 of shape `(count, latent_dim)`.

        Raises:
            ValueError: `seed` is out of range.
        """
        if seed is not None and not 0 <= seed <= LARGEST_SEED:
            raise ValueError(f"Expected seed between 0 and {LARGEST_SEED}, or None. Received: seed={seed}.")
        random = np.random.RandomState(seed)
        return self._stream(count * latent_dim, random).astype(np.float32).reshape(count, latent_dim)

    def get_config(self) -> dict:
        """Every constructor argument, as plain Python values."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Latents":
        """The distribution that `get_config` describes."""
        return cls(**config)


@keras.saving.register_keras_serializable("kgan")
class Normal(Latents):
    """z ~ N(0, 1), the usual choice."""

    def sample(self, shape, seed):
        # Philox by name: "auto" is another generator on each device. XLA's Philox counts otherwise than TensorFlow's,
        # so a seed repeats a run with the same `jit_compile`, not across the two.
        return tf.random.stateless_normal(shape, seed, alg="philox")

    def _stream(self, count, random):
        return random.standard_normal(count)


@keras.saving.register_keras_serializable("kgan")
class Uniform(Latents):
    """z ~ U(-1, 1), as in the DCGAN paper."""

    def sample(self, shape, seed):
        return tf.random.stateless_uniform(shape, seed, minval=-1.0, maxval=1.0, alg="philox")

    def _stream(self, count, random):
        return random.uniform(-1.0, 1.0, count)


DISTRIBUTIONS = lookup.by_name([Normal, Uniform])


def get(identifier: "str | Latents") -> Latents:
    """Returns the distribution: by name (`"normal"`), or as it is when it is a `Latents` already.

    Raises:
        ValueError: No distribution has that name.
        TypeError: `identifier` is neither a name nor a `Latents`.
    """
    return lookup.resolve("latents", identifier, DISTRIBUTIONS, Latents)
