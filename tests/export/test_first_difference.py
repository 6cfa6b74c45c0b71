"""Of a file that does not give what Keras gives, the layer is told at which it begins."""

import keras
import numpy as np
import onnx
import pytest
from keras import layers

import kgan
from games import small_dcgan
from kgan.export import Signature, VerificationError, parity
from kgan.export import onnx as writer
from kgan.export.first_difference import first

SHAPE = (4, 4, 2)


class Halves(layers.Layer):
    """A layer of two others."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.first = layers.Dense(2, name="first_half")
        self.second = layers.Activation("softsign", name="second_half")

    def call(self, x):
        return 2.0 * self.second(self.first(x))


def generator():
    """Two branches from the latents: right layers are called after `wrong`, and do not depend on it."""
    latents = keras.Input((8,), name="latents")
    far = layers.Reshape(SHAPE, name="reshaped")(layers.Dense(32, name="far")(latents))
    far = layers.Activation("softplus", name="wrong")(far)
    near = layers.Reshape(SHAPE)(layers.Dense(32, name="near")(latents))
    near = Halves(name="halves")(near)
    both = layers.Add(name="sum")([far, near])
    return keras.Model(latents, layers.Activation("tanh", name="last")(both), name="made")


def game(made):
    judge = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(1)])
    return kgan.GAN(made, judge, seed=0)


@pytest.fixture
def writing(monkeypatch):
    """Has tf2onnx write one operator in the place of another."""
    convert = writer.converted

    def instead(operator, by):
        def converted(*arguments):
            model = convert(*arguments)
            for node in model.graph.node:
                node.op_type = by if node.op_type == operator else node.op_type
            return model

        monkeypatch.setattr(writer, "converted", converted)

    return instead


@pytest.mark.parametrize(
    ("operator", "by", "layer"),
    [
        ("Softplus", "Softsign", "wrong"),
        ("Softsign", "Tanh", "second_half"),  # within a layer
        pytest.param("Tanh", "Softsign", "last", marks=pytest.mark.slow),
    ],
)
def test_the_innermost_layer_that_is_written_otherwise_is_told(writing, tmp_path, operator, by, layer):
    writing(operator, by)
    said = rf"at batch 1\. The first layer whose output differs is '{layer}' \(Activation\), by"
    with pytest.raises(VerificationError, match=said):
        kgan.export.save(game(generator()), tmp_path / "bundle", formats=("onnx",))
    assert list(tmp_path.iterdir()) == []


def test_a_network_with_labels_and_normalisation_has_its_layer_told_and_is_as_it_was_afterwards(writing, tmp_path):
    gan = small_dcgan(num_classes=10)
    before = gan.generate(3, seed=1, labels=[1, 2, 3])
    writing("Tanh", "Softsign")
    with pytest.raises(VerificationError, match="The first layer whose output differs is '.*'"):
        kgan.export.save(gan, tmp_path / "model.onnx")
    assert [one.name for one in gan.generator._flatten_layers() if "call" in vars(one)] == []
    np.testing.assert_array_equal(gan.generate(3, seed=1, labels=[1, 2, 3]), before)


def test_no_layer_is_told_where_each_gives_what_it_gives_in_keras(tmp_path, monkeypatch):
    gan = game(generator())
    assert first(gan.generator, Signature.of(gan), writer.DEFAULT_OPSET, False, 1e-4, 5) is None
    real = parity.onnx_runner
    monkeypatch.setattr(
        parity, "onnx_runner", lambda path, signature: lambda inputs: real(path, signature)(inputs) + np.float32(0.5)
    )
    with pytest.raises(VerificationError, match=r"differ by 5\.0e-01 \(tolerance 1e-04\) at batch 1\. That is more"):
        kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))


def test_where_the_layers_cannot_be_written_apart_the_error_says_so(writing, tmp_path, monkeypatch):
    writing("Tanh", "Softsign")
    check, calls = onnx.checker.check_model, []

    def refuse(*arguments, **options):
        calls.append(arguments)
        if len(calls) > 1:
            raise onnx.checker.ValidationError("bad node")
        return check(*arguments, **options)

    monkeypatch.setattr(onnx.checker, "check_model", refuse)
    with pytest.raises(VerificationError, match="Which of its layers differs first cannot be told: Expected layers"):
        kgan.export.save(game(generator()), tmp_path / "bundle", formats=("onnx",))
