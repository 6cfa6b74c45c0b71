"""Strided convolutions in the form that XLA is fast at on a CPU, differentiated any number of times in that form.

A convolution C of images x with a kernel w, the transposed one T of outputs y with w, and the gradient W of the kernel
are three readings of one trilinear form,

    <C(x, w), y> = <x, T(y, w)> = <w, W(x, y)>,

so that the derivatives of each are the other two, to any order. XLA computes W well as it stands, and C but for images
of few channels; T it would compute as the convolution of an image full of zeros, four times the work at stride 2. Where
that is slow the strides are taken out: blocks of s x s pixels with c channels become one pixel with s * s * c, and a
k x k kernel of stride s becomes one of k / s x k / s without. `python benchmarks/convolutions.py` has the figures.
"""

import tensorflow as tf

from kgan import xla_on_cpu

_THIN = 4  # channels up to which XLA's own strided convolution is slower than one whose strides are taken out
_MOST_BORDER = 1.4  # blocks computed to blocks wanted, up to which T is a convolution and not one product

Pair = tuple[int, int]


def applies_to(layer, inputs) -> bool:
    """Whether, here and now, a Keras convolution layer should be computed by `convolve` or `convolve_transposed`."""
    return (
        xla_on_cpu.is_traced()
        and None not in inputs.shape[1:]
        and layer.padding == "same"
        and layer.data_format == "channels_last"
        and set(layer.dilation_rate) == {1}
        and getattr(layer, "groups", 1) == 1
        and max(layer.strides) > 1
        and all(size % stride == 0 for size, stride in zip(layer.kernel_size, layer.strides, strict=True))
    )


def convolve(images: tf.Tensor, kernel: tf.Tensor, strides: Pair) -> tf.Tensor:
    """C(x, w), padded as TensorFlow's SAME.

    Args:
        images: `(batch, height, width, c)` of known size.
        kernel: `(k, l, c, f)`, sides that the strides divide.
        strides: `(s, t)`.

    Returns:
        `(batch, ceil(height / s), ceil(width / t), f)`.
    """
    size = tuple(images.shape[1:3])

    @tf.custom_gradient
    def linear(x, w):
        form = _thin_convolution if w.shape[2] <= _THIN else _own_convolution
        return form(x, w, strides), lambda y: (convolve_transposed(y, w, strides, size), _to_kernel(x, y, w, strides))

    return linear(images, tf.convert_to_tensor(kernel))


def convolve_transposed(outputs: tf.Tensor, kernel: tf.Tensor, strides: Pair, size: Pair) -> tf.Tensor:
    """T(y, w), the adjoint of `convolve` on images of this size.

    Args:
        outputs: `(batch, ceil(height / s), ceil(width / t), f)`.
        kernel: `(k, l, c, f)`.
        strides: `(s, t)`.
        size: `(height, width)`.

    Returns:
        `(batch, height, width, c)`.
    """

    @tf.custom_gradient
    def linear(y, w):
        taps = [side // stride for side, stride in zip(w.shape[:2], strides, strict=True)]
        border = 1.0
        for side, tap in zip(y.shape[1:3], taps, strict=True):
            border *= (side + tap - 1) / side
        form = _product if w.shape[2] <= _THIN or border > _MOST_BORDER else _stride_one
        return form(y, w, strides, size), lambda x: (convolve(x, w, strides), _to_kernel(x, y, w, strides))

    return linear(outputs, tf.convert_to_tensor(kernel))


def _to_kernel(images, outputs, kernel, strides: Pair) -> tf.Tensor:
    """W(x, y), of the kernel's shape."""
    size = tuple(images.shape[1:3])

    @tf.custom_gradient
    def linear(x, y):
        gradient = tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=kernel.shape, out_backprop=y, strides=[1, *strides, 1], padding="SAME"
        )
        return gradient, lambda w: (convolve_transposed(y, w, strides, size), convolve(x, w, strides))

    return linear(images, outputs)


def _own_convolution(x, w, strides):
    return tf.nn.conv2d(x, w, strides, "SAME")


def _thin_convolution(x, w, strides):
    (s, t), (k, m, c, f) = strides, w.shape
    rows, columns = _blocks(x.shape[1:3], (k, m), strides)
    x = tf.pad(x, [(0, 0), *_padding(x.shape[1:3], (k, m), strides), (0, 0)])
    x = tf.transpose(tf.reshape(x, (-1, rows, s, columns, t * c)), (0, 1, 3, 2, 4))
    x = tf.reshape(x, (-1, rows, columns, s * t * c))
    w = tf.transpose(tf.reshape(w, (k // s, s, m // t, t * c, f)), (0, 2, 1, 3, 4))
    return tf.nn.conv2d(x, tf.reshape(w, (k // s, m // t, s * t * c, f)), 1, "VALID")


def _stride_one(y, w, strides, size):
    """T as a convolution of stride 1 from outputs to blocks of pixels."""
    (s, t), (k, m, c, f) = strides, w.shape
    w = tf.reverse(tf.reshape(w, (k // s, s, m // t, t, c, f)), [0, 2])
    w = tf.reshape(tf.transpose(w, (0, 2, 5, 1, 3, 4)), (k // s, m // t, f, s * t * c))
    spread = [(taps - 1, taps - 1) for taps in (k // s, m // t)]
    return _from_blocks(tf.nn.conv2d(tf.pad(y, [(0, 0), *spread, (0, 0)]), w, 1, "VALID"), (k, m), strides, size)


def _product(y, w, strides, size):
    """T as one matrix product, what each output sends to its pixels, and a sum where they meet."""
    (s, t), (k, m, c, f) = strides, w.shape
    _, height, width, _ = y.shape
    sent = tf.reshape(y, (-1, f)) @ tf.reshape(tf.transpose(w, (3, 0, 1, 2)), (f, k * m * c))
    sent = tf.reshape(sent, (-1, height, width, k // s, s, m // t, t * c))
    sent = _met(sent, 1, 3)  # (b, rows, width, s, m / t, t c)
    sent = _met(sent, 2, 4)  # (b, rows, columns, s, t c)
    return _from_blocks(tf.reshape(sent, (-1, *sent.shape[1:3], s * t * c)), (k, m), strides, size)


def _met(sent, axis: int, taps_axis: int):
    """Adds up what the taps along one axis send, each one place further than the last."""
    parts = tf.unstack(sent, axis=taps_axis)
    padded = []
    for place, part in enumerate(parts):
        around = [(0, 0)] * part.shape.rank
        around[axis] = (place, len(parts) - 1 - place)
        padded.append(tf.pad(part, around))
    return tf.add_n(padded)


def _from_blocks(blocks, kernel_size, strides, size):
    """Blocks `(b, rows, columns, s * t * c)` as pixels, without the padding."""
    s, t = strides
    _, rows, columns, depth = blocks.shape
    pixels = tf.transpose(tf.reshape(blocks, (-1, rows, columns, s, t * (depth // (s * t)))), (0, 1, 3, 2, 4))
    pixels = tf.reshape(pixels, (-1, rows * s, columns * t, depth // (s * t)))
    (top, _), (left, _) = _padding(size, kernel_size, strides)
    return pixels[:, top : top + size[0], left : left + size[1]]


def _blocks(size, kernel_size, strides) -> list[int]:
    """Blocks of pixels along each axis of the padded image: as many as outputs, and a kernel's further ones."""
    return [-(-side // s) + k // s - 1 for side, k, s in zip(size, kernel_size, strides, strict=True)]


def _padding(size, kernel_size, strides) -> list[Pair]:
    """Before and after each axis, as TensorFlow's SAME."""
    padding = []
    for side, blocks, stride in zip(size, _blocks(size, kernel_size, strides), strides, strict=True):
        surplus = blocks * stride - side
        padding.append((surplus // 2, surplus - surplus // 2))
    return padding
