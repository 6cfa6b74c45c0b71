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

    def next_seed(self) -> int | None:
        """The next seed, for a layer that draws something else, as dropout does; `None` where there is none."""
        if self._seed is not None:
            self._seed += 1
        return self._seed
