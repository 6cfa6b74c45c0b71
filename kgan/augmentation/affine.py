"""Moving images by matrices, in ways that can be differentiated any number of times.

A matrix `(batch, 3, 3)` takes homogeneous places (x, y, 1) in the result, in pixels about the centre, to places in the
image.
"""

import tensorflow as tf

from kgan._support.custom_gradients import custom_gradient

__all__ = ["identity", "rotation", "sampled", "scale", "shifted", "translation"]


def identity(count: tf.Tensor | int) -> tf.Tensor:
    """The matrix that moves nothing."""
    return tf.eye(3, batch_shape=[count])


def _matrix(rows) -> tf.Tensor:
    return tf.stack([tf.stack(row, axis=-1) for row in rows], axis=-2)


def scale(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Factors `(batch,)` along both axes."""
    zero, one = tf.zeros_like(x), tf.ones_like(x)
    return _matrix([[x, zero, zero], [zero, y, zero], [zero, zero, one]])


def rotation(angle: tf.Tensor) -> tf.Tensor:
    """By an angle `(batch,)` in radians."""
    zero, one = tf.zeros_like(angle), tf.ones_like(angle)
    sine, cosine = tf.sin(angle), tf.cos(angle)
    return _matrix([[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, one]])


def translation(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """By pixels `(batch,)`."""
    zero, one = tf.zeros_like(x), tf.ones_like(x)
    return _matrix([[one, zero, x], [zero, one, y], [zero, zero, one]])


def shifted(images: tf.Tensor, offset: tf.Tensor, axis: int) -> tf.Tensor:
    """Images moved by whole pixels along axis 1 or 2, zeros coming in.

    Its gradient is the shift back, which gathers as well; that of `tf.gather` would be a scatter, which is slower.
    """
    side = images.shape[axis]

    @custom_gradient
    def moved(images):
        source = tf.range(side) - offset[:, None]  # (b, to)
        inside = tf.expand_dims((source >= 0) & (source < side), 3 - axis)[..., None]  # (b, to, 1, 1) or (b, 1, to, 1)
        pixels = tf.gather(images, tf.clip_by_value(source, 0, side - 1), axis=axis, batch_dims=1)
        return tf.where(inside, pixels, tf.zeros((), images.dtype)), lambda upstream: shifted(upstream, -offset, axis)

    return moved(images)


def sampled(images: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """Bilinear samples at the places that the matrices name; beyond its edge an image goes on as its mirror image.

    Args:
        images: `(batch, height, width, channels)` float32.
        place: `(batch, 3, 3)`.

    Returns:
        The shape of `images`.
    """
    height, width, channels = images.shape[1:]
    across = tf.range(width, dtype=tf.float32) - (width - 1) / 2
    down = tf.range(height, dtype=tf.float32) - (height - 1) / 2
    x, y = tf.meshgrid(across, down)
    grid = tf.stack([tf.reshape(x, [-1]), tf.reshape(y, [-1]), tf.ones(height * width)])  # (3, h w)
    source = place @ grid[None]  # (b, 3, h w)
    x, y = source[:, 0] + (width - 1) / 2, source[:, 1] + (height - 1) / 2
    left, top = tf.floor(x), tf.floor(y)
    flat = tf.reshape(images, (-1, height * width, channels))

    def pixel(column, row):
        index = _mirrored(row, height) * width + _mirrored(column, width)
        return tf.gather(flat, index, batch_dims=1)  # (b, h w, c)

    right, low = (x - left)[..., None], (y - top)[..., None]
    upper = pixel(left, top) * (1 - right) + pixel(left + 1, top) * right
    lower = pixel(left, top + 1) * (1 - right) + pixel(left + 1, top + 1) * right
    return tf.reshape(upper * (1 - low) + lower * low, tf.shape(images))


def _mirrored(index, size: int):
    """Whole numbers folded into 0 ... size - 1, the edge pixels not repeated."""
    period = 2 * max(size - 1, 1)
    folded = tf.math.floormod(tf.cast(index, tf.int32), period)
    return tf.minimum(folded, period - folded)
