"""Where z comes from.

Each distribution draws twice: inside the training graph from a stateless seed, and in NumPy for `generate`, where the
same seed must give the same samples in Keras, ONNX and SavedModel, today and with the next release of NumPy. That is
why the NumPy side uses `RandomState`: its streams are frozen, those of `default_rng` are not (NEP 19).
"""

from abc import abstractmethod

import numpy as np
import tensorflow as tf

from kgan._support import seeds
from kgan._support.configurable import Configurable

__all__ = ["LARGEST_SEED", "Latents"]

LARGEST_SEED = 2**32 - 1
_BLOCK = 4096  # numbers of a truncated normal's stream looked at at once; another number would not change the stream


class Latents(Configurable):
    """A distribution of latent vectors."""

    def check_dim(self, latent_dim: int) -> None:
        """Refuses a generator's latent size that the distribution cannot fill.

        Raises:
            ValueError: if the distribution gives latents of another size.
        """

    @abstractmethod
    def sample(self, shape: tuple, seed: tf.Tensor) -> tf.Tensor:
        """Draws float32 latents of `shape` in the graph, a pure function of `seed`, an integer tensor of shape (2,)."""

    @abstractmethod
    def rows(self, count: int, latent_dim: int, random: np.random.RandomState) -> np.ndarray:
        """Latents `(count, latent_dim)` in NumPy, of which the first must not depend on `count`."""

    def draw(self, count: int, latent_dim: int, seed: int | None) -> np.ndarray:
        """Draws `count` latents in NumPy.

        The first rows do not depend on `count`: `draw(64, d, s)[:5]` equals `draw(5, d, s)`.

        Args:
            count: How many latents.
            latent_dim: Their size.
            seed: 0 to 2**32 - 1, or `None` for a fresh one at every call, drawn from Keras's where
                `keras.utils.set_random_seed` was called.

        Returns:
            float32 of shape `(count, latent_dim)`.

        Raises:
            ValueError: if `seed` is negative or above 2**32 - 1.
        """
        if seed is not None and not 0 <= seed <= LARGEST_SEED:
            raise ValueError(f"Expected seed between 0 and {LARGEST_SEED}, or None. Received: seed={seed}.")
        random = np.random.RandomState(seeds.fresh(LARGEST_SEED + 1) if seed is None else seed)
        return self.rows(count, latent_dim, random).astype(np.float32)

    def truncated(self, latents: np.ndarray, psi: float) -> np.ndarray:
        """Latents drawn towards their mean, 0: `psi z`. Below 1, samples are more typical and less diverse.

        Reference:
            Karras et al., 2019, A Style-Based Generator Architecture, section 2.1 (there in w). arXiv:1812.04948
        """
        return np.float32(psi) * latents
