"""Files from strangers: no code in them runs."""

import ast
import json
import pickle
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan import augmentation, data, latents, losses, objectives, penalties, run, schedules
from kgan.metrics import METRICS, ExtractorError
from kgan.metrics.extractors import torch_files
from strangers import checkpoint_of, run_folder

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("kgan", "export", "examples", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)  # environments made on first use
]


def test_arrays_are_never_unpickled_and_models_always_read_in_safe_mode():
    assert len(SOURCES) > 100
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called, given = ast.unparse(node.func), {one.arg: ast.unparse(one.value) for one in node.keywords}
            if called.endswith(("np.load", "numpy.load", "read_array")):
                assert given.get("allow_pickle") == "False", (path, node.lineno)
            assert given.get("safe_mode", "True") == "True", (path, node.lineno)
            assert "enable_unsafe_deserialization" not in called, (path, node.lineno)


def test_the_only_pickles_are_those_that_torch_files_takes_apart_itself():
    for path in SOURCES:
        used = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert (
            not used & {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"} or path.name == "torch_files.py"
        )


@pytest.mark.parametrize(
    "registry",
    [losses.LOSSES, penalties.PENALTIES, augmentation.AUGMENTATIONS, latents.DISTRIBUTIONS, METRICS],
    ids=["losses", "penalties", "augmentations", "latents", "metrics"],
)
def test_everything_that_has_a_name_is_read_in_safe_mode(registry):
    for kind in registry.values():
        one = kind("pixels") if registry is METRICS else kind()
        stored = json.loads(json.dumps(keras.saving.serialize_keras_object(one)))
        copy = keras.saving.deserialize_keras_object(stored, safe_mode=True)
        assert type(copy) is kind
        assert copy.get_config() == one.get_config()


def test_a_model_of_many_parts_is_loaded_in_safe_mode(tmp_path):
    gan = small_dcgan(num_classes=3, ema_half_life=schedules.Linear(0.0, 100.0, images=1000), latents="uniform")
    gan.compile(
        loss=losses.NonSaturating(label_smoothing=0.1),
        penalties=[penalties.R1(gamma=schedules.Cosine(1.0, 0.1, images=100), every=4), "drift", "le_cam"],
        objectives=[objectives.ModeSeeking()],
        augmentation="ada",
        metrics=[kgan.metrics.FrechetDistance("pixels")],
    )
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras", safe_mode=True)
    np.testing.assert_array_equal(copy.generate(3, seed=0), gan.generate(3, seed=0))
    assert copy.get_compile_config() == gan.get_compile_config()


def test_a_checkpoint_with_code_in_it_runs_none(tmp_path, monkeypatch):
    marker = tmp_path / "was_here"
    monkeypatch.setenv("KGAN_TEST_MARKER", str(marker))
    latents_in = keras.Input((4,))
    images = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(latents_in))
    touching = keras.layers.Lambda(lambda x: (open(__import__("os").environ["KGAN_TEST_MARKER"], "w").close(), x)[1])
    gan = kgan.GAN(keras.Model(latents_in, touching(images)), small_dcgan().discriminator, seed=0)
    folder = run_folder(tmp_path / "run")
    with checkpoint_of(folder) as path:
        gan.save(path)
    marker.unlink()  # building the graph ran it
    with pytest.raises(run.RunError, match=r"(?s)Expected .*model.keras as kgan train saves it\. Received: .*Lambda"):
        run.Run(folder).load()
    assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 cut short"])
def test_a_checkpoint_that_is_none_is_refused_by_name(tmp_path, content):
    folder = run_folder(tmp_path / "run")
    with checkpoint_of(folder) as path:
        path.write_bytes(content)
    with pytest.raises(run.RunError, match="Received: one that Keras cannot load"):
        run.Run(folder).load()


def test_a_checkpoint_of_another_model_is_refused_by_name(tmp_path):
    folder = run_folder(tmp_path / "run")
    with checkpoint_of(folder) as path:
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    with pytest.raises(run.RunError, match=r"Expected a model of a kind that kgan knows.* Received: a Sequential"):
        run.Run(folder).load()


def test_data_whose_code_a_stranger_wrote_is_not_fetched():
    for name in ("tfds:huggingface:mnist", "tfds:someone:theirs/train"):
        with pytest.raises(data.DataError, match="in a namespace of others, whose code it would run"):
            data.load(name)


def torch_file(path, opcodes, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("a/data.pkl", opcodes)
    return path


@pytest.mark.parametrize(
    ("opcodes", "message"),
    [
        (b"\x80\x02}r\xff\xff\xff\xff.", "a pickle that numbers its 1. memory 4294967295"),  # LONG_BINPUT: 64 GiB
        (b"\x80\x02}p99999999999\n.", "a pickle that numbers its 1. memory"),
        (b"\x80\x02}" + b"U\x01a" + b"(" + b"\x85" * 80 + b"s.", "deeper than any state dict"),
        (b"\x80\x02cos\nsystem\nU\x04trueR.", r"a pickle that asks for os\.system"),
        (b"\x80\x02cbuiltins\neval\n.", r"a pickle that asks for builtins\.eval"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93.", r"a pickle that asks for builtins\.exec"),
    ],
)
def test_pickles_in_files_of_weights_run_nothing_and_take_no_memory(tmp_path, opcodes, message):
    with pytest.raises(ExtractorError, match=message):
        torch_files.read(torch_file(tmp_path / "weights.pth", opcodes))


def test_a_file_of_weights_that_unpacks_to_more_than_it_is_is_refused(tmp_path):
    path = torch_file(tmp_path / "weights.pth", pickle.dumps({}) + b"\0" * 10**6, zipfile.ZIP_DEFLATED)
    with pytest.raises(ExtractorError, match="that unpacks to 1,000,"):
        torch_files.read(path)
