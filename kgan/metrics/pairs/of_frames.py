"""Figures of pictures on films, frame by frame."""

from typing import Any

import keras
import tensorflow as tf

from kgan._support.checks import whole
from kgan.metrics.pairs.base import PairMetric

__all__ = ["OfFrames"]


@keras.saving.register_keras_serializable("kgan")
class OfFrames(PairMetric):
    """A metric of pairs of pictures on pairs of films: the mean over frames and films, or that of one frame.

    Args:
        metric: The metric of pictures, `kgan.metrics.PSNR()` for one.
        frame: Of which frame, from 1 for the first that follows; `None` for all.
        name: Of the figure in the logs; that of the metric, with the frame behind, by default.

    Raises:
        ValueError: if `frame` is less than 1; in `update_state`, if films have fewer frames.

    Examples:
        >>> metric = kgan.metrics.OfFrames(kgan.metrics.MeanAbsoluteError(), frame=2)
        >>> metric.name
        'l1_frame_2'
        >>> truth = np.zeros((1, 2, 8, 8, 1))
        >>> metric.update_state(truth, truth + [[[[[0.5]]], [[[0.25]]]]])
        >>> float(metric.result())
        0.25
    """

    def __init__(self, metric: PairMetric, frame: int | None = None, name: str | None = None):
        self.metric = metric if isinstance(metric, PairMetric) else keras.saving.deserialize_keras_object(metric)
        self.frame = None if frame is None else whole("frame", frame, 1)
        behind = "" if frame is None else f"_frame_{frame}"
        super().__init__(self.metric.value_range, name or f"{self.metric.name}{behind}")
        self.better = self.metric.better

    @property
    def title(self) -> str:
        """The figure's name for a reader."""
        return self.metric.title

    @property
    def label(self) -> str:
        behind = "" if self.frame is None else f", frame {self.frame}"
        return f"{self.metric.label}{behind}"

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        frames = truth.shape[1]
        if truth.shape.rank != 5 or (self.frame is not None and self.frame > frames):
            raise ValueError(
                f"Expected films (batch, frames, height, width, channels) of at least {self.frame or 1} frames. "
                f"Received: shape {tuple(truth.shape)}. Pass a smaller frame, or another metric."
            )
        if self.frame is not None:
            return self.metric.of_each(truth[:, self.frame - 1], output[:, self.frame - 1])
        pictures = (tf.reshape(one, (-1, *one.shape[2:])) for one in (truth, output))
        return tf.reduce_mean(tf.reshape(self.metric.of_each(*pictures), (-1, frames)), axis=1)

    def get_config(self) -> dict[str, Any]:
        """Every constructor argument."""
        metric = keras.saving.serialize_keras_object(self.metric)
        return {"metric": metric, "frame": self.frame, "name": self.name}
