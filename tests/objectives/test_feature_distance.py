"""The distance through a frozen network: its value, whom its gradient reaches, and how the network is saved."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kgan
from kgan import objectives
from kgan.metrics import extractors

RANDOM = np.random.RandomState(0)


def seeing(shape=(8, 8, 1), seed=0):
    """A small network in which each sort of layer would show that it had trained."""
    inputs = keras.Input(shape)
    x = layers.Conv2D(3, 3, activation="tanh", name="edges", kernel_initializer=keras.initializers.GlorotUniform(seed))(
        inputs
    )
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(4, name="summary", kernel_initializer=keras.initializers.GlorotUniform(seed + 1))(x)
    return keras.Model(inputs, x, name="seeing")


@keras.saving.register_keras_serializable("kgan_tests")
class FromPictures(kgan.AdversarialModel):
    def batch(self, data, training):
        seen, truth, _ = keras.utils.unpack_x_y_sample_weight(data)
        return kgan.Batch(generator_inputs=seen, real=truth)


def translation(side=8, channels=1):
    """The smallest networks that there are, because their step is traced, and by XLA compiled, in every test."""
    shape = (side, side, channels)
    generator = keras.Sequential(
        [keras.Input(shape), layers.Conv2D(channels, 3, padding="same", activation="tanh", bias_initializer="ones")]
    )
    return FromPictures(generator, keras.Sequential([keras.Input(shape), layers.Conv2D(1, 3)]), seed=0)


def pair(side=8, channels=1):
    return [RANDOM.uniform(-1, 1, (4, side, side, channels)).astype(np.float32) for _ in range(2)]


def compiled(model, objective, jit=False, generator_rate=0.01):
    model.compile(
        keras.optimizers.Adam(generator_rate), keras.optimizers.SGD(0.0), objectives=[objective], jit_compile=jit
    )
    return model


def bits(model):
    return [weight.tobytes() for weight in model.get_weights()]


def test_it_is_the_mean_squared_difference_of_the_features():
    network, (seen, truth) = seeing(), pair()
    model = compiled(translation(), objectives.FeatureDistance(network, weight=2.0))
    made = model.generator(seen)
    expected = 2.0 * np.mean(np.square(network(made) - network(truth)))
    logs = model.train_on_batch(seen, truth, return_dict=True)
    assert logs["generator_feature_distance_loss"] == pytest.approx(expected, rel=1e-4)


def test_layers_are_added_up_and_each_is_a_mean_over_its_features():
    network, (seen, truth) = seeing(), pair()
    model = compiled(translation(), objectives.FeatureDistance(network, layers=["edges", "summary"]))
    made = model.generator(seen)
    edges = keras.Model(network.input, network.get_layer("edges").output)
    expected = sum(np.mean(np.square(one(made) - one(truth))) for one in (edges, network))
    logs = model.train_on_batch(seen, truth, return_dict=True)
    assert logs["generator_feature_distance_loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("jit", [False, True])
def test_its_gradient_reaches_the_generator_and_leaves_the_network_by_not_one_bit(jit):
    network, (seen, truth) = seeing(), pair()
    model = compiled(translation(), objectives.FeatureDistance(network, weight=1e3), jit)
    frozen, before = bits(network), model.generator.get_weights()
    losses = [model.train_on_batch(seen, truth, return_dict=True)["generator_feature_distance_loss"] for _ in range(30)]
    assert bits(network) == frozen
    assert all(np.any(a != b) for a, b in zip(before, model.generator.get_weights(), strict=True))
    assert losses[-1] < losses[0]  # the mean over the steps of the epoch so far
    assert not any(weight is one for one in model.trainable_variables for weight in network.weights)


def test_no_gradient_reaches_the_network_s_weights_nor_the_truth():
    network, (made, truth) = seeing(), (tf.constant(one) for one in pair())
    assert network.trainable
    objective = objectives.FeatureDistance(network, layers=["edges", "summary"])
    with tf.GradientTape() as tape:
        tape.watch([made, truth])
        step = kgan.StepOutputs(kgan.Batch(None, truth), {"samples": made}, {}, None)
        value = objective.generator_loss(step)
    to_made, to_truth, *to_weights = tape.gradient(value, [made, truth, *(one.value for one in network.weights)])
    assert np.any(to_made != 0.0)
    assert to_truth is None or not np.any(to_truth)
    assert all(one is None or not np.any(one) for one in to_weights)


def test_a_network_by_name_is_what_metrics_look_through():
    seen, truth = pair(28)
    model = compiled(translation(28), objectives.FeatureDistance("digits"))
    features = [extractors.get("digits")(one).features for one in (model.generator(seen).numpy(), truth)]
    logs = model.train_on_batch(seen, truth, return_dict=True)
    assert logs["generator_feature_distance_loss"] == pytest.approx(np.mean((features[0] - features[1]) ** 2), rel=1e-4)


@pytest.mark.parametrize("jit", [False, True])
def test_images_of_another_size_are_brought_to_the_network_s(jit):
    """XLA compiles it too, as it would not with TensorFlow's own resizing."""
    seen, truth = pair(8)
    model = compiled(translation(8), objectives.FeatureDistance("digits"), jit)
    features = [extractors.get("digits")(one).features for one in (model.generator(seen).numpy(), truth)]
    logs = model.train_on_batch(seen, truth, return_dict=True)
    assert logs["generator_feature_distance_loss"] == pytest.approx(np.mean((features[0] - features[1]) ** 2), rel=1e-3)


def test_on_pixels_it_is_the_mean_squared_error():
    seen, truth = pair()
    objective = objectives.FeatureDistance("pixels")
    assert objective.frozen == {}
    model = compiled(translation(), objective)
    made = model.generator(seen).numpy()
    logs = model.train_on_batch(seen, truth, return_dict=True)
    assert logs["generator_feature_distance_loss"] == pytest.approx(np.mean((made - truth) ** 2), rel=1e-4)


def test_a_name_is_saved_by_reference_and_a_model_by_value():
    network = seeing()
    named, own = objectives.FeatureDistance("digits", 2.0, ["features"]), objectives.FeatureDistance(network)
    assert (named.saved_by, own.saved_by) == ("reference", "value")
    assert own.frozen == {"features": network}
    assert named.frozen == {"features": extractors.get("digits").network.model}
    assert named.get_config() == {
        "features": "digits",
        "weight": 2.0,
        "layers": ["features"],
        "output": None,
        "discriminator": None,
        "name": None,
    }
    for objective in (named, own):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(objective))
        assert type(again) is objectives.FeatureDistance
        assert again.get_config() == objective.get_config()


@pytest.mark.parametrize("named", [True, False])
def test_it_goes_on_after_loading_with_the_same_network(tmp_path, named):
    network = "digits" if named else seeing((28, 28, 1))
    if not named:
        network.get_layer("norm").moving_mean.assign([0.1, 0.2, -0.3])
    model = compiled(translation(28), objectives.FeatureDistance(network))
    data = tf.data.Dataset.from_tensors(tuple(pair(28)))
    before = model.evaluate(data, verbose=0, return_dict=True)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert copy.evaluate(data, verbose=0, return_dict=True) == pytest.approx(before, rel=1e-5)
    assert bits(copy.objectives[0].frozen["features"]) == bits(model.objectives[0].frozen["features"])


@keras.saving.register_keras_serializable("kgan_tests")
class Rounded(layers.Layer):
    def call(self, inputs):
        return keras.ops.round(inputs)


def test_a_network_without_a_gradient_by_the_samples_is_refused():
    network = keras.Sequential([keras.Input((8, 8, 1)), Rounded(), layers.Flatten()], name="levels")
    with pytest.raises(ValueError, match="Expected a network with a gradient by the samples. Received: 'levels'"):
        compiled(translation(), objectives.FeatureDistance(network))


def test_samples_that_the_network_does_not_take_are_refused():
    with pytest.raises(ValueError, match=r"a network that takes the samples, \(8, 8, 1\). Received: 'seeing'"):
        compiled(translation(), objectives.FeatureDistance(seeing((9, 9, 1))))
    with pytest.raises(ValueError, match="Expected grey images of shape"):
        compiled(translation(channels=3), objectives.FeatureDistance("digits"))


def test_layers_that_are_not_there_are_refused_with_the_nearest_match():
    with pytest.raises(ValueError, match="Received: layers='edgse'. Did you mean 'edges'"):
        compiled(translation(), objectives.FeatureDistance(seeing(), layers=["edgse"]))


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match="Expected features as the name of a network or a built keras.Model"):
        objectives.FeatureDistance(lambda shown: shown)
    with pytest.raises(ValueError, match="Did you mean 'digits'"):
        objectives.FeatureDistance("digit")
    with pytest.raises(ValueError, match="Expected weight >= 0"):
        objectives.FeatureDistance("digits", -1.0)
