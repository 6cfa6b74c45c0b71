"""What layers and activations of Keras become in ONNX: the same numbers, or an error that names the layer."""

import logging

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf
from keras import layers, ops

import kgan
from kgan.export import ExportError, sampler
from kgan.export import onnx as writer


def game(*stack, shape=(4, 4, 2)):
    """A generator of images with some layers at its end."""
    size = int(np.prod(shape))
    generator = keras.Sequential([keras.Input((8,)), layers.Dense(size), layers.Reshape(shape), *stack], name="made")
    discriminator = keras.Sequential([keras.Input(generator.output_shape[1:]), layers.Flatten(), layers.Dense(1)])
    return kgan.GAN(generator, discriminator, seed=0)


def exported(gan, tmp_path):
    """The operators of the file, which was compared with Keras on the way."""
    folder = kgan.export.save(gan, tmp_path / "bundle")
    np.testing.assert_allclose(sampler.Sampler(folder).sample(7, seed=0), gan.generate(7, seed=0), atol=1e-4)
    return {node.op_type for node in onnx.load(folder / "generator.onnx").graph.node}


FORMULAS = {
    "exact GELU": ("gelu", "Erf"),
    "CELU": ("celu", "Exp"),
    "expm1": (ops.expm1, "Exp"),
    "log1p": (lambda x: ops.log1p(ops.abs(x)), "Log"),
    "logaddexp": (lambda x: ops.logaddexp(x, 2.0 * x), "Log"),
    "erfc": (tf.math.erfc, "Erf"),
    "xlogy": (lambda x: tf.math.xlogy(ops.relu(x), ops.abs(x) + 1.0), "Where"),
    "xlog1py": (lambda x: tf.math.xlog1py(ops.relu(x), ops.abs(x)), "Where"),
    "xdivy": (lambda x: tf.math.xdivy(ops.relu(x), x), "Where"),  # 0 / 0 among them: 0
}


@pytest.mark.parametrize("name", FORMULAS)
def test_an_operation_that_tf2onnx_does_not_know_is_written_as_its_formula(tmp_path, name):
    activation, operator = FORMULAS[name]
    assert operator in exported(game(layers.Activation(activation)), tmp_path)


@pytest.mark.parametrize("opset", [13, 18])
def test_formulas_are_written_in_every_opset(tmp_path, opset):
    gan = game(layers.Activation("gelu"), layers.Activation("celu"))
    folder = kgan.export.save(gan, tmp_path / "bundle", opset=opset)
    np.testing.assert_allclose(sampler.Sampler(folder).sample(7, seed=0), gan.generate(7, seed=0), atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2DTranspose(2, 2, strides=3, padding="same"),
        layers.Conv2DTranspose(2, 3, strides=2, padding="valid", output_padding=1),
        layers.Conv1DTranspose(2, 2, strides=3, padding="same"),
    ],
)
def test_a_transposed_convolution_that_pads_its_output_is_exported(tmp_path, layer):
    gan = game(layer, shape=(4, 4, 2) if isinstance(layer, layers.Conv2DTranspose) else (4, 2))
    assert "ConvTranspose" in exported(gan, tmp_path)


# --- tensors that layers hold ---


@keras.saving.register_keras_serializable("kgan_tests")
class Blur(layers.Layer):
    """As most Keras ports of StyleGAN hold it: a tensor made once, which is no weight."""

    def build(self, shape):
        kernel = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64.0
        self.kernel = tf.constant(np.tile(kernel[:, :, None, None], (1, 1, shape[-1], 1)), tf.float32)

    def call(self, x):
        return tf.nn.depthwise_conv2d(x, self.kernel, [1, 1, 1, 1], "SAME")


@keras.saving.register_keras_serializable("kgan_tests")
class Encoding(layers.Layer):
    """A positional encoding: two tensors, one a table of indices."""

    def build(self, shape):
        self.table = tf.constant(np.random.default_rng(0).normal(size=(256, 8)), tf.float32)
        self.places = tf.constant(np.random.default_rng(1).integers(0, 256, 256), tf.int32)

    def call(self, x):
        return x + tf.gather(self.table, self.places)


@pytest.mark.parametrize(
    ("layer", "shape"), [(Blur(), (4, 4, 10)), (Encoding(), (256, 8)), (keras.Sequential([Blur()]), (4, 4, 10))]
)
def test_a_tensor_that_a_layer_holds_is_in_the_file(tmp_path, layer, shape):
    gan = game(layer, shape=shape)
    exported(gan, tmp_path)
    graph = onnx.load(tmp_path / "bundle" / "generator.onnx").graph
    assert [value.name for value in graph.input] == ["latents"]
    assert not {one.name for one in graph.initializer} & {value.name for value in graph.input}


def test_a_tensor_in_a_functional_generator_is_in_the_file(tmp_path):
    inputs = keras.Input((8,))
    added = tf.constant(np.random.default_rng(0).normal(size=(1, 300)), tf.float32)
    generator = keras.Model(inputs, layers.Dense(300)(inputs) + added)
    gan = kgan.GAN(generator, keras.Sequential([keras.Input((300,)), layers.Dense(1)]))
    assert "Add" in exported(gan, tmp_path) or "Gemm" in exported(gan, tmp_path)
    again = sampler.Sampler(tmp_path / "bundle").sample(2, seed=0)
    np.testing.assert_allclose(again, gan.generate(2, seed=0), atol=1e-4)


# --- noise ---


@keras.saving.register_keras_serializable("kgan_tests")
class Noise(layers.Layer):
    """StyleGAN's, which is added when samples are drawn too."""

    def __init__(self, draw, **kwargs):
        super().__init__(**kwargs)
        self.draw = draw
        self.generator = keras.random.SeedGenerator(1)

    def call(self, x):
        if self.draw == "TensorFlow's":
            return x + tf.random.normal(tf.shape(x))
        seed = 3 if self.draw == "Keras's with a number" else self.generator
        return x + keras.random.uniform(ops.shape(x), seed=seed)

    def get_config(self):
        return {**super().get_config(), "draw": self.draw}


@pytest.mark.parametrize("draw", ["TensorFlow's", "Keras's with a generator", "Keras's with a number"])
def test_a_generator_that_draws_noise_of_its_own_is_refused_by_the_layer_s_name(tmp_path, draw):
    expected = "one that draws noise of its own, in the layer 'grain', which Keras and ONNX cannot draw alike"
    with pytest.raises(ExportError, match=expected):
        kgan.export.save(game(Noise(draw, name="grain")), tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_draws_in_training_only_is_exported(tmp_path):
    assert "RandomNormalLike" not in exported(game(layers.GaussianNoise(1.0), layers.Dropout(0.5)), tmp_path)


# --- what is left ---


class Uncommon(layers.Layer):
    def call(self, x):
        return tf.math.lgamma(ops.abs(x) + 1.0)


def test_another_operation_is_named_with_its_layer_alone(tmp_path, capsys):
    with pytest.raises(ExportError, match="Received: TensorFlow's operation Lgamma of the layer 'rare'. Replace"):
        kgan.export.save(game(Uncommon(name="rare")), tmp_path / "bundle")
    assert "ERROR:tf2onnx" not in capsys.readouterr().err
    assert logging.getLogger("tf2onnx").level == logging.CRITICAL
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_onnxruntime_opens_and_cannot_run_is_an_export_error(tmp_path, monkeypatch):
    convert = writer.converted

    def broken(*arguments):
        model = convert(*arguments)
        next(node for node in model.graph.node if node.op_type == "Reshape").op_type = "Expand"
        return model

    monkeypatch.setattr(writer, "converted", broken)
    monkeypatch.setattr(onnx.checker, "check_model", lambda *arguments, **options: None)
    with pytest.raises(ExportError, match="that onnxruntime can (open|run)"):
        kgan.export.save(game(), tmp_path / "bundle")


def test_many_exports_in_a_process_bring_no_warning_of_tensorflow_s(tmp_path, caplog):
    for number in range(6):
        kgan.export.save(game(), tmp_path / str(number))
    assert not [record for record in caplog.records if "retracing" in record.getMessage()]
