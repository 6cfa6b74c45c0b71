import keras
import numpy as np
import pytest
import tensorflow as tf

from games import small_dcgan
from kgan.metrics import ExtractorError, PairFeatureDistance, extractors

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.integers(0, 256, (6, 8, 8, 1)).astype(np.uint8)
OUTPUT = RANDOM.integers(0, 256, (6, 8, 8, 1)).astype(np.uint8)


def on_pixels(truth, output):
    difference = (truth.astype(np.float64) - output) / 127.5
    return np.mean(np.sqrt(np.sum(difference.reshape(len(truth), -1) ** 2, axis=1)))


def in_graph(metric, truth, output):
    tf.function(metric.update_state, autograph=False)(*(tf.constant(one) for one in (truth, output)))
    return float(metric.result())


def eagerly(metric, truth, output):
    metric.update_state(truth, output)
    return float(metric.result())


@pytest.mark.parametrize("by", [eagerly, in_graph])
def test_on_pixels_it_is_the_euclidean_distance(by):
    assert by(PairFeatureDistance("pixels"), TRUTH, OUTPUT) == pytest.approx(on_pixels(TRUTH, OUTPUT), rel=1e-5)


@pytest.mark.parametrize("by", [eagerly, in_graph])
def test_images_are_seen_as_they_are_saved(by):
    truth = TRUTH / np.float32(127.5) - np.float32(1.0)
    output = (OUTPUT + RANDOM.uniform(-0.4, 0.4, OUTPUT.shape)) / np.float32(127.5) - np.float32(1.0)
    assert by(PairFeatureDistance("pixels"), truth, output.astype(np.float32)) == pytest.approx(
        on_pixels(TRUTH, OUTPUT), rel=1e-5
    )


def test_a_named_network_is_loaded_once_and_gives_the_same_in_a_graph():
    extractors.registry._load.cache_clear()
    figure = in_graph(PairFeatureDistance("digits"), TRUTH, OUTPUT)
    assert eagerly(PairFeatureDistance("digits"), TRUTH, OUTPUT) == pytest.approx(figure, rel=1e-4)
    features = [extractors.get("digits")(extractors.presentable(one)).features for one in (TRUTH, OUTPUT)]
    assert figure == pytest.approx(np.mean(np.linalg.norm(features[0] - features[1], axis=1)), rel=1e-4)


def test_a_network_of_ones_own_is_looked_through_and_is_part_of_the_metric():
    network = small_dcgan().discriminator
    network = keras.Model(network.input, network.get_layer("features").output, name="mine")
    metric = PairFeatureDistance(network)
    assert metric.label == "Feature distance (mine)"
    assert metric.network is network
    features = [network(one / np.float32(127.5) - 1.0).numpy() for one in (TRUTH, OUTPUT)]
    expected = np.mean(np.linalg.norm(features[0] - features[1], axis=1))
    assert eagerly(metric, TRUTH, OUTPUT) == pytest.approx(expected, rel=1e-4)
    again = PairFeatureDistance.from_config(metric.get_config())
    again.network.set_weights(network.get_weights())
    assert eagerly(again, TRUTH, OUTPUT) == pytest.approx(expected, rel=1e-4)


def test_a_callable_of_numpy_is_refused_in_a_graph():
    metric = PairFeatureDistance(lambda shown: np.asarray(shown).reshape(len(shown), -1))
    assert eagerly(metric, TRUTH, OUTPUT) == pytest.approx(on_pixels(TRUTH, OUTPUT), rel=1e-5)
    with pytest.raises(ExtractorError, match="Expected an extractor of TensorFlow. Received: '<lambda>'"):
        in_graph(metric, TRUTH, OUTPUT)


def test_unknown_features_are_refused_with_the_nearest_match():
    with pytest.raises(ValueError, match="Did you mean 'digits'"):
        PairFeatureDistance("digit")
