"""The distance of features."""

from collections.abc import Callable

import keras
import tensorflow as tf

from kgan.data.values import IMAGE_RANGE
from kgan.metrics import extractors
from kgan.metrics.pairs.base import PairMetric
from kgan.metrics.through_features import ThroughFeatures

__all__ = ["PairFeatureDistance"]


@keras.saving.register_keras_serializable("kgan")
class PairFeatureDistance(ThroughFeatures, PairMetric):
    """Euclidean distance between an extractor's features of output and truth: the mean over pairs of `||f(x) - f(y)||`.

    Lower is better, 0 for equal images. It has the scale of its features, so that only figures on the same extractor
    can be compared. Unlike the other metrics of pairs it looks at images as they are saved, clipped and rounded to 8
    bits, as all of kgan's extractors do.

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`; in a graph, as in a training step, it must be
            of TensorFlow.
        value_range: `(low, high)` of the images as floats; the extractor sees them in [-1, 1].
        name: Of the figure in the logs.

    Raises:
        ValueError: if there are no such features, or `value_range` is not a pair of numbers, the lower first.
        TypeError: if `features` is neither a name, nor a Keras model, a callable or an extractor.
    """

    title = "Feature distance"
    better = "min"

    def __init__(
        self,
        features: "str | keras.Model | Callable | extractors.Extractor" = "inception",
        value_range: tuple[float, float] = IMAGE_RANGE,
        name: str | None = "feature_distance",
    ):
        super().__init__(value_range, name)
        self.features = extractors.checked(features)

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        first, second = (self._features(self._presented(one)) for one in (truth, output))
        return tf.norm(first - second, axis=-1)

    def _presented(self, images: tf.Tensor) -> tf.Tensor:
        """As `extractors.presentable`, of a tensor: images on the 256 levels in [-1, 1], others as they are."""
        if images.shape.rank != 4:
            return images
        low, high = self.value_range
        levels = tf.clip_by_value(tf.round((images - low) * (255.0 / (high - low))), 0.0, 255.0)
        return levels / 127.5 - 1.0

    def _features(self, shown: tf.Tensor) -> tf.Tensor:
        if tf.executing_eagerly():  # where NumPy will do, and errors have names
            return tf.constant(self.extractor(shown.numpy()).features)
        return self.extractor.differentiable(shown)

    def get_config(self) -> dict:
        """Every constructor argument."""
        return {**super().get_config(), "value_range": self.value_range, "name": self.name}
