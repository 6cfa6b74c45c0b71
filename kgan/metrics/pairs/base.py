"""What the metrics of pairs share: a figure of each pair, and their mean over all pairs that were seen."""

from typing import Self

import keras
import tensorflow as tf

from kgan._support import lookup
from kgan.data import values

__all__ = ["PairMetric"]

_TOLERANCE = 1e-3  # decoders and resizers overshoot by rounding


class PairMetric(keras.metrics.Metric):
    """The mean over pairs of a figure of each: `update_state(truth, output)`, then `result()`.

    It runs in a graph as well as outside. Memory does not grow with the pairs: their sum, in float64, and their number
    are kept. Outputs are compared as they are, neither clipped nor rounded to 8 bits. Subclass it and override
    `of_each`.

    Args:
        value_range: `(low, high)` of the images as floats; uint8 images are taken from [0, 255] to it.
        name: Of the figure in the logs; the class's in snake case by default.

    Attributes:
        title: The figure's name for a reader.
        better: `"max"`, `"min"`, or `"floor"` where it should be as truths are to themselves.
        of_classes: Whether it compares classes that are told of samples with the true ones, in place of images.

    Raises:
        ValueError: if `value_range` is not a pair of numbers, the lower first.
    """

    title: str
    better: str
    of_classes = False

    def __init__(self, value_range: tuple[float, float] = values.IMAGE_RANGE, name: str | None = None):
        super().__init__(name=name or lookup.snake_case(type(self).__name__))
        pair = values.parse_range(value_range)
        if pair is None:
            raise ValueError("Expected value_range as (low, high). Received: value_range=None.")
        self.value_range = pair
        self.total = self.add_variable((), "zeros", dtype="float64", name="total")
        self.count = self.add_variable((), "zeros", dtype="float64", name="count")

    @property
    def label(self) -> str:
        """The figure's name for a reader."""
        return self.title

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """The figure of each pair.

        Args:
            truth: `(batch, ...)` float32 in the value range.
            output: The same shape.

        Returns:
            `(batch,)` float32.
        """
        raise NotImplementedError(f"Expected {type(self).__name__} to override `of_each`.")  # Keras metrics are no ABCs

    def update_state(self, truth: tf.Tensor, output: tf.Tensor) -> None:
        """Takes in pairs.

        Args:
            truth: What should have come out, `(batch, ...)`; uint8, or floats in the value range.
            output: What came out, of the same shape.

        Raises:
            ValueError: if the two have different shapes, or, outside of a graph, if truth is not in the value range.
        """
        truth, output = (values.to_float(tf.convert_to_tensor(one), self.value_range) for one in (truth, output))
        if truth.shape.rank != output.shape.rank or not truth.shape.is_compatible_with(output.shape):
            raise ValueError(
                f"Expected truth and output of the same shape. Received: truth of shape {tuple(truth.shape)}, output "
                f"of shape {tuple(output.shape)}. Resize one of them, or give both as many channels."
            )
        if tf.executing_eagerly() and truth.shape.num_elements():
            self._check_range(truth)
        figures = tf.cast(self.of_each(truth, output), tf.float64)
        self.total.assign_add(tf.reduce_sum(figures))
        self.count.assign_add(tf.cast(tf.shape(figures)[0], tf.float64))

    def result(self) -> tf.Tensor:
        """The mean over all pairs so far; NaN before the first."""
        return tf.cast(self.total.value / self.count.value, tf.float32)

    def _check_range(self, truth: tf.Tensor) -> None:
        (low, high), (least, most) = self.value_range, (float(tf.reduce_min(truth)), float(tf.reduce_max(truth)))
        if not (least >= low - _TOLERANCE and most <= high + _TOLERANCE):  # nor if it is NaN
            raise ValueError(
                f"Expected truth in value_range, [{low:g}, {high:g}]. Received: values from {least:g} to {most:g}. "
                f"Pass uint8 images as they are, and floats with the value_range that they lie in."
            )

    def get_config(self) -> dict:
        """Every constructor argument."""
        return {"value_range": self.value_range, "name": self.name}

    @classmethod
    def from_config(cls, config: dict) -> Self:
        """The metric that `get_config` describes."""
        return cls(**config)


def over_pair(figures: tf.Tensor) -> tf.Tensor:
    """The mean over every axis but the batch, `(batch,)`."""
    return tf.reduce_mean(figures, axis=list(range(1, figures.shape.rank)))
