"""Large weights pass by tf2onnx: the file has them, and no rewriting carries them along."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan
from kgan.export.graph import weights


@keras.saving.register_keras_serializable("kgan_tests")
class Twice(keras.layers.Layer):
    """One kernel, used as it is and transposed."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), name="kernel")

    def call(self, inputs):
        return inputs @ self.kernel + inputs @ keras.ops.transpose(self.kernel)


def test_large_weights_become_inputs_and_small_ones_and_vectors_stay():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(2)])
    function = tf.function(lambda x: {"y": model(x)}, input_signature=[tf.TensorSpec((None, 4), name="x")])
    light = weights.apart(function, list(function.input_signature), model.variables, large=32)
    assert [spec.name for spec in light.specs] == ["x", "weight_0"]
    assert light.weights["weight_0"].path == model.layers[0].kernel.path
    x = tf.random.stateless_normal((3, 4), (0, 0))
    kernel = model.layers[0].kernel.numpy()
    np.testing.assert_array_equal(light.weights["weight_0"].value, kernel)
    np.testing.assert_allclose(light.function(x, kernel)["y"], model(x), atol=1e-6)
    of_zeros = light.function(x, np.zeros_like(kernel))["y"]
    np.testing.assert_allclose(of_zeros, model.layers[1](tf.zeros((3, 8)) + model.layers[0].bias), atol=1e-6)


def test_a_weight_is_a_view_of_what_tensorflow_holds():
    dense = keras.layers.Dense(300)
    dense.build((None, 300))
    function = tf.function(lambda x: {"y": dense(x)}, input_signature=[tf.TensorSpec((None, 300), name="x")])
    light = weights.apart(function, list(function.input_signature), dense.variables)
    assert light.weights["weight_0"].value.base is not None
    assert not light.weights["weight_0"].value.flags.writeable


@pytest.mark.parametrize("large", [1, weights.LARGE])
def test_a_generator_is_exported_alike_whatever_counts_as_large(tmp_path, monkeypatch, large):
    monkeypatch.setattr(weights, "LARGE", large)
    gan = small_dcgan(3)
    path = kgan.export.save(gan, tmp_path / "model.onnx")
    inputs = {"latents": np.random.RandomState(0).randn(3, 4).astype(np.float32), "labels": np.arange(3)}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, inputs)[0], gan([*inputs.values()]), atol=1e-5)
    assert [one.name for one in session.get_inputs()] == ["latents", "labels"]
    named = [one.name for one in onnx.load(path).graph.initializer if one.name.endswith("kernel")]
    assert bool(named) == (large == 1)


def test_a_weight_that_is_used_in_two_ways_is_right_in_both(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "LARGE", 1)
    generator = keras.Sequential([keras.Input((6,)), Twice(), keras.layers.Dense(5)])
    discriminator = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    path = kgan.export.save(kgan.GAN(generator, discriminator, seed=0), tmp_path / "model.onnx")
    z = np.random.RandomState(0).randn(3, 6).astype(np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"latents": z})[0], generator(z), atol=1e-5)
