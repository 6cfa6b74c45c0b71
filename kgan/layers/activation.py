"""Activations."""

import keras
import tensorflow as tf

from kgan._kernels import library
from kgan._kernels.library import Library

__all__ = ["LeakyReLU"]


@keras.saving.register_keras_serializable("kgan")
class LeakyReLU(keras.layers.LeakyReLU):
    """`keras.layers.LeakyReLU`, the same by every bit, that TensorFlow computes together with the layer before.

    Its slope is read off what comes out, which has the sign of what goes in, so that nothing else asks for that.
    """

    mixes_batch = False

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        if library.in_use() not in (Library.ONEDNN, Library.ONEDNN_WITH_XLA) or self.negative_slope <= 0:
            return super().call(inputs)

        @tf.custom_gradient
        def rectified(x):
            y = tf.nn.leaky_relu(x, self.negative_slope)
            return y, lambda dy: tf.raw_ops.LeakyReluGrad(gradients=dy, features=y, alpha=self.negative_slope)

        return rectified(inputs)
