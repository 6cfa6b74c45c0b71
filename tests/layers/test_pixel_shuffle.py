import families
import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import layers


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_it_is_tensorflow_s_depth_to_space(factor):
    x = np.random.RandomState(0).randn(2, 3, 5, 2 * factor**2).astype(np.float32)
    outputs = layers.PixelShuffle2D(factor)(x)
    assert (
        outputs.shape == (2, 3 * factor, 5 * factor, 2) == layers.PixelShuffle2D(factor).compute_output_shape(x.shape)
    )
    if factor > 1:
        np.testing.assert_array_equal(outputs, tf.nn.depth_to_space(x, factor))


def test_it_is_saved_and_exported_for_images_of_any_size(tmp_path):
    model = keras.Sequential([keras.Input((None, None, 8)), layers.PixelShuffle2D(2)])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x = np.random.RandomState(0).randn(1, 3, 5, 8).astype(np.float32)
    np.testing.assert_array_equal(loaded(x), model(x))
    families.assert_exported(keras.Sequential([keras.Input((3, 5, 8)), layers.PixelShuffle2D(2)]))


def test_channels_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match=r"whose channels 4 divides, factor squared. Received: \(1, 2, 2, 6\)"):
        layers.PixelShuffle2D(2)(np.zeros((1, 2, 2, 6), np.float32))
    with pytest.raises(ValueError, match="Expected factor >= 1"):
        layers.PixelShuffle2D(0)
