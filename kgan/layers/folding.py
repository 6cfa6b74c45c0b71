"""A sequence folded into rows."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["Fold1D"]


@keras.saving.register_keras_serializable("kgan")
class Fold1D(keras.layers.Layer):
    """Folds a sequence into rows of `period` steps, so that a column holds every `period`-th of them.

    Where the last row would be short, the end of the sequence is mirrored.

    Args:
        period: Steps in a row.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, steps, channels)` -> `(batch, ceil(steps / period), period, channels)`; steps must be known.

    Raises:
        ValueError: if `period` is less than 1; when it is called, if steps are unknown, or too few to be mirrored.

    Examples:
        >>> kgan.layers.Fold1D(2)(np.arange(5.0).reshape(1, 5, 1))[0, ..., 0].numpy().tolist()
        [[0.0, 1.0], [2.0, 3.0], [4.0, 3.0]]

    Reference:
        Kong et al., 2020, HiFi-GAN, section 2.3. arXiv:2010.05646
    """

    mixes_batch = False

    def __init__(self, period: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.period = whole("period", period, 1)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        _, rows, period, channels = self.compute_output_shape(inputs.shape)
        lacking = rows * period - inputs.shape[1]
        if lacking:
            inputs = ops.pad(inputs, [[0, 0], [0, lacking], [0, 0]], mode="reflect")
        return ops.reshape(inputs, (-1, rows, period, channels))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        if len(input_shape) != 3 or input_shape[1] is None or input_shape[1] < self.period:
            raise ValueError(
                f"Expected sequences (batch, steps, channels) of period={self.period} steps or more. Received: shape "
                f"{tuple(input_shape)}. Pass longer ones, of a known length."
            )
        batch, steps, channels = input_shape
        return (batch, -(-steps // self.period), self.period, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "period": self.period}
