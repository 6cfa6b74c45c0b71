"""Statistics over a minibatch."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

__all__ = ["MinibatchStandardDeviation"]


@keras.saving.register_keras_serializable("kgan")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Appends one feature map with the average standard deviation over a group of samples.

    A discriminator that sees it can tell a generator that makes the same sample again and again.

    Any batch will do. One of b samples is dealt in turn to `max(1, b // group_size)` groups, so that samples of a group
    lie apart, as in the authors' program. Where the batch does not divide, groups are larger and their sizes differ by
    one at most; a batch smaller than `group_size` is one group. A single sample deviates from nothing and gets `1e-4`,
    the root of what is added to the variance.

    Gradient penalties differentiate the sum of a batch's logits through the statistic, as the authors' programs do.

    Args:
        group_size: Samples in a group, 2 or more; `None` makes the batch one group.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, height, width, channels + 1)`.

    Raises:
        ValueError: if `group_size` is less than 2.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 3. arXiv:1710.10196
    """

    mixes_batch = True
    allows_penalties = True

    def __init__(self, group_size: int | None = 4, **kwargs: Any):
        super().__init__(**kwargs)
        if group_size is not None and group_size < 2:
            raise ValueError(f"Expected group_size >= 2, or None. Received: group_size={group_size}.")
        self.group_size = group_size

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        samples = ops.cast(inputs, "float32")
        shape = ops.shape(inputs)
        flat = ops.reshape(samples, (shape[0], -1))  # (b, h * w * c)
        averaging = self._averaging(shape[0])  # (b, b)
        variance = ops.matmul(averaging, ops.square(flat - ops.matmul(averaging, flat)))
        average = ops.mean(ops.sqrt(variance + 1e-8), axis=1)  # (b,)
        feature = ops.reshape(ops.cast(average, inputs.dtype), (-1, 1, 1, 1)) * ops.ones_like(inputs[..., :1])
        return ops.concatenate([inputs, feature], axis=-1)

    def _averaging(self, batch):
        """The matrix that replaces each sample by the mean of its group."""
        groups = 1 if self.group_size is None else ops.maximum(1, batch // self.group_size)
        group = ops.arange(batch, dtype="int32") % groups
        same = ops.cast(ops.equal(group[:, None], group[None, :]), "float32")
        return same / ops.sum(same, axis=1, keepdims=True)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "group_size": self.group_size}
