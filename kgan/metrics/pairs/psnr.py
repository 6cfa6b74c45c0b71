"""The peak signal-to-noise ratio."""

import math

import keras
import tensorflow as tf

from kgan.metrics.pairs.base import PairMetric, over_pair

__all__ = ["PSNR"]


@keras.saving.register_keras_serializable("kgan")
class PSNR(PairMetric):
    """Peak signal-to-noise ratio of output and truth, in dB: the mean over images of `10 log10(L^2 / mse)`.

    `L` is the width of the value range, `mse` the mean over all pixels and channels of one image; it is the decibels
    that are averaged, not the errors. Higher is better; equal images have infinity.

    Args:
        value_range: `(low, high)` of the images as floats; uint8 images are taken from [0, 255] to it.
        name: Of the figure in the logs.

    Raises:
        ValueError: if `value_range` is not a pair of numbers, the lower first.

    Examples:
        >>> import numpy as np
        >>> metric = PSNR()
        >>> metric.update_state(np.zeros((1, 8, 8, 3)), np.full((1, 8, 8, 3), 0.2))
        >>> round(float(metric.result()), 3)
        20.0
    """

    title = "PSNR, dB"
    better = "max"

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        low, high = self.value_range
        errors = over_pair(tf.square(truth - output))
        return (10.0 / math.log(10.0)) * (2.0 * math.log(high - low) - tf.math.log(errors))
