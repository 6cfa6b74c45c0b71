"""Convolutions in groups, in each of their forms, against one dense convolution for each group in float64."""

import time

import families
import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf

from kgan import layers
from kgan._kernels import grouped_convolution, library
from kgan._kernels.library import Library

GEOMETRIES = [((1, 1), "same"), ((1, 1), "valid"), ((2, 2), "same"), ((1, 2), "valid"), ((3, 2), "same")]


def products(convolve, images, kernel):
    """Outputs, their first gradients and the second ones, of functions without symmetry."""
    with tf.GradientTape() as outer:
        outer.watch([images, kernel])
        with tf.GradientTape() as inner:
            inner.watch([images, kernel])
            outputs = convolve(images, kernel)
            bent = tf.reduce_sum(
                tf.sin(outputs) * tf.reshape(tf.range(tf.size(outputs), dtype=tf.int32) % 7, outputs.shape).numpy()
            )
        first = inner.gradient(bent, [images, kernel])
        slopes = tf.add_n([tf.reduce_sum(tf.sin(3.0 * one)) for one in first])
    return [outputs, *first, *outer.gradient(slopes, [images, kernel])]


def dense_by_group(strides, padding, groups):
    """The definition: each group's channels through a convolution of their own."""

    def convolve(images, kernel):
        parts = zip(tf.split(images, groups, axis=-1), tf.split(kernel, groups, axis=-1), strict=True)
        return tf.concat([tf.nn.conv2d(x, w, strides, padding.upper()) for x, w in parts], axis=-1)

    return convolve


@pytest.mark.parametrize(("strides", "padding"), GEOMETRIES)
@pytest.mark.parametrize("groups", [2, 6])
def test_every_form_has_the_values_and_first_and_second_gradients_of_a_dense_convolution_for_each_group(
    strides, padding, groups, monkeypatch
):
    random = np.random.RandomState(groups)
    images = random.standard_normal((2, 7, 6, 6))
    kernel = random.standard_normal((3, 2, 6 // groups, 12))
    expected = products(dense_by_group(strides, padding, groups), *map(tf.constant, (images, kernel)))

    def assert_equal(dtype, rtol):
        actual = products(
            lambda x, w: grouped_convolution.convolve(x, w, strides, padding),
            tf.constant(images, dtype),
            tf.constant(kernel, dtype),
        )
        for one, other in zip(actual, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * np.abs(other).max())

    for used in (None, *Library):
        with library.used(used):
            assert_equal(tf.float64, 1e-12)
            assert_equal(tf.float32, 1e-4)
    monkeypatch.setattr(library, "has_onednn", lambda: False)
    assert_equal(tf.float32, 1e-4)


def twins(**arguments):
    """kgan's layer and Keras's with the same weights."""
    mine, stock = (room.Conv2D(12, 3, groups=4, **arguments) for room in (layers, keras.layers))
    for layer in (mine, stock):
        layer.build((None, 5, 6, 8))
    mine.set_weights(stock.get_weights())
    return mine, stock


@pytest.mark.parametrize("arguments", [{}, {"padding": "same", "activation": "relu"}, {"dilation_rate": 2}], ids=str)
def test_it_is_keras_s_layer_with_groups(arguments):
    mine, stock = twins(bias_initializer="ones", **arguments)
    images = tf.constant(np.random.RandomState(0).randn(2, 5, 6, 8), tf.float32)
    assert {**mine.get_config(), "name": None} == {**stock.get_config(), "name": None}
    found = []
    for layer in (mine, stock):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
            slope = tf.reduce_sum(outputs**2)
        found.append([outputs, *tape.gradient(slope, [images, layer.kernel.value, layer.bias.value])])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_it_is_traced_for_images_of_any_size():
    mine, _ = twins(padding="same")
    model = keras.Sequential([keras.Input((None, None, 8)), mine])
    for side in (5, 8):
        assert model(np.zeros((1, side, side, 8), np.float32)).shape == (1, side, side, 12)


def test_bfloat16_is_computed_in_groups_and_stays_near_float32():
    mine, _ = twins(padding="same")
    half = layers.Conv2D(12, 3, groups=4, padding="same", dtype="mixed_bfloat16")
    half.build((None, 5, 6, 8))
    half.set_weights(mine.get_weights())
    images = np.random.RandomState(0).randn(2, 5, 6, 8).astype(np.float32)
    assert half(images).dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(half(images), tf.float32), mine(images), atol=0.03)


def test_it_makes_the_round_trip_and_is_one_convolution_with_groups_in_onnx(tmp_path):
    model = keras.Sequential([keras.Input((6, 6, 8)), layers.Conv2D(12, 3, groups=4, padding="same")])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    images = np.random.RandomState(0).randn(2, 6, 6, 8).astype(np.float32)
    np.testing.assert_array_equal(loaded(images), model(images))
    families.assert_exported(model)
    graph = families.graph_of(model).graph
    (convolution,) = [node for node in graph.node if node.op_type == "Conv"]
    assert {one.name: onnx.helper.get_attribute_value(one) for one in convolution.attribute}["group"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, True])
def test_a_gradient_takes_a_fifth_of_keras_s_processor_time_at_most(jit):
    images = tf.random.stateless_normal((16, 8, 8, 128), (0, 0))

    def seconds(layer, used):
        def gradients(x):
            with library.used(used), tf.GradientTape() as tape:
                tape.watch(x)
                outputs = tf.reduce_sum(tf.square(layer(x)))
            return tape.gradient(outputs, [x, layer.kernel.value])

        function = tf.function(gradients, jit_compile=jit, autograph=False)
        taken = []
        for _ in range(4):
            begun = time.process_time()
            tf.nest.map_structure(np.asarray, function(images))
            taken.append(time.process_time() - begun)
        return min(taken[1:])

    mine, stock = (room.Conv2D(128, 3, groups=8, padding="same") for room in (layers, keras.layers))
    for layer in (mine, stock):
        layer.build(images.shape)
    assert seconds(mine, Library.XLA if jit else Library.ONEDNN) < seconds(stock, None) / 5
