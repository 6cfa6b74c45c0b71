import gc

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.metrics import Extractor, ExtractorError, extractors
from kgan.metrics.extractors import presentable, registry

VECTORS = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)


def dense(outputs=2, **arguments):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(outputs, **arguments)], name="mine")


# --- what metrics are given as features ---


def test_pixels_are_the_values_of_the_samples_in_a_row():
    images = np.random.default_rng(0).uniform(-1, 1, (5, 4, 3, 2)).astype(np.float32)
    seen = extractors.get("pixels")(images)
    np.testing.assert_array_equal(seen.features, images.reshape(5, 24))
    assert seen.logits is None


def test_a_named_extractor_is_loaded_once():
    assert extractors.get("pixels") is extractors.get("pixels")


def test_a_keras_model_gives_its_outputs_in_inference_mode():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.9), keras.layers.BatchNormalization()])
    extractor = extractors.checked(model)
    assert extractor.name == model.name
    np.testing.assert_allclose(extractor(VECTORS).features, VECTORS / np.sqrt(1.001), rtol=1e-5)


def test_a_keras_model_with_a_dictionary_gives_features_and_logits():
    x = keras.Input((3,))
    model = keras.Model(x, {"features": 2.0 * x, "logits": -x})
    seen = extractors.checked(model)(VECTORS)
    np.testing.assert_array_equal(seen.features, 2.0 * VECTORS)
    np.testing.assert_array_equal(seen.logits, -VECTORS)


def test_a_callable_may_be_of_numpy_or_of_tensorflow():
    def squares(samples):
        return np.square(np.asarray(samples, np.float64))

    extractor = extractors.checked(squares)
    assert extractor.name == "squares"
    assert extractor(VECTORS).features.dtype == np.float32
    for network in (squares, tf.square):
        np.testing.assert_allclose(extractors.checked(network)(VECTORS).features, VECTORS**2, rtol=1e-6)


@pytest.mark.parametrize("network", [dense(), np.square, Extractor("squares", tf.square).network])
def test_one_network_has_one_extractor(network):
    extractor = extractors.checked(network)
    assert extractors.checked(network) is extractor
    assert extractors.checked(dense()) is not extractor


def test_an_extractor_that_nobody_uses_is_forgotten():
    known = set(registry._OWN)
    extractors.checked(dense())
    gc.collect()
    assert set(registry._OWN) <= known


def test_an_extractor_is_taken_as_it_is():
    extractor = Extractor("squares", tf.square)
    assert extractors.get(extractors.checked(extractor)) is extractor


@pytest.mark.parametrize("graph", [True, False])
def test_many_samples_are_looked_at_some_at_a_time_and_come_back_in_order(graph):
    sizes = []

    def watched(samples):
        sizes.append(samples.shape[0])
        return 1.0 * samples

    samples = np.arange(230, dtype=np.float32)[:, None]
    np.testing.assert_array_equal(Extractor("watched", watched, graph=graph)(samples).features, samples)
    assert graph or sizes == [100, 100, 30]


def test_each_shape_of_samples_is_traced_once_whatever_their_number():
    traced = []

    def watched(samples):
        traced.append(tuple(samples.shape))
        return tf.reshape(samples, (tf.shape(samples)[0], -1))

    extractor = Extractor("watched", watched)
    for shape in ((230, 4), (7, 4), (1, 4, 2), (3, 4), (120, 4, 2)):
        extractor(np.zeros(shape, np.float32))
    assert traced == [(None, 4), (None, 4, 2)]


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ("digit", "Expected features to be one of digits, .*Received: features='digit'. Did you mean 'digits'?"),
        ("digits:weights.npz", "Expected 'inception:PATH' with a file of weights. Received: features='digits:weights"),
        ("inception:", "Expected 'inception:PATH' with a file of weights. Received: features='inception:'"),
    ],
)
def test_unknown_names_are_refused(features, message):
    with pytest.raises(ValueError, match=message):
        extractors.checked(features)


@pytest.mark.parametrize("features", [None, 3, ["digits"]])
def test_what_cannot_extract_is_refused(features):
    with pytest.raises(TypeError, match="a Keras model, a callable or a kgan.metrics.Extractor. Received: "):
        extractors.checked(features)


# --- what networks must give ---


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            lambda x: x[:, None, None],
            r"finite features of shape \(n, d\). Received: shape \(7, 1, 1, 3\) for 7 samples",
        ),
        (lambda x: x[:, 0], r"Received: shape \(7,\) for 7 samples. Pool maps to vectors"),
        (lambda x: x[:4], r"Received: shape \(4, 3\) for 7 samples"),
        (lambda x: x / 0.0, "to give finite features .*Received: NaN or infinity"),
        (
            lambda x: {"features": x, "logits": x[:, 0]},
            r"to give finite logits of shape \(n, d\). Received: shape \(7,",
        ),
        (lambda x: {"maps": x}, "a dictionary of 'features' and 'logits'. Received: a dictionary of 'maps'"),
    ],
)
@pytest.mark.parametrize("graph", [True, False])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_anything_but_one_finite_vector_for_each_sample_is_refused(network, message, graph):
    with pytest.raises(ExtractorError, match=f"the extractor 'odd'.*{message}|{message}"):
        Extractor("odd", network, graph=graph)(VECTORS)


# --- telling weights apart ---


def test_the_fingerprint_of_a_model_is_that_of_its_weights_as_they_are_now():
    model = dense()
    extractor = extractors.checked(model)
    first = extractor.fingerprint
    assert extractors.checked(model).fingerprint == first
    weights = model.get_weights()
    model.set_weights([weights[0], weights[1] + 1e-6])
    assert extractor.fingerprint != first
    model.set_weights(weights)
    assert extractor.fingerprint == first


def test_the_fingerprint_of_a_model_tells_apart_what_it_does_with_the_same_weights():
    relu, linear = dense(activation="relu"), dense()
    relu.set_weights(linear.get_weights())
    assert extractors.checked(relu).fingerprint != extractors.checked(linear).fingerprint


def test_the_fingerprint_of_a_model_is_the_same_once_it_was_saved_and_loaded(tmp_path):
    x = keras.Input((3,))
    y = keras.layers.Dense(4)(x)
    model = keras.Model(x, {"features": y, "logits": keras.layers.Dense(2)(y)}, name="mine")
    model.save(tmp_path / "mine.keras")
    loaded = keras.models.load_model(tmp_path / "mine.keras")
    assert extractors.checked(loaded).fingerprint == extractors.checked(model).fingerprint


def test_a_callable_has_the_fingerprint_that_it_is_given_or_none():
    assert extractors.checked(np.square).fingerprint is None
    assert Extractor("squares", tf.square, fingerprint="1").fingerprint == "1"


def test_everything_in_the_config_comes_back():
    extractor = Extractor("mine", dense(), fingerprint="abc", graph=False, is_original_inception=True)
    config = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(extractor)).get_config()
    assert config == extractor.get_config()
    assert {key: config[key] for key in ("name", "fingerprint", "graph", "is_original_inception")} == {
        "name": "mine",
        "fingerprint": "abc",
        "graph": False,
        "is_original_inception": True,
    }


# --- how samples are shown to them ---


def test_images_are_shown_in_minus_one_to_one_rounded_to_8_bits():
    floats = np.array([-1.0, -0.999, 0.0, 0.001, 0.5, 1.0, 1.7]).reshape(1, 1, 7, 1)
    steps = [0, 0, 128, 128, 191, 255, 255]  # 0.0 lies halfway between 127 and 128; what is outside is clipped
    np.testing.assert_allclose(presentable(floats).ravel(), np.array(steps) / 127.5 - 1.0, atol=1e-7)


def test_images_of_whole_bytes_and_as_floats_are_shown_alike():
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    shown = presentable(images)
    assert shown.dtype == np.float32
    np.testing.assert_allclose(shown.ravel(), np.arange(256) / 127.5 - 1.0, atol=1e-7)
    np.testing.assert_array_equal(presentable(shown), shown)
    for low, high in ((0.0, 1.0), (-3.0, 5.0)):
        floats = low + images / 255.0 * (high - low)
        np.testing.assert_array_equal(presentable(floats, (low, high)), shown)
        np.testing.assert_array_equal(presentable(images, (low, high)), shown)


def test_what_is_no_image_or_has_no_range_keeps_its_values():
    vectors = np.array([[0.12345, 40.0]])
    np.testing.assert_array_equal(presentable(vectors), vectors.astype(np.float32))
    images = np.array([0.12345, 40.0]).reshape(1, 1, 2, 1)
    np.testing.assert_array_equal(presentable(images, None), images.astype(np.float32))
