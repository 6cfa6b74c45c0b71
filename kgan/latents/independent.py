"""Latents whose entries are drawn independently of each other."""

import math
from abc import abstractmethod

import keras
import numpy as np
import tensorflow as tf

from kgan.latents.base import _BLOCK, Latents

__all__ = ["Normal", "TruncatedNormal", "Uniform"]


class _Independent(Latents):
    """All components are drawn alike and know nothing of each other."""

    @abstractmethod
    def _stream(self, count: int, random: np.random.RandomState) -> np.ndarray:
        """The next `count` numbers of the stream, float64."""

    def rows(self, count: int, latent_dim: int, random: np.random.RandomState) -> np.ndarray:
        return self._stream(count * latent_dim, random).reshape(count, latent_dim)


@keras.saving.register_keras_serializable("kgan")
class Normal(_Independent):
    """z ~ N(0, 1), the usual choice.

    Examples:
        >>> z = kgan.latents.Normal().draw(16, latent_dim=64, seed=0)
        >>> z.shape, z.dtype.name
        ((16, 64), 'float32')
    """

    def sample(self, shape: tuple, seed: tf.Tensor) -> tf.Tensor:
        # Philox by name: "auto" is another generator on each device. XLA's Philox counts otherwise than TensorFlow's,
        # so a seed repeats a run with the same `jit_compile`, not across the two.
        return tf.random.stateless_normal(shape, seed, alg="philox")

    def _stream(self, count, random):
        return random.standard_normal(count)


@keras.saving.register_keras_serializable("kgan")
class Uniform(_Independent):
    """z ~ U(-1, 1), as in the DCGAN paper."""

    def sample(self, shape: tuple, seed: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, seed, minval=-1.0, maxval=1.0, alg="philox")

    def _stream(self, count, random):
        return random.uniform(-1.0, 1.0, count)


@keras.saving.register_keras_serializable("kgan")
class TruncatedNormal(_Independent):
    """z ~ N(0, 1), numbers beyond the threshold drawn again.

    Args:
        threshold: In standard deviations, from 0.01 to 5. Defaults to `2.0`.

    Raises:
        ValueError: if `threshold` is below 0.01 or above 5.

    Reference:
        Brock et al., 2019, Large Scale GAN Training (BigGAN), the truncation trick. arXiv:1809.11096
    """

    def __init__(self, threshold: float = 2.0):
        if not 0.01 <= threshold <= 5.0:
            raise ValueError(f"Expected threshold from 0.01 to 5 deviations. Received: threshold={threshold}.")
        self.threshold = float(threshold)

    def sample(self, shape: tuple, seed: tf.Tensor) -> tf.Tensor:
        # By the inverse of the distribution function, which takes the same number of draws whatever they are.
        uniform = tf.random.stateless_uniform(shape, seed, minval=-1.0, maxval=1.0, alg="philox")
        root = math.sqrt(2.0)
        return root * tf.math.erfinv(uniform * math.erf(self.threshold / root))

    def _stream(self, count, random):
        # What is kept of one endless stream, so that the first numbers do not depend on how many follow.
        kept, missing = [np.empty(0)], count
        while missing > 0:
            normal = random.standard_normal(_BLOCK)
            kept.append(normal[np.abs(normal) <= self.threshold])
            missing -= len(kept[-1])
        return np.concatenate(kept)[:count]
