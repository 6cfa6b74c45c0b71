"""Instance noise."""

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game.draws import Draws
from kgan.augmentation.base import Augmentation

__all__ = ["InstanceNoise"]


@keras.saving.register_keras_serializable("kgan")
class InstanceNoise(Augmentation):
    """Gaussian noise on reals and generated samples, so that the two distributions overlap from the start.

    Samples of any shape and range: `x + deviation * N(0, 1)`, drawn anew at each look.

    Args:
        deviation: Of the noise, a non-negative number or, as in the source, a `kgan.schedules.Schedule` that ends in 0.
            Defaults to `0.1`.

    Raises:
        ValueError: if `deviation` is negative.

    Reference:
        Sønderby et al., 2017, Amortised MAP Inference for Image Super-resolution, section 3.4. arXiv:1610.04490;
        Arjovsky and Bottou, 2017, arXiv:1701.04862
    """

    images_only = False

    def __init__(self, deviation: "float | schedules.Schedule" = 0.1):
        self.deviation = schedules.number_or_schedule("deviation", deviation)

    @property
    def amount(self) -> "float | schedules.Schedule | None":
        """The deviation."""
        return self.deviation

    def __call__(self, images: tf.Tensor, draws: Draws, strength: tf.Tensor | float) -> tf.Tensor:
        return images + strength * draws.normal(tf.shape(images))
