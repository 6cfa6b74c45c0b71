"""Layers that the architectures share."""

import math

import keras
import tensorflow as tf
from keras import ops

from kgan import convolution, kernels
from kgan.kernels import Library


class _KernelWrapper(keras.layers.Wrapper):
    """Runs a dense or convolution layer with another kernel than its variable's value, gradients included.

    Inside a `StatelessScope` that maps the variable to a tensor, the layer computes with the tensor; nothing is
    assigned. (Keras's own SpectralNormalization assigns, which changes the weight at every pass and cuts the gradient.)
    """

    mixes_batch = False

    def build(self, input_shape=None):
        super().build(input_shape)
        if not hasattr(self.layer, "kernel"):
            raise ValueError(
                f"Expected a layer with a kernel, such as Dense or Conv2D, for {type(self).__name__}. "
                f"Received: {self.layer!r}."
            )

    def _run(self, inputs, kernel):
        with keras.StatelessScope(state_mapping=[(self.layer.kernel, kernel)]):
            return self.layer(inputs)

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)


@keras.saving.register_keras_serializable("kgan")
class SpectralNormalization(_KernelWrapper):
    """Divides the kernel by its largest singular value, so that the layer is 1-Lipschitz.

    The kernel is read as a matrix W of `(inputs * kernel size, outputs)`. When training, one step of the power method
    moves the state u: `v = W u / ||W u||`, `u <- W' v / ||W' v||`, and `sigma = v' W u` is differentiated with u and v
    held constant. At inference u stays as it is.

    Args:
        layer: A layer with a `kernel`: Dense, Conv2D, ...
        **kwargs: Of `keras.layers.Layer`.

    Raises:
        ValueError: The layer has no kernel; raised when it is built.

    Reference:
        Miyato et al., 2018, Spectral Normalization for Generative Adversarial Networks. arXiv:1802.05957
    """

    def build(self, input_shape=None):
        super().build(input_shape)
        self.u = self.add_weight(
            name="u", shape=(self.layer.kernel.shape[-1],), initializer="random_normal", trainable=False
        )

    def call(self, inputs, training=False):
        kernel = ops.convert_to_tensor(self.layer.kernel)
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        held = ops.stop_gradient(matrix)
        u = _unit(ops.convert_to_tensor(self.u))
        v = _unit(ops.matmul(held, u))
        if training:
            u = _unit(ops.matmul(ops.transpose(held), v))
            self.u.assign(u)
        sigma = ops.sum(v * ops.matmul(matrix, u))
        return self._run(inputs, kernel / sigma)


def _unit(vector):
    return vector / (ops.norm(vector) + 1e-12)


@keras.saving.register_keras_serializable("kgan")
class Equalized(_KernelWrapper):
    """Equalised learning rate: the kernel starts from N(0, 1) and is scaled by `gain / sqrt(fan_in)` when it is used.

    An optimizer that divides by the gradient's size, as Adam does, then moves every layer at the same relative speed.

    Args:
        layer: A layer with a `kernel`; its kernel initializer is replaced.
        gain: sqrt(2) before a rectifier, 1 before a linear output. Defaults to sqrt(2).
        seed: Of the initial kernel.
        **kwargs: Of `keras.layers.Layer`.

    Raises:
        ValueError: The layer has no kernel; raised when it is built.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 4.1. arXiv:1710.10196
    """

    def __init__(self, layer, gain: float = math.sqrt(2.0), seed: int | None = None, **kwargs):
        super().__init__(layer, **kwargs)
        self.gain = float(gain)
        self.seed = seed
        self.layer.kernel_initializer = keras.initializers.RandomNormal(stddev=1.0, seed=seed)

    def call(self, inputs):
        kernel = ops.convert_to_tensor(self.layer.kernel)
        fan_in = math.prod(kernel.shape[:-1])
        return self._run(inputs, kernel * (self.gain / math.sqrt(fan_in)))

    def get_config(self):
        return {**super().get_config(), "gain": self.gain, "seed": self.seed}


@keras.saving.register_keras_serializable("kgan")
class PixelNorm(keras.layers.Layer):
    """Scales the features of each pixel, or of each vector, to a mean square of 1: `x / sqrt(mean(x^2) + 1e-8)`.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 4.2. arXiv:1710.10196
    """

    mixes_batch = False

    def call(self, inputs):
        return inputs * ops.rsqrt(ops.mean(ops.square(inputs), axis=-1, keepdims=True) + 1e-8)


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
        ValueError: `group_size` is less than 2.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 3. arXiv:1710.10196
    """

    mixes_batch = True

    def __init__(self, group_size: int | None = 4, **kwargs):
        super().__init__(**kwargs)
        if group_size is not None and group_size < 2:
            raise ValueError(f"Expected group_size >= 2, or None. Received: group_size={group_size}.")
        self.group_size = group_size

    def call(self, inputs):
        shape = ops.shape(inputs)
        group = shape[0] if self.group_size is None else self.group_size
        grouped = ops.reshape(inputs, (group, -1, *inputs.shape[1:]))  # (g, b / g, h, w, c)
        deviation = ops.sqrt(ops.var(ops.cast(grouped, "float32"), axis=0) + 1e-8)
        average = ops.mean(deviation, axis=(1, 2, 3), keepdims=True)  # (b / g, 1, 1, 1)
        feature = ops.tile(ops.cast(average, inputs.dtype), (group, *inputs.shape[1:3], 1))  # (b, h, w, 1)
        return ops.concatenate([inputs, feature], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self):
        return {**super().get_config(), "group_size": self.group_size}


@keras.saving.register_keras_serializable("kgan")
class SelfAttention(keras.layers.Layer):
    """Every pixel looks at every other: `x + gain * o(softmax(f(x) g(x)') h(x))`, with a gain that starts from 0.

    `f` and `g` are 1x1 convolutions to an eighth of the channels, `h` to a half, `o` back; `g` and `h` are halved in
    height and width by max pooling.

    Args:
        seed: Of the initial kernels.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, channels)`, kept; height and width are even, channels at least 8.

    Raises:
        ValueError: The input is smaller than that; raised when it is built.

    Reference:
        Zhang et al., 2019, Self-Attention Generative Adversarial Networks. arXiv:1805.08318
    """

    mixes_batch = False

    def __init__(self, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed

    def build(self, input_shape):
        _, height, width, channels = input_shape
        if channels < 8 or height % 2 or width % 2:
            raise ValueError(
                f"Expected at least 8 channels and an even height and width for SelfAttention. "
                f"Received: {tuple(input_shape)}."
            )
        for number, (name, inputs, outputs) in enumerate(
            [
                ("query", channels, channels // 8),
                ("key", channels, channels // 8),
                ("value", channels, channels // 2),
                ("output", channels // 2, channels),
            ]
        ):
            seed = None if self.seed is None else self.seed + number
            initializer = keras.initializers.GlorotUniform(seed=seed)
            setattr(
                self, f"{name}_kernel", self.add_weight(name=name, shape=(inputs, outputs), initializer=initializer)
            )
        self.gain = self.add_weight(name="gain", shape=(), initializer="zeros")

    def call(self, inputs):
        _, height, width, channels = inputs.shape
        flat = ops.reshape(inputs, (-1, height * width, channels))  # (b, n, c)
        key, value = (
            self._halved(ops.matmul(flat, kernel), height, width) for kernel in (self.key_kernel, self.value_kernel)
        )  # (b, n / 4, c / 8), (b, n / 4, c / 2)
        scores = ops.matmul(ops.matmul(flat, self.query_kernel), ops.swapaxes(key, 1, 2))  # (b, n, n / 4)
        attended = ops.matmul(ops.matmul(ops.softmax(scores, axis=-1), value), self.output_kernel)  # (b, n, c)
        return inputs + self.gain * ops.reshape(attended, (-1, height, width, channels))

    @staticmethod
    def _halved(x, height, width):
        x = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, x.shape[-1]))
        return ops.reshape(ops.max(x, axis=(2, 4)), (-1, height * width // 4, x.shape[-1]))

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable("kgan")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`, the same to a rounding error, that a training step computes faster on a CPU.

    Only strided ones with `padding="same"` and a kernel that the strides divide gain; others are Keras's. Exports and
    everything else but the training step compute it as Keras does. `kgan.convolution` says how.
    """

    mixes_batch = False

    def convolution_op(self, inputs, kernel):
        if not convolution.applies_to(self, inputs):
            return super().convolution_op(inputs, kernel)
        return convolution.convolve(inputs, ops.convert_to_tensor(kernel), self.strides)


@keras.saving.register_keras_serializable("kgan")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, the same to a rounding error, as `Conv2D` is."""

    mixes_batch = False

    def call(self, inputs):
        if not convolution.applies_to(self, inputs) or self.output_padding is not None:
            return super().call(inputs)
        size = tuple(side * stride for side, stride in zip(inputs.shape[1:3], self.strides, strict=True))
        outputs = convolution.convolve_transposed(inputs, ops.convert_to_tensor(self.kernel), self.strides, size)
        outputs = ops.add(outputs, self.bias) if self.use_bias else outputs
        return outputs if self.activation is None else self.activation(outputs)


@keras.saving.register_keras_serializable("kgan")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, the same to a rounding error, that a step without XLA computes faster.

    TensorFlow has one kernel for the normalization of images by their batch and one for its gradient, where Keras
    writes a dozen passes over them. What it cannot do is Keras's: other shapes and types than float32
    `(batch, height, width, channels)`, masks, `renorm`, `synchronized`. So are inference and exports.

    Second derivatives are right either way; Keras's are not, because the mean within its variance leads no gradient.
    """

    mixes_batch = True

    def call(self, inputs, training=None, mask=None):
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

        @tf.custom_gradient
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
            not (kernels.in_use() is Library.XLA or self.synchronized)
            and not getattr(self, "renorm", False)  # which Keras 3.10 does not have
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.epsilon > 1e-5
            and keras.backend.standardize_dtype(inputs.dtype) == self.compute_dtype == "float32"
        )


@keras.saving.register_keras_serializable("kgan")
class LeakyReLU(keras.layers.LeakyReLU):
    """`keras.layers.LeakyReLU`, the same by every bit, that TensorFlow computes together with the layer before.

    Its slope is read off what comes out, which has the sign of what goes in, so that nothing else asks for that.
    """

    mixes_batch = False

    def call(self, inputs):
        if kernels.in_use() not in (Library.ONEDNN, Library.ONEDNN_WITH_XLA) or self.negative_slope <= 0:
            return super().call(inputs)

        @tf.custom_gradient
        def rectified(x):
            y = tf.nn.leaky_relu(x, self.negative_slope)
            return y, lambda dy: tf.raw_ops.LeakyReluGrad(gradients=dy, features=y, alpha=self.negative_slope)

        return rectified(inputs)


class _Resampling(keras.layers.Layer):
    """Doubles or halves height and width with the filter [1, 2, 1], the bilinear one.

    Written as a depthwise convolution, because TensorFlow's own bilinear resizing has no second derivative: a gradient
    penalty through it would silently leave every weight behind it alone.
    """

    mixes_batch = False

    def build(self, input_shape):
        if len(input_shape) != 4:
            raise ValueError(f"Expected images (batch, height, width, channels). Received: {tuple(input_shape)}.")

    @staticmethod
    def _filter(x, strides, gain):
        row = ops.convert_to_tensor([1.0, 2.0, 1.0], dtype=x.dtype) / 4.0
        kernel = gain * ops.tile(ops.reshape(ops.outer(row, row), (3, 3, 1, 1)), (1, 1, x.shape[-1], 1))
        return ops.depthwise_conv(x, kernel, strides=strides, padding="valid")


@keras.saving.register_keras_serializable("kgan")
class Upsample2D(_Resampling):
    """Doubles height and width by bilinear interpolation.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, 2 height, 2 width, channels)`.

    Reference:
        Zhang, 2019, Making Convolutional Networks Shift-Invariant Again. arXiv:1904.11486
    """

    def call(self, inputs):
        _, height, width, channels = inputs.shape
        padded = ops.concatenate([inputs, inputs[:, -1:]], axis=1)
        padded = ops.concatenate([padded, padded[:, :, -1:]], axis=2)  # the edge repeats
        zeros = ops.zeros_like(padded)
        spread = ops.stack([ops.stack([padded, zeros], 3), ops.stack([zeros, zeros], 3)], 2)
        spread = ops.reshape(spread, (-1, 2 * (height + 1), 2 * (width + 1), channels))
        spread = ops.pad(spread, ((0, 0), (1, 0), (1, 0), (0, 0)))
        return self._filter(spread, 1, gain=4.0)[:, : 2 * height, : 2 * width]

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 2 * input_shape[1], 2 * input_shape[2], input_shape[3])


@keras.saving.register_keras_serializable("kgan")
class Downsample2D(_Resampling):
    """Halves height and width behind a bilinear low-pass filter.

    Shapes:
        `(batch, height, width, channels)` -> `(batch, height / 2, width / 2, channels)`, odd sides rounded up.

    Reference:
        Zhang, 2019, Making Convolutional Networks Shift-Invariant Again. arXiv:1904.11486
    """

    def call(self, inputs):
        padded = ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
        return self._filter(padded, 2, gain=1.0)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], -(-input_shape[1] // 2), -(-input_shape[2] // 2), input_shape[3])
