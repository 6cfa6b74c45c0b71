"""Strided convolutions in forms that a CPU is fast at, differentiated any number of times in those forms.

A convolution C of images x with a kernel w, the transposed one T of outputs y with w, and the gradient W of the kernel
are three readings of one trilinear form,

    <C(x, w), y> = <x, T(y, w)> = <w, W(x, y)>,

so that the derivatives of each are the other two, to any order. Which form is fast depends on whose kernels compute it:

- XLA computes C and W well as they stand, but C of images of few channels better without strides (`kgan.blocks`); T it
  would compute as the convolution of an image full of zeros, four times the work at stride 2.
- oneDNN computes all three well as they stand, but for T to images of few channels.
- From some size on both fall behind XLA's matrix products, of which `kgan.winograd` makes nine for sixteen: T sooner
  than C and W, and XLA sooner than oneDNN. A step of oneDNN's leaves such a convolution alone to XLA.

`python benchmarks/convolutions.py` has the figures.
"""

import functools
import math
from collections.abc import Callable

import tensorflow as tf

from kgan._kernels import library as kernels
from kgan._kernels import space_to_depth, winograd
from kgan._kernels.library import Library
from kgan._kernels.space_to_depth import Pair
from kgan._support.custom_gradients import custom_gradient

_THIN = 4  # channels up to which a strided convolution is slower than one whose strides are taken out
_MOST_BORDER = 1.4  # blocks computed to blocks wanted, up to which T is a convolution and not one product
_FEWER_PRODUCTS_FROM = {  # weights of a kernel whose products take so long that sums in place of some are worth it
    Library.XLA: {"C": 2**19, "T": 2**17, "W": 2**19},
    Library.ONEDNN_WITH_XLA: {"C": 2**20, "T": 2**19, "W": 2**20},
}
Weights = tf.Tensor | tf.TensorSpec


def applies_to(layer, inputs) -> bool:
    """Whether, here and now, a Keras convolution layer should be computed by `convolve` or `convolve_transposed`."""
    return (
        is_sooner()
        and None not in inputs.shape[1:]
        and layer.padding == "same"
        and layer.data_format == "channels_last"
        and set(layer.dilation_rate) == {1}
        and getattr(layer, "groups", 1) == 1
        and max(layer.strides) > 1
        and all(size % stride == 0 for size, stride in zip(layer.kernel_size, layer.strides, strict=True))
    )


def is_sooner() -> bool:
    """Whether, here and now, the forms of this module are sooner than TensorFlow's own."""
    return kernels.in_use() is not None and kernels.has_only_cpu()


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

    @custom_gradient
    def linear(x, w):
        form = _form_of_c(w, strides)
        return form(x, w, strides), lambda y: (
            convolve_transposed(y, w, strides, size),
            to_kernel(x, y, tuple(w.shape), strides),
        )

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

    @custom_gradient
    def linear(y, w):
        form = _form_of_t(w, size, strides)
        return form(y, w, strides, size), lambda x: (
            convolve(x, w, strides),
            to_kernel(x, y, tuple(w.shape), strides),
        )

    return linear(outputs, tf.convert_to_tensor(kernel))


def to_kernel(images: tf.Tensor, outputs: tf.Tensor, kernel_shape: tuple[int, ...], strides: Pair) -> tf.Tensor:
    """W(x, y), what each weight of a kernel adds to `<C(x, w), y>`.

    Args:
        images: `(batch, height, width, c)` of known size.
        outputs: `(batch, ceil(height / s), ceil(width / t), f)`.
        kernel_shape: `(k, l, c, f)`, sides that the strides divide.
        strides: `(s, t)`.

    Returns:
        Of the kernel's shape.
    """
    size = tuple(images.shape[1:3])

    @custom_gradient
    def linear(x, y):
        form = _form_of_w(tf.TensorSpec(kernel_shape, x.dtype), strides)
        return form(x, y, kernel_shape, strides), lambda w: (
            convolve_transposed(y, w, strides, size),
            convolve(x, w, strides),
        )

    return linear(images, outputs)


def _form_of_c(kernel: Weights, strides: Pair) -> Callable:
    if _has_fewer_products("C", kernel, strides):
        return _by_xla(winograd.convolve)
    return _thin_convolution if kernels.in_use() is Library.XLA and kernel.shape[2] <= _THIN else _own_convolution


def _form_of_t(kernel: Weights, size: Pair, strides: Pair) -> Callable:
    thin = kernel.shape[2] <= _THIN
    if _has_fewer_products("T", kernel, strides) and not thin:
        return _by_xla(winograd.convolve_transposed)
    if kernels.in_use() is not Library.XLA:
        return _stride_one if thin else _own_transposed
    wanted, computed = (
        space_to_depth.outputs_of(size, strides),
        space_to_depth.blocks_of(size, kernel.shape[:2], strides),
    )
    return _product if thin or math.prod(computed) > _MOST_BORDER * math.prod(wanted) else _stride_one


def _form_of_w(kernel: Weights, strides: Pair) -> Callable:
    return _by_xla(winograd.to_kernel) if _has_fewer_products("W", kernel, strides) else _own_to_kernel


def _has_fewer_products(product: str, kernel: Weights, strides: Pair) -> bool:
    """Whether C, T or W should be computed by sums in place of some of its products.

    In float32 only: shorter numbers lose too much, and longer ones were not timed.
    """
    library = kernels.in_use()
    return (
        library in _FEWER_PRODUCTS_FROM
        and math.prod(kernel.shape) >= _FEWER_PRODUCTS_FROM[library][product]
        and winograd.applies_to(kernel.shape, strides)
        and kernel.dtype == tf.float32
    )


@functools.cache
def _by_xla(form: Callable) -> Callable:
    """The form, which XLA compiles, on its own where it does not compile the step."""

    @functools.wraps(form)
    def compiled(first, second, *geometry):
        if kernels.in_use() is Library.XLA:
            return form(first, second, *geometry)
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
    return tf.nn.conv2d(
        space_to_depth.of_images(x, w.shape[:2], strides), space_to_depth.of_kernel(w, strides), 1, "VALID"
    )


def _stride_one(y, w, strides, size):
    """T as a convolution of stride 1 from outputs to blocks of pixels."""
    kernel = tf.transpose(tf.reverse(space_to_depth.of_kernel(w, strides), [0, 1]), (0, 1, 3, 2))
    spread = [(taps - 1, taps - 1) for taps in kernel.shape[:2]]
    sent = tf.nn.conv2d(tf.pad(y, [(0, 0), *spread, (0, 0)]), kernel, 1, "VALID")
    return space_to_depth.to_images(sent, w.shape[:2], strides, size)


def _product(y, w, strides, size):
    """T as one matrix product, what each output sends to its pixels, and a sum where they meet."""
    (s, t), (k, m, c, f) = strides, w.shape
    _, height, width, _ = y.shape
    sent = tf.matmul(tf.reshape(y, (-1, f)), tf.reshape(w, (k * m * c, f)), transpose_b=True)
    sent = tf.reshape(sent, (-1, height, width, k // s, s, m // t, t * c))
    sent = _met(sent, 1, 3)  # (b, rows, width, s, m / t, t c)
    sent = _met(sent, 2, 4)  # (b, rows, columns, s, t c)
    return space_to_depth.to_images(tf.reshape(sent, (-1, *sent.shape[1:3], s * t * c)), (k, m), strides, size)


def _met(sent, axis: int, taps_axis: int):
    """Adds up what the taps along one axis send, each one place further than the last."""
    parts = tf.unstack(sent, axis=taps_axis)
    padded = []
    for place, part in enumerate(parts):
        around = [(0, 0)] * part.shape.rank
        around[axis] = (place, len(parts) - 1 - place)
        padded.append(tf.pad(part, around))
    return tf.add_n(padded)
