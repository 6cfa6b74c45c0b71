"""LiteRT and OpenVINO: each file, opened by its runtime, gives what Keras gives."""

import json

import keras
import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan.export import runtimes


@pytest.fixture(scope="module")
def gan():
    return small_dcgan(num_classes=3)


@pytest.fixture(scope="module")
def inputs():
    random = np.random.RandomState(0)
    return {"latents": random.standard_normal((7, 4)).astype(np.float32), "labels": random.randint(0, 3, 7)}


def test_a_file_of_litert_draws_what_keras_draws(gan, inputs, tmp_path):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter", reason="needs ai-edge-litert")
    path = kgan.export.save(gan, tmp_path / "m.tflite", formats=("litert",))
    assert [one.name for one in tmp_path.iterdir()] == ["m.tflite"]
    runner = interpreter.Interpreter(str(path)).get_signature_runner()
    (name, drawn), *_ = runner(**inputs).items()
    assert name == "images"
    np.testing.assert_allclose(drawn, gan.generator([inputs["latents"], inputs["labels"]]), atol=1e-5)


@pytest.mark.slow
def test_files_of_openvino_draw_what_keras_draws(gan, inputs, tmp_path):
    openvino = pytest.importorskip("openvino", reason="needs openvino")
    gan.export(tmp_path / "served", format="openvino")
    gan.export(tmp_path / "served", format="openvino")  # over the earlier one
    model = openvino.Core().compile_model(tmp_path / "served" / "generator.xml", "CPU")
    drawn = model(inputs)["images"]
    np.testing.assert_allclose(drawn, gan.generator([inputs["latents"], inputs["labels"]]), atol=1e-3)


@pytest.mark.slow
def test_a_bundle_holds_both_and_its_card_says_how_fast_they_are_beside_onnx(gan, tmp_path):
    pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert")
    pytest.importorskip("openvino", reason="needs openvino")
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=("litert", "openvino"))
    card = json.loads((bundle / "card.json").read_text())
    assert list(card["artefacts"]) == ["litert", "openvino"]
    assert {"generator.tflite", "generator.openvino/generator.xml"} <= set(card["sha256"])
    for entry in card["artefacts"].values():
        assert entry["largest_difference"] < 1e-5
        assert entry["faster"] is (min(entry["speed"].values()) >= 1.05)
    found = kgan.export.verify(bundle)
    assert max(found.differences["litert"], found.differences["openvino"]) < 1e-5
    assert not found.not_run


def test_what_litert_has_no_operator_for_is_refused_by_its_name(tmp_path):
    pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert")

    def within(x):
        return keras.ops.erfinv(0.5 * keras.ops.tanh(x))

    generator = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(within, output_shape=(4,))])
    discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(kgan.export.ExportError, match=r"LiteRT's own operators.*Erfinv.*Leave out the format litert"):
        kgan.export.save(kgan.GAN(generator, discriminator), tmp_path / "b", formats=("litert",))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("format", "module"), [("litert", "ai_edge_litert"), ("openvino", "openvino")])
def test_without_its_package_a_format_is_refused_with_the_extra_that_brings_it(
    gan, tmp_path, monkeypatch, format, module
):
    monkeypatch.setattr(runtimes.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=rf"Expected {module} to be installed.*kgan\[{format}\]"):
        kgan.export.save(gan, tmp_path / "b", formats=("onnx", format))
    assert list(tmp_path.iterdir()) == []
