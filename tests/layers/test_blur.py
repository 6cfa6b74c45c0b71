import keras
import numpy as np
import pytest
from style_references import filtered

from kgan import layers


@pytest.mark.parametrize(("padding", "strides"), [(1, 2), (2, 1), (1, 1), (0, 1)])
@pytest.mark.parametrize("size", [(8, 6), (7, 5)])
def test_blur_is_the_filter_1_3_3_1_over_zeros(padding, strides, size):
    x = np.random.RandomState(0).randn(2, *size, 3).astype(np.float32)
    layer = layers.Blur2D(padding, strides)
    outputs = layer(x).numpy()
    assert outputs.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(outputs, filtered(x, 1.0, (padding, padding), strides), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [(4, 4), (3, 5)])
def test_upsampling_is_zeros_between_the_pixels_and_the_filter_times_four(size):
    x = np.random.RandomState(0).randn(2, *size, 3).astype(np.float32)
    spread = np.zeros((2, 2 * size[0], 2 * size[1], 3))
    spread[:, ::2, ::2] = x
    layer = layers.BlurredUpsample2D()
    outputs = layer(x).numpy()
    assert outputs.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(outputs, filtered(spread, 4.0, (2, 1)), rtol=1e-4, atol=1e-6)


def test_a_pixel_is_spread_over_sixteen_as_the_taps_say():
    x = np.zeros((1, 4, 4, 1), np.float32)
    x[0, 1, 1] = 1.0
    column = layers.BlurredUpsample2D()(x).numpy()[0, :, :, 0].sum(axis=1)
    np.testing.assert_allclose(
        column, np.float32([0, 1, 3, 3, 1, 0, 0, 0]) / 2
    )  # a quarter, times the other axis's sum


@pytest.mark.parametrize(("arguments", "message"), [((-1, 1), "padding >= 0"), ((1, 0), "strides >= 1")])
def test_padding_and_strides_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"Expected {message}, a whole number"):
        layers.Blur2D(*arguments)


def test_blurs_make_the_round_trip(tmp_path):
    model = keras.Sequential([keras.Input((6, 8, 2)), layers.Blur2D(2, 2), layers.BlurredUpsample2D()])
    x = np.random.RandomState(0).randn(2, 6, 8, 2).astype(np.float32)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))
