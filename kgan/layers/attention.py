"""Self-attention over the positions of an image."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan.layers.power_method import largest_singular_value

__all__ = ["SelfAttention"]


@keras.saving.register_keras_serializable("kgan")
class SelfAttention(keras.layers.Layer):
    """Every pixel looks at every other: `x + gain * o(softmax(f(x) g(x)') h(x))`, with a gain that starts from 0.

    `f` and `g` are 1x1 convolutions to an eighth of the channels, `h` to a half, but to one at least, `o` back; `g` and
    `h` are halved in height and width by max pooling, odd sides rounded up.

    Args:
        seed: Of the initial kernels.
        spectral_normalization: Whether each kernel is divided by its largest singular value, as in
            `kgan.layers.SpectralNormalization` and in the paper. Defaults to `False`.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, channels)`, kept.

    Raises:
        ValueError: when it is built, if the input is no image of known height, width and channels.

    Reference:
        Zhang et al., 2019, Self-Attention Generative Adversarial Networks. arXiv:1805.08318
    """

    mixes_batch = False

    def __init__(self, seed: int | None = None, spectral_normalization: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed = seed
        self.spectral_normalization = bool(spectral_normalization)

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 4 or None in input_shape[1:]:
            raise ValueError(
                f"Expected images (batch, height, width, channels) of known height, width and channels for "
                f"SelfAttention. Received: {tuple(input_shape)}. Give keras.Input every side."
            )
        channels = input_shape[-1]
        narrow, half = max(channels // 8, 1), max(channels // 2, 1)
        sizes = {
            "query": (channels, narrow),
            "key": (channels, narrow),
            "value": (channels, half),
            "output": (half, channels),
        }
        for number, (name, shape) in enumerate(sizes.items()):
            seed = None if self.seed is None else self.seed + number
            initializer = keras.initializers.GlorotUniform(seed=seed)
            setattr(self, f"{name}_kernel", self.add_weight(name=name, shape=shape, initializer=initializer))
        self.gain = self.add_weight(name="gain", shape=(), initializer="zeros")
        if self.spectral_normalization:
            for number, (name, shape) in enumerate(sizes.items(), start=len(sizes)):
                initializer = keras.initializers.RandomNormal(seed=None if self.seed is None else self.seed + number)
                state = self.add_weight(name=f"{name}_u", shape=shape[1:], initializer=initializer, trainable=False)
                setattr(self, f"{name}_u", state)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        _, height, width, channels = inputs.shape
        of_query, of_key, of_value, of_output = (
            self._kernel(name, training) for name in ("query", "key", "value", "output")
        )
        flat = ops.reshape(inputs, (-1, height * width, channels))  # (b, n, c)
        key, value = (
            self._halved(ops.matmul(flat, kernel), height, width) for kernel in (of_key, of_value)
        )  # (b, n / 4, c / 8), (b, n / 4, c / 2)
        scores = ops.matmul(ops.matmul(flat, of_query), ops.swapaxes(key, 1, 2))  # (b, n, n / 4)
        attended = ops.matmul(ops.matmul(ops.softmax(scores, axis=-1), value), of_output)  # (b, n, c)
        return inputs + self.gain * ops.reshape(attended, (-1, height, width, channels))

    def _kernel(self, name, training):
        kernel = ops.convert_to_tensor(getattr(self, f"{name}_kernel"))
        if not self.spectral_normalization:
            return kernel
        state = getattr(self, f"{name}_u")
        sigma, moved = largest_singular_value(kernel, ops.convert_to_tensor(state), 1 if training else 0)
        if training:
            state.assign(moved)
        return kernel / sigma

    @staticmethod
    def _halved(x, height, width):
        x = ops.reshape(x, (-1, height, width, x.shape[-1]))
        if height % 2:  # the last row, once more, is its own maximum
            x = ops.concatenate([x, x[:, -1:]], axis=1)
        if width % 2:
            x = ops.concatenate([x, x[:, :, -1:]], axis=2)
        rows, columns = (height + 1) // 2, (width + 1) // 2
        x = ops.reshape(x, (-1, rows, 2, columns, 2, x.shape[-1]))
        return ops.reshape(ops.max(x, axis=(2, 4)), (-1, rows * columns, x.shape[-1]))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "seed": self.seed,
            "spectral_normalization": self.spectral_normalization,
        }
