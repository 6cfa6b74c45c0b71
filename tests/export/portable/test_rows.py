"""The runner of a bundle of rows: the same rows as Keras, files of them, and the program alone."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kgan
import table_games
from kgan.export.portable import rows, sampler
from kgan.export.portable.bundle_file import BundleError

WHERE = {"cut": "Fair", "size": (1.0, 2.0)}
TEXTS = ["cut=Fair", "size=1..2"]


@pytest.fixture(scope="module")
def model():
    return table_games.trained()


@pytest.fixture(scope="module")
def bundle():
    return table_games.bundle()


def test_onnxruntime_draws_the_rows_that_keras_draws(model, bundle):
    expected = model.sample(700, seed=5, where=WHERE)
    drawn = pd.DataFrame(rows.RowSampler(bundle).sample(700, seed=5, where=WHERE))
    for name in expected.columns:
        same = (expected[name].astype(object) == drawn[name].astype(object)) | expected[name].isna()
        assert same.mean() > 0.995, name  # a score that ties to the seventh digit may fall either way
        assert (expected[name].isna() == drawn[name].isna()).all()


def test_the_card_has_the_columns_and_the_text_how_to_ask(bundle):
    card = kgan.export.card.read(bundle)
    assert card["runner"] == "rows.py"
    assert card["columns"]["cut"] == {"kind": "category", "values": ["Ideal", "Good", "Fair"]}
    text = (bundle / "README.md").read_text()
    assert "python rows.py --count 1000 --out rows.csv" in text
    assert "6: cut (category); size (number)" in text
    assert "pictures" not in text


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_files_have_the_same_rows(bundle, tmp_path, suffix):
    out = tmp_path / f"rows{suffix}"
    said = rows.run_rows(bundle, out, 600, 5, TEXTS)
    assert said.startswith(f"600 rows of seed 5 in {out}")
    read = {".csv": pd.read_csv, ".tsv": lambda path: pd.read_csv(path, sep="\t"), ".parquet": pd.read_parquet}[suffix]
    found = read(out)
    expected = rows.RowSampler(bundle).sample(600, 5, WHERE)
    assert list(found.columns) == list(expected)
    assert (found["cut"] == "Fair").all()
    np.testing.assert_array_equal(found["size"], expected["size"])
    np.testing.assert_array_equal(found["price"].isna(), [one is None for one in expected["price"]])
    assert pd.to_datetime(found["day"]).equals(pd.Series(expected["day"]).astype(pd.to_datetime(found["day"]).dtype))


def test_the_program_of_the_bundle_writes_the_same_file(bundle, tmp_path):
    rows.run_rows(bundle, tmp_path / "here.csv", 20, 1, TEXTS)
    arguments = [
        "--count",
        "20",
        "--seed",
        "1",
        "--out",
        "alone.csv",
        *(one for text in TEXTS for one in ("--where", text)),
    ]
    done = subprocess.run(
        [sys.executable, "-I", str(bundle / "rows.py"), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "alone.csv").read_text() == (tmp_path / "here.csv").read_text()


def test_the_program_says_what_is_wrong(bundle, tmp_path):
    done = subprocess.run(
        [sys.executable, str(bundle / "rows.py"), "--where", "cut=Fare", "--out", str(tmp_path / "x.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Did you mean 'Fair'?" in done.stderr
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("out", "words"),
    [("rows.png", "out to end in .csv"), ("nowhere/rows.csv", "which lies in a folder that does not exist")],
)
def test_files_that_rows_cannot_be_written_to_are_refused(bundle, tmp_path, out, words):
    with pytest.raises(BundleError, match=words):
        rows.run_rows(bundle, tmp_path / out, 5, 0)
    assert not list(tmp_path.iterdir())


def test_bundles_of_rows_and_others_are_told_apart(bundle, tmp_path):
    assert rows.is_of_rows(bundle)
    assert rows.is_of_rows(bundle / "generator.onnx")
    with pytest.raises(BundleError, match="which makes rows of a table. Type kgan sample"):
        sampler.Sampler(bundle)
    gan = kgan.GAN(
        kgan.architectures.mlp_generator((2,), latent_dim=2, width=4),
        kgan.architectures.mlp_discriminator((2,), width=4),
    )
    other = kgan.export.save(gan, tmp_path / "points", formats=("onnx",))
    assert not rows.is_of_rows(other)
    with pytest.raises(BundleError, match="without kgan's metadata"):
        rows.RowSampler(other)


def test_verify_holds_the_bundle_against_keras(bundle):
    assert kgan.export.verify(bundle)


def test_the_bundle_has_what_it_needs_and_no_latents_in_other_languages(bundle):
    names = {path.name for path in Path(bundle).iterdir()}
    assert names == {"README.md", "card.json", "generator.onnx", "probes.npz", "rows.py", "verify.py"}


def test_the_program_imports_numpy_and_onnxruntime_alone(bundle):
    tree = ast.parse((Path(bundle) / "rows.py").read_text())
    found = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    found |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in found} - sys.stdlib_module_names == {"numpy", "onnxruntime"}
