"""Noise that a generator draws when samples are drawn is an input of its artefacts."""

import json

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from keras import layers, ops

import kgan
from kgan.export import ExportError
from kgan.export.portable import sampler


@keras.saving.register_keras_serializable("kgan_tests")
class Drawing(layers.Layer):
    """Adds what it draws, in training and after."""

    def __init__(self, draw, **kwargs):
        super().__init__(**kwargs)
        self.draw = draw
        self.generator = keras.random.SeedGenerator(1)

    def call(self, x):
        return x + DRAWS[self.draw](x, self.generator)

    def get_config(self):
        return {**super().get_config(), "draw": self.draw}


DRAWS = {
    "Keras's normal": lambda x, seed: 0.5 * keras.random.normal(ops.shape(x), seed=seed),
    "Keras's normal of a number": lambda x, seed: 0.5 * keras.random.normal(ops.shape(x), seed=3),
    "TensorFlow's normal": lambda x, seed: 0.5 * tf.random.normal(tf.shape(x)),
    "one map for all channels": lambda x, seed: 0.5 * keras.random.normal((ops.shape(x)[0], 2, 2, 1), seed=seed),
    "one map for all samples": lambda x, seed: 0.5 * keras.random.normal((1, 2, 2, 1), seed=seed),
    "uniform": lambda x, seed: 0.5 * keras.random.uniform(ops.shape(x), seed=seed),
    "truncated": lambda x, seed: 0.5 * keras.random.truncated_normal(ops.shape(x), seed=seed),
    "dropout": lambda x, seed: keras.random.dropout(ops.ones_like(x), 0.5, seed=seed) / 4.0,
    "gamma": lambda x, seed: keras.random.gamma(ops.shape(x), 1.0, seed=seed),
    "a loop": lambda x, seed: tf.map_fn(lambda one: tf.random.normal((2, 2, 3)), x),
    "of a size that the input decides": lambda x, seed: tf.random.normal([tf.cast(tf.reduce_sum(x * x), tf.int32)])[0],
}


def game(draw):
    inputs = keras.Input((4,))
    image = layers.Reshape((2, 2, 3))(layers.Dense(12, name="linear")(inputs))
    generator = keras.Model(inputs, Drawing(draw, name="grain")(image))
    discriminator = keras.Sequential([keras.Input((2, 2, 3)), layers.Flatten(), layers.Dense(1)])
    return kgan.GAN(generator, discriminator, value_range=None, seed=0)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    gan = game("Keras's normal")
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("noise") / "bundle")


def run(folder, latents, **given):
    session = onnxruntime.InferenceSession(str(folder / "generator.onnx"), providers=["CPUExecutionProvider"])
    return session.run(None, {"latents": latents, **given})[0]


def without_noise(gan, latents):
    return latents @ np.asarray(gan.generator.get_layer("linear").kernel)  # its bias is 0


def test_noise_that_is_given_is_added_as_it_is(exported):
    gan, folder = exported
    random = np.random.RandomState(0)
    latents, noise = (random.standard_normal((5, size)).astype(np.float32) for size in (4, 12))
    expected = (without_noise(gan, latents) + 0.5 * noise).reshape(5, 2, 2, 3)
    np.testing.assert_allclose(run(folder, latents, noise=noise), expected, atol=1e-5)
    served = tf.saved_model.load(str(folder / "saved_model")).signatures["explicit"]
    given = served(latents=tf.constant(latents), noise=tf.constant(noise))["images"]
    np.testing.assert_allclose(given, expected, atol=1e-5)


def test_without_noise_all_samples_share_one_draw(exported):
    gan, folder = exported
    latents = np.random.RandomState(1).standard_normal((70, 4)).astype(np.float32)
    added = run(folder, latents) - without_noise(gan, latents).reshape(-1, 2, 2, 3)
    np.testing.assert_allclose(added, np.broadcast_to(added[:1], added.shape), atol=1e-5)
    shared = np.random.RandomState(0).standard_normal((1, 12)).astype(np.float32)
    np.testing.assert_allclose(added[0].ravel(), 0.5 * shared[0], atol=1e-5)
    drawn = sampler.Sampler(folder)
    np.testing.assert_array_equal(drawn.sample(3, seed=5), drawn.sample(3, seed=5))


def test_the_card_says_which_layer_draws(exported):
    card = json.loads((exported[1] / "card.json").read_text())
    assert card["drawn_noise"] == {"layers": ["grain"], "numbers": {"noise": 12}, "shared_by_default": True}
    assert card["optional_inputs"] == {"noise": {"shape": ["batch", 12], "dtype": "float32"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "kind", "numbers"),
    [
        ("Keras's normal of a number", "noise", 12),
        ("TensorFlow's normal", "noise", 12),
        ("one map for all channels", "noise", 4),
        ("one map for all samples", "noise", 4),  # each has its own where noise is given
        ("uniform", "uniform_noise", 12),
        ("truncated", "truncated_noise", 12),
        ("dropout", "uniform_noise", 12),
    ],
)
def test_whatever_draws_becomes_an_input_of_its_distribution(tmp_path, draw, kind, numbers):
    gan = game(draw)
    path = kgan.export.save(gan, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,) = session.get_overridable_initializers()
    assert (given.name, given.shape[1:]) == (kind, [numbers])
    latents = np.zeros((3, 4), np.float32)
    noise = np.random.RandomState(0).uniform(size=(3, numbers)).astype(np.float32)
    added = session.run(None, {"latents": latents, kind: noise})[0]
    expected = np.where(noise >= 0.5, 0.5, 0.0) if draw == "dropout" else 0.5 * noise
    np.testing.assert_allclose(added, np.broadcast_to(expected.reshape(3, 2, 2, -1), (3, 2, 2, 3)), atol=1e-6)


@pytest.mark.parametrize("draw", ["gamma", "a loop", "of a size that the input decides"])
def test_what_can_be_no_input_is_refused_by_the_layer_s_name(tmp_path, draw):
    with pytest.raises(ExportError, match="Received: one that draws noise of its own.*it becomes an input") as error:
        kgan.export.save(game(draw), tmp_path / "bundle")
    assert draw == "a loop" or "in the layer 'grain'" in str(error.value)
    assert list(tmp_path.iterdir()) == []
