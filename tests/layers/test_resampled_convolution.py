"""Convolutions that double or halve on the way are those of Keras with the resampling beside them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan._kernels import library
from kgan._kernels.library import Library

LIBRARIES = [None, Library.ONEDNN, Library.XLA, Library.ONEDNN_WITH_XLA]


def pair_of(layer, kernel_size, channels=3, filters=5):
    """The layer in one, and the two of Keras with its weights."""
    one = getattr(kgan.layers, layer)(filters, kernel_size, bias_initializer="normal")
    beside = keras.layers.Conv2D(filters, kernel_size, padding="same")
    one.build((None, 6, 8, channels))
    beside.build((None, 6, 8, channels))
    beside.set_weights(one.get_weights())
    if layer == "UpsampleConv2D":
        return one, keras.Sequential([keras.layers.UpSampling2D(2), beside])
    return one, keras.Sequential([beside, keras.layers.AveragePooling2D(2)])


def draw(*shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def slopes(layer, images):
    """Of a sum of cubes to the images and the weights, and of the first one's square to both again."""
    weights = layer.trainable_weights
    with tf.GradientTape() as second:
        second.watch(images)
        with tf.GradientTape() as first:
            first.watch(images)
            loss = tf.reduce_sum(layer(images) ** 3)
        to_images, *to_weights = first.gradient(loss, [images, *[w.value for w in weights]])
        penalty = tf.reduce_sum(to_images**2)
    return [to_images, *to_weights, *second.gradient(penalty, [images, *[w.value for w in weights]])]


@pytest.mark.parametrize("library_in_use", LIBRARIES)
@pytest.mark.parametrize("kernel_size", [1, 3, (5, 3)])
@pytest.mark.parametrize("layer", ["UpsampleConv2D", "ConvAveragePool2D"])
def test_it_is_the_two_layers_of_keras(layer, kernel_size, library_in_use):
    one, two = pair_of(layer, kernel_size)
    with library.used(library_in_use):
        np.testing.assert_allclose(one(draw(2, 6, 8, 3)), two(draw(2, 6, 8, 3)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("library_in_use", [None, Library.ONEDNN])
@pytest.mark.parametrize("layer", ["UpsampleConv2D", "ConvAveragePool2D"])
def test_first_and_second_slopes_are_theirs(layer, library_in_use):
    one, two = pair_of(layer, 3)
    images = draw(2, 6, 4, 3)
    with library.used(library_in_use):
        found = slopes(one, images)
    for ours, theirs in zip(found, slopes(two, images), strict=True):
        scale = float(tf.reduce_max(tf.abs(theirs)))
        np.testing.assert_allclose(ours / scale, theirs / scale, atol=2e-6)


@pytest.mark.parametrize("layer", ["UpsampleConv2D", "ConvAveragePool2D"])
def test_free_sizes_and_saving_keep_it(layer, tmp_path):
    one, two = pair_of(layer, 3)
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, one(inputs))
    model.save(tmp_path / "one.keras")
    loaded = keras.models.load_model(tmp_path / "one.keras")
    for size in ((4, 6), (8, 2)):
        np.testing.assert_allclose(loaded(draw(1, *size, 3)), two(draw(1, *size, 3)), rtol=1e-5, atol=1e-5)
    assert model.output_shape == loaded.output_shape == (None, None, None, 5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kernel_size": 4}, "Expected kernel_size odd"),
        ({"kernel_size": 3, "strides": 2}, "Expected padding='same'"),
        ({"kernel_size": 3, "padding": "valid"}, "Expected padding='same'"),
        ({"kernel_size": 3, "groups": 2}, "nor groups"),
    ],
)
def test_what_is_no_such_pair_is_refused(settings, said):
    for layer in (kgan.layers.UpsampleConv2D, kgan.layers.ConvAveragePool2D):
        with pytest.raises(ValueError, match=said):
            layer(4, **settings)


def test_an_odd_side_cannot_be_halved_in_one():
    with pytest.raises(ValueError, match="even sides. Received: height and width 7 x 8"):
        kgan.layers.ConvAveragePool2D(4, 3)(draw(1, 7, 8, 3))
