"""Batch normalisation with a scale and a shift for each sample."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import layers
from kgan._game.batch_mixing import may_mix, mixing_layer
from kgan._kernels import library
from kgan._kernels.library import Library

RANDOM = np.random.RandomState(0)
X = (RANDOM.randn(6, 3, 5, 4) * 2.0 + 1.0).astype(np.float32)
SCALE, SHIFT = (RANDOM.randn(6, 4).astype(np.float32) for _ in range(2))


@pytest.mark.parametrize("used", [None, *Library])
def test_each_sample_has_its_own_scale_and_shift_of_what_its_batch_normalises(used):
    layer = layers.ConditionalBatchNormalization(momentum=0.6, epsilon=0.1)
    with library.used(used):
        outputs = layer([X, SCALE, SHIFT], training=True)
    mean, variance = X.mean((0, 1, 2), dtype=np.float64), X.var((0, 1, 2), dtype=np.float64)
    normal = (X - mean) / np.sqrt(variance + 0.1)
    expected = (1.0 + SCALE[:, None, None]) * normal + SHIFT[:, None, None]
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean, 0.4 * mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, 0.6 + 0.4 * variance, rtol=1e-5)
    assert layer.trainable_weights == []


def test_inference_normalises_by_the_moving_statistics():
    layer = layers.ConditionalBatchNormalization()
    layer.build([X.shape, SCALE.shape, SHIFT.shape])
    layer.moving_mean.assign([1.0, 2.0, 3.0, 4.0])
    layer.moving_variance.assign([4.0, 4.0, 1.0, 0.25])
    normal = (X - np.float32([1, 2, 3, 4])) / np.sqrt(np.float32([4, 4, 1, 0.25]) + 1e-3)
    expected = (1.0 + SCALE[:, None, None]) * normal + SHIFT[:, None, None]
    np.testing.assert_allclose(layer([X, SCALE, SHIFT]), expected, rtol=1e-5, atol=1e-6)


def test_with_scale_and_shift_of_zero_it_is_batch_normalisation_with_its_gradient():
    zeros = np.zeros_like(SCALE)
    plain, layer = layers.BatchNormalization(), layers.ConditionalBatchNormalization()
    direction = RANDOM.randn(*X.shape).astype(np.float32)
    found = []
    for call in (lambda x: plain(x, training=True), lambda x: layer([x, zeros, zeros], training=True)):
        x = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = call(x)
        found.append((outputs, tape.gradient(outputs, x, direction)))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_network_of_it_makes_the_round_trip(tmp_path):
    images, labels = keras.Input((3, 5, 4)), keras.Input((), dtype="int32")
    scale, shift = (keras.layers.Embedding(3, 4)(labels) for _ in range(2))
    made = layers.ConditionalBatchNormalization(momentum=0.5, epsilon=0.01, name="norm")([images, scale, shift])
    model = keras.Model([images, labels], made)
    classes = np.int32([0, 1, 2, 0, 1, 2])
    model([X, classes], training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded([X, classes]), model([X, classes]))
    assert (loaded.get_layer("norm").momentum, loaded.get_layer("norm").epsilon) == (0.5, 0.01)
    assert mixing_layer(model) == "norm"
    assert may_mix(model)


@pytest.mark.parametrize(
    "shapes",
    [[(6, 3, 5, 4)], [(6, 3, 5, 4), (6, 4)], [(6, 3, 5, 4), (6, 4), (6, 5)], [(6, 3, 5, 4), (6, 1, 4), (6, 4)]],
)
def test_anything_but_a_scale_and_a_shift_for_each_channel_is_refused(shapes):
    with pytest.raises(ValueError, match=r"Expected \[x, scale, shift\].*for ConditionalBatchNormalization"):
        layers.ConditionalBatchNormalization()([np.zeros(shape, np.float32) for shape in shapes])
