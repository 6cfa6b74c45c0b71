"""The mean absolute error."""

import keras
import tensorflow as tf

from kgan.data.values import IMAGE_RANGE
from kgan.metrics.pairs.base import PairMetric, over_pair

__all__ = ["MeanAbsoluteError"]


@keras.saving.register_keras_serializable("kgan")
class MeanAbsoluteError(PairMetric):
    """Mean absolute difference of output and truth: the mean over all pixels and channels, then over pairs.

    Lower is better. It is what `kgan.objectives.L1` minimises, without its weight, so that the two can be compared; in
    the logs it is `l1`.

    Args:
        value_range: `(low, high)` of the images as floats. The error is on that scale: half of one in [-1, 1] is a
            quarter of all that can be.
        name: Of the figure in the logs.

    Raises:
        ValueError: if `value_range` is not a pair of numbers, the lower first.

    Examples:
        >>> import numpy as np
        >>> metric = MeanAbsoluteError()
        >>> metric.update_state(np.zeros((2, 8, 8, 3)), np.full((2, 8, 8, 3), 0.25))
        >>> float(metric.result())
        0.25
    """

    title = "Mean absolute error"
    better = "min"

    def __init__(self, value_range: tuple[float, float] = IMAGE_RANGE, name: str | None = "l1"):
        super().__init__(value_range, name)

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        return over_pair(tf.abs(truth - output))
