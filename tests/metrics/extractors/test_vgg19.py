"""The features of VGG19, with weights from a file: no test downloads any."""

import keras
import numpy as np
import pytest

from kgan.metrics import extractors
from kgan.metrics.extractors import vgg19
from kgan.metrics.extractors.base import ExtractorError


@pytest.mark.slow
def test_features_are_those_of_keras_network_before_the_last_rectifier(tmp_path):
    keras.utils.set_random_seed(0)
    theirs = keras.applications.VGG19(include_top=False, weights=None, input_shape=(None, None, 3))
    theirs.save_weights(tmp_path / "vgg.weights.h5")
    ours = vgg19.load(tmp_path / "vgg.weights.h5")
    images = np.random.RandomState(0).uniform(-1, 1, (2, 32, 40, 3)).astype("float32")
    prepared = keras.applications.vgg19.preprocess_input((images + 1.0) * 127.5)
    layer = theirs.get_layer("block5_conv4")
    layer.activation = keras.activations.linear
    expected = np.mean(keras.Model(theirs.inputs[0], layer.output)(prepared), axis=(1, 2))
    assert expected.min() < 0  # or the rectifier would not show
    np.testing.assert_allclose(ours(images).features, expected, rtol=1e-3, atol=1e-5)


def test_a_file_of_another_network_is_named(tmp_path):
    (tmp_path / "other.weights.h5").write_bytes(b"nothing")
    with pytest.raises(ExtractorError, match="Expected the weights of Keras's VGG19.*'vgg19:PATH'"):
        vgg19.load(tmp_path / "other.weights.h5")


def test_it_is_known_by_its_name_and_with_a_file():
    assert extractors.checked("vgg19") == "vgg19"
    assert extractors.checked("vgg19:weights.h5") == "vgg19:weights.h5"
    with pytest.raises(ValueError, match="'inception:PATH'"):
        extractors.checked("vgg19:")
