"""One artefact alone, by `gan.export` as Keras spells it and by the name of a file."""

import json

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan
from kgan.export.portable import sampler

LATENTS = np.random.RandomState(0).randn(3, 4).astype(np.float32)


def from_onnx(path, inputs=LATENTS):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: inputs})[0]


@pytest.mark.parametrize("how", ["gan.export", "export.save"])
def test_an_onnx_file_alone_draws_what_keras_draws(tmp_path, how):
    gan, path = small_dcgan(), tmp_path / "model.onnx"
    if how == "gan.export":
        assert gan.export(path, format="onnx") is None
    else:
        assert kgan.export.save(gan, path) == path
    assert [one.name for one in tmp_path.iterdir()] == ["model.onnx"]
    np.testing.assert_allclose(from_onnx(path), gan(LATENTS), atol=1e-4)


def test_an_onnx_file_alone_carries_what_the_sampler_needs(tmp_path):
    path = kgan.export.save(small_dcgan(), tmp_path / "model.onnx")
    sampler.sample_to_file(path, 4, 0, tmp_path / "grid.png")
    assert (tmp_path / "grid.png").is_file()


def test_a_saved_model_alone_draws_what_keras_draws(tmp_path, capsys):
    gan, path = small_dcgan(), tmp_path / "served"
    gan.export(path)
    assert capsys.readouterr().out == ""
    served = tf.saved_model.load(str(path)).signatures["serving_default"]
    np.testing.assert_allclose(served(latents=tf.constant(LATENTS))["images"], gan(LATENTS), atol=1e-4)
    gan.export(path, format="tf_saved_model", verbose=True)  # over the earlier one
    assert capsys.readouterr().out == f"Saved artifact at '{path}'.\n"
    assert [one.name for one in tmp_path.iterdir()] == ["served"]


def test_a_bundle_holds_the_formats_that_are_asked_for(tmp_path):
    gan = small_dcgan()
    folder = kgan.export.save(gan, tmp_path / "served", formats=("saved_model",))
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "card.json",
        "probes.npz",
        "saved_model",
        "verify.py",
    ]
    served = tf.saved_model.load(str(folder / "saved_model")).signatures["serving_default"]
    np.testing.assert_allclose(served(latents=tf.constant(LATENTS))["images"], gan(LATENTS), atol=1e-4)
    card = json.loads((folder / "card.json").read_text())
    assert card["runner"] is None
    assert list(card["artefacts"]) == ["saved_model"]
    sizes = [path.stat().st_size for path in (folder / "saved_model").rglob("*") if path.is_file()]
    assert card["artefacts"]["saved_model"]["bytes"] == sum(sizes)
    kgan.export.save(gan, folder, formats=["onnx"])  # over the earlier one, whose SavedModel goes
    assert "saved_model" not in [path.name for path in folder.iterdir()]
    np.testing.assert_allclose(sampler.Sampler(folder).sample(3, seed=2), gan.generate(3, seed=2), atol=1e-4)


@pytest.mark.parametrize(
    ("formats", "name", "error", "said"),
    [
        ("onnx", "bundle", TypeError, "Expected formats as a sequence of names"),
        ((), "bundle", ValueError, "Expected one format or more"),
        (("onnx", "onyx"), "bundle", ValueError, "Received: format='onyx'. Did you mean 'onnx'"),
        (("saved_model",), "model.onnx", ValueError, "Expected one format of a file that ends in .onnx"),
    ],
)
def test_formats_that_a_bundle_cannot_have_are_refused(tmp_path, formats, name, error, said):
    with pytest.raises(error, match=said):
        kgan.export.save(small_dcgan(), tmp_path / name, formats=formats)
    assert list(tmp_path.iterdir()) == []


def test_the_options_of_save_reach_a_file(tmp_path):
    gan = small_dcgan(ema_half_life=10)
    gan.generator.set_weights([weight + 0.1 for weight in gan.generator.get_weights()])
    gan.export(tmp_path / "trained.onnx", format="onnx", averaged=False, opset_version=15)
    np.testing.assert_allclose(from_onnx(tmp_path / "trained.onnx"), gan.generator(LATENTS), atol=1e-4)
    kgan.export.save(gan, tmp_path / "average.onnx", opset=14)
    np.testing.assert_allclose(from_onnx(tmp_path / "average.onnx"), gan(LATENTS), atol=1e-4)
    import onnx

    assert onnx.load(tmp_path / "trained.onnx").opset_import[0].version == 15


def test_a_translation_exports_a_file_too(tmp_path):
    generator, discriminator = (
        keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 3, padding="same", activation=activation)])
        for activation in ("tanh", None)
    )
    kgan.Translation(generator, discriminator).export(tmp_path / "model.onnx", format="onnx")
    pictures = np.random.RandomState(0).uniform(-1.0, 1.0, (2, 8, 8, 1)).astype(np.float32)
    np.testing.assert_allclose(from_onnx(tmp_path / "model.onnx", pictures), generator(pictures), atol=1e-4)


@pytest.mark.parametrize("format", ["torch", "torchscript", "h5", None])
def test_another_format_is_refused_with_those_that_there_are(tmp_path, format):
    with pytest.raises(ValueError, match=r"Expected format to be one of (\w+, )*onnx, (\w+, )*saved_model"):
        small_dcgan().export(tmp_path / "model", format=format)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_model_by_the_name_of_an_onnx_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Expected format='onnx' for an ONNX file"):
        small_dcgan().export(tmp_path / "model.onnx")


@pytest.mark.parametrize("arguments", [{"is_static": True}, {"input_signature": [keras.InputSpec(shape=(None, 4))]}])
def test_arguments_that_have_no_place_are_refused(tmp_path, arguments):
    with pytest.raises((TypeError, ValueError), match="Expected (export with opset|no input_signature)"):
        small_dcgan().export(tmp_path / "model", **arguments)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("model.keras", r"model\.save\(path\) writes the whole game"),
        ("model.h5", r"model\.save\(path\) writes the whole game"),
        ("model.pb", "Convert saved_model/"),
        ("model.pt", "Convert saved_model/"),
        ("model.zip", "pack it"),
    ],
)
def test_the_name_of_a_file_of_another_kind_is_refused(tmp_path, name, instead):
    with pytest.raises(ValueError, match=instead):
        kgan.export.save(small_dcgan(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_artefact_is_not_written_over(tmp_path):
    (tmp_path / "kept.onnx").mkdir()
    with pytest.raises(FileExistsError, match="an earlier ONNX file. Received: a folder of something else"):
        kgan.export.save(small_dcgan(), tmp_path / "kept.onnx")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="folder of something else"):
        small_dcgan().export(tmp_path / "kept")
    assert (tmp_path / "kept" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["model.keras", "model", "notes.txt"])
def test_a_file_that_is_no_onnx_file_is_not_written_over(tmp_path, name):
    gan, path = small_dcgan(), tmp_path / name
    if name == "model.keras":
        gan.save(path)
    else:
        path.write_text("mine")
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="missing, empty or an earlier ONNX file. Received: a file of something"):
        gan.export(path, format="onnx")
    assert path.read_bytes() == before


def test_an_earlier_onnx_file_is_replaced_by_whatever_name(tmp_path):
    gan, path = small_dcgan(), tmp_path / "model"
    path.touch()
    gan.export(path, format="onnx")
    gan.generator.set_weights([weight + 0.1 for weight in gan.generator.get_weights()])
    gan.export(path, format="onnx")
    np.testing.assert_allclose(from_onnx(path), gan(LATENTS), atol=1e-4)


def test_an_earlier_file_stays_where_the_new_one_is_not_equal_to_keras(tmp_path):
    gan, path = small_dcgan(), tmp_path / "model.onnx"
    kgan.export.save(gan, path)
    before = path.read_bytes()
    with pytest.raises(kgan.export.VerificationError, match=r"model\.onnx and Keras outputs differ"):
        kgan.export.save(gan, path, atol=0.0)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["model.onnx"]
