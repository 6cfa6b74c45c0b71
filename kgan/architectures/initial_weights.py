"""Initial weights that the families share."""

import keras

__all__ = ["InitialWeights"]


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

    def uniform(self, most: float) -> keras.initializers.Initializer:
        """U(-most, most), as in the program of the first GAN."""
        return keras.initializers.RandomUniform(-most, most, seed=self.next_seed())

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
