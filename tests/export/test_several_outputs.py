"""A generator of several outputs: each has its name in every artefact, and is held against Keras."""

import json

import keras
import numpy as np
import onnxruntime
import pytest

import kgan
from kgan.export import VerificationError, parity
from kgan.export.formats import FORMATS
from kgan.export.signature import Signature

FORMS = [name for name in ("onnx", "saved_model", "onnx_float16") if name in FORMATS]


def generator(draws: bool = False) -> keras.Model:
    """Pictures of 4 x 4, their masks, and eight numbers of any size; TensorFlow's order of names is another."""
    keras.utils.set_random_seed(0)
    z = keras.Input((4,))
    hidden = keras.layers.Dense(64, "relu")(z)
    if draws:
        hidden = Drawing()(hidden)
    pictures = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16, "tanh")(hidden))
    masks = keras.layers.Activation("sigmoid")(4.0 * pictures)
    return keras.Model(z, {"images": pictures, "masks": masks, "features": 30.0 * keras.layers.Dense(8)(hidden)})


class Drawing(keras.layers.Layer):
    """Adds noise in inference, too."""

    def call(self, inputs):
        return inputs + keras.random.normal((*keras.ops.shape(inputs)[:1], 64))


def game(network: keras.Model) -> kgan.GAN:
    critic = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    return kgan.GAN(network, critic, seed=0)


@pytest.fixture(scope="module")
def gan() -> kgan.GAN:
    return game(generator())


@pytest.fixture(scope="module")
def bundle(gan, tmp_path_factory):
    return kgan.export.save(gan, tmp_path_factory.mktemp("several") / "bundle", formats=FORMS)


def test_the_onnx_file_gives_each_output_by_its_name_the_samples_first(gan, bundle):
    session = onnxruntime.InferenceSession(bundle / "generator.onnx")
    names = [one.name for one in session.get_outputs()]
    assert names == ["images", "masks", "features"]
    z = gan.latents.draw(3, 4, 1)
    for name, drawn in zip(names, session.run(None, {"latents": z}), strict=True):
        np.testing.assert_allclose(drawn, gan.generate(3, seed=1, output=name), rtol=1e-5, atol=1e-5)


def test_the_card_has_each_output_with_its_shape_and_the_range_of_its_activation(bundle):
    outputs = json.loads((bundle / "card.json").read_text())["outputs"]
    assert outputs == {
        "images": {"shape": ["batch", 4, 4, 1], "dtype": "float32"},
        "masks": {"shape": ["batch", 4, 4, 1], "dtype": "float32", "value_range": [0.0, 1.0]},
        "features": {"shape": ["batch", 8], "dtype": "float32"},
    }


def test_verify_holds_every_output_against_the_probes(bundle, tmp_path):
    assert kgan.export.verify(bundle).is_compared
    with np.load(bundle / "probes.npz") as probes:
        assert {name.split("/")[-1] for name in probes if name.startswith("outputs/")} == {
            "images",
            "masks",
            "features",
        }


@pytest.mark.parametrize("output", ["masks", "features"])
def test_an_export_whose_further_output_is_wrong_is_refused_with_the_name_of_the_output(
    gan, tmp_path, monkeypatch, output
):
    real = parity.onnx_runner

    def wrong(path, signature):
        run = real(path, signature)

        def off(inputs, name=signature.output):
            return run(inputs, name) + np.float32(name == output) * np.float32(0.5)

        return off

    monkeypatch.setattr(parity, "onnx_runner", wrong)
    with pytest.raises(VerificationError, match=f"generator.onnx, output '{output}', and Keras outputs differ by"):
        kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))
    assert not (tmp_path / "bundle").exists()


def test_a_difference_is_relative_where_an_output_has_no_range_and_absolute_where_it_has_one(gan):
    signature = Signature.of(gan)
    assert signature.ranges == {"images": (-1.0, 1.0), "masks": (0.0, 1.0), "features": None}
    expected = np.array([[50.0, 1.0]], np.float32)
    assert parity.difference(expected, expected + 1.0, None) == pytest.approx(1.0 / 50.0)
    assert parity.difference(expected, expected + 1.0, (0.0, 1.0)) == pytest.approx(1.0)


def test_the_form_of_pictures_is_that_of_the_samples_alone(gan, tmp_path):
    bundle = kgan.export.save(gan, tmp_path / "b", formats=("onnx",), layout="nchw", pixels="uint8")
    session = onnxruntime.InferenceSession(bundle / "generator.onnx")
    images, masks, features = session.run(None, {"latents": gan.latents.draw(2, 4, 1)})
    assert images.dtype == np.uint8
    assert images.shape == (2, 1, 4, 4)
    np.testing.assert_allclose(masks, gan.generate(2, seed=1, output="masks"), atol=1e-5)
    np.testing.assert_allclose(features, gan.generate(2, seed=1, output="features"), rtol=1e-5, atol=1e-4)
    assert kgan.export.verify(bundle).is_compared


def test_noise_that_a_layer_draws_is_one_input_for_all_outputs(tmp_path):
    gan = game(generator(draws=True))
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))
    session = onnxruntime.InferenceSession(bundle / "generator.onnx")
    z, noise = gan.latents.draw(2, 4, 1), np.ones((2, 64), np.float32)
    images, masks, features = session.run(None, {"latents": z, "noise": noise})
    np.testing.assert_allclose(masks, 1 / (1 + np.exp(-4.0 * images)), atol=1e-5)
    assert np.abs(session.run(["features"], {"latents": z})[0] - features).max() > 0.1


def test_a_lone_output_keeps_the_name_that_the_generator_gives_it(tmp_path):
    whole = generator()
    gan = game(keras.Model(whole.inputs, {"faces": whole.output["images"]}))
    path = kgan.export.save(gan, tmp_path / "faces.onnx")
    assert [one.name for one in onnxruntime.InferenceSession(path).get_outputs()] == ["faces"]
