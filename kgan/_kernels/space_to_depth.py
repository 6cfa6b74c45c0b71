"""Strides taken out of convolutions: blocks of s x t pixels with c channels become one pixel with s t c of them.

A k x m kernel of strides (s, t) then becomes one of k / s x m / t with none.
"""

from collections.abc import Sequence

import tensorflow as tf

Pair = tuple[int, int]


def outputs_of(size: Sequence[int], strides: Pair) -> Pair:
    """Those along each axis of an image."""
    return tuple(-(-side // stride) for side, stride in zip(size, strides, strict=True))


def blocks_of(size: Sequence[int], kernel_size: Sequence[int], strides: Pair) -> Pair:
    """Those along each axis of the padded image: as many as outputs, and a kernel's further ones."""
    return tuple(side + k // s - 1 for side, k, s in zip(outputs_of(size, strides), kernel_size, strides, strict=True))


def padding_of(size: Sequence[int], kernel_size: Sequence[int], strides: Pair) -> list[Pair]:
    """Pixels before and after each axis, as TensorFlow's SAME."""
    padding = []
    for side, blocks, stride in zip(size, blocks_of(size, kernel_size, strides), strides, strict=True):
        surplus = blocks * stride - side
        padding.append((surplus // 2, surplus - surplus // 2))
    return padding


def of_images(images: tf.Tensor, kernel_size: Sequence[int], strides: Pair) -> tf.Tensor:
    """`(b, height, width, c)` as `(b, rows, columns, s * t * c)`, padded."""
    (s, t), (_, height, width, c) = strides, images.shape
    rows, columns = blocks_of((height, width), kernel_size, strides)
    x = tf.pad(images, [(0, 0), *padding_of((height, width), kernel_size, strides), (0, 0)])
    x = tf.transpose(tf.reshape(x, (-1, rows, s, columns, t * c)), (0, 1, 3, 2, 4))
    return tf.reshape(x, (-1, rows, columns, s * t * c))


def to_images(blocks: tf.Tensor, kernel_size: Sequence[int], strides: Pair, size: Pair) -> tf.Tensor:
    """The reverse of `of_images`, without the padding."""
    s, t = strides
    _, rows, columns, depth = blocks.shape
    x = tf.transpose(tf.reshape(blocks, (-1, rows, columns, s, depth // s)), (0, 1, 3, 2, 4))
    x = tf.reshape(x, (-1, rows * s, columns * t, depth // (s * t)))
    (top, _), (left, _) = padding_of(size, kernel_size, strides)
    return x[:, top : top + size[0], left : left + size[1]]


def of_kernel(kernel: tf.Tensor, strides: Pair) -> tf.Tensor:
    """`(k, m, c, f)` as `(k / s, m / t, s * t * c, f)`."""
    (s, t), (k, m, c, f) = strides, kernel.shape
    w = tf.transpose(tf.reshape(kernel, (k // s, s, m // t, t * c, f)), (0, 2, 1, 3, 4))
    return tf.reshape(w, (k // s, m // t, s * t * c, f))


def to_kernel(blocks: tf.Tensor, strides: Pair) -> tf.Tensor:
    """The reverse of `of_kernel`."""
    (s, t), (rows, columns, depth, f) = strides, blocks.shape
    w = tf.transpose(tf.reshape(blocks, (rows, columns, s, depth // s, f)), (0, 2, 1, 3, 4))
    return tf.reshape(w, (rows * s, columns * t, depth // (s * t), f))
