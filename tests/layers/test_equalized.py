import numpy as np
import pytest
from keras import layers as keras_layers

from kgan import layers
from wrapped_layers import wrapped


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_equalized_layers_start_from_unit_normal_weights_and_scale_them_by_the_fan_in(kind):
    inner, x = wrapped(kind)
    layer = layers.Equalized(inner, gain=2.0, seed=0)
    outputs = layer(x)
    kernel = inner.kernel.numpy()
    reference, _ = wrapped(kind)
    reference.build(x.shape)
    reference.kernel.assign(kernel * 2.0 / np.sqrt(np.prod(kernel.shape[:-1])))
    np.testing.assert_allclose(outputs, reference(x), rtol=1e-5, atol=1e-6)
    big = keras_layers.Dense(100)
    layers.Equalized(big, seed=0).build((None, 100))
    assert np.std(big.kernel.numpy()) == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("scales_bias", [False, True])
def test_a_multiplier_slows_a_layer_down_and_leaves_what_it_computes(scales_bias):
    x = np.random.RandomState(1).randn(3, 5).astype(np.float32)
    slow = layers.Equalized(keras_layers.Dense(4), 2.0, seed=0, multiplier=0.01, scales_bias=scales_bias)
    plain = layers.Equalized(keras_layers.Dense(4), 2.0, seed=0)
    np.testing.assert_allclose(slow(x), plain(x), rtol=1e-5)
    kernel, bias = slow.layer.kernel.numpy(), np.float32([1.0, -2.0, 3.0, 0.5])
    np.testing.assert_allclose(kernel, 100.0 * plain.layer.kernel.numpy(), rtol=1e-5)
    slow.layer.bias.assign(bias)
    expected = x @ kernel * (0.01 * 2.0 / np.sqrt(5)) + bias * (0.01 * 2.0 if scales_bias else 1.0)
    np.testing.assert_allclose(slow(x), expected, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="Expected multiplier > 0. Received: multiplier=0"):
        layers.Equalized(keras_layers.Dense(1), multiplier=0.0)
