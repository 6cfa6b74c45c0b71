"""Which pixels of a picture count how much, where small parts of it are to count as much as large ones."""

import keras
import tensorflow as tf
from keras import ops

__all__ = ["check_pictures", "detail_weights"]

_AROUND = 7  # pixels of a side of what a pixel is compared with


def detail_weights(pictures: tf.Tensor, detail: float) -> tf.Tensor:
    """Weights that average to 1 over each picture, larger where a picture differs from its surroundings.

    A pixel counts `1 + detail * |y - m|`, y being the mean of its channels and m that of the 7 x 7 pixels around it. An
    eye is a few pixels in a hundred, and an absolute difference alone is small without it: the best guess of a pixel
    that is an eye in fewer than half of the faces is skin.

    Args:
        pictures: `(batch, height, width, channels)`.
        detail: 0 or more, for pictures in [-1, 1].

    Returns:
        `(batch, height, width, 1)`, without a gradient.
    """
    pictures = ops.stop_gradient(pictures)
    light = ops.mean(pictures, axis=-1, keepdims=True)
    around = ops.average_pool(light, _AROUND, strides=1, padding="same")
    weights = 1.0 + detail * ops.abs(light - around)
    return weights / ops.mean(weights, axis=(1, 2, 3), keepdims=True)


def check_pictures(detail: float, model: keras.Model, name: str) -> None:
    """Refuses details of samples that are no pictures.

    Raises:
        ValueError: if samples of `model` are not `(height, width, channels)` and `detail` is above 0.
    """
    shape = tuple(model.sample_shape)
    if detail and len(shape) != 3:
        raise ValueError(
            f"Expected pictures (height, width, channels) for {name!r} with detail={detail}. Received: samples of "
            f"shape {shape}. Pass detail=0."
        )
