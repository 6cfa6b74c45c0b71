"""Normalisations."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._kernels import library
from kgan._kernels.library import Library
from kgan._support.custom_gradients import custom_gradient

__all__ = ["BatchNormalization", "PixelNorm"]


@keras.saving.register_keras_serializable("kgan")
class PixelNorm(keras.layers.Layer):
    """Scales the features of each pixel, or of each vector, to a mean square of 1: `x / sqrt(mean(x^2) + 1e-8)`.

    The mean is taken in float32, whatever type the layer computes in: in float16 the square of 300 is infinite.

    Shapes:
        `(batch, ..., channels)`, kept.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 4.2. arXiv:1710.10196
    """

    mixes_batch = False

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = ops.cast(inputs, "float32")
        return ops.cast(x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-8), inputs.dtype)


@keras.saving.register_keras_serializable("kgan")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, the same to a rounding error, that a step without XLA computes faster.

    TensorFlow has one kernel for the normalization of images by their batch and one for its gradient, where Keras
    writes a dozen passes over them. What it cannot do is Keras's: other shapes and types than float32
    `(batch, height, width, channels)`, masks, `renorm`, `synchronized`. So are inference and exports.

    Second derivatives are right either way; Keras's are not, because the mean within its variance leads no gradient.
    """

    mixes_batch = True

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: Any = None) -> tf.Tensor:
        if not (training and self.trainable and mask is None and self._has_a_kernel(inputs)):
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.convert_to_tensor(self.gamma) if self.scale else ops.ones((channels,)),
            offset=ops.convert_to_tensor(self.beta) if self.center else ops.zeros((channels,)),
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        count = tf.cast(tf.size(inputs) // channels, tf.float32)
        biased = variance * (count - 1.0) / count  # as Keras's, where TensorFlow's is the unbiased one
        self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1.0 - self.momentum))
        self.moving_variance.assign(self.moving_variance * self.momentum + biased * (1.0 - self.momentum))
        return outputs

    def _moments(self, inputs, mask):
        if mask is not None or self.synchronized:
            return super()._moments(inputs, mask)
        axes = self._reduction_axes

        @custom_gradient
        def moments(x):
            def slope(to_mean, to_variance):
                # What the variance sends through its mean is 0, so that no pass need add it up; its derivative is not.
                count = tf.cast(tf.size(x) // x.shape[self.axis], x.dtype)
                centred = x - tf.reduce_mean(x, axes, keepdims=True)
                return tf.reshape(to_mean, shape) / count + tf.reshape(to_variance, shape) * (2.0 / count) * centred

            shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
            return tf.nn.moments(x, axes), slope

        return moments(inputs)

    def _has_a_kernel(self, inputs):
        return (
            not (library.in_use() is Library.XLA or self.synchronized)
            and not getattr(self, "renorm", False)  # which Keras 3.10 does not have
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.epsilon > 1e-5
            and keras.backend.standardize_dtype(inputs.dtype) == self.compute_dtype == "float32"
        )
