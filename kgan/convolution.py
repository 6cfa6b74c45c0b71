"""Strided convolutions in forms that a CPU is fast at, differentiated any number of times in those forms.

A convolution C of images x with a kernel w, the transposed one T of outputs y with w, and the gradient W of the kernel
are three readings of one trilinear form,

    <C(x, w), y> = <x, T(y, w)> = <w, W(x, y)>,

so that the derivatives of each are the other two, to any order. XLA computes W well as it stands, and C but for images
of few channels; T it would compute as the convolution of an image full of zeros, four times the work at stride 2. Where
that is slow the strides are taken out: blocks of s x s pixels with c channels become one pixel with s * s * c, and a
k x k kernel of stride s becomes one of k / s x k / s without.

oneDNN computes all three well as they stand, but for T to images of few channels, whose strides are taken out too, and
for large kernels on small grids: it reads the kernel once for each image, where XLA, which computes those alone, reads
it once for many images. `python benchmarks/convolutions.py` has the figures.
"""

import functools
import math
from collections.abc import Callable, Sequence

import tensorflow as tf

from kgan import kernels
from kgan.kernels import Kernels

_THIN = 4  # channels up to which a strided convolution is slower than one whose strides are taken out
_MOST_BORDER = 1.4  # blocks computed to blocks wanted, up to which T is a convolution and not one product
_LARGE = 2**20  # weights of a kernel that no cache holds beside the images
_SMALL = 5 * 5  # outputs of an image that are too few for reading such a kernel

Pair = tuple[int, int]


def applies_to(layer, inputs) -> bool:
    """Whether, here and now, a Keras convolution layer should be computed by `convolve` or `convolve_transposed`."""
    return (
        kernels.in_use() is not None
        and kernels.has_only_cpu()
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
        form = _form_of_c(w.shape, _outputs(size, strides))
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
        form = _form_of_t(w.shape, tuple(y.shape[1:3]), strides)
        return form(y, w, strides, size), lambda x: (convolve(x, w, strides), _to_kernel(x, y, w, strides))

    return linear(outputs, tf.convert_to_tensor(kernel))


def _to_kernel(images, outputs, kernel, strides: Pair) -> tf.Tensor:
    """W(x, y), of the kernel's shape."""
    size = tuple(images.shape[1:3])

    @tf.custom_gradient
    def linear(x, y):
        form = _by_xla(_own_to_kernel) if _waits_for_memory(kernel.shape, _outputs(size, strides)) else _own_to_kernel
        return form(x, y, tuple(kernel.shape), strides), lambda w: (
            convolve_transposed(y, w, strides, size),
            convolve(x, w, strides),
        )

    return linear(images, outputs)


def _form_of_c(kernel: Sequence[int], grid: Pair) -> Callable:
    if kernels.in_use() is Kernels.ONEDNN:
        return _by_xla(_own_convolution) if _waits_for_memory(kernel, grid) else _own_convolution
    return _thin_convolution if kernel[2] <= _THIN else _own_convolution


def _form_of_t(kernel: Sequence[int], grid: Pair, strides: Pair) -> Callable:
    thin = kernel[2] <= _THIN
    if kernels.in_use() is Kernels.ONEDNN:
        if _waits_for_memory(kernel, grid):
            return _by_xla(_product)
        return _stride_one if thin else _own_transposed
    taps = [side // stride for side, stride in zip(kernel[:2], strides, strict=True)]
    border = math.prod((side + tap - 1) / side for side, tap in zip(grid, taps, strict=True))
    return _product if thin or border > _MOST_BORDER else _stride_one


def _waits_for_memory(kernel: Sequence[int], grid: Pair) -> bool:
    """Whether the kernels in use read this one more often than they can."""
    return kernels.in_use() is Kernels.ONEDNN and math.prod(kernel) >= _LARGE and math.prod(grid) <= _SMALL


@functools.cache
def _by_xla(form: Callable) -> Callable:
    """The form, compiled with XLA within a step that is not."""

    def compiled(first, second, *geometry):
        # What the tapes watch is the convolution, not what it is made of.
        return _compiled(form, geometry)(tf.stop_gradient(first), tf.stop_gradient(second))

    return compiled


@functools.cache
def _compiled(form: Callable, geometry: tuple) -> Callable:
    return tf.function(lambda first, second: form(first, second, *geometry), autograph=False, jit_compile=True)


def _own_convolution(x, w, strides):
    return tf.nn.conv2d(x, w, strides, "SAME")


def _own_transposed(y, w, strides, size):
    return tf.nn.conv2d_transpose(y, w, (tf.shape(y)[0], *size, w.shape[2]), strides, "SAME")


def _own_to_kernel(x, y, shape, strides):
    return tf.raw_ops.Conv2DBackpropFilter(
        input=x, filter_sizes=shape, out_backprop=y, strides=[1, *strides, 1], padding="SAME"
    )


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
    sent = tf.matmul(tf.reshape(y, (-1, f)), tf.reshape(w, (k * m * c, f)), transpose_b=True)
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


def _outputs(size: Pair, strides: Pair) -> Pair:
    """Along each axis of the image."""
    return tuple(-(-side // stride) for side, stride in zip(size, strides, strict=True))


def _blocks(size, kernel_size, strides) -> list[int]:
    """Blocks of pixels along each axis of the padded image: as many as outputs, and a kernel's further ones."""
    return [side + k // s - 1 for side, k, s in zip(_outputs(size, strides), kernel_size, strides, strict=True)]


def _padding(size, kernel_size, strides) -> list[Pair]:
    """Before and after each axis, as TensorFlow's SAME."""
    padding = []
    for side, blocks, stride in zip(size, _blocks(size, kernel_size, strides), strides, strict=True):
        surplus = blocks * stride - side
        padding.append((surplus // 2, surplus - surplus // 2))
    return padding
