"""Bundles that came from anyone are verified, or refused by name; nothing is written and nothing of them is run."""

import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from damage import changed, damaged, fuzzed, names, own_errors
from kgan.export import BundleError, card, verify
from kgan.export.portable import card_file, probes


def network(*nodes, initializers=()):
    """Two latents in, samples out, by these nodes."""
    graph = onnx.helper.make_graph(
        list(nodes),
        "forged",
        [onnx.helper.make_tensor_value_info("latents", onnx.TensorProto.FLOAT, ["batch", 2])],
        [onnx.helper.make_tensor_value_info("samples", onnx.TensorProto.FLOAT, ["batch", 2])],
        initializers,
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    return model.SerializeToString()


DOUBLED = network(onnx.helper.make_node("Add", ["latents", "latents"], ["samples"]))
LATENTS = np.float32([[1, 2], [3, 4]])


def probes_of(outputs=2 * LATENTS, **others):
    file = io.BytesIO()
    np.savez(file, **{"inputs/0/latents": LATENTS, "outputs/0/samples": outputs, **others})
    return file.getvalue()


TENSOR = {"shape": ["batch", 2], "dtype": "float32"}
CARD = {
    "schema": 2,
    "kgan_version": "0.1.0",
    "inputs": {"latents": TENSOR},
    "outputs": {"samples": TENSOR},
    "value_range": [-1.0, 1.0],
    "runner": "sampler.py",
    "num_classes": None,
    "artefacts": {
        "onnx": {"file": "generator.onnx", "bytes": len(DOUBLED), "largest_difference": 0.0, "tolerance": 1e-4}
    },
}


def bundle(folder, graph=DOUBLED, probe=None, content=None):
    """A bundle of these parts; its card, unless another is given, lists them as they are."""
    folder.mkdir()
    (folder / "generator.onnx").write_bytes(graph)
    (folder / "probes.npz").write_bytes(probes_of() if probe is None else probe)
    (folder / "sampler.py").write_text("raise SystemExit('this must not run')\n")
    listed = {name: card_file.digest_of(folder / name) for name in names(folder)}
    (folder / "card.json").write_bytes(json.dumps({**CARD, "sha256": listed}).encode() if content is None else content)
    return folder


def held(folder):
    """Verifies it; afterwards everything is as it was."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with own_errors(BundleError):
        found = verify(folder)
        assert all(np.isfinite(one) and one <= found.tolerances[name] for name, one in found.differences.items())
        "\n".join(found.lines()).encode()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_bundle_that_is_forged_below_verifies(tmp_path):
    assert verify(bundle(tmp_path / "bundle")).differences == {"onnx": 0.0}


@fuzzed
@given(st.data())
def test_a_card_of_anyone_s_is_verified_or_refused_by_name(data):
    with tempfile.TemporaryDirectory() as folder:
        whole = bundle(Path(folder) / "bundle")
        content = json.loads((whole / "card.json").read_text())
        (whole / "card.json").write_bytes(data.draw(changed(content)))
        held(whole)


@fuzzed
@given(damaged(probes_of()))
def test_probes_of_anyone_s_are_read_or_refused_by_name(content):
    with tempfile.TemporaryDirectory() as folder:
        held(bundle(Path(folder) / "bundle", probe=content))


@fuzzed
@given(damaged(DOUBLED))
def test_a_graph_of_anyone_s_is_held_against_keras_or_refused_by_name(content):
    with tempfile.TemporaryDirectory() as folder:
        held(bundle(Path(folder) / "bundle", graph=content))


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        (probes_of(np.full((2, 2), np.nan, np.float32)), "NaN or infinity in outputs/0/samples.npy"),
        (probes_of(np.zeros((2, 3), np.float32)), "to give float32 of shape .2, 3."),
        (probes_of(np.zeros((2, 2), np.float64)), "of type <f8"),
        (probes_of(np.array([[{}, 1], [2, 3]])), "of type .O"),
        (probes_of(**{"inputs/0/other": LATENTS}), "with the inputs and outputs of card.json"),
        (probes_of(**{"inputs/2/latents": LATENTS}), r"probes \[0, 2\]"),
        (probes_of(**{"../climbed": LATENTS}), "ValueError"),
        (b"PK no archive", "BadZipFile"),
        (b"", "BadZipFile"),
    ],
)
def test_forged_probes_are_refused_by_what_is_wrong(tmp_path, probe, message):
    with pytest.raises(BundleError, match=message):
        verify(bundle(tmp_path / "bundle", probe=probe))
    assert names(tmp_path) == ["bundle", "card.json", "generator.onnx", "probes.npz", "sampler.py"]


def test_probes_that_unpack_to_very_much_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inputs/0/latents.npy", bytes(10**6))
    with pytest.raises(BundleError, match="which is compressed"):
        probes.read_probes(tmp_path / "a.npz")
    monkeypatch.setattr(probes, "LARGEST_PROBES", 10**5)
    with pytest.raises(BundleError, match="arrays of 1,000,000 bytes, where 100,000 are the most"):
        probes.read_probes(tmp_path / "a.npz")


def test_a_header_of_probes_that_promises_more_than_there_is_allocates_nothing(tmp_path):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1000), }\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(8)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("inputs/0/latents.npy", content)
    with pytest.raises(BundleError, match=r"8 bytes of inputs/0/latents.npy, where its shape is \(10{12}, 1000\)"):
        probes.read_probes(tmp_path / "a.npz")


def graph_of(shape):
    """A network that says it adds a tensor of that shape, and holds eight bytes of it."""
    weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=shape, raw_data=bytes(8))
    return network(onnx.helper.make_node("Add", ["latents", "w"], ["samples"]), initializers=[weights])


@pytest.mark.parametrize(
    "graph",
    [
        graph_of([2**40]),
        graph_of([2**31, 2**31, 2**31]),
        graph_of([-1]),
        network(onnx.helper.make_node("NoSuchOperator", ["latents"], ["samples"])),
        network(onnx.helper.make_node("Foreign", ["latents"], ["samples"], domain="com.example")),
        network(onnx.helper.make_node("Identity", ["latents"], ["other"])),
        b"",
    ],
)
def test_a_graph_that_cannot_be_is_named(tmp_path, graph):
    with pytest.raises(BundleError, match="generator.onnx that onnxruntime can open"):
        verify(bundle(tmp_path / "bundle", graph=graph))


@pytest.mark.parametrize("location", ["../secret", "/etc/hostname", "link"])
def test_weights_outside_of_the_bundle_are_not_read(tmp_path, location):
    (tmp_path / "secret").write_bytes(bytes(8))
    weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[2], data_location="EXTERNAL")
    weights.external_data.add(key="location", value=location)
    graph = network(onnx.helper.make_node("Add", ["latents", "w"], ["samples"]), initializers=[weights])
    folder = bundle(tmp_path / "bundle", graph=graph)
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(BundleError, match="External data path"):
        verify(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.update(artefacts={"onnx": {"file": "../generator.onnx"}}), "a file outside the bundle"),
        (lambda one: one.update(artefacts={"onnx": {"file": "other.onnx"}}), "no SHA-256 of other.onnx"),
        (lambda one: one["artefacts"]["onnx"].update(tolerance=-1), "tolerance=-1 of onnx"),
        (lambda one: one["artefacts"]["onnx"].update(tolerance=True), "tolerance=True of onnx"),
        (lambda one: one["artefacts"]["onnx"].update(tolerance=0), "Expected a tolerance of generator.onnx"),
        (lambda one: one["artefacts"]["onnx"].update(layout="nchw", pixels="uint8"), "to give uint8 of shape"),
        (lambda one: one.update(inputs={}), "no inputs"),
        (lambda one: one.update(inputs={"x": TENSOR}), "with the inputs and outputs of card.json"),
        (lambda one: one.update(outputs={"samples": {"shape": [None], "dtype": "float32"}}), "shape .None. of samples"),
        (lambda one: one.update(outputs={"samples": {"shape": [2**40], "dtype": "float32"}}), "shape .* of samples"),
        (lambda one: one.update(value_range=[1, 2, 3]), "value_range"),
        (lambda one: one["sha256"].update({"/dev/zero": "0" * 64}), "a file outside the bundle"),
        (lambda one: one["sha256"].update({"a/../../b": "0" * 64}), "a file outside the bundle"),
        (lambda one: one["sha256"].update({"\x1b[2J": "0" * 64}), r"a file of the name .x1b.2J"),
        (lambda one: one["sha256"].update({"saved_model": "0" * 64}), "saved_model, which is missing"),
    ],
)
def test_a_card_that_says_what_cannot_be_is_refused_by_what_is_wrong(tmp_path, change, message):
    folder = bundle(tmp_path / "bundle")
    content = json.loads((folder / "card.json").read_text())
    change(content)
    (folder / "card.json").write_text(json.dumps(content))
    with pytest.raises(BundleError, match=message):
        verify(folder)


def test_programs_of_a_bundle_are_never_run(tmp_path):
    folder = bundle(tmp_path / "bundle")
    for name in ("numpy.py", "onnxruntime.py", "sitecustomize.py"):
        (folder / name).write_text("raise SystemExit('this must not run')\n")
    assert verify(folder).others == ["numpy.py", "onnxruntime.py", "sitecustomize.py"]


def test_a_model_card_is_written_of_a_card_that_was_read(tmp_path):
    """`note` reads a card that may come from anyone: what it lacks is named, and nothing is written."""
    folder = bundle(tmp_path / "bundle")
    with pytest.raises(BundleError, match="Received: one without 'latent_distribution'"):
        card.note(folder, evaluation=None)
    assert "README.md" not in names(folder)
