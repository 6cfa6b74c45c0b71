"""The share of samples whose class is told right."""

import keras
import tensorflow as tf

from kgan.metrics.pairs.base import PairMetric

__all__ = ["ClassAccuracy"]


@keras.saving.register_keras_serializable("kgan")
class ClassAccuracy(PairMetric):
    """The share of samples whose greatest probability, or logit, is that of their class. For `kgan.DomainAdaptation`.

    Args:
        name: Of the figure in the logs, behind the name of the domain.

    Examples:
        >>> accuracy = kgan.metrics.ClassAccuracy()
        >>> accuracy.update_state(np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]))
        >>> round(float(accuracy.result()), 4)
        0.6667
    """

    title = "Accuracy"
    better = "max"
    of_classes = True

    def __init__(self, name: str | None = None):
        super().__init__(name=name)

    def update_state(self, truth: tf.Tensor, output: tf.Tensor) -> None:
        """Takes in samples.

        Args:
            truth: Their classes, whole numbers `(batch,)`.
            output: Probabilities or logits of classes, `(batch, classes)`.

        Raises:
            ValueError: if the shapes are others.
        """
        truth, output = tf.convert_to_tensor(truth), tf.convert_to_tensor(output)
        if truth.shape.rank != 1 or output.shape.rank != 2 or not truth.dtype.is_integer:
            raise ValueError(
                f"Expected classes (batch,) as whole numbers and probabilities (batch, classes). Received: "
                f"{truth.dtype.name} of shape {tuple(truth.shape)} and shape {tuple(output.shape)}."
            )
        right = tf.equal(tf.argmax(output, axis=1), tf.cast(truth, tf.int64))
        self.total.assign_add(tf.reduce_sum(tf.cast(right, tf.float64)))
        self.count.assign_add(tf.cast(tf.shape(right)[0], tf.float64))

    def get_config(self) -> dict:
        return {"name": self.name}
