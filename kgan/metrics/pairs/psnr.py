"""The peak signal-to-noise ratio."""

import math

import keras
import tensorflow as tf

from kgan.data.values import IMAGE_RANGE
from kgan.metrics.pairs.base import PairMetric, over_pair
from kgan.metrics.pairs.part import Part

__all__ = ["PSNR"]


@keras.saving.register_keras_serializable("kgan")
class PSNR(PairMetric):
    """Peak signal-to-noise ratio of output and truth, in dB: the mean over images of `10 log10(L^2 / mse)`.

    `L` is the width of the value range, `mse` the mean over all pixels and channels of one image; it is the decibels
    that are averaged, not the errors. Higher is better; equal images have infinity.

    Args:
        value_range: `(low, high)` of the images as floats; uint8 images are taken from [0, 255] to it.
        name: Of the figure in the logs.
        luminance: Whether it is measured as papers on super-resolution do: on images rounded to 8 bits, on their
            luminance Y of BT.601, from 16 to 235 of the 255 that are the peak; grey images have their own values.
        border: Pixels at each edge that are left out; papers leave out as many as the scale.

    Raises:
        ValueError: if `value_range` is not a pair of numbers, the lower first, `border` is negative, or, in
            `update_state`, images are not larger than twice the border.

    Examples:
        >>> import numpy as np
        >>> metric = PSNR()
        >>> metric.update_state(np.zeros((1, 8, 8, 3)), np.full((1, 8, 8, 3), 0.2))
        >>> round(float(metric.result()), 3)
        20.0
    """

    title = "PSNR, dB"
    better = "max"

    def __init__(
        self,
        value_range: tuple[float, float] = IMAGE_RANGE,
        name: str | None = "psnr",
        luminance: bool = False,
        border: int = 0,
    ):
        super().__init__(value_range, name)
        self.part = Part(luminance, border)

    @property
    def label(self) -> str:
        return f"{self.title}{self.part.label}"

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        low, high = self.value_range
        truth, output = (self.part.of(one, self.value_range) for one in (truth, output))
        errors = over_pair(tf.square(truth - output))
        return (10.0 / math.log(10.0)) * (2.0 * math.log(high - low) - tf.math.log(errors))

    def get_config(self) -> dict:
        """Every constructor argument."""
        return {**super().get_config(), **self.part.get_config()}
