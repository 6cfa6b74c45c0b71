"""Layers that Keras has too: the same values, by kernels that are faster."""

import numpy as np
import pytest
import tensorflow as tf
from keras import layers as keras_layers

from kgan import layers
from kgan._kernels import library
from kgan._kernels.library import Library


def twins(kind, images, **arguments):
    """A layer of kgan and the stock one with the same weights, none of them as they begin."""
    mine = getattr(layers, kind)(**arguments)
    stock = getattr(keras_layers, kind)(**arguments)
    random = np.random.RandomState(1)
    for layer in (mine, stock):
        layer.build(images.shape)
    values = [random.uniform(0.5, 1.5, weight.shape) for weight in mine.weights]
    for layer in (mine, stock):
        layer.set_weights(values)
    return mine, stock


def gradients(layer, images, direction):
    """What a layer puts out in training, and its gradients along a direction."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = layer(images, training=True)
    return [
        outputs,
        *tape.gradient(outputs, [images, *(weight.value for weight in layer.trainable_variables)], direction),
    ]


@pytest.mark.parametrize(
    "arguments", [{}, {"center": False}, {"scale": False, "momentum": 0.6, "epsilon": 0.1}], ids=str
)
def test_batch_normalization_is_keras_own_in_values_gradients_and_statistics(arguments, monkeypatch):
    fused = []
    original = tf.raw_ops.FusedBatchNormV3
    monkeypatch.setattr(tf.raw_ops, "FusedBatchNormV3", lambda **named: (fused.append(True), original(**named))[1])
    random = np.random.RandomState(0)
    images, direction = (tf.constant(random.randn(6, 3, 5, 4) + 1.0, tf.float32) for _ in range(2))
    for used in (None, *Library):
        mine, stock = twins("BatchNormalization", images, **arguments)
        fused.clear()
        with library.used(used):
            actual = gradients(mine, images, direction)
        for one, expected in zip(actual, gradients(stock, images, direction), strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-5)
        for one, expected in zip(mine.weights, stock.weights, strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-5)
        assert bool(fused) is (used is not Library.XLA)


@pytest.mark.parametrize("used", [None, Library.XLA])
def test_second_derivatives_of_batch_normalization_are_those_of_its_formula(used):
    """Against central differences of the first, in float64; Keras's are off by some per cent."""
    random = np.random.RandomState(0)
    images, direction, along, read = (random.randn(6, 3, 5, 4) for _ in range(4))

    def gradient(x):
        scale = 1.0 / np.sqrt(x.var((0, 1, 2)) + 1e-3)
        unit = scale * (x - x.mean((0, 1, 2)))
        return scale * (direction - direction.mean((0, 1, 2)) - unit * (direction * unit).mean((0, 1, 2)))

    step = 1e-5
    expected = np.sum(read * (gradient(images + step * along) - gradient(images - step * along))) / (2 * step)
    layer, x = layers.BatchNormalization(), tf.constant(images, tf.float32)
    with library.used(used), tf.GradientTape() as outer:
        outer.watch(x)
        first = gradients(layer, x, tf.constant(direction, tf.float32))[1]
        read_off = tf.reduce_sum(first * read)
    np.testing.assert_allclose(first, gradient(images), atol=1e-5)
    assert float(tf.reduce_sum(outer.gradient(read_off, x) * along)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("shape", "arguments"),
    [
        ((8, 4), {}),
        ((6, 3, 5, 4), {"axis": 1}),
        ((6, 3, 5, 4), {"renorm": True}),
        ((6, 3, 5, 4), {"synchronized": True}),
        ((6, 3, 5, 4), {"dtype": "mixed_bfloat16"}),
        ((6, 3, 5, 4), {"trainable": False}),
    ],
    ids=str,
)
def test_batch_normalization_that_has_no_kernel_stays_keras_own(shape, arguments, monkeypatch):
    images = tf.constant(np.random.RandomState(0).randn(*shape), tf.float32)
    mine, stock = twins("BatchNormalization", images, **arguments)
    monkeypatch.setattr(tf.raw_ops, "FusedBatchNormV3", None)
    np.testing.assert_array_equal(mine(images, training=True), stock(images, training=True))
    for actual, expected in zip(mine.weights, stock.weights, strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("slope", [0.2, 0.0])
@pytest.mark.parametrize("used", [*Library, None])
def test_a_leaky_rectifier_is_keras_own_by_every_bit(slope, used):
    random = np.random.RandomState(0)
    images, direction = (tf.constant(random.randn(2, 3, 5, 4), tf.float32) for _ in range(2))
    mine, stock = twins("LeakyReLU", images, negative_slope=slope)

    def twice(layer):
        with tf.GradientTape() as outer:
            outer.watch(direction)
            first = gradients(layer, images, direction)
            bent = tf.reduce_sum(tf.sin(first[1]))
        return [*first, outer.gradient(bent, direction)]

    with library.used(used):
        actual = twice(mine)
    for one, other in zip(actual, twice(stock), strict=True):
        np.testing.assert_array_equal(one, other)


def test_only_onednn_is_given_a_rectifier_whose_input_nothing_else_asks_for():
    layer = layers.LeakyReLU(0.2)

    def slope(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
        return tape.gradient(outputs, images)

    for used, read in ((Library.ONEDNN, "LeakyRelu"), (Library.XLA, "Placeholder")):
        with library.used(used):
            graph = tf.function(slope).get_concrete_function(tf.TensorSpec((1, 4))).graph
        (gradient,) = (one for one in graph.get_operations() if one.type == "LeakyReluGrad")
        (sides,) = gradient.inputs[1].op.inputs
        assert sides.op.type == read


@pytest.mark.parametrize("used", Library)
def test_a_penalty_on_its_slope_sends_no_zeros_back_through_a_leaky_rectifier(used):
    layer, images = layers.LeakyReLU(0.2), tf.constant([[1.0, -2.0]])
    with library.used(used), tf.GradientTape() as outer:
        outer.watch(images)
        with tf.GradientTape() as inner:
            inner.watch(images)
            outputs = layer(images)
        slope = inner.gradient(outputs, images)
    np.testing.assert_array_equal(slope, [[1.0, np.float32(0.2)]])
    assert outer.gradient(slope, images) is None
