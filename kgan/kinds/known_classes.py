"""Classes as an exported generator takes them: those out of range are refused, or are no class."""

import tensorflow as tf

__all__ = ["known"]


def known(labels: tf.Tensor, classes: int | None) -> tf.Tensor:
    """Classes as in training, int32; those out of range become one beyond the last, which an embedding refuses.

    A look-up in ONNX counts -1 from the end, and would draw the last class; and 2**32 is 0 once it is int32.

    Args:
        labels: int64 classes, or float32 tags, which stay as they are.
        classes: How many there are.
    """
    if labels.dtype != tf.int64:
        return labels
    near = tf.maximum(tf.minimum(labels, classes), -1)
    return tf.cast(tf.math.floormod(near, classes + 1), tf.int32)  # -1 as the number beyond the last
