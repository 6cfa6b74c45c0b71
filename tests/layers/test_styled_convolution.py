"""The styled convolution against kernels that are really made, one for each sample, in NumPy's float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from style_references import by_equations

from kgan import layers


def randomised(layer, seed=0):
    """Weights of N(0, 0.7), returned by name in float64."""
    random = np.random.RandomState(seed)
    for weight in layer.weights:
        weight.assign(random.standard_normal(weight.shape) * 0.7)
    return {weight.name: np.float64(weight.numpy()) for weight in layer.weights}


def inputs(size=(5, 4), channels=3, style_dim=6, batch=3, seed=1):
    random = np.random.RandomState(seed)
    x = random.standard_normal((batch, *size, channels)).astype(np.float32)
    return x, random.standard_normal((batch, style_dim)).astype(np.float32)


@pytest.mark.parametrize("upsample", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
@pytest.mark.parametrize("maps", [None, 1, 3])
def test_scaling_inputs_and_outputs_is_modulating_and_demodulating_each_sample_s_kernel(upsample, demodulate, maps):
    x, w = inputs()
    size = (10, 8) if upsample else (5, 4)
    noise = None if maps is None else np.random.RandomState(2).standard_normal((maps, *size, 1)).astype(np.float32)
    layer = layers.StyledConv2D(4, upsample=upsample, demodulate=demodulate)
    given = [x, w] if noise is None else [x, w, noise]
    layer.build([one.shape for one in given])
    weights = randomised(layer)
    outputs = layer(given).numpy()
    assert outputs.shape == layer.compute_output_shape([one.shape for one in given]) == (3, *size, 4)
    np.testing.assert_allclose(outputs, by_equations(layer, weights, x, w, noise), rtol=1e-4, atol=1e-5)


def test_colours_are_a_scaled_1x1_convolution_without_a_rectifier():
    x, w = inputs()
    layer = layers.StyledConv2D(2, kernel_size=1, demodulate=False, rectify=False)
    layer.build([x.shape, w.shape])
    weights = randomised(layer)
    np.testing.assert_allclose(layer([x, w]), by_equations(layer, weights, x, w), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("upsample", [False, True])
def test_a_style_near_zero_makes_the_kernel_small_as_the_mean_square_of_its_weights_nears_1e_8(upsample):
    x, w = inputs(channels=16)
    layer = layers.StyledConv2D(4, upsample=upsample, rectify=False)
    layer.build([x.shape, w.shape])
    randomised(layer)
    for weight, value in ((layer.style_kernel, 0.0), (layer.style_bias, 1e-4), (layer.bias, 0.0)):
        weight.assign(np.full(weight.shape, value))
    weights = {weight.name: np.float64(weight.numpy()) for weight in layer.weights}
    np.testing.assert_allclose(layer([x, w]), by_equations(layer, weights, x, w), rtol=1e-3, atol=1e-5)


def test_demodulated_features_keep_their_size_whatever_the_style():
    """With inputs of N(0, 1), outputs before the rectifier have a mean square of 1: section 2.2 of the paper."""
    x = np.random.RandomState(0).standard_normal((2, 32, 32, 64)).astype(np.float32)
    layer = layers.StyledConv2D(32, rectify=False, seed=0)
    for scale in (0.1, 10.0):
        w = np.random.RandomState(1).standard_normal((2, 16)).astype(np.float32) * scale
        inside = layer([x, w]).numpy()[:, 1:-1, 1:-1]
        assert np.mean(inside**2) == pytest.approx(1.0, rel=0.1)


def test_a_fresh_layer_has_styles_around_one_and_adds_no_noise():
    x, w = inputs()
    layer = layers.StyledConv2D(4, seed=3)
    noise = np.random.RandomState(2).standard_normal((3, 5, 4, 1)).astype(np.float32)
    np.testing.assert_array_equal(layer([x, w, noise]), layer([x, w, 9.0 * noise]))
    assert layer.style_bias.numpy().tolist() == [1.0] * 3
    assert float(layer.noise_strength) == 0.0
    again = layers.StyledConv2D(4, seed=3)
    again.build([x.shape, w.shape])
    np.testing.assert_array_equal(again.kernel, layer.kernel)
    assert not np.allclose(layer.kernel.numpy().ravel()[:18], layer.style_kernel.numpy().ravel()[:18])


def test_half_precision_is_near_float32_though_squares_would_overflow():
    x, w = inputs()
    one, half = layers.StyledConv2D(4, seed=0), layers.StyledConv2D(4, seed=0, dtype="mixed_float16")
    w = w * 300.0
    np.testing.assert_allclose(tf.cast(half([x, w]), tf.float32), one([x, w]), atol=0.05)


@pytest.mark.parametrize("upsample", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
def test_many_channels_do_not_overflow_in_float16(upsample, demodulate):
    """The raw kernel's sums over 9 * 128 inputs are 34 times as large as its inputs; float16 ends at 65,504."""
    x, w = inputs(channels=128)
    one, half = (
        layers.StyledConv2D(4, upsample=upsample, demodulate=demodulate, seed=0, dtype=dtype)
        for dtype in ("float32", "mixed_float16")
    )
    expected = one([x * 1e3, w]).numpy()
    found = tf.cast(half([x * 1e3, w]), tf.float32).numpy()
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.01 * np.sqrt(np.mean(expected**2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filters": 0}, "Expected filters >= 1"),
        ({"filters": 2, "kernel_size": 2}, "Expected an odd kernel_size, and 3 with upsample"),
        ({"filters": 2, "kernel_size": 1, "upsample": True}, "Expected an odd kernel_size, and 3 with upsample"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.StyledConv2D(**arguments)


def test_one_tensor_is_refused():
    with pytest.raises(ValueError, match=r"Expected \[x, style\] or \[x, style, noise\].*Received: 1 tensors"):
        layers.StyledConv2D(2).build([(1, 4, 4, 3)])


def test_it_makes_the_round_trip(tmp_path):
    x, w = keras.Input((4, 4, 3)), keras.Input((6,))
    layer = layers.StyledConv2D(2, upsample=True, demodulate=False, rectify=False, seed=4)
    model = keras.Model([x, w], layer([x, w]))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].get_config() == layer.get_config()
    given = inputs((4, 4))
    np.testing.assert_array_equal(loaded(list(given)), model(list(given)))
