"""Batch normalisation whose scale and shift are given for each sample."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan.layers.normalization import BatchNormalization

__all__ = ["ConditionalBatchNormalization"]


@keras.saving.register_keras_serializable("kgan")
class ConditionalBatchNormalization(BatchNormalization):
    """Batch normalisation with a scale and a shift of each sample's own, as its label or latents ask for.

    `(1 + scale) * (x - mean(x)) / sqrt(var(x) + epsilon) + shift`, mean and variance of each channel over the batch and
    all positions, the moving ones at inference. Scale and shift are further inputs, outputs of other layers: an
    `Embedding` of classes from zeros, or a `Dense` of anything.

    Args:
        momentum: Of the moving mean and variance, in [0, 1). Defaults to `0.99`.
        epsilon: Positive float, added to the variance. Defaults to `1e-3`.
        **kwargs: Of `keras.layers.BatchNormalization`; `center` and `scale` are always off.

    Shapes:
        `[x, scale, shift]` with x `(batch, ..., channels)`, scale and shift `(batch, channels)`; the output has x's.

    Raises:
        ValueError: when it is built, if it is not called with three inputs, or scale and shift do not have a number for
            each channel.

    Examples:
        >>> x, labels = keras.Input((8, 8, 16)), keras.Input((), dtype="int32")
        >>> scale, shift = (keras.layers.Embedding(10, 16, "zeros")(labels) for _ in range(2))
        >>> kgan.layers.ConditionalBatchNormalization()([x, scale, shift]).shape
        (None, 8, 8, 16)

    Reference:
        Dumoulin et al., 2017, A Learned Representation for Artistic Style. arXiv:1610.07629; de Vries et al., 2017,
        Modulating Early Visual Processing by Language. arXiv:1707.00683
    """

    def __init__(self, momentum: float = 0.99, epsilon: float = 1e-3, **kwargs: Any):
        kwargs |= {"center": False, "scale": False}
        super().__init__(momentum=momentum, epsilon=epsilon, **kwargs)

    def build(self, input_shape: list[tuple]) -> None:
        shapes = [tuple(shape) for shape in input_shape] if isinstance(input_shape[0], list | tuple) else [input_shape]
        if len(shapes) != 3 or any(shape[1:] != shapes[0][-1:] for shape in shapes[1:]):
            raise ValueError(
                f"Expected [x, scale, shift], x of shape (batch, ..., channels), the others (batch, channels), for "
                f"ConditionalBatchNormalization. Received: shapes {shapes}."
            )
        super().build(shapes[0])
        self.input_spec = None  # that of one input

    def call(self, inputs: list[tf.Tensor], training: bool | None = None, mask: Any = None) -> tf.Tensor:
        x, scale, shift = inputs
        x = super().call(x, training=training, mask=None if mask is None else mask[0])
        shape = (-1, *[1] * (len(x.shape) - 2), x.shape[-1])
        return (1.0 + ops.reshape(scale, shape)) * x + ops.reshape(shift, shape)

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return tuple(input_shape[0])
