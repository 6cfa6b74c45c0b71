"""The convolution of StyleGAN2's generator."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole
from kgan.layers.activation import LeakyReLU
from kgan.layers.blur import boxes

__all__ = ["StyledConv2D"]

_EPSILON = 1e-8


@keras.saving.register_keras_serializable("kgan")
class StyledConv2D(keras.layers.Layer):
    """A convolution whose kernel each sample scales by a style of its own.

    With the style `s_i = A w + b`, one number for each input channel, the kernel of a sample is (equations 1 to 3)

        w'_ijk = s_i w_ijk,   w''_ijk = w'_ijk / sqrt(sum_ik w'_ijk^2 + 1e-8),

    where w is the weight, of N(0, 1), divided by the root of its number of inputs, channels times kernel size. Neither
    is made: scaling the input by `s_i` and the output by `1 / sqrt(sum_i s_i^2 sum_k w_ijk^2 + 1e-8)` around one
    convolution of the whole batch comes to the same, is fast on a CPU, and is exported as an ordinary convolution.
    What follows is noise times a learned strength, the bias, and LeakyReLU(0.2) times sqrt(2).

    Args:
        filters: Channels of the output.
        kernel_size: 1 or 3, as in the paper; any odd number.
        upsample: Whether height and width double: a transposed convolution with strides 2, and the filter
            [1, 3, 3, 1].
        demodulate: Whether the kernel is divided by its norm, `w''`; where colours are made it is not, and is `w'`.
        rectify: Whether LeakyReLU follows.
        seed: Of the initial weights.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `[x, w]`, or `[x, w, noise]` with `(batch, height, width, channels)`, `(batch, style_dim)` and the noise
        `(batch or 1, height, width, 1)` of the output's size -> `(batch, height, width, filters)`, or twice the size.

    Raises:
        ValueError: if `filters` is less than 1, `kernel_size` is even or less than 1, or `upsample` is asked of another
            kernel than 3x3; when it is built, if it is given neither two nor three tensors.

    Examples:
        >>> layer = kgan.layers.StyledConv2D(5, upsample=True, seed=0)
        >>> layer([np.ones((2, 4, 6, 3), "float32"), np.ones((2, 7), "float32")]).shape
        TensorShape([2, 8, 12, 5])

    Reference:
        Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, section 2.2. arXiv:1912.04958
    """

    mixes_batch = False

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        upsample: bool = False,
        demodulate: bool = True,
        rectify: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.filters = whole("filters", filters, 1)
        self.kernel_size = whole("kernel_size", kernel_size, 1)
        if kernel_size % 2 == 0 or (upsample and kernel_size != 3):
            raise ValueError(
                f"Expected an odd kernel_size, and 3 with upsample. Received: kernel_size={kernel_size}, "
                f"upsample={upsample}."
            )
        self.upsample = bool(upsample)
        self.demodulate = bool(demodulate)
        self.rectify = bool(rectify)
        self.seed = seed
        self._rectifier = LeakyReLU(negative_slope=0.2, name="rectifier") if self.rectify else None

    def build(self, input_shape: Sequence[tuple]) -> None:
        if len(input_shape) not in (2, 3):
            raise ValueError(
                f"Expected [x, style] or [x, style, noise] for StyledConv2D. Received: {len(input_shape)} tensors."
            )
        channels, style_dim, size = input_shape[0][-1], input_shape[1][-1], self.kernel_size
        of_style, of_kernel = (None, None) if self.seed is None else (2 * self.seed, 2 * self.seed + 1)
        normal = keras.initializers.RandomNormal
        self.style_kernel = self.add_weight(
            name="style_kernel", shape=(style_dim, channels), initializer=normal(stddev=1.0, seed=of_style)
        )
        self.style_bias = self.add_weight(name="style_bias", shape=(channels,), initializer="ones")
        shape = (size, size, self.filters, channels) if self.upsample else (size, size, channels, self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=normal(stddev=1.0, seed=of_kernel))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.noise_strength = (
            self.add_weight(name="noise_strength", shape=(), initializer="zeros") if len(input_shape) == 3 else None
        )

    def call(self, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
        x, w, *noise = inputs
        style = ops.matmul(w, self.style_kernel) / math.sqrt(w.shape[-1]) + self.style_bias  # (b, channels)
        gain = math.sqrt(2.0) if self.rectify else 1.0  # the rectifier is homogeneous: its gain may come before it
        scale = gain * self._demodulation(style)[:, None, None, :] if self.demodulate else gain
        x = self._convolved(x * style[:, None, None, :]) * ops.cast(scale, x.dtype)
        x = x + gain * ops.cast(self.bias, x.dtype)
        if noise and self.noise_strength is not None:
            x = x + ops.cast(gain * self.noise_strength, x.dtype) * ops.cast(noise[0], x.dtype)
        return x if self._rectifier is None else self._rectifier(x)

    def _demodulation(self, style):
        """One over the norm of each sample's kernel, `(b, filters)`; float32, whose squares do not overflow."""
        kernel, style = (ops.cast(one, "float32") for one in (ops.convert_to_tensor(self.kernel), style))
        of_inputs = ops.sum(ops.square(kernel * self._equalizer(style.shape[-1])), axis=(0, 1))
        of_inputs = ops.transpose(of_inputs) if self.upsample else of_inputs  # (channels, filters)
        return ops.rsqrt(ops.matmul(ops.square(style), of_inputs) + _EPSILON)

    def _equalizer(self, channels):
        return 1.0 / math.sqrt(self.kernel_size**2 * channels)

    def _convolved(self, x):
        kernel = ops.convert_to_tensor(self.kernel) * self._equalizer(x.shape[-1])  # sums stay small in float16
        if not self.upsample:
            return ops.conv(x, kernel, strides=1, padding="same")
        # (b, 2h + 1, 2w + 1, filters); the filter has a gain of 4, because three pixels of four were 0
        return 4.0 * boxes(ops.conv_transpose(x, kernel, strides=2, padding="valid"), 3, padding=1)

    def compute_output_shape(self, input_shape: Sequence[tuple]) -> tuple:
        batch, height, width, _ = input_shape[0]
        times = 2 if self.upsample else 1
        return (batch, times * height, times * width, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "upsample": self.upsample,
            "demodulate": self.demodulate,
            "rectify": self.rectify,
            "seed": self.seed,
        }
