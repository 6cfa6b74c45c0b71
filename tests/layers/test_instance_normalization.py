"""Instance normalisation against NumPy in float64, its second derivative against finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import layers
from kgan._game.batch_mixing import may_mix
from kgan._game.twice_differentiable import layer_without_second_derivative

RANDOM = np.random.RandomState(0)


def normalised(x, gamma=1.0, beta=0.0, epsilon=1e-5):
    """One channel of one sample at a time."""
    x = np.asarray(x, np.float64)
    result = np.empty_like(x)
    for sample in range(x.shape[0]):
        for channel in range(x.shape[-1]):
            values = x[sample, ..., channel]
            deviation = np.sqrt(np.mean(values**2) - np.mean(values) ** 2 + epsilon)
            result[sample, ..., channel] = (values - np.mean(values)) / deviation
    return result * gamma + beta


@pytest.mark.parametrize("shape", [(3, 9, 2), (2, 4, 5, 3), (2, 3, 4, 2, 2)])
def test_each_channel_of_each_sample_is_normalised_by_itself(shape):
    x = RANDOM.normal(3.0, 2.0, shape).astype(np.float32)
    layer = layers.InstanceNormalization()
    layer(x)
    gamma, beta = RANDOM.randn(shape[-1]), RANDOM.randn(shape[-1])
    layer.set_weights([gamma, beta])
    for training in (True, False):
        np.testing.assert_allclose(layer(x, training=training), normalised(x, gamma, beta), rtol=1e-4, atol=1e-5)


def test_scale_and_shift_can_be_left_out():
    x = RANDOM.randn(2, 4, 4, 3).astype(np.float32)
    for center, scale in ((False, False), (True, False), (False, True)):
        layer = layers.InstanceNormalization(center=center, scale=scale)
        np.testing.assert_allclose(layer(x), normalised(x), rtol=1e-4, atol=1e-5)
        assert [weight.name for weight in layer.weights] == ["gamma"] * scale + ["beta"] * center


def test_samples_do_not_see_each_other():
    x = RANDOM.randn(4, 5, 5, 2).astype(np.float32)
    layer = layers.InstanceNormalization()
    np.testing.assert_allclose(layer(x)[1:2], layer(x[1:2]), rtol=1e-6)
    model = keras.Sequential([keras.Input((5, 5, 2)), layer])
    assert not may_mix(model)
    assert layer_without_second_derivative(model) is None


def slope_and_differences(layer):
    """Of what a gradient penalty sees of the layer behind others: by tape, and by differences of first derivatives.

    Other layers weigh the gradient, which of the normalisation alone always sums to 0; that would hide the derivative
    through the mean within the variance.
    """
    random = np.random.RandomState(1)
    x, direction, weighing = (random.randn(1, 2, 3, 2) for _ in range(3))

    def penalty(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(tf.sin(layer(x)) * direction)
        return tf.reduce_sum((weighing * tape.gradient(value, x)) ** 2)

    with tf.GradientTape() as tape:
        inputs = tf.constant(x)
        tape.watch(inputs)
        value = penalty(inputs)
    differences = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-6
        differences[index] = (penalty(tf.constant(x + step)) - penalty(tf.constant(x - step))) / 2e-6
    return tape.gradient(value, inputs).numpy(), differences


def test_the_second_derivative_is_that_of_the_formula():
    slope, differences = slope_and_differences(layers.InstanceNormalization(epsilon=1e-2, dtype="float64"))
    np.testing.assert_allclose(slope, differences, rtol=1e-5, atol=1e-6)


def test_keras_s_group_normalization_has_another_second_derivative():
    """Why the layer is needed; once this fails, Keras's will do."""
    groups = keras.layers.GroupNormalization(groups=-1, epsilon=1e-2, dtype="float64")
    slope, differences = slope_and_differences(groups)
    assert np.abs(slope - differences).max() > 0.01 * np.abs(differences).max()


def test_half_precision_is_computed_in_float32():
    x = (1000.0 + RANDOM.randn(1, 64, 64, 1)).astype(np.float16)
    outputs = layers.InstanceNormalization(dtype="mixed_float16")(x)
    assert outputs.dtype == tf.float16
    np.testing.assert_allclose(outputs, normalised(x), atol=5e-3)


def test_it_is_saved_and_loaded(tmp_path):
    layer = layers.InstanceNormalization(epsilon=1e-3, scale=False)
    model = keras.Sequential([keras.Input((None, None, 2)), layer])
    layer.set_weights([np.float32([0.5, -1.0])])
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    x = RANDOM.randn(2, 6, 4, 2).astype(np.float32)
    np.testing.assert_array_equal(copy(x), model(x))
    assert copy.layers[-1].get_config() == layer.get_config()


@pytest.mark.parametrize("shape", [(2, 1, 1, 3), (2, 3)])
def test_a_single_position_is_refused(shape):
    with pytest.raises(ValueError, match=r"with several positions.*Received: shape \(2,.*Leave it out"):
        layers.InstanceNormalization()(np.zeros(shape, np.float32))


def test_an_epsilon_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"Expected epsilon > 0. Received: epsilon=0\."):
        layers.InstanceNormalization(epsilon=0)
