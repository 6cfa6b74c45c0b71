"""Convolutions in groups of channels, in forms that a CPU is fast at, each differentiated any number of times.

Keras has XLA compile a grouped convolution wherever there is no GPU, and XLA's gradients of it are some hundred times
slower than the products that they are made of. Which form is fast depends on whose kernels compute it:

- oneDNN computes a grouped convolution and its gradients well as they stand.
- TensorFlow's own kernels compute it as it stands, but have no gradients of it: those are of one dense convolution for
  each group.
- XLA computes matrix products well: one for all groups at once, of the windows' pixels with the kernel. One dense
  convolution for each group is as fast there, and takes a minute to compile for a hundred groups.

Exports hold it as it stands: ONNX's Conv has groups.

Measured in processor time on an AMD EPYC with AVX-512, TensorFlow 2.21, for the gradient of a squared gradient, as
R1 has it, of 32 images and groups of 16 channels. 16 x 16 x 256 without XLA: 25 ms as it stands, 44 ms group by group,
375 ms as one product. 8 x 8 x 256 with XLA: 1,674 ms as it stands, which is Keras's, 15 to 24 ms group by group, 18 ms
as one product.
"""

import tensorflow as tf

from kgan._kernels import library as kernels
from kgan._kernels.library import Library
from kgan._kernels.space_to_depth import Pair
from kgan._support.custom_gradients import custom_gradient

_ONEDNN_TYPES = (tf.float32, tf.bfloat16)  # whose gradients it computes in groups


def applies_to(layer, inputs) -> bool:
    """Whether a Keras convolution layer should be computed by `convolve`."""
    return (
        layer.groups > 1
        and layer.data_format == "channels_last"
        and len(inputs.shape) == 4
        and layer.padding in ("same", "valid")
        and set(layer.dilation_rate) == {1}  # TensorFlow has no gradients of others on a CPU; Keras has XLA's
    )


def convolve(images: tf.Tensor, kernel: tf.Tensor, strides: Pair, padding: str) -> tf.Tensor:
    """The convolution of each group of channels with its own part of the kernel.

    Args:
        images: `(batch, height, width, g * c)`.
        kernel: `(k, l, c, g * f)`, the filters of a group side by side.
        strides: `(s, t)`.
        padding: `"same"` or `"valid"`, as TensorFlow's.

    Returns:
        `(batch, rows, columns, g * f)`.
    """
    geometry = (strides, padding.upper())
    if not kernels.has_only_cpu():
        return _own(images, kernel, *geometry)
    if kernels.in_use() is Library.XLA and None not in images.shape[1:]:
        return _as_one_product(images, kernel, *geometry)
    if kernels.has_onednn() and images.dtype in _ONEDNN_TYPES:
        return _own(images, kernel, *geometry)

    @custom_gradient
    def differentiable(x, w):
        def slope(to_outputs):
            with tf.GradientTape() as tape:
                tape.watch([x, w])
                outputs = _group_by_group(x, w, *geometry)
            return tape.gradient(outputs, [x, w], to_outputs)

        return _own(x, w, *geometry), slope

    return differentiable(images, kernel)


def _own(x, w, strides, padding):
    return tf.nn.conv2d(x, w, strides, padding)


def _group_by_group(x, w, strides, padding):
    groups = x.shape[-1] // w.shape[2]
    parts = zip(tf.split(x, groups, axis=-1), tf.split(w, groups, axis=-1), strict=True)
    return tf.concat([_own(images, kernel, strides, padding) for images, kernel in parts], axis=-1)


def _as_one_product(x, w, strides, padding):
    """The pixels of each window as a row, `(g, b * rows * columns, k * l * c)`, times the kernel."""
    (k, m, c, _), (_, height, width, channels) = w.shape, x.shape
    groups = channels // c
    around = [_padding(*axis, padding) for axis in zip((height, width), (k, m), strides, strict=True)]
    rows, columns = (
        (size + sum(pixels) - taps) // stride + 1
        for size, pixels, taps, stride in zip((height, width), around, (k, m), strides, strict=True)
    )
    x = tf.pad(x, [(0, 0), *around, (0, 0)])
    x = tf.transpose(tf.reshape(x, (-1, *x.shape[1:3], groups, c)), (3, 0, 1, 2, 4))  # (g, b, h, w, c)
    (s, t), down, right = strides, (rows - 1) * strides[0] + 1, (columns - 1) * strides[1] + 1
    windows = [x[:, :, i : i + down : s, j : j + right : t] for i in range(k) for j in range(m)]
    pixels = tf.reshape(tf.concat(windows, axis=-1), (groups, -1, k * m * c))
    filters = tf.transpose(tf.reshape(w, (k * m * c, groups, -1)), (1, 0, 2))  # (g, k l c, f)
    outputs = tf.reshape(tf.matmul(pixels, filters), (groups, -1, rows, columns, filters.shape[2]))
    return tf.reshape(tf.transpose(outputs, (1, 2, 3, 0, 4)), (-1, rows, columns, groups * filters.shape[2]))


def _padding(size, taps, stride, padding):
    """Pixels before and after an axis."""
    if padding == "VALID":
        return (0, 0)
    surplus = max((-(-size // stride) - 1) * stride + taps - size, 0)
    return (surplus // 2, surplus - surplus // 2)
