"""Where z comes from.

Each distribution draws twice: inside the training graph from a stateless seed, and in NumPy for `generate`, where the
same seed must give the same samples in Keras, ONNX and SavedModel, today and with the next release of NumPy. That is
why the NumPy side uses `RandomState`: its streams are frozen, those of `default_rng` are not (NEP 19).
"""

import math
from abc import abstractmethod
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from kgan import limits, lookup
from kgan.configurable import Configurable
from kgan.draws import Draws

LARGEST_SEED = 2**32 - 1
_BLOCK = 4096  # numbers of a truncated normal's stream looked at at once; another number would not change the stream


class Latents(Configurable):
    """A distribution of latent vectors."""

    def check_dim(self, latent_dim: int) -> None:
        """Refuses a generator's latent size that the distribution cannot fill.

        Raises:
            ValueError: It cannot.
        """

    @abstractmethod
    def sample(self, shape, seed: tf.Tensor) -> tf.Tensor:
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
            seed: 0 to 2**32 - 1, or `None` for a fresh one at every call.

        Returns:
            float32 of shape `(count, latent_dim)`.

        Raises:
            ValueError: `seed` is out of range.
        """
        if seed is not None and not 0 <= seed <= LARGEST_SEED:
            raise ValueError(f"Expected seed between 0 and {LARGEST_SEED}, or None. Received: seed={seed}.")
        random = np.random.RandomState(seed)
        return self.rows(count, latent_dim, random).astype(np.float32)

    def truncated(self, latents: np.ndarray, psi: float) -> np.ndarray:
        """Latents drawn towards their mean, 0: `psi z`. Below 1, samples are more typical and less diverse.

        Reference:
            Karras et al., 2019, A Style-Based Generator Architecture, section 2.1 (there in w). arXiv:1812.04948
        """
        return np.float32(psi) * latents


class _Independent(Latents):
    """All components are drawn alike and know nothing of each other."""

    @abstractmethod
    def _stream(self, count: int, random: np.random.RandomState) -> np.ndarray:
        """The next `count` numbers of the stream, float64."""

    def rows(self, count, latent_dim, random):
        return self._stream(count * latent_dim, random).reshape(count, latent_dim)


@keras.saving.register_keras_serializable("kgan")
class Normal(_Independent):
    """z ~ N(0, 1), the usual choice."""

    def sample(self, shape, seed):
        # Philox by name: "auto" is another generator on each device. XLA's Philox counts otherwise than TensorFlow's,
        # so a seed repeats a run with the same `jit_compile`, not across the two.
        return tf.random.stateless_normal(shape, seed, alg="philox")

    def _stream(self, count, random):
        return random.standard_normal(count)


@keras.saving.register_keras_serializable("kgan")
class Uniform(_Independent):
    """z ~ U(-1, 1), as in the DCGAN paper."""

    def sample(self, shape, seed):
        return tf.random.stateless_uniform(shape, seed, minval=-1.0, maxval=1.0, alg="philox")

    def _stream(self, count, random):
        return random.uniform(-1.0, 1.0, count)


@keras.saving.register_keras_serializable("kgan")
class TruncatedNormal(_Independent):
    """z ~ N(0, 1), numbers beyond the threshold drawn again.

    Args:
        threshold: In standard deviations, from 0.01 to 5. Defaults to `2.0`.

    Raises:
        ValueError: `threshold` is out of range.

    Reference:
        Brock et al., 2019, Large Scale GAN Training (BigGAN), the truncation trick. arXiv:1809.11096
    """

    def __init__(self, threshold: float = 2.0):
        if not 0.01 <= threshold <= 5.0:
            raise ValueError(f"Expected threshold from 0.01 to 5 deviations. Received: threshold={threshold}.")
        self.threshold = float(threshold)

    def sample(self, shape, seed):
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


@keras.saving.register_keras_serializable("kgan")
class Coded(Latents):
    """z = (noise, categorical codes, continuous codes), for InfoGAN: noise from N(0, 1), categories one-hot and equally
    likely, continuous codes from U(-1, 1).

    Args:
        noise: How many numbers of noise. Defaults to `62`.
        categorical: Categories of each categorical code. Defaults to `(10,)`.
        continuous: How many continuous codes. Defaults to `2`.

    Raises:
        ValueError: A number is out of range.

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

    def check_dim(self, latent_dim):
        if latent_dim != self.latent_dim:
            raise ValueError(
                f"Expected a generator with latent_dim={self.latent_dim}, for {self.noise} of noise, categories "
                f"{self.categorical} and {self.continuous} continuous codes. Received: latent_dim={latent_dim}."
            )

    def split(self, latents) -> tuple:
        """Noise `(batch, noise)`, a list of one-hot codes `(batch, n)`, and continuous codes `(batch, continuous)`."""
        ends = np.cumsum([self.noise, *self.categorical])
        categorical = [latents[:, end - count : end] for end, count in zip(ends[1:], self.categorical, strict=True)]
        return latents[:, : self.noise], categorical, latents[:, ends[-1] :]

    def sample(self, shape, seed):
        draws = Draws(tf.cast(seed, tf.int64))
        count = shape[0]
        codes = [tf.one_hot(tf.cast(draws.uniform((count,), 0.0, float(n)), tf.int32), n) for n in self.categorical]
        return tf.concat(
            [draws.normal((count, self.noise)), *codes, draws.uniform((count, self.continuous), -1.0, 1.0)], axis=1
        )

    def rows(self, count, latent_dim, random):
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

    def truncated(self, latents, psi):
        """The noise drawn towards 0; the codes keep what they say."""
        return np.concatenate([np.float32(psi) * latents[:, : self.noise], latents[:, self.noise :]], axis=1)


DISTRIBUTIONS = lookup.by_name([Normal, Uniform, TruncatedNormal, Coded])


def get(identifier: "str | Latents") -> Latents:
    """Returns the distribution: by name (`"normal"`), or as it is when it is a `Latents` already.

    Raises:
        ValueError: No distribution has that name.
        TypeError: `identifier` is neither a name nor a `Latents`.
    """
    return lookup.resolve("latents", identifier, DISTRIBUTIONS, Latents)


def interpolate(first: np.ndarray, last: np.ndarray, steps: int, method: str = "spherical") -> np.ndarray:
    """Latents on the way from one to another, both ends included, for `gan.predict`.

    Spherical steps turn at an even pace, `sin((1 - t) a) / sin a * first + sin(t a) / sin a * last` with `a` the angle
    between the two, and pass through lengths that a normal's latents have; linear ones, `(1 - t) first + t last`, cut
    across the middle, where it has none. Take them for a uniform.

    Args:
        first: `(latent_dim,)`.
        last: The same shape.
        steps: How many, at least 2.
        method: `"spherical"` or `"linear"`.

    Returns:
        float32 `(steps, latent_dim)`.

    Raises:
        ValueError: An argument is out of range.

    Reference:
        White, 2016, Sampling Generative Networks. arXiv:1609.04468
    """
    first, last = np.asarray(first, np.float64), np.asarray(last, np.float64)
    if first.ndim != 1 or first.shape != last.shape:
        raise ValueError(f"Expected two latents of one shape (latent_dim,). Received: {first.shape} and {last.shape}.")
    if steps < 2:
        raise ValueError(f"Expected steps >= 2. Received: steps={steps}.")
    held = limits.array_bytes((steps, len(first)), itemsize=24)  # twice float64 on the way
    limits.check_bytes("steps", steps, held, "Take fewer.")
    share = np.linspace(0.0, 1.0, steps)[:, None]
    if lookup.find("method", method, {"linear": False, "spherical": True}):
        lengths = np.linalg.norm(first) * np.linalg.norm(last)
        angle = np.arccos(np.clip(first @ last / lengths, -1.0, 1.0)) if lengths else 0.0
        if np.sin(angle) > 1e-6:  # else they point the same way, or opposite ways with no way that is the shortest
            path = (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)
            return path.astype(np.float32)
    return ((1 - share) * first + share * last).astype(np.float32)
