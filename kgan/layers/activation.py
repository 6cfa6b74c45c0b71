"""Activations."""

import keras
import tensorflow as tf

from kgan._kernels import library
from kgan._kernels.library import Library
from kgan._support.custom_gradients import custom_gradient

__all__ = ["LeakyReLU"]


@keras.saving.register_keras_serializable("kgan")
class LeakyReLU(keras.layers.LeakyReLU):
    """`keras.layers.LeakyReLU`, the same by every bit, with which a training step has less to compute.

    Its second derivative, which is 0 wherever there is one, is left out: TensorFlow would send zeros back through all
    layers before, which at the points of a gradient penalty is a pass for nothing. Where XLA does not compile the step,
    its slope is read off what comes out, which has the sign of what goes in, so that nothing else asks for that, and
    oneDNN computes it together with the layer before.
    """

    mixes_batch = False

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        if library.in_use() is None or self.negative_slope <= 0:
            return super().call(inputs)

        @custom_gradient
        def rectified(x):
            y = tf.nn.leaky_relu(x, self.negative_slope)
            side = tf.stop_gradient(x if library.in_use() is Library.XLA else y)
            return y, lambda dy: tf.raw_ops.LeakyReluGrad(gradients=dy, features=side, alpha=self.negative_slope)

        return rectified(inputs)
