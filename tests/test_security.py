"""Files from strangers, and slips of the keyboard: nothing runs, nothing is written elsewhere, no memory is taken."""

import ast
import contextlib
import dataclasses
import io
import json
import os
import pickle
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from PIL import Image

import kgan
import kgan_cli as cli
from games import small_dcgan
from kgan import augmentation, data, latents, losses, objectives, penalties, pictures, run, schedules
from kgan._support import checkpoint_files, limits, numpy_files
from kgan.data.sources.folder import ImageFolder
from kgan.export import bundle_file, sampler
from kgan.metrics import METRICS, ExtractorError
from kgan.metrics.extractors import torch_files

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for folder in ("kgan", "export", "examples", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)  # environments made on first use
]

# --- nothing runs ---


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


GENERATOR = {"architecture": "dcgan_generator"}


def run_folder(folder, **recipe):
    """A run folder that holds nothing but its config.json."""
    folder.mkdir()
    plan = dataclasses.asdict(run.Plan.make("digits"))
    (folder / "config.json").write_text(json.dumps({"plan": {**plan, "recipe": plan["recipe"] | recipe}}))
    return folder


@contextlib.contextmanager
def checkpoint_of(folder):
    """The model file of the run's only checkpoint, to be written within."""
    parent = folder / "checkpoints" / "step-00000001"
    parent.mkdir(parents=True)
    yield parent / "model.keras"
    checkpoint_files.seal(parent, checkpoint_files.Place(), 1)


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


# --- nothing is written elsewhere ---


@pytest.mark.filterwarnings("ignore:Skipping invalid path")  # Keras says so
def test_archives_whose_entries_climb_out_write_nothing_outside(tmp_path, monkeypatch):
    folder = run_folder(tmp_path / "run")
    monkeypatch.chdir(folder)
    with checkpoint_of(folder) as path:
        small_dcgan().save(path)
        with zipfile.ZipFile(path, "a") as archive:
            for name in ("../climbed", "/tmp/kgan-climbed", "assets/../../climbed"):
                archive.writestr(name, "outside")
    before = sorted(tmp_path.rglob("*"))
    run.Run(folder).load()
    np.savez(tmp_path / "a.npz", images=np.zeros((2, 2, 2, 1), np.uint8))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("../climbed.npy", "outside")
    assert data.load(tmp_path / "a.npz", batch_size=1, validation_split=0.0).count == 2
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "a.npz"])
    assert not Path("/tmp/kgan-climbed").exists()


def test_links_in_a_bundle_are_replaced_and_not_followed(tmp_path):
    outside = tmp_path / "outside"
    (outside / "saved_model").mkdir(parents=True)
    (outside / "saved_model" / "mine").write_text("mine")
    (outside / "generator.onnx").write_text("mine")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "card.json").write_text("{}")
    for name in ("saved_model", "generator.onnx"):
        (bundle / name).symlink_to(outside / name)
    (bundle / "keepsake").symlink_to("/etc/passwd")
    kgan.export.save(small_dcgan(), bundle)
    assert (outside / "saved_model" / "mine").read_text() == (outside / "generator.onnx").read_text() == "mine"
    assert not (bundle / "generator.onnx").is_symlink()
    assert (bundle / "keepsake").is_symlink()

    link = tmp_path / "link"
    link.symlink_to(outside)
    (outside / "card.json").write_text("{}")
    kgan.export.save(small_dcgan(), link)  # a folder that is a link itself
    assert not link.is_symlink()
    assert (outside / "generator.onnx").read_text() == "mine"

    (tmp_path / "a.npy").symlink_to(outside / "generator.onnx")
    sampler.sample_to_file(bundle, 1, 0, tmp_path / "a.npy")
    assert (outside / "generator.onnx").read_text() == "mine"
    assert np.load(tmp_path / "a.npy", allow_pickle=False).shape == (1, 8, 8, 1)


# --- forged files ---


def tiny_onnx(path, **metadata):
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["latents", "latents"], ["samples"])],
        "doubled",
        [onnx.helper.make_tensor_value_info("latents", onnx.TensorProto.FLOAT, ["batch", 2])],
        [onnx.helper.make_tensor_value_info("samples", onnx.TensorProto.FLOAT, ["batch", 2])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    facts = {"latent_distribution": "normal", "latent_dim": "2", "sample_shape": "[2]", "value_range": "null"}
    facts |= {"num_classes": "null"} | metadata
    onnx.helper.set_model_props(model, {f"kgan_{key}": value for key, value in facts.items()})
    onnx.save(model, path)
    return path


def test_a_small_network_with_true_metadata_is_sampled(tmp_path):
    drawn = sampler.Sampler(tiny_onnx(tmp_path / "generator.onnx")).sample(5, seed=0)
    np.testing.assert_array_equal(drawn, 2 * latents.get("normal").draw(5, 2, 0))


@pytest.mark.parametrize(
    ("forged", "message"),
    [
        ({"latent_dim": str(10**12)}, "latent_dim=1000000000000"),
        ({"latent_dim": "3"}, "inputs .* where .*3.* were due"),
        ({"latent_dim": "true"}, "latent_dim=True"),
        ({"latent_dim": "two"}, "kgan_latent_dim=two"),
        ({"sample_shape": "[1000000, 1000000]"}, "outputs of shape"),
        ({"sample_shape": "[-2]"}, "sample_shape"),
        ({"sample_shape": "2"}, "sample_shape"),
        ({"sample_shape": "[" * 50_000}, "kgan_sample_shape"),
        ({"sample_shape": "1" * 200_000}, "kgan_sample_shape of 200,000 characters"),
        ({"value_range": "[1, -1]"}, "value_range"),
        ({"value_range": "[NaN, 1]"}, "value_range"),
        ({"value_range": "[0, 1, 2]"}, "value_range"),
        ({"num_classes": "1000000000000"}, "num_classes"),
        ({"num_classes": "0"}, "num_classes"),
        ({"num_classes": "3"}, "inputs"),  # the network takes no labels
        ({"num_tags": "3"}, "inputs"),
        ({"num_classes": "3", "num_tags": "3"}, "both classes and tags"),
        ({"latent_arguments": '{"threshold": 2.0}'}, "latent_arguments"),
        ({"latent_distribution": "truncated_normal"}, "latent_arguments"),
        ({"latent_distribution": "truncated_normal", "latent_arguments": '{"threshold": 1e-30}'}, "threshold"),
        (
            {
                "latent_distribution": "coded",
                "latent_arguments": '{"noise": 2000000000, "categorical": [], "continuous": 0}',
            },
            "noise",
        ),
    ],
)
def test_an_onnx_file_that_says_what_is_not_so_is_refused(tmp_path, forged, message):
    path = tiny_onnx(tmp_path / "generator.onnx", **forged)
    with pytest.raises(sampler.SamplerError, match=f"(?s)Expected a generator.onnx that kgan exported.*{message}"):
        sampler.Sampler(path)


@pytest.mark.parametrize("location", ["../secret", "secret", "link"])
def test_an_onnx_file_cannot_read_weights_outside_its_folder(tmp_path, location):
    (tmp_path / "secret").write_bytes(np.arange(2, dtype=np.float32).tobytes())
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    model = onnx.load(tiny_onnx(folder / "generator.onnx"))
    model.graph.node[0].input[1] = "secret"
    weights = model.graph.initializer.add(name="secret", data_type=onnx.TensorProto.FLOAT, dims=[2])
    weights.data_location = onnx.TensorProto.EXTERNAL
    where = str(tmp_path / "secret") if location == "secret" else location
    weights.external_data.add(key="location", value=where)
    (folder / "generator.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(sampler.SamplerError, match="External data path"):
        sampler.Sampler(folder)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("{", "as kgan.export.save writes it"),
        ("[]", "as kgan.export.save writes it"),
        ("[" * 100_000, "RecursionError"),
        ('{"sha256": ["generator.onnx"]}', "AttributeError"),
        ('{"sha256": {"generator.onnx": "no digest"}}', "no SHA-256 of generator.onnx"),
        (json.dumps({"sha256": {"../generator.onnx": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"/etc/passwd": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"a\\..\\b": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"C:x": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"generator.onnx": "0" * 64}}), "Received: other content"),
    ],
)
def test_a_card_that_kgan_did_not_write_is_refused(tmp_path, card, message):
    tiny_onnx(tmp_path / "generator.onnx")
    (tmp_path / "card.json").write_text(card)
    with pytest.raises(sampler.SamplerError, match=message):
        sampler.Sampler(tmp_path)
    sampler.Sampler(tmp_path / "generator.onnx")  # by its own name, it does without the card


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"epochs": 10**12}, "Expected epochs of at most 100,000"),
        ({"epochs": True}, "Expected epochs as a whole number. Received: epochs=True"),
        ({"epochs": "3"}, "Expected epochs as a whole number. Received: epochs='3'"),
        ({"batch_size": 0}, "Expected batch_size >= 1"),
        ({"generator": GENERATOR | {"latent_dim": 10**12}}, "Expected latent_dim for which 16 GiB of memory suffice"),
        ({"generator": GENERATOR | {"width": 10**9}}, "Expected generator.width for which 16 GiB"),
        (
            {"discriminator": {"architecture": "dcgan_discriminator", "width": 10**40}},
            "Expected discriminator.width for which 16 GiB",
        ),
        ({"generator": {"architecture": "os.system"}}, "Expected generator.architecture to be one of"),
        ({"loss": None}, "Expected loss as a loss: a name, or a table with name. Received: loss=None"),
        ({"source": "\0"}, "Expected source as a word"),
        ({"penalties": {"r1": {"gamma": float("nan")}}}, "Expected penalties.r1.gamma as a number"),
        ({"data": {"data_dir": "/"}}, "Received: data.data_dir"),
    ],
)
def test_a_run_that_asks_for_what_cannot_be_is_refused(tmp_path, recipe, message):
    with pytest.raises(run.RunError, match=f"(?s)Expected .*config.json as kgan train writes it.*{message}"):
        run.Run(run_folder(tmp_path / "run", **recipe))


def header_of(shape, dtype="|u1"):
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize("shape", [(10**12, 8, 8, 1), (2**62, 2**62), (7, 8, 8, 1)])
def test_a_header_that_promises_more_than_there_is_allocates_nothing(tmp_path, shape):
    (tmp_path / "a.npy").write_bytes(header_of(shape) + b"\0" * 10)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", header_of(shape) + b"\0" * 10)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(
            data.DataError, match=f"10 bytes of numbers.* where its header has {np.prod(shape, dtype=object)}"
        ):
            data.load(tmp_path / name)


def test_an_archive_that_unpacks_to_very_much_is_refused_by_its_directory(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", images=np.zeros((1000, 8, 8, 1), np.uint8))
    assert (tmp_path / "a.npz").stat().st_size < 2000
    monkeypatch.setattr(limits, "MOST_BYTES", 50_000)
    with pytest.raises(data.DataError, match=r"arrays of 0.0 GiB; save them as .npy"):
        data.load(tmp_path / "a.npz")


def test_objects_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}]), allow_pickle=True)
    np.savez(tmp_path / "a.npz", images=np.array([{}]))
    for read in (numpy_files.mapped, numpy_files.unpacked):
        path = tmp_path / ("a.npy" if read is numpy_files.mapped else "a.npz")
        with pytest.raises(numpy_files.NumpyFileError, match="objects"):
            read(path)


def test_labels_that_are_no_classes_are_refused_before_they_are_counted():
    with pytest.raises(data.DataError, match="Expected classes of at most 1,000,000. Received: classes=1000000000001"):
        data.load((np.zeros((2, 8, 8, 1), np.uint8), np.array([0, 10**12])), batch_size=1)


def test_labels_of_no_samples_are_refused():
    with pytest.raises(data.DataError, match=r"Expected labels of shape \(n,\).*Received: shape \(0,\)"):
        data.load((np.zeros((2, 8, 8, 1), np.uint8), np.zeros(0, int)), batch_size=1)


def test_a_pipe_among_images_does_not_wait_for_ever(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b.png")
    images = ImageFolder(tmp_path, None, True, None, strict=False)
    assert images.decode(np.arange(2), np.arange(2))[1].tolist() == [0, 0]
    assert images.skipped == {"b.png": "ValueError: neither a file nor a link to one"}


def test_a_picture_that_unpacks_to_very_much_is_skipped(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    content = io.BytesIO()
    Image.new("1", (8, 8)).save(content, "png")
    forged = bytearray(content.getvalue())
    forged[16:24] = (10**5).to_bytes(4, "big") * 2  # IHDR's width and height
    forged[29:33] = zlib.crc32(forged[12:29]).to_bytes(4, "big")
    (tmp_path / "b.png").write_bytes(forged)
    images = ImageFolder(tmp_path, (8, 8), True, None, strict=False)
    assert images.decode(np.arange(2), np.arange(2))[1].tolist() == [0, 0]
    assert "decompression bomb" in images.skipped["b.png"]


# --- slips of the keyboard ---


def test_programs_of_bundles_carry_the_same_limits():
    assert bundle_file.MOST_BYTES == limits.MOST_BYTES
    assert bundle_file.MOST_PIXELS == limits.MOST_PIXELS == Image.MAX_IMAGE_PIXELS
    assert bundle_file.LARGEST_CARD == limits.MOST_DOCUMENT_BYTES


@pytest.mark.parametrize("n", [10**12, 10**40])
def test_more_samples_than_memory_holds_are_refused(n):
    gan = small_dcgan()
    with pytest.raises(ValueError, match=r"Expected n for which 16 GiB .*n=10.* takes .*GiB\. Draw them in several"):
        gan.generate(n)
    with pytest.raises(ValueError, match="Expected n for which 16 GiB"):
        gan.generate_in_batches(n)


def test_what_just_fits_is_not_refused(tmp_path):
    drawn = sampler.Sampler(tiny_onnx(tmp_path / "generator.onnx"))
    fits = 16 * 2**30 // (4 * (3 * 2 + 2 + 2 * 2))  # latents three times, labels, samples twice
    drawn.check_count(fits)
    with pytest.raises(sampler.SamplerError, match=f"at most {fits:,} of these samples. Received: count={fits + 1}"):
        drawn.check_count(fits + 1)


def test_a_grid_that_nobody_could_open_is_refused_before_it_is_drawn(tmp_path):
    bundle = kgan.export.save(small_dcgan(), tmp_path / "bundle")
    with pytest.raises(sampler.SamplerError, match=r"Expected a picture of at most 89,478,485 pixels.*\.npy file"):
        sampler.sample_to_file(bundle, 10**7, 0, tmp_path / "grid.png")
    with pytest.raises(ValueError, match=r"Expected a picture of at most 89,478,485 pixels.*\.npy file"):
        pictures.grid(np.broadcast_to(np.uint8(0), (10**7, 8, 8, 1)))
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "bundle", "--count", 10**12, "--out", "a.npy"], "Expected count for which 16 GiB"),
        (["sample", "bundle", "--count", 10**7, "--out", "a.png"], "Expected a picture of at most"),
        (["augment-preview", "digits", "--rows", 10**12, "--out", "a.png"], "Expected count for which 16 GiB"),
        (["augment-preview", "digits", "--copies", 10**12, "--out", "a.png"], "Expected a picture of at most"),
        (["augment-preview", "digits", "--image-size", 10**6, "--out", "a.png"], "less than or equal to 256"),
        (["train", "digits", "--epochs", 10**12], "Expected epochs of at most 100,000"),
        (["train", "digits", "--batch-size", 10**12], "Expected batch_size for which 16 GiB"),
        (["train", "digits", "--seed", 10**12], "Expected seed of at most"),
        (["train", "digits", "--set", f"latent_dim={10**12}"], "Expected latent_dim for which 16 GiB"),
        (["train", "digits", "--set", f"generator_width={10**12}"], "Expected generator.width for which 16 GiB"),
    ],
)
def test_sizes_typed_by_mistake_are_told_in_one_line(tmp_path, monkeypatch, capsys, bundle, arguments, message):
    monkeypatch.chdir(tmp_path)
    arguments = [str(bundle) if one == "bundle" else str(one) for one in arguments]
    monkeypatch.setattr("sys.argv", ["kgan", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    error = capsys.readouterr().err
    assert stopped.value.code == 2
    assert message in error
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return kgan.export.save(small_dcgan(), tmp_path_factory.mktemp("security") / "bundle")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 10**12}, "Expected batch_size for which 16 GiB"),
        ({"batch_size": 10**6, "image_size": 1000}, "Expected batch_size for which 16 GiB"),
        ({"image_size": 10**6}, "Expected a picture of at most"),
        ({"image_size": (8000, 8000)}, "Expected image_size for which 16 GiB"),
    ],
)
def test_sizes_of_data_are_bounded(arguments, message):
    with pytest.raises(data.DataError, match=message):
        data.load("digits", **arguments)
