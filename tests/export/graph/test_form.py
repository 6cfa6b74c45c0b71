"""Pictures with channels first, or as 8 bits: what the file gives, and that the sampler draws the same."""

import json

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

import kgan
from games import linear_game, small_dcgan
from kgan.export import VerificationError, card
from kgan.export.graph.form import Form
from kgan.export.portable import sampler

Z = np.random.RandomState(0).randn(5, 4).astype(np.float32)
FORMS = [("nchw", "float32"), ("nhwc", "uint8"), ("nchw", "uint8")]


@pytest.fixture(scope="module")
def gan():
    gan = small_dcgan()
    gan.generator.set_weights([4 * one for one in gan.generator.get_weights()])  # so that images are not all grey
    return gan


@pytest.fixture(scope="module", params=FORMS, ids="-".join)
def exported(request, gan, tmp_path_factory):
    layout, pixels = request.param
    folder = tmp_path_factory.mktemp("form") / "bundle"
    kgan.export.save(gan, folder, formats=("onnx",), layout=layout, pixels=pixels)
    return folder, layout, pixels


def test_the_file_gives_what_was_asked_for(gan, exported):
    folder, layout, pixels = exported
    session = onnxruntime.InferenceSession(folder / "generator.onnx", providers=["CPUExecutionProvider"])
    expected = np.asarray(gan(Z))
    if layout == "nchw":
        expected = expected.transpose(0, 3, 1, 2)
    (output,) = session.get_outputs()
    assert (output.shape[1:], output.type) == (
        list(expected.shape[1:]),
        "tensor(float)" if pixels == "float32" else "tensor(uint8)",
    )
    drawn = session.run(None, {"latents": Z})[0]
    if pixels == "float32":
        np.testing.assert_allclose(drawn, expected, atol=1e-5)
    else:
        levels = np.round((expected + 1.0) * 127.5)
        assert len(np.unique(levels)) > 20
        assert np.abs(drawn - levels).max() <= 1.0
        assert (drawn == levels).mean() > 0.99


def test_the_sampler_draws_what_keras_draws(gan, exported):
    folder, _, pixels = exported
    drawn = sampler.Sampler(folder).sample(7, seed=1)
    np.testing.assert_allclose(drawn, gan.generate(7, seed=1), atol=1e-5 if pixels == "float32" else 1.01 / 255)


def test_the_card_and_the_file_say_so_and_the_bundle_is_verified(exported):
    folder, layout, pixels = exported
    said = {
        name: value
        for name, value, plain in (("layout", layout, "nhwc"), ("pixels", pixels, "float32"))
        if value != plain
    }
    entry = card.read(folder)["artefacts"]["onnx"]
    assert {name: entry[name] for name in ("layout", "pixels") if name in entry} == said
    metadata = {one.key: one.value for one in onnx.load(folder / "generator.onnx").metadata_props}
    assert {name: json.loads(metadata[f"kgan_{name}"]) for name in said} == said
    assert entry["largest_difference"] < 1e-4
    kgan.export.verify(folder)


def test_channels_first_need_one_transpose_less(gan, tmp_path):
    count = {}
    for layout in ("nhwc", "nchw"):
        path = kgan.export.save(gan, tmp_path / f"{layout}.onnx", layout=layout)
        count[layout] = [node.op_type for node in onnx.load(path).graph.node][-1]
    assert count == {"nhwc": "Reshape", "nchw": "Tanh"}  # of one channel, a Reshape does


def test_levels_beyond_the_range_are_cut_off(tmp_path):
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(12), keras.layers.Reshape((2, 2, 3))])
    discriminator = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, value_range=(0.0, 1.0), seed=0)
    path = kgan.export.save(gan, tmp_path / "model.onnx", pixels="uint8")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    expected = np.clip(np.round(np.asarray(generator(3 * Z)) * 255.0), 0, 255)
    assert {0, 255} <= set(expected.reshape(-1).tolist())
    assert np.abs(session.run(None, {"latents": 3 * Z})[0] - expected).max() <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "chw"}, "Expected layout as 'nhwc' or 'nchw'. Received: layout='chw'"),
        ({"pixels": "int8"}, "Expected pixels as 'float32' or 'uint8'. Received: pixels='int8'"),
        ({"layout": "nchw"}, "Expected a generator of pictures from latents"),
        ({"pixels": "uint8"}, "Expected a generator of pictures from latents"),
    ],
)
def test_another_form_and_one_of_vectors_are_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        kgan.export.save(linear_game(), tmp_path / "bundle", **options)
    assert not list(tmp_path.iterdir())


def test_a_difference_of_more_than_rounding_is_found(gan, tmp_path):
    with pytest.raises(VerificationError, match="differ by"):
        kgan.export.save(gan, tmp_path / "model.onnx", pixels="uint8", atol=0.0)


def test_rounding_alone_is_no_difference(gan):
    signature = kgan.export.Signature.of(gan)
    keras_runner = lambda inputs: np.asarray(gan(inputs["latents"]))  # noqa: E731
    levels = lambda inputs: np.round((keras_runner(inputs) + 1.0) * 127.5).astype(np.uint8)  # noqa: E731
    artefact, expected = Form("nhwc", "uint8").as_in_keras(levels, keras_runner, signature)
    np.testing.assert_allclose(artefact({"latents": Z}), expected({"latents": Z}), atol=1e-6)
