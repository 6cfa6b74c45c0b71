"""Maps of classes as pictures: one channel for each class."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["OneHotPixels"]

_LEVELS = 255  # from black to white in a picture of 8 bits


@keras.saving.register_keras_serializable("kgan")
class OneHotPixels(keras.layers.Layer):
    """Turns a grey picture whose values are classes into one channel for each class.

    Label maps are pictures: a pixel of class k has the grey value k of 0 to 255. As all pictures they reach the network
    as floats in [-1, 1], `x = 2 k / 255 - 1`; this layer finds k again, `round(255 (x + 1) / 2)`, and gives a 1 in the
    channel k. A pixel whose value is no class, as 255 for what nobody has labelled, has zeros in all channels.

    Args:
        num_classes: How many classes there are, 1 to 256.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, 1)` -> `(batch, height, width, num_classes)`, 0 and 1.

    Raises:
        ValueError: if `num_classes` is not from 1 to 256, or, when it is built, if the input has not one channel.

    Examples:
        >>> pixels = np.array([[[[0], [2], [255]]]], "float32")  # (1, 1, 3, 1)
        >>> kgan.layers.OneHotPixels(3)(pixels / 127.5 - 1.0).numpy()[0, 0].tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """

    mixes_batch = False

    def __init__(self, num_classes: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_classes = whole("num_classes", num_classes, 1)
        if self.num_classes > _LEVELS + 1:
            raise ValueError(
                f"Expected num_classes of at most {_LEVELS + 1}, as many as 8 bits tell apart. Received: "
                f"num_classes={num_classes}."
            )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 4 or input_shape[-1] != 1:
            raise ValueError(
                f"Expected label maps (batch, height, width, 1), grey pictures whose values are classes. Received: "
                f"shape {tuple(input_shape)}."
            )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        values = ops.round((ops.cast(inputs, "float32") + 1.0) * (_LEVELS / 2.0))  # (b, h, w, 1)
        classes = ops.arange(self.num_classes, dtype="float32")
        return ops.cast(ops.equal(values, classes), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.num_classes)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_classes": self.num_classes}
