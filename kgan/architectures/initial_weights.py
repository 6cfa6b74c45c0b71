"""Initial weights that the families share."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

__all__ = ["InitialWeights", "RepeatedNormal"]


@keras.saving.register_keras_serializable("kgan")
class RepeatedNormal(keras.initializers.Initializer):
    """N(0, stddev) for the first filters of a kernel, which the others repeat: for a convolution in front of a shuffle.

    `kgan.layers.PixelShuffle2D` takes channel `(i * factor + j) * c + k` for channel k of pixel (i, j), so that all
    pixels of a block start alike, as after nearest upsampling, where independent filters would leave a chequered
    pattern.

    Args:
        times: How often the filters stand in the kernel, `factor^2`; it divides the last dimension.
        stddev: Of the weights.
        seed: Of the draw.

    Raises:
        ValueError: when it is called, if `times` does not divide the filters.

    Reference:
        Aitken et al., 2017, Checkerboard artifact free sub-pixel convolution. arXiv:1707.02937
    """

    def __init__(self, times: int, stddev: float = 0.02, seed: int | None = None):
        self.times = times
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> tf.Tensor:
        if shape[-1] % self.times:
            raise ValueError(f"Expected filters that {self.times} divides, times. Received: shape={tuple(shape)}.")
        normal = keras.initializers.RandomNormal(stddev=self.stddev, seed=self.seed)
        first = normal((*shape[:-1], shape[-1] // self.times), dtype=dtype)
        return ops.concatenate([first] * self.times, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {"times": self.times, "stddev": self.stddev, "seed": self.seed}


class InitialWeights:
    """Normal initializers, each with a seed of its own, drawn in the order in which they are asked for.

    Args:
        seed: Of the first; `None` for initial weights that differ at every call.
    """

    def __init__(self, seed: int | None):
        self._seed = seed

    def __call__(self, stddev: float = 0.02) -> keras.initializers.Initializer:
        """N(0, stddev); 0.02 is DCGAN's and pix2pix's."""
        return keras.initializers.RandomNormal(stddev=stddev, seed=self.next_seed())

    def repeated(self, times: int, stddev: float = 0.02) -> keras.initializers.Initializer:
        """N(0, stddev), the same filters `times` times over, in front of a pixel shuffle."""
        return RepeatedNormal(times, stddev, seed=self.next_seed())

    def uniform(self, most: float) -> keras.initializers.Initializer:
        """U(-most, most), as in the program of the first GAN."""
        return keras.initializers.RandomUniform(-most, most, seed=self.next_seed())

    def he_normal(self) -> keras.initializers.Initializer:
        """N(0, sqrt(2 / fan_in)), for rectified layers that nothing normalises (He et al., 2015)."""
        return keras.initializers.HeNormal(seed=self.next_seed())

    def glorot(self, gain: float = 1.0) -> keras.initializers.Initializer:
        """U(-a, a) with `a = gain * sqrt(6 / (fan_in + fan_out))`, as SNGAN and SAGAN have it (Glorot and Bengio)."""
        return keras.initializers.VarianceScaling(gain**2, "fan_avg", "uniform", seed=self.next_seed())

    def he(self) -> keras.initializers.Initializer:
        """U(-a, a) with `a = sqrt(6 / fan_in)`, as WGAN-GP has it before rectifiers (He et al.)."""
        return keras.initializers.HeUniform(seed=self.next_seed())

    def orthogonal(self) -> keras.initializers.Initializer:
        """Orthogonal matrices, as BigGAN has them (Saxe et al.)."""
        return keras.initializers.Orthogonal(seed=self.next_seed())

    def next_seed(self) -> int | None:
        """The next seed, for a layer that draws something else, as dropout does; `None` where there is none."""
        if self._seed is not None:
            self._seed += 1
        return self._seed
