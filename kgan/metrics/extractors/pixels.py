"""Images on their way into a network that was trained on photographs."""

import functools

import numpy as np
import tensorflow as tf

from kgan.metrics.extractors.base import ExtractorError

__all__ = ["in_colour", "levels", "resized"]


def in_colour(images: tf.Tensor) -> tf.Tensor:
    """Three channels: grey is repeated, alpha is dropped.

    Args:
        images: `(n, height, width, 1, 3 or 4)` float32.

    Returns:
        `(n, height, width, 3)`.

    Raises:
        ExtractorError: if `images` have another rank, or a number of channels other than 1, 3 and 4.
    """
    images = tf.convert_to_tensor(images, tf.float32)
    if images.shape.rank != 4 or images.shape[-1] not in (1, 3, 4, None):
        raise ExtractorError(
            f"Expected images of shape (n, height, width, channels) with 1, 3 or 4 channels. "
            f'Received: {tuple(images.shape)}. Other samples have features="pixels", or a network of their own.'
        )
    return images[..., :3] + tf.zeros(3)  # broadcasts also where the channels are known only when it runs


def resized(images: tf.Tensor, side: int) -> tf.Tensor:
    """Square images, by bilinear interpolation; what shrinks is smoothed, so that no pixel is skipped.

    Where the size is known it is two matrix products, because XLA does not compile TensorFlow's own operation.
    """
    height, width = images.shape[1:3]
    if height is None or width is None:
        return tf.image.resize(images, (side, side), "bilinear", antialias=True)
    rows, columns = (tf.constant(_interpolation(known, side), images.dtype) for known in (height, width))
    return tf.einsum("rh,bhwc,sw->brsc", rows, images, columns)


@functools.cache
def _interpolation(known: int, side: int) -> np.ndarray:
    """How much of each of the `known` pixels goes into each of the `side` ones, `(side, known)`."""
    with tf.init_scope():
        unit = tf.eye(known)[None, ..., None]
        return tf.image.resize(unit, (side, known), "bilinear", antialias=True)[0, ..., 0].numpy()


def levels(images: tf.Tensor) -> tf.Tensor:
    """The whole numbers 0 to 255, in float32, of images in [-1, 1]."""
    return tf.clip_by_value(tf.round((images + 1.0) * 127.5), 0.0, 255.0)
