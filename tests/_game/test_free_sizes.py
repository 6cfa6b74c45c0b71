import keras
import numpy as np
import pytest
from keras import layers

from kgan import architectures
from kgan._game.free_sizes import free_size


def images(height, width, channels=3):
    return np.random.RandomState(0).uniform(-1, 1, (2, height, width, channels)).astype(np.float32)


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
def test_a_unet_takes_multiples_of_two_to_its_depth(depth, upsampling):
    unet = architectures.unet_generator((16, 16, 3), 1, width=2, depth=depth, upsampling=upsampling, seed=0)
    network, multiple, scale = free_size(unet)
    assert (multiple, scale) == (2**depth, 1)
    np.testing.assert_array_equal(network(images(16, 16), training=False), unet(images(16, 16), training=False))
    assert network(images(8, 40), training=False).shape == (2, 8, 40, 1)


def test_the_free_network_has_weights_of_its_own():
    unet = architectures.unet_generator((8, 8, 3), width=2, seed=0)
    before = unet(images(8, 8), training=False)
    free = free_size(unet).network
    free.set_weights([np.zeros_like(weight) for weight in free.get_weights()])
    np.testing.assert_array_equal(unet(images(8, 8), training=False), before)


def test_a_convolution_without_strides_takes_any_size():
    network = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3, padding="same")])
    assert free_size(network)[1:] == (1, 1)


def test_an_output_may_be_larger():
    network = keras.Sequential([keras.Input((8, 8, 1)), layers.UpSampling2D(4), layers.Conv2D(1, 3, padding="same")])
    assert free_size(network)[1:] == (1, 4)


@pytest.mark.parametrize(
    "inner",
    [
        [layers.Flatten(), layers.Dense(64), layers.Reshape((8, 8, 1))],
        [layers.Conv2D(1, 3)],  # loses a border
        [layers.Conv2D(1, 3, strides=2, padding="same")],  # half the size
        [layers.Reshape((8, 8, 1))],
    ],
)
def test_a_network_of_one_size_stays_so(inner):
    assert free_size(keras.Sequential([keras.Input((8, 8, 1)), *inner])) is None


def test_vectors_have_no_height():
    assert free_size(keras.Sequential([keras.Input((8,)), layers.Dense(2)])) is None


def test_a_subclass_hides_its_layers():
    class Doubling(keras.Model):
        def call(self, inputs):
            return 2 * inputs

    network = Doubling()
    network(images(8, 8))
    assert free_size(network) is None
