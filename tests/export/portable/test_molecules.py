"""The runner of a bundle of molecules: the same as Keras, files of them, and the program alone."""

import ast
import csv
import json
import subprocess
import sys

import pytest

import kgan
import molecule_games
from kgan.export.portable import molecules, sampler
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.molecule_writing import MoleculeTokens

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them


@pytest.fixture(scope="module")
def bundle():
    return molecule_games.bundle()


def test_onnxruntime_writes_the_molecules_that_keras_writes(bundle):
    expected = molecule_games.trained().sample(300, seed=5)
    drawn = molecules.MoleculeSampler(bundle).sample(300, seed=5)
    same = sum(one == other for one, other in zip(expected, drawn, strict=True))
    assert same >= 297  # scores that tie to the seventh digit may fall either way


def test_a_generator_of_lstms_is_written_with_two_states_a_layer(tmp_path):
    model = molecule_games.compiled(molecule_games.splits(), cell="lstm")
    bundle = kgan.export.save(model, tmp_path / "bundle", formats=("onnx",))
    assert list(kgan.export.card.read(bundle)["inputs"]) == ["token", "state_0", "state_1"]
    drawn = molecules.MoleculeSampler(bundle).sample(50, seed=5)
    assert sum(one == other for one, other in zip(model.sample(50, seed=5), drawn, strict=True)) >= 49


def test_a_bundle_is_verified_and_says_what_it_is(bundle):
    assert kgan.export.verify(bundle)
    card = kgan.export.card.read(bundle)
    assert card["runner"] == "molecules.py"
    assert list(card["inputs"]) == ["token", "state_0"]
    assert list(card["outputs"]) == ["scores", "next_state_0"]
    assert "Cl" in card["symbols"]
    text = (bundle / "README.md").read_text()
    assert "# A generator of molecules" in text
    assert "python molecules.py --count 100 --out out.smi" in text
    assert "pictures" not in text
    assert {path.name for path in bundle.iterdir()} == {
        "README.md",
        "card.json",
        "generator.onnx",
        "molecules.py",
        "probes.npz",
        "verify.py",
    }


@pytest.mark.parametrize("suffix", [".smi", ".csv"])
def test_files_have_the_molecules_and_the_line_counts_the_valid_ones(bundle, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    said = molecules.run_molecules(bundle, out, 40, 5)
    drawn = molecules.MoleculeSampler(bundle).sample(40, 5)
    valid = round(40 * kgan.metrics.molecules.validity(drawn))
    assert said == f"40 molecules of seed 5 in {out}, {valid} of which rdkit parses"
    with out.open(newline="") as file:
        lines = [row[0] for row in csv.reader(file)] if suffix == ".csv" else file.read().splitlines()
    assert lines == (["smiles", *drawn] if suffix == ".csv" else drawn)


def test_only_valid_ones_are_written_where_that_is_asked(bundle, tmp_path):
    said = molecules.run_molecules(bundle, tmp_path / "out.smi", 12, 0, valid=True)
    assert said.endswith(", all of which rdkit parses")
    assert kgan.metrics.molecules.validity((tmp_path / "out.smi").read_text().split()) == 1.0


def test_without_rdkit_molecules_are_written_but_not_counted(bundle, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit.Chem", None)
    said = molecules.run_molecules(bundle, tmp_path / "out.smi", 5, 0)
    assert said.endswith("; rdkit, which says how many are valid, is not installed")
    with pytest.raises(BundleError, match="pip install rdkit, or leave valid out"):
        molecules.run_molecules(bundle, tmp_path / "others.smi", 5, 0, valid=True)
    assert not (tmp_path / "others.smi").exists()


def test_the_program_of_the_bundle_writes_the_same_file(bundle, tmp_path):
    molecules.run_molecules(bundle, tmp_path / "here.smi", 20, 1)
    words = ["--count", "20", "--seed", "1", "--out", "alone.smi"]
    done = subprocess.run(
        [sys.executable, "-I", str(bundle / "molecules.py"), *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "alone.smi").read_text() == (tmp_path / "here.smi").read_text()


def test_the_program_imports_numpy_and_onnxruntime_alone(bundle):
    tree = ast.parse((bundle / "molecules.py").read_text())
    found = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    found |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in found} - sys.stdlib_module_names == {"numpy", "onnxruntime"}


@pytest.mark.parametrize(
    ("out", "words"),
    [("out.png", "out to end in .smi"), ("nowhere/out.smi", "which lies in a folder that does not exist")],
)
def test_files_that_molecules_cannot_be_written_to_are_refused(bundle, tmp_path, out, words):
    with pytest.raises(BundleError, match=words):
        molecules.run_molecules(bundle, tmp_path / out, 5, 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("asked", "words"), [({"count": 0}, "count >= 1"), ({"count": True}, "count >= 1"), ({"seed": -1}, "seed between")]
)
def test_numbers_out_of_range_are_refused(bundle, asked, words):
    with pytest.raises(BundleError, match=words):
        molecules.MoleculeSampler(bundle).sample(**{"count": 3, "seed": 0, **asked})


def test_bundles_of_molecules_and_others_are_told_apart(bundle, tmp_path):
    assert molecules.is_of_molecules(bundle)
    assert molecules.is_of_molecules(bundle / "generator.onnx")
    with pytest.raises(BundleError, match="which writes molecules. Type kgan sample"):
        sampler.Sampler(bundle)
    gan = kgan.GAN(
        kgan.architectures.mlp_generator((2,), latent_dim=2, width=4),
        kgan.architectures.mlp_discriminator((2,), width=4),
    )
    other = kgan.export.save(gan, tmp_path / "points", formats=("onnx",))
    assert not molecules.is_of_molecules(other)
    with pytest.raises(BundleError, match="without kgan's metadata"):
        molecules.MoleculeSampler(other)


@pytest.mark.parametrize(
    "content",
    [
        None,
        {"symbols": ["C"], "merges": [], "length": 0},
        {"symbols": ["C"], "merges": [], "length": 10**9},
        {"symbols": ["C", 3], "merges": [], "length": 5},
        {"symbols": ["C"], "merges": [[1, 2]], "length": 5},  # of a token that comes later
        {"symbols": ["C"], "merges": [[0, 1]], "length": 5},
        {"symbols": ["C"], "merges": [[1]], "length": 5},
        {"symbols": ["C"], "merges": [[1 + n, 1 + n] for n in range(40)], "length": 5},  # 2**40 characters
        {"symbols": ["C"] * 10_000, "merges": [], "length": 5},
    ],
    ids=lambda content: json.dumps(content)[:40],
)
def test_tokens_that_cannot_be_are_refused(content):
    with pytest.raises(ValueError, match="token"):
        MoleculeTokens(content)
