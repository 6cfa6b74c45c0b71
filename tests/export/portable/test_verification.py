"""A bundle is held against its card and against Keras's numbers where neither kgan nor TensorFlow is."""

import json
import os
import shutil

import numpy as np
import onnx
import pytest

import kgan
from blocked import run_blocked
from games import linear_game, small_dcgan
from kgan.export import BundleError, verify
from kgan.export.portable import card_file, runtimes
from kgan.export.portable.probes import read_probes, write_probes
from kgan_cli import light


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    gan = small_dcgan(num_classes=10)
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("verified") / "bundle")


@pytest.fixture
def bundle(exported, tmp_path):
    return shutil.copytree(exported[1], tmp_path / "bundle")


def resealed(folder, change=lambda card: None):
    """Writes the card anew for the files as they are now, as a forger would."""
    path = folder / "card.json"
    content = json.loads(path.read_text())
    change(content)
    if isinstance(content["sha256"], dict):
        content["sha256"] = {name: card_file.digest_of(folder / name) for name in content["sha256"]}
    path.write_text(json.dumps(content))


def test_a_bundle_is_as_it_was_exported(exported):
    found = verify(exported[1])
    assert 0 <= found.differences["onnx"] < found.tolerances["onnx"] == 1e-4
    assert "saved_model" not in found.differences
    assert found.not_run["saved_model"].endswith("--saved-model runs it, of a bundle that you trust")
    trusted = verify(exported[1], saved_model=True)
    assert trusted.differences["saved_model"] <= 1e-6
    assert not trusted.not_run
    assert found.kgan_version == kgan.__version__
    assert found.others == []
    listed = json.loads((exported[1] / "card.json").read_text())["sha256"]
    assert found.files == len(listed)
    assert found.bytes == sum((exported[1] / name).stat().st_size for name in listed)


def test_probes_are_what_keras_gives(exported):
    gan, folder = exported
    probes = read_probes(folder / "probes.npz")
    assert [len(inputs["latents"]) for inputs, _ in probes] == [1, 5]
    for inputs, outputs in probes:
        given = [inputs["latents"], inputs["labels"]]
        np.testing.assert_allclose(outputs["images"], gan.generator(given, training=False), atol=1e-6)


def test_the_program_in_the_bundle_verifies_it_where_kgan_and_tensorflow_are_blocked(bundle, tmp_path):
    done = run_blocked(bundle / "verify.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "onnx: differs from Keras by" in done.stdout
    assert done.stdout.endswith(f"Verified: {bundle}\n")
    (bundle / "latents.py").write_text("")
    done = run_blocked(bundle / "verify.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Received: latents.py, which has other content." in done.stderr


def test_every_file_that_is_changed_or_missing_is_named(bundle):
    (bundle / "sampler.py").write_text("other")
    (bundle / "saved_model" / "saved_model.pb").unlink()
    with pytest.raises(BundleError, match=r"sampler\.py, which has other content; saved_model/saved_model\.pb, wh"):
        verify(bundle)


def test_a_network_that_computes_otherwise_is_named_with_its_difference(bundle):
    model = onnx.load(bundle / "generator.onnx")
    weights = next(one for one in model.graph.initializer if len(one.dims) > 1)
    weights.raw_data = (onnx.numpy_helper.to_array(weights) * 1.5).astype(np.float32).tobytes()
    onnx.save(model, bundle / "generator.onnx")
    resealed(bundle)
    with pytest.raises(BundleError, match=r"generator\.onnx to give what Keras gave, within 1e-04. Received: numbers"):
        verify(bundle)
    assert verify(bundle, atol=10.0).differences["onnx"] > 1e-4


def test_a_network_that_gives_nan_never_passes(bundle):
    model = onnx.load(bundle / "generator.onnx")
    for weights in model.graph.initializer:
        if weights.data_type == onnx.TensorProto.FLOAT:
            weights.raw_data = np.full(onnx.numpy_helper.to_array(weights).shape, np.nan, np.float32).tobytes()
    onnx.save(model, bundle / "generator.onnx")
    resealed(bundle)
    with pytest.raises(BundleError, match="differ by nan"):
        verify(bundle, atol=1e20)


def test_samples_of_any_size_are_held_against_keras_relative_to_their_size(tmp_path):
    gan = linear_game(8, 8)
    gan.generator.set_weights([np.random.RandomState(0).randn(8, 8).astype(np.float32) * 1e6, np.zeros(8, np.float32)])
    assert verify(kgan.export.save(gan, tmp_path / "bundle")).differences["onnx"] < 1e-4


@pytest.mark.slow
def test_noise_and_truncation_of_styles_are_among_the_probes(tmp_path):
    gan = kgan.GAN(
        kgan.architectures.stylegan2_generator((8, 8, 1), latent_dim=4, width=4, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
    )
    folder = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))
    probes = read_probes(folder / "probes.npz")
    assert [sorted(inputs) for inputs, _ in probes][-1] == ["latents", "noise", "style_offset", "truncation_psi"]
    assert verify(folder).differences["onnx"] < 1e-4
    altered = [(inputs, outputs) for inputs, outputs in probes]
    altered[-1] = (altered[-1][0], {"images": altered[-1][1]["images"] + np.float32(1e-3)})
    write_probes(folder / "probes.npz", altered)
    resealed(folder)
    with pytest.raises(BundleError, match=r"differ by 1\.0e-03"):
        verify(folder)


def test_a_saved_model_that_computes_otherwise_is_named_with_its_difference(tmp_path):
    folder = kgan.export.save(linear_game(), tmp_path / "bundle", formats=("saved_model",))
    assert verify(folder, saved_model=True).differences["saved_model"] <= 1e-6
    probes = [
        (inputs, {name: one + np.float32(1e-3) for name, one in outputs.items()})
        for inputs, outputs in read_probes(folder / "probes.npz")
    ]
    write_probes(folder / "probes.npz", probes)
    resealed(folder)
    with pytest.raises(BundleError, match=r"saved_model to give what Keras .* of TensorFlow \(this is 2\."):
        verify(folder, saved_model=True)


def test_where_no_runtime_is_installed_a_bundle_is_verified_by_its_hashes(tmp_path, monkeypatch):
    missing = runtimes.OTHERS["saved_model"]._replace(module="no_such_module")
    monkeypatch.setitem(runtimes.OTHERS, "saved_model", missing)
    folder = kgan.export.save(linear_game(), tmp_path / "bundle", formats=("saved_model",))
    found = verify(folder, saved_model=True)
    assert (found.differences, found.not_run) == ({}, {"saved_model": "it takes TensorFlow, pip install tensorflow"})
    assert not found.is_compared
    assert found.conclusion == f"Files as listed, but nothing was run and compared with Keras: {folder}"


def test_what_is_not_compared_with_keras_is_not_verified(bundle):
    """Whoever strikes the probes, or the network, out of the card gets no "Verified" for it."""

    def without_probes(card):
        del card["sha256"]["probes.npz"]

    def without_artefacts(card):
        card["artefacts"].clear()

    def without_the_network(card):
        del card["sha256"]["generator.onnx"], card["artefacts"]["onnx"]

    written = (bundle / "card.json").read_text()
    for change, message in (
        (without_artefacts, r"list each network and program .* Received: generator\.onnx, which it does not list"),
        (without_the_network, r"Received: generator\.onnx, which it does not list"),
        (without_probes, r"Received: probes\.npz, which it does not list"),
    ):
        (bundle / "card.json").write_text(written)
        resealed(bundle, change)
        with pytest.raises(BundleError, match=message):
            verify(bundle)
    (bundle / "probes.npz").unlink()
    with pytest.raises(BundleError, match=r"list probes\.npz, which generator\.onnx is held against"):
        verify(bundle)


@pytest.mark.parametrize(
    "name",
    ["apply.py", "film.py", "rows.py", "generator.float16.onnx", "saved_model/other.bin", "Generator.onnx.data"],
)
def test_a_file_that_would_be_taken_for_one_of_the_bundle_must_be_listed(bundle, name):
    (bundle / name).write_bytes(b"other")
    with pytest.raises(BundleError, match=f"Received: {name}, which it does not list. Remove what is not of the bun"):
        verify(bundle)


def test_probes_of_no_numbers_prove_nothing(bundle):
    probes = read_probes(bundle / "probes.npz")
    empty = [({name: one[:0] for name, one in part.items()} for part in probe) for probe in probes]
    write_probes(bundle / "probes.npz", [tuple(probe) for probe in empty])
    resealed(bundle)
    with pytest.raises(BundleError, match="no numbers in "):
        verify(bundle)


def test_programs_run_no_network_that_the_card_does_not_list(bundle, tmp_path):
    def without_the_network(card):
        del card["sha256"]["generator.onnx"], card["artefacts"]["onnx"]

    resealed(bundle, without_the_network)
    with pytest.raises(BundleError, match="Expected card.json to list generator.onnx. Received: a card without it"):
        kgan.export.portable.sampler.Sampler(bundle)
    kgan.export.portable.sampler.Sampler(bundle / "generator.onnx")


def test_two_exports_have_the_same_probes(exported, tmp_path):
    again = kgan.export.save(exported[0], tmp_path / "again", formats=("onnx",))
    assert (again / "probes.npz").read_bytes() == (exported[1] / "probes.npz").read_bytes()


def test_what_lies_beside_is_named_and_does_no_harm(bundle):
    (bundle / "grid.png").write_bytes(b"mine")
    (bundle / "README.md").write_text("mine")
    assert verify(bundle).others == ["grid.png"]
    assert verify(bundle).lines()[-1] == "not in card.json: grid.png"


@pytest.mark.parametrize("atol", [0.0, -1.0, float("nan"), True, "1"])
def test_a_tolerance_that_is_none_is_refused(exported, atol):
    with pytest.raises(ValueError, match="Expected atol > 0. Received: atol="):
        verify(exported[1], atol=atol)


@pytest.mark.parametrize("name", ["card.json", "generator.onnx", "nowhere"])
def test_what_is_no_bundle_is_named(bundle, name):
    if name == "card.json":
        (bundle / name).unlink()
        with pytest.raises(BundleError, match="which has no card.json"):
            verify(bundle)
    else:
        with pytest.raises(
            BundleError, match="which is a file" if name == "generator.onnx" else "which has no card.json"
        ):
            verify(bundle / name)


@pytest.mark.parametrize("licence", ["mit\nfoo: bar", "MIT Licence", ["mit"], None])
def test_a_card_whose_licence_is_none_is_refused(bundle, licence):
    resealed(bundle, lambda card: card.update(licence=licence))
    with pytest.raises(BundleError, match="as kgan.export.save writes it. Received: ValueError: licence="):
        verify(bundle)


def test_the_bundle_of_a_newer_kgan_is_refused_by_name(bundle):
    resealed(bundle, lambda card: card.update(schema=3, kgan_version="9.9.1", sha256="elsewhere now"))
    for read in (verify, kgan.export.portable.sampler.Sampler, kgan.export.card.read):
        with pytest.raises(BundleError, match=r"schema 2 at most. Received: schema=3, of kgan 9\.9\.1, which is newer"):
            read(bundle)


def test_a_bundle_of_an_earlier_kgan_is_held_against_its_hashes(bundle):
    def first(card):
        for name in ("schema", "artefacts"):
            del card[name]
        del card["sha256"]["probes.npz"]

    (bundle / "probes.npz").unlink()
    resealed(bundle, first)
    found = verify(bundle)
    assert "an earlier kgan wrote no probes.npz" in found.not_run["onnx"]
    assert not found.is_compared


@pytest.mark.parametrize("where", ["outside", "circle", "inside"])
def test_links_lead_nowhere_but_into_the_bundle(bundle, tmp_path, where):
    shutil.copy(bundle / "sampler.py", tmp_path / "secret.py")
    (bundle / "sampler.py").unlink()
    targets = {"outside": tmp_path / "secret.py", "circle": bundle / "sampler.py", "inside": bundle / "other.py"}
    shutil.copy(tmp_path / "secret.py", bundle / "other.py")
    (bundle / "sampler.py").symlink_to(targets[where])
    if where == "inside":
        assert verify(bundle).files
        return
    message = "a link to .*secret.py" if where == "outside" else "Received: (sampler.py, which is missing|.*[Ss]ymlink)"
    with pytest.raises(BundleError, match=message):
        verify(bundle)


def test_the_links_of_huggingface_s_cache_are_taken(bundle, tmp_path):
    """`snapshot_download` keeps files in `blobs`, and links to them from `snapshots/REVISION`."""
    snapshot, blobs = tmp_path / "models--a--b" / "snapshots" / "rev", tmp_path / "models--a--b" / "blobs"
    blobs.mkdir(parents=True)
    for path in [one for one in bundle.rglob("*") if one.is_file()]:
        blob, link = blobs / card_file.digest_of(path), snapshot / path.relative_to(bundle)
        shutil.copy(path, blob)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    assert verify(snapshot).others == []
    kgan.export.portable.sampler.Sampler(snapshot).sample(1, seed=0)


def test_the_weights_file_of_a_network_must_be_there(bundle):
    model = onnx.load(bundle / "generator.onnx")
    onnx.save_model(
        model, bundle / "generator.onnx", save_as_external_data=True, location="generator.onnx.data", size_threshold=100
    )
    content = json.loads((bundle / "card.json").read_text())
    content["sha256"]["generator.onnx.data"] = ""
    (bundle / "card.json").write_text(json.dumps(content))
    resealed(bundle)
    assert verify(bundle).differences["onnx"] < 1e-4
    (bundle / "generator.onnx.data").unlink()
    with pytest.raises(BundleError, match=r"generator\.onnx\.data, which is missing"):
        verify(bundle)
    with pytest.raises(BundleError, match="which holds weights of generator.onnx. Received: no such file"):
        kgan.export.portable.sampler.Sampler(bundle)


@pytest.mark.parametrize("name", ["sampler.py", "saved_model/saved_model.pb", "latents.js", "probes.npz"])
def test_a_sampler_of_a_bundle_looks_at_all_that_is_small(bundle, name, tmp_path):
    (bundle / name).write_bytes((bundle / name).read_bytes() + b" ")
    with pytest.raises(BundleError, match=f"{name} as it was when card.json was written. Received: other content"):
        kgan.export.portable.sampler.Sampler(bundle)
    done = run_blocked(bundle / "sampler.py", "--count", 2, "--out", tmp_path / "grid.png", cwd=tmp_path)
    assert (done.returncode, name in done.stderr) == (2, True)
    done = run_blocked(bundle / "latents.py", "film", "--out", tmp_path / "film.gif", cwd=tmp_path)
    assert (done.returncode, name in done.stderr) == (2, True)
    assert not list(tmp_path.glob("*.*"))
    kgan.export.portable.sampler.Sampler(bundle / "generator.onnx")  # by its own name, it does without the card


def test_the_parts_that_verify_import_without_kgan():
    assert light.part("portable.verification").verify is verify  # kgan is imported here
