"""What layers and activations of Keras become in ONNX: the same numbers, or an error that names the layer."""

import logging

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf
from keras import layers, ops

import kgan
from kgan.export import ExportError
from kgan.export import onnx as writer
from kgan.export.portable import sampler

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them


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
    "erfinv": (lambda x: ops.erfinv(0.9999 * ops.tanh(2.0 * x)), "Sqrt"),  # in the middle and in the tails
    "quantiles": (lambda x: tf.math.ndtri(ops.sigmoid(3.0 * x)), "Sqrt"),
    "signs of zeros": (lambda x: ops.cast(ops.signbit(ops.relu(x) * ops.sign(x)), "float32"), "Where"),
    "whole numbers divided": (lambda x: ops.floor_divide(ops.cast(9.0 * x, "int32"), 4) / 4, "Mod"),
    "remainders": (lambda x: ops.mod(ops.cast(9.0 * x, "int32"), 4) / 4, "Mod"),
    "buckets": (lambda x: ops.digitize(x, np.array([-0.5, 0.0, 0.5])) / 4, "GreaterOrEqual"),
    "a block written over": (lambda x: ops.slice_update(x, (0, 1, 2, 0), 2.0 * x[:, :2, :2]), "Pad"),
    "cross product": (
        lambda x: ops.cross(x[..., :1] * np.arange(1.0, 4.0, dtype="float32"), x[..., 1:] + np.ones(3, "float32"))[
            ..., :2
        ],
        "Sub",
    ),
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2DTranspose(2, 2, strides=3, padding="same"),
        layers.Conv2DTranspose(2, 3, strides=2, padding="valid", output_padding=1),
        layers.Conv1DTranspose(2, 2, strides=3, padding="same"),
        layers.Conv2DTranspose(2, 1, strides=3),  # two rows of nothing after the last
        layers.Conv2DTranspose(2, 1, strides=3, padding="same"),
        layers.Conv2DTranspose(2, 5, strides=3, output_padding=2),
        layers.Conv2DTranspose(2, (1, 4), strides=(3, 2), padding="same"),
        layers.Conv1DTranspose(2, 2, strides=3, output_padding=2),
    ],
)
def test_a_transposed_convolution_that_pads_its_output_is_exported(tmp_path, layer):
    gan = game(layer, shape=(4, 4, 2) if isinstance(layer, layers.Conv2DTranspose) else (4, 2))
    assert "ConvTranspose" in exported(gan, tmp_path)


# --- convolutions in groups ---


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.Conv1D(4, 3, groups=2, padding="same"), (6, 4)),
        (layers.Conv2D(6, 3, groups=3, strides=2, padding="same"), (6, 6, 6)),
        (layers.Conv2D(4, 3, groups=2, dilation_rate=2), (6, 6, 4)),
        (layers.Conv3D(4, 2, groups=2, padding="same"), (3, 3, 3, 4)),
    ],
)
def test_a_convolution_in_groups_of_keras_s_is_onnx_s_conv_with_groups(tmp_path, layer, shape):
    assert "Conv" in exported(game(layer, shape=shape), tmp_path)
    (node,) = (one for one in onnx.load(tmp_path / "bundle" / "generator.onnx").graph.node if one.op_type == "Conv")
    assert {one.name: one.i for one in node.attribute}["group"] == layer.groups


def test_a_function_that_xla_is_to_compile_is_written_out(tmp_path):
    wave = tf.function(lambda x: x + tf.sin(3.0 * x), jit_compile=True)
    assert "Sin" in exported(game(layers.Lambda(wave)), tmp_path)


@keras.saving.register_keras_serializable("kgan_tests")
class Modulated(layers.Layer):
    """StyleGAN2's convolution as its authors wrote it: the samples of a batch are the groups of one convolution."""

    def __init__(self, strides=1, padding="SAME", **kwargs):
        super().__init__(**kwargs)
        self.strides, self.padding = strides, padding

    def build(self, shape):
        self.kernel = self.add_weight(shape=(3, 3, 2, 5), name="kernel")

    def call(self, x):
        size, style = tf.shape(x)[0], tf.reduce_mean(x, axis=(1, 2))
        kernels = self.kernel[None] * (1.0 + style[:, None, None, :, None])  # (b, 3, 3, 2, 5)
        kernels = tf.reshape(tf.transpose(kernels, (1, 2, 3, 0, 4)), (3, 3, 2, -1))
        x = tf.reshape(tf.transpose(x, (1, 2, 0, 3)), (1, *x.shape[1:3], -1))
        x = tf.nn.conv2d(x, kernels, self.strides, self.padding)
        return tf.transpose(tf.reshape(x, (*x.shape[1:3], size, 5)), (2, 0, 1, 3))

    def compute_output_shape(self, shape):
        lost = 2 if self.padding == "VALID" else 0
        return (shape[0], *(-(-(side - lost) // self.strides) for side in shape[1:3]), 5)


@pytest.mark.parametrize("layer", [Modulated(), Modulated(2), Modulated(1, "VALID")])
def test_a_convolution_of_a_group_for_each_sample_is_exported(tmp_path, layer):
    assert "Scan" in exported(game(layer, shape=(6, 6, 2)), tmp_path)


# --- resizing ---


@pytest.mark.slow
@pytest.mark.parametrize("method", ["bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"])
@pytest.mark.parametrize("size", [(12, 9), (3, 4)])
def test_resizing_that_onnx_has_no_operator_for_is_a_product_with_two_matrices(tmp_path, method, size):
    resized = layers.Lambda(lambda x: tf.image.resize(x, size, method=method, antialias=method == "lanczos5"))
    assert "Resize" not in exported(game(resized, shape=(6, 6, 2)), tmp_path)


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


def test_a_layer_that_draws_in_training_only_is_exported(tmp_path):
    assert "RandomNormalLike" not in exported(game(layers.GaussianNoise(1.0), layers.Dropout(0.5)), tmp_path)


# --- what is left ---


class Uncommon(layers.Layer):
    def call(self, x):
        return tf.math.lgamma(ops.abs(x) + 1.0)


def test_another_operation_is_named_with_its_layer_alone(tmp_path, capsys):
    with pytest.raises(
        ExportError, match="Received: TensorFlow's operation Lgamma of the layer 'rare'. Replace .*saved_model"
    ):
        kgan.export.save(game(Uncommon(name="rare")), tmp_path / "bundle")
    assert "ERROR:tf2onnx" not in capsys.readouterr().err
    assert logging.getLogger("tf2onnx").level == logging.CRITICAL
    assert list(tmp_path.iterdir()) == []


WAYS_OUT = {
    "a Fourier transform": (lambda x: ops.rfft(x)[0], "as a product with its matrices"),
    "Python": (lambda x: tf.ensure_shape(tf.numpy_function(np.sin, [x], tf.float32), x.shape), "in TensorFlow or"),
    "a system of equations": (lambda x: ops.inv(x[..., 0] + 4.0 * ops.eye(4)), "keep it as a weight"),
    "a loop": (lambda x: ops.scan(lambda c, t: (c + t, c), 0.0 * x[:, 0], ops.swapaxes(x, 0, 1))[0], "loop over"),
    "a diagonal that is set": (lambda x: tf.linalg.set_diag(x[..., 0], x[:, 0, :, 0]), "Write the diagonal by a mask"),
    "patches of several channels": (
        lambda x: tf.image.extract_patches(tf.concat([x, x], -1), [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"),
        "by keras.ops.image.extract_patches",
    ),
    "a loop that keeps each step": (lambda x: tf.scan(lambda a, t: a + t, x), "loop over a known number of steps"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS_OUT)
def test_what_onnx_cannot_express_is_refused_by_the_layer_s_name_with_a_way_out(tmp_path, name):
    function, way_out = WAYS_OUT[name]
    with pytest.raises(ExportError, match="of the layer 'rare'|the layer 'rare'.*") as error:
        kgan.export.save(game(layers.Lambda(function, name="rare")), tmp_path / "bundle")
    assert way_out in str(error.value)
    assert "formats=('saved_model',)" in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_valid_graph_is_laid_to_the_layers_that_keras_does_not_have(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise onnx.checker.ValidationError("bad node Loop_0")

    monkeypatch.setattr(onnx.checker, "check_model", refuse)
    with pytest.raises(ExportError, match="Received: the layer 'mine' of which tf2onnx wrote no valid graph: bad node"):
        kgan.export.save(game(layers.Lambda(lambda x: 2.0 * x, name="mine")), tmp_path / "bundle")


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


@pytest.mark.slow
def test_many_exports_in_a_process_bring_no_warning_of_tensorflow_s(tmp_path, caplog):
    for number in range(6):
        kgan.export.save(game(), tmp_path / str(number))
    assert not [record for record in caplog.records if "retracing" in record.getMessage()]


def test_an_operation_that_is_written_otherwise_is_not_taken_for_rounding(tmp_path):
    saturated = layers.Lambda(
        lambda x: tf.image.adjust_saturation(x, 0.2), name="greyer"
    )  # tf2onnx's differs where colours are below 0
    said = r"The first layer whose output differs is 'greyer' \(Lambda\), by .* That is more than rounding"
    with pytest.raises(kgan.export.VerificationError, match=said):
        kgan.export.save(game(saturated, shape=(4, 4, 3)), tmp_path / "bundle")
