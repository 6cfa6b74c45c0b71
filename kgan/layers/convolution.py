"""Strided and grouped convolutions by the fastest kernels."""

import keras
import tensorflow as tf
from keras import ops

from kgan._kernels import grouped_convolution, strided_convolution

__all__ = ["Conv2D", "Conv2DTranspose"]


@keras.saving.register_keras_serializable("kgan")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`, the same to a rounding error, that a training step computes faster on a CPU.

    Strided ones gain with `padding="same"` and a kernel that the strides divide, in the training step; so do those with
    `groups`, whose gradients Keras's are some hundred times slower at on a CPU. These are exported as ONNX's Conv with
    groups, where Keras's leave a function of XLA's that nothing else can run. Others are Keras's.

    Examples:
        >>> layer = kgan.layers.Conv2D(32, 3, padding="same", groups=4)
        >>> tuple(layer(np.zeros((1, 8, 8, 16), np.float32)).shape), tuple(layer.kernel.shape)
        ((1, 8, 8, 32), (3, 3, 4, 32))
    """

    mixes_batch = False

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        if grouped_convolution.applies_to(self, inputs):
            kernel = ops.convert_to_tensor(kernel)
            return grouped_convolution.convolve(inputs, kernel, self.strides, self.padding)
        if not strided_convolution.applies_to(self, inputs):
            return super().convolution_op(inputs, kernel)
        return strided_convolution.convolve(inputs, ops.convert_to_tensor(kernel), self.strides)


@keras.saving.register_keras_serializable("kgan")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, the same to a rounding error, as `Conv2D` is."""

    mixes_batch = False

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        if not strided_convolution.applies_to(self, inputs) or self.output_padding is not None:
            return super().call(inputs)
        size = tuple(side * stride for side, stride in zip(inputs.shape[1:3], self.strides, strict=True))
        outputs = strided_convolution.convolve_transposed(
            inputs, ops.convert_to_tensor(self.kernel), self.strides, size
        )
        outputs = ops.add(outputs, self.bias) if self.use_bias else outputs
        return outputs if self.activation is None else self.activation(outputs)
