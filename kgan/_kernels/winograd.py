"""Convolutions by 9 matrix products for 16: Winograd's F(2 x 2, 2 x 2), for kernels of two strides a side.

With the strides taken out, two outputs of a row are y = (d0 g0 + d1 g1, d1 g0 + d2 g1) in three blocks d of pixels and
a kernel g of two. Three products do what four would:

    y0 = (d0 - d1) g0 + d1 (g0 + g1),    y1 = d1 (g0 + g1) - (d1 - d2) g1,

and rows and columns together nine for sixteen: y = A ((B d) * (G g)), with sums and differences A, B and G along both
axes, and * a matrix product of channels. So are the adjoints: of images d = B' ((A' y) * (G g)), of kernels
g = G' ((A' y) * (B d)). Rounding errors grow by the few sums: some 1e-6 of the largest output in float32.

Reference:
    Lavin and Gray, 2016, Fast Algorithms for Convolutional Neural Networks. arXiv:1509.09308
"""

from collections.abc import Callable, Sequence

import tensorflow as tf

from kgan._kernels import space_to_depth
from kgan._kernels.space_to_depth import Pair

_ROWS, _COLUMNS = 1, 2  # axes of images


def applies_to(kernel: Sequence[int], strides: Pair) -> bool:
    """Whether a kernel of this shape is one of two strides a side."""
    return all(side == 2 * stride for side, stride in zip(kernel[:2], strides, strict=True))


def convolve(images: tf.Tensor, kernel: tf.Tensor, strides: Pair) -> tf.Tensor:
    """C(x, w) of `kgan.convolution`."""
    height, width = space_to_depth.outputs_of(images.shape[1:3], strides)
    products = []
    for image, part in zip(_of_images(images, kernel.shape, strides), _of_kernel(kernel, strides), strict=True):
        product = tf.matmul(_flat(image), part)
        products.append(tf.reshape(product, (-1, *image.shape[1:3], part.shape[1])))
    return _both(_outputs, products)[:, :height, :width]


def convolve_transposed(outputs: tf.Tensor, kernel: tf.Tensor, strides: Pair, size: Pair) -> tf.Tensor:
    """T(y, w) of `kgan.convolution`."""
    rows, columns = space_to_depth.blocks_of(size, kernel.shape[:2], strides)
    products = []
    for output, part in zip(_of_outputs(outputs), _of_kernel(kernel, strides), strict=True):
        product = tf.matmul(_flat(output), part, transpose_b=True)
        products.append(tf.reshape(product, (-1, *output.shape[1:3], part.shape[0])))
    return space_to_depth.to_images(_both(_images, products)[:, :rows, :columns], kernel.shape[:2], strides, size)


def to_kernel(images: tf.Tensor, outputs: tf.Tensor, shape: Sequence[int], strides: Pair) -> tf.Tensor:
    """W(x, y) of `kgan.convolution`."""
    pairs = zip(_of_images(images, shape, strides), _of_outputs(outputs), strict=True)
    products = [tf.matmul(_flat(image), _flat(output), transpose_a=True)[None, None] for image, output in pairs]
    return space_to_depth.to_kernel(_both(_taps, products, axes=(0, 1)), strides)


def _of_images(images: tf.Tensor, kernel: Sequence[int], strides: Pair) -> list[tf.Tensor]:
    """B d: nine `(b, ceil(rows / 2), ceil(columns / 2), s * t * c)`."""
    d = space_to_depth.of_images(images, kernel[:2], strides)
    odd = [(0, 1 - side % 2) for side in d.shape[1:3]]
    d = tf.pad(d, [(0, 0), *odd, (0, 0)])
    return [part for rows in _differences(d, _ROWS) for part in _differences(rows, _COLUMNS)]


def _differences(d: tf.Tensor, axis: int) -> list[tf.Tensor]:
    first, second, third = _along(d, axis, 0, -1), _along(d, axis, 1, None), _along(d, axis, 2, None)
    return [first - second, second, second - third]


def _of_kernel(kernel: tf.Tensor, strides: Pair) -> list[tf.Tensor]:
    """G g: nine `(s * t * c, f)`."""
    g = space_to_depth.of_kernel(kernel, strides)
    return [part for row in (g[0], g[0] + g[1], g[1]) for part in (row[0], row[0] + row[1], row[1])]


def _of_outputs(outputs: tf.Tensor) -> list[tf.Tensor]:
    """A' y: nine `(b, ceil(height / 2), ceil(width / 2), f)`."""
    odd = [(0, side % 2) for side in outputs.shape[1:3]]
    y = tf.pad(outputs, [(0, 0), *odd, (0, 0)])
    return [part for rows in _sums(y, _ROWS) for part in _sums(rows, _COLUMNS)]


def _sums(y: tf.Tensor, axis: int) -> list[tf.Tensor]:
    first, second = _along(y, axis, 0, None), _along(y, axis, 1, None)
    return [first, first + second, -second]


def _both(transform: Callable, products: list[tf.Tensor], axes: Pair = (_ROWS, _COLUMNS)) -> tf.Tensor:
    """A transform of three along the second axis, and of what comes of it along the first."""
    return transform([transform(products[row : row + 3], axes[1]) for row in (0, 3, 6)], axes[0])


def _outputs(m: list[tf.Tensor], axis: int) -> tf.Tensor:
    """A m, twice as long."""
    return _interleaved(m[0] + m[1], m[1] - m[2], axis)


def _taps(m: list[tf.Tensor], axis: int) -> tf.Tensor:
    """G' m, two for one."""
    return _interleaved(m[0] + m[1], m[1] + m[2], axis)


def _images(m: list[tf.Tensor], axis: int) -> tf.Tensor:
    """B' m, twice as long and one more, where two tiles meet at every other."""
    before, after = _padded(m[2], axis, 1, 0), _padded(m[1] + m[2] - m[0], axis, 0, 1)
    return _interleaved(_padded(m[0], axis, 0, 1) - before, after, axis)


def _along(x: tf.Tensor, axis: int, start: int, stop: int | None) -> tf.Tensor:
    """Every other one of an axis."""
    return x[(slice(None),) * axis + (slice(start, stop, 2),)]


def _interleaved(even: tf.Tensor, odd: tf.Tensor, axis: int) -> tf.Tensor:
    shape = [-1 if size is None else size for size in even.shape]
    shape[axis] *= 2
    return tf.reshape(tf.concat([even, odd], axis + 1), shape)


def _padded(x: tf.Tensor, axis: int, before: int, after: int) -> tf.Tensor:
    padding = [(0, 0)] * x.shape.rank
    padding[axis] = (before, after)
    return tf.pad(x, padding)


def _flat(x: tf.Tensor) -> tf.Tensor:
    return tf.reshape(x, (-1, x.shape[-1]))
