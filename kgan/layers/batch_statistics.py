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

    Args:
        group_size: Samples in a group; the batch must divide into groups, `None` makes the batch one group.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, height, width, channels + 1)`.

    Raises:
        ValueError: if `group_size` is less than 2.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 3. arXiv:1710.10196
    """

    mixes_batch = True

    def __init__(self, group_size: int | None = 4, **kwargs: Any):
        super().__init__(**kwargs)
        if group_size is not None and group_size < 2:
            raise ValueError(f"Expected group_size >= 2, or None. Received: group_size={group_size}.")
        self.group_size = group_size

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        shape = ops.shape(inputs)
        group = shape[0] if self.group_size is None else self.group_size
        grouped = ops.reshape(inputs, (group, -1, *inputs.shape[1:]))  # (g, b / g, h, w, c)
        deviation = ops.sqrt(ops.var(ops.cast(grouped, "float32"), axis=0) + 1e-8)
        average = ops.mean(deviation, axis=(1, 2, 3), keepdims=True)  # (b / g, 1, 1, 1)
        feature = ops.tile(ops.cast(average, inputs.dtype), (group, *inputs.shape[1:3], 1))  # (b, h, w, 1)
        return ops.concatenate([inputs, feature], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "group_size": self.group_size}
