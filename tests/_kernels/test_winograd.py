"""Nine products for sixteen, held against TensorFlow's convolutions in float64."""

import numpy as np
import pytest
import tensorflow as tf

from kgan._kernels import winograd

# Images (height, width, channels), kernel (height, width, filters), strides.
GEOMETRIES = [
    ((16, 16, 6), (4, 4, 5), (2, 2)),
    ((6, 8, 3), (4, 4, 5), (2, 2)),  # outputs in odd numbers along one axis
    ((13, 22, 2), (6, 4, 1), (3, 2)),  # sides that the strides do not divide, and strides that differ
    ((5, 4, 1), (2, 2, 4), (1, 1)),
    ((1, 2, 3), (4, 4, 2), (2, 2)),  # one output
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_fewer_products_make_the_convolution_and_its_adjoints(geometry):
    (height, width, channels), (*sides, filters), strides = geometry
    random = np.random.default_rng(0)
    images = tf.constant(random.normal(size=(3, height, width, channels)))
    kernel = tf.constant(random.normal(size=(*sides, channels, filters)))
    outputs = tf.constant(random.normal(size=(3, -(-height // strides[0]), -(-width // strides[1]), filters)))
    with tf.GradientTape() as tape:
        tape.watch((images, kernel))
        stock = tf.nn.conv2d(images, kernel, strides, "SAME")
    to_images, to_kernel = tape.gradient(stock, (images, kernel), outputs)
    assert winograd.applies_to(kernel.shape, strides)
    for actual, expected in (
        (winograd.convolve(images, kernel, strides), stock),
        (winograd.convolve_transposed(outputs, kernel, strides, (height, width)), to_images),
        (winograd.to_kernel(images, outputs, tuple(kernel.shape), strides), to_kernel),
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("kernel", "strides"), [((4, 4), (1, 2)), ((2, 2), (2, 2)), ((6, 4), (2, 2))], ids=str)
def test_a_kernel_must_be_two_strides_a_side(kernel, strides):
    assert not winograd.applies_to((*kernel, 3, 8), strides)
