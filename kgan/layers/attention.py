"""Self-attention over the positions of an image."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

__all__ = ["SelfAttention"]


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
        ValueError: when it is built, if the input has fewer than 8 channels, or an odd height or width.

    Reference:
        Zhang et al., 2019, Self-Attention Generative Adversarial Networks. arXiv:1805.08318
    """

    mixes_batch = False

    def __init__(self, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed = seed

    def build(self, input_shape: tuple) -> None:
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

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
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

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}
