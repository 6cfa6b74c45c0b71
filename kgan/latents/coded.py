"""Latents with codes: noise, categories and continuous codes."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from kgan._game.draws import Draws
from kgan.latents.base import Latents

__all__ = ["Coded"]


@keras.saving.register_keras_serializable("kgan")
class Coded(Latents):
    """z = (noise, categorical codes, continuous codes), for InfoGAN: noise from N(0, 1), categories one-hot and equally
    likely, continuous codes from U(-1, 1).

    Args:
        noise: How many numbers of noise. Defaults to `62`.
        categorical: Categories of each categorical code. Defaults to `(10,)`.
        continuous: How many continuous codes. Defaults to `2`.

    Raises:
        ValueError: if `noise` or `continuous` is negative, or a categorical code has fewer than 2 categories.

    Reference:
        Chen et al., 2016, InfoGAN, appendix C.1. arXiv:1606.03657
    """

    def __init__(self, noise: int = 62, categorical: Sequence[int] = (10,), continuous: int = 2):
        if noise < 0 or continuous < 0 or any(count < 2 for count in categorical):
            raise ValueError(
                f"Expected noise >= 0, continuous >= 0 and two categories or more in each categorical code. "
                f"Received: noise={noise}, categorical={tuple(categorical)}, continuous={continuous}."
            )
        self.noise = int(noise)
        self.categorical = [int(count) for count in categorical]
        self.continuous = int(continuous)

    @property
    def latent_dim(self) -> int:
        """What the generator's latent size must be."""
        return self.noise + sum(self.categorical) + self.continuous

    def check_dim(self, latent_dim: int) -> None:
        if latent_dim != self.latent_dim:
            raise ValueError(
                f"Expected a generator with latent_dim={self.latent_dim}, for {self.noise} of noise, categories "
                f"{self.categorical} and {self.continuous} continuous codes. Received: latent_dim={latent_dim}."
            )

    def split(self, latents: tf.Tensor) -> tuple:
        """Noise `(batch, noise)`, a list of one-hot codes `(batch, n)`, and continuous codes `(batch, continuous)`."""
        ends = np.cumsum([self.noise, *self.categorical])
        categorical = [latents[:, end - count : end] for end, count in zip(ends[1:], self.categorical, strict=True)]
        return latents[:, : self.noise], categorical, latents[:, ends[-1] :]

    def sample(self, shape: tuple, seed: tf.Tensor) -> tf.Tensor:
        draws = Draws(tf.cast(seed, tf.int64))
        count = shape[0]
        codes = [tf.one_hot(tf.cast(draws.uniform((count,), 0.0, float(n)), tf.int32), n) for n in self.categorical]
        return tf.concat(
            [draws.normal((count, self.noise)), *codes, draws.uniform((count, self.continuous), -1.0, 1.0)], axis=1
        )

    def rows(self, count: int, latent_dim: int, random: np.random.RandomState) -> np.ndarray:
        # Each part has a stream of its own, so that the first rows do not depend on how many follow.
        seeds = random.randint(0, 2**32, 2 + len(self.categorical), dtype=np.uint32)
        streams = [np.random.RandomState(seed) for seed in seeds]
        return np.concatenate(
            [
                streams[0].standard_normal((count, self.noise)),
                *(
                    np.eye(n)[(stream.uniform(size=count) * n).astype(int)]
                    for n, stream in zip(self.categorical, streams[2:], strict=True)
                ),
                streams[1].uniform(-1.0, 1.0, (count, self.continuous)),
            ],
            axis=1,
        )

    def truncated(self, latents: np.ndarray, psi: float) -> np.ndarray:
        """The noise drawn towards 0; the codes keep what they say."""
        return np.concatenate([np.float32(psi) * latents[:, : self.noise], latents[:, self.noise :]], axis=1)
