"""Networks from pictures to pictures with channels first, or with 8 bits: both ends have the form, and apply alike."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from cycle_games import lines

import kgan
from kgan.export import VerificationError, card, parity
from kgan.export.graph.form import Form
from kgan.export.portable.applier import Applier, ApplyError
from kgan.export.signature import Signature

FORMS = [("nchw", "float32"), ("nhwc", "uint8"), ("nchw", "uint8")]


def translation(channels: int = 1, width: int = 8) -> kgan.Translation:
    """RGB to grey, or to RGB, by two convolutions; any height and width that two divides."""
    keras.utils.set_random_seed(1)
    image = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(width, 3, strides=2, padding="same", activation="leaky_relu")(image)
    x = keras.layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh")(x)
    sample = keras.Input((16, 16, channels))
    logits = keras.layers.Conv2D(1, 3)(sample)
    model = kgan.Translation(keras.Model(image, x), keras.Model(sample, logits), seed=0)
    model.generator.set_weights([4 * one for one in model.generator.get_weights()])  # so that nothing is all grey
    return model


@pytest.fixture(scope="module")
def model():
    return translation()


@pytest.fixture(scope="module", params=FORMS, ids="-".join)
def exported(request, model, tmp_path_factory):
    layout, pixels = request.param
    folder = tmp_path_factory.mktemp("form") / "bundle"
    kgan.export.save(model, folder, formats=("onnx",), layout=layout, pixels=pixels)
    return folder, layout, pixels


def picture(height: int, width: int) -> np.ndarray:
    return np.random.RandomState(height).randint(0, 256, (height, width, 3)).astype(np.uint8)


def expected(model, image: np.ndarray) -> np.ndarray:
    """What Keras makes of a picture, as grey levels, before they are rounded."""
    return (np.asarray(model.generator(image[None] / np.float32(127.5) - 1.0))[0] + 1.0) * 127.5


def test_the_file_takes_and_gives_what_was_asked_for(model, exported):
    folder, layout, pixels = exported
    session = onnxruntime.InferenceSession(folder / "generator.onnx", providers=["CPUExecutionProvider"])
    (image,), (generated,) = session.get_inputs(), session.get_outputs()
    kind = "tensor(uint8)" if pixels == "uint8" else "tensor(float)"
    free = ["height", "width"]
    assert (image.name, image.type, image.shape[1:]) == (
        "image",
        kind,
        [3, *free] if layout == "nchw" else [*free, 3],
    )
    assert (generated.type, generated.shape[1:]) == (kind, [1, *free] if layout == "nchw" else [*free, 1])
    given = picture(16, 16)
    feed = given[None] if pixels == "uint8" else given[None] / np.float32(127.5) - np.float32(1.0)
    feed = np.ascontiguousarray(feed.transpose(0, 3, 1, 2)) if layout == "nchw" else feed
    drawn = session.run(None, {"image": feed})[0]
    drawn = drawn.transpose(0, 2, 3, 1) if layout == "nchw" else drawn
    levels = drawn[0].astype(np.float64) if pixels == "uint8" else (drawn[0] + 1.0) * 127.5
    due = expected(model, given)
    assert np.ptp(due) > 20
    np.testing.assert_allclose(levels, due, atol=0.51 if pixels == "uint8" else 1e-2)


@pytest.mark.parametrize("size", [(16, 16), (11, 20), (40, 33)], ids=str)
def test_apply_makes_the_picture_that_keras_makes(model, exported, size):
    folder, _, _ = exported
    applier = Applier(folder)
    given = picture(*size)
    drawn = applier.apply(given, tile=32)
    assert drawn.shape == (*size, 1)
    if size == (16, 16):
        np.testing.assert_allclose(drawn, np.rint(expected(model, given)), atol=1)
    plain = Applier(kgan_plain(model, folder))
    np.testing.assert_allclose(drawn.astype(int), plain.apply(given, tile=32).astype(int), atol=1)


def kgan_plain(model, folder):
    """The same network in Keras's form, once for each bundle."""
    path = folder.parent / "plain.onnx"
    return path if path.exists() else kgan.export.save(model, path)


def test_the_card_says_so_and_the_bundle_is_verified_on_pictures_of_those_levels(exported):
    folder, layout, pixels = exported
    entry = card.read(folder)["artefacts"]["onnx"]
    assert (entry.get("layout", "nhwc"), entry.get("pixels", "float32")) == (layout, pixels)
    assert entry["largest_difference"] < 1e-4
    found = kgan.export.verify(folder)
    assert 0.0 <= found.differences["onnx"] < 1e-4
    with np.load(folder / "probes.npz") as probes:
        levels = (probes["inputs/0/image"] + 1.0) * 127.5
    if pixels == "uint8":
        np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)


def test_channels_first_need_no_transpose_at_either_end(tmp_path):
    path = kgan.export.save(translation(channels=3), tmp_path / "nchw.onnx", layout="nchw")
    assert "Transpose" not in [node.op_type for node in onnx.load(path).graph.node]


def test_smaller_files_have_the_form_too(tmp_path):
    model = translation(channels=3, width=48)
    inputs = np.random.RandomState(0).uniform(-1, 1, (64, 16, 16, 3)).astype(np.float32)
    names = ("onnx", "onnx_float16", "onnx_int8_dynamic")
    folder = kgan.export.save(
        model, tmp_path / "b", formats=names, layout="nchw", pixels="uint8", calibration=inputs, force=True
    )
    assert set(kgan.export.verify(folder).differences) == set(names)
    session = onnxruntime.InferenceSession(folder / "generator.float16.onnx", providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].type == "tensor(uint8)"


def test_both_directions_of_a_pair_of_translators_have_it(tmp_path):
    folder = kgan.export.save(lines(), tmp_path / "b", formats=("onnx",), layout="nchw", pixels="uint8")
    for part in (folder, folder / "b2a"):
        (image,) = onnxruntime.InferenceSession(part / "generator.onnx").get_inputs()
        assert image.type == "tensor(uint8)"
    assert {"onnx", "b2a/onnx"} <= set(kgan.export.verify(folder).differences)


def test_a_file_that_computes_otherwise_is_refused(model, tmp_path, monkeypatch):
    real = parity.onnx_runner
    monkeypatch.setattr(parity, "onnx_runner", lambda *given: lambda inputs: 255 - real(*given)(inputs))
    with pytest.raises(VerificationError, match="differ by"):
        kgan.export.save(model, tmp_path / "b", formats=("onnx",), pixels="uint8")
    assert not (tmp_path / "b").exists()


def test_inputs_are_rounded_to_the_levels_that_8_bits_have(model):
    signature, form = Signature.of(model), Form("nchw", "uint8")
    inputs = {"image": np.float32([[[[-1.0, 1.0, 0.0]]]])}
    assert form.inputs(inputs, signature)["image"].tolist() == [[[[0]], [[255]], [[128]]]]
    on_levels = form.on_levels(inputs, signature)["image"]
    np.testing.assert_allclose(on_levels, [[[[-1.0, 1.0, 128 / 127.5 - 1.0]]]], atol=1e-6)
    assert Form("nchw").on_levels(inputs, signature) is inputs


@pytest.mark.parametrize(("key", "value"), [("kgan_layout", '"nhwc"'), ("kgan_pixels", '"float32"')])
def test_metadata_of_another_form_than_the_graph_s_is_refused(exported, tmp_path, key, value):
    folder, layout, pixels = exported
    if {"kgan_layout": layout == "nhwc", "kgan_pixels": pixels == "float32"}[key]:
        return
    forged = onnx.load(folder / "generator.onnx")
    next(one for one in forged.metadata_props if one.key == key).value = value
    onnx.save(forged, tmp_path / "forged.onnx")
    with pytest.raises(ApplyError, match="due"):
        Applier(tmp_path / "forged.onnx")
