"""A bundle of a kind of model that kgan does not have: images in, images out, registered by the test alone."""

import json

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from keras import layers
from PIL import Image

import kgan
import picture_networks
from blocked import run_blocked
from kgan._game.free_sizes import free_size
from kgan.export import parity, runners
from kgan.export.portable.applier import Applier
from kgan.models import kind
from kgan.models.kind import Exported, Tensor


class Painter(kgan.AdversarialModel):
    """Images in, images out; trained by nobody."""


class ExportedPainter:
    """Of the protocol, as much as the export asks for."""

    name = "painter"
    model = Painter

    def exported(self, model):
        free = free_size(model.generator)
        multiple = 1 if free is None else free.multiple
        height, width, channels = model.generator.input_shape[1:] if free is None else (None, None, 3)

        def example(batch):
            size = (height or multiple * (1 + batch), width or multiple * 3)
            return {"image": np.random.RandomState(batch).uniform(-1, 1, (batch, *size, channels)).astype(np.float32)}

        return Exported(
            inputs=(Tensor("image", (height, width, channels)),),
            output=Tensor("generated", (height, width, model.generator.output_shape[3])),
            call=lambda generator, image: generator(image, training=False),
            example=example,
            value_range=(-1.0, 1.0),
            metadata=picture_networks.metadata(height, width, channels, multiple=multiple),
            card={"kind": self.name, "multiple": multiple, "dropout_at_test_time": False},
            runner="apply.py",
            batches=(1, 3),
        )


@pytest.fixture(autouse=True)
def painters(monkeypatch):
    others = {name: None for name in kind.Kind.__abstractmethods__ if name != "exported"}
    monkeypatch.setitem(kind.KINDS, "painter", type("Painting", (ExportedPainter, kind.Kind), others)())


def painter(*inner, size=None):
    """Convolutions at half the size, with dropout between."""
    generator = keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(4, 4, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.5, seed=0),
            *inner,
            layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"),
        ]
    )
    discriminator = keras.Sequential([keras.Input((size, size, 3)), layers.GlobalAveragePooling2D(), layers.Dense(1)])
    return Painter(generator, discriminator, seed=0)


@pytest.fixture
def bundle(tmp_path):
    model = painter()
    return model, kgan.export.save(model, tmp_path / "bundle")


def test_the_bundle_has_the_program_that_its_kind_names(bundle):
    names = {path.name for path in bundle[1].iterdir()}
    assert names == {"generator.onnx", "saved_model", "card.json", "apply.py", "verify.py", "probes.npz", "README.md"}


def test_the_card_names_free_axes_and_what_the_kind_adds(bundle):
    card = json.loads((bundle[1] / "card.json").read_text())
    assert card["inputs"] == {"image": {"shape": ["batch", "height", "width", 3], "dtype": "float32"}}
    assert card["outputs"] == {"generated": {"shape": ["batch", "height", "width", 3], "dtype": "float32"}}
    assert (card["runner"], card["kind"], card["multiple"]) == ("apply.py", "painter", 2)
    assert card["dropout_at_test_time"] is False
    assert card["verified"]["batches"] == [1, 3]
    assert {"apply.py", "generator.onnx"} <= set(card["sha256"])


def test_onnx_names_its_free_axes(bundle):
    session = onnxruntime.InferenceSession(str(bundle[1] / "generator.onnx"), providers=["CPUExecutionProvider"])
    for value, name in ((session.get_inputs()[0], "image"), (session.get_outputs()[0], "generated")):
        assert (value.name, value.shape) == (name, ["batch", "height", "width", 3])


def test_artefacts_are_compared_at_the_sizes_of_the_examples(tmp_path, monkeypatch):
    real, seen = parity.onnx_runner, []

    def watched(path, signature):
        run = real(path, signature)
        return lambda inputs: seen.append(inputs["image"].shape) or run(inputs)

    monkeypatch.setattr(parity, "onnx_runner", watched)
    kgan.export.save(painter(), tmp_path / "bundle")
    assert seen == [(1, 4, 6, 3), (3, 8, 6, 3)]


def test_a_difference_at_one_size_alone_is_found(tmp_path, monkeypatch):
    real = parity.saved_model_runner

    def broken(path, signature):
        run = real(path, signature)
        return lambda inputs: run(inputs) + (inputs["image"].shape[1] == 8)

    monkeypatch.setattr(parity, "saved_model_runner", broken)
    with pytest.raises(kgan.export.VerificationError, match=r"saved_model and Keras outputs differ by 1\.0e\+00"):
        kgan.export.save(painter(), tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_the_saved_model_takes_its_input_by_name(bundle):
    model, folder = bundle
    image = tf.random.stateless_uniform((2, 6, 10, 3), (0, 1), -1.0, 1.0)
    serve = tf.saved_model.load(str(folder / "saved_model")).signatures["serving_default"]
    np.testing.assert_allclose(serve(image=image)["generated"], model.generator(image, training=False), atol=1e-5)


def test_the_bundle_is_applied_to_another_size_where_kgan_and_tensorflow_are_blocked(bundle, tmp_path):
    """An odd size, so that the picture is extended by its reflection to a multiple of two."""
    model, folder = bundle
    pixels = np.random.RandomState(0).randint(0, 256, (31, 45, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    done = run_blocked(folder / "apply.py", tmp_path / "in.png", "--out", tmp_path / "out.png", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    extended = np.pad(pixels, ((0, 1), (0, 1), (0, 0)), mode="reflect")[None] / 127.5 - 1.0
    expected = model.generator(extended, training=False).numpy()[0, :31, :45]
    with Image.open(tmp_path / "out.png") as drawn:
        assert drawn.size == (45, 31)
        np.testing.assert_allclose(np.asarray(drawn) / 127.5 - 1.0, expected, atol=1.01 / 255)


def test_a_network_of_one_size_is_exported_with_it(tmp_path):
    """A flat layer has weights for each position."""
    model = painter(layers.Flatten(), layers.Dense(64), layers.Reshape((4, 4, 4)), size=8)
    folder = kgan.export.save(model, tmp_path / "bundle")
    mine = Applier(folder)
    assert mine.input_shape == [8, 8, 3]
    image = np.random.RandomState(0).uniform(-1, 1, (8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(mine.apply(image), model.generator(image[None], training=False)[0], atol=1e-5)
    assert mine.apply(np.zeros((20, 11, 3), np.uint8)).shape == (20, 11, 3)


def test_a_class_derived_from_a_kind_s_is_of_that_kind(tmp_path):
    class Impressionist(Painter):
        pass

    model = painter()
    derived = Impressionist(model.generator, model.discriminator, seed=0)
    assert (kgan.export.save(derived, tmp_path / "bundle") / "apply.py").is_file()


def test_a_runner_that_export_does_not_have_is_named():
    with pytest.raises(ValueError, match=r"Expected runner to be one of .*apply\.py, .*Did you mean 'apply\.py'"):
        runners.named("aply.py")
