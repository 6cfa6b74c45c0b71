import numpy as np
import pytest

from kgan import layers


def test_upsampling_interpolates_and_downsampling_averages():
    x = np.float32([[1.0, 3.0], [5.0, 7.0]]).reshape(1, 2, 2, 1)
    up = layers.Upsample2D()(x).numpy()[0, :, :, 0]
    np.testing.assert_allclose(up, [[1, 2, 3, 3], [3, 4, 5, 5], [5, 6, 7, 7], [5, 6, 7, 7]])
    row = np.float32([0, 4, 8, 4, 0, 0]).reshape(1, 1, 6, 1).repeat(4, axis=1)
    down = layers.Downsample2D()(row).numpy()[0, 0, :, 0]
    np.testing.assert_allclose(down, [(0 + 0 + 4) / 4, (4 + 16 + 4) / 4, (4 + 0 + 0) / 4])


@pytest.mark.parametrize("layer", [layers.Upsample2D(), layers.Downsample2D()])
@pytest.mark.parametrize("size", [(4, 6), (5, 3)])
def test_resampling_keeps_a_constant_and_every_channel_apart(layer, size):
    x = np.ones((2, *size, 3), np.float32) * np.float32([1.0, -2.0, 0.5])
    outputs = layer(x)
    assert outputs.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(outputs, np.broadcast_to(np.float32([1.0, -2.0, 0.5]), outputs.shape), rtol=1e-6)


def test_resampling_of_something_other_than_images_is_refused():
    with pytest.raises(ValueError, match="Expected images"):
        layers.Upsample2D()(np.zeros((1, 3), np.float32))
