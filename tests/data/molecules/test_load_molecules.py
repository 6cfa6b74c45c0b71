"""Molecules read off lists and files: what is none is counted and named."""

import gzip
import importlib

import numpy as np
import pytest

import kgan
import molecule_games
from kgan.data import DataError

SMILES = molecule_games.smiles()


def test_molecules_are_written_as_rdkit_does_and_counted_once():
    splits = kgan.data.load_molecules(["OCC", "CCO", "C(O)C", *SMILES], 4, validation_split=0.0)
    found = [one for codes in splits.train.as_numpy_iterator() for one in splits.vocabulary.decode(codes)]
    assert splits.count == 61
    assert found.count("CCO") <= 1
    assert set(found) <= set(kgan.metrics.molecules.canonical(["CCO", *SMILES]))
    assert "Left out 2 that stood there before." in splits.found.lines()


def test_what_is_no_molecule_is_left_out_counted_and_named(tmp_path):
    path = tmp_path / "molecules.smi"
    path.write_text("\n".join([*SMILES, "C1CC ring", "", "benzene", "c1ccccc1 benzene"]) + "\n")
    splits = kgan.data.load_molecules(path, 4)
    assert splits.skipped == {
        "line 61": "'C1CC', which rdkit cannot parse",
        "line 63": "'benzene', which rdkit cannot parse",
    }
    (line,) = [line for line in splits.found.lines() if "no molecules" in line]
    assert line.startswith("Left out 2 that are no molecules (line 61: 'C1CC'")
    with pytest.raises(DataError, match="SMILES in line 61. Received: 'C1CC', which rdkit cannot parse"):
        kgan.data.load_molecules(path, 4, strict=True)


@pytest.mark.parametrize("name", ["a.smi", "a.smiles", "a.smi.gz", "a.csv", "a.tsv", "a.csv.gz"])
def test_files_of_every_form_give_the_same(tmp_path, name):
    path, table = tmp_path / name, ".csv" in name or ".tsv" in name
    separator = "," if ".csv" in name else "\t"
    rows = [f"{number}{separator}{one}" for number, one in enumerate(SMILES)] if table else SMILES
    text = "\n".join([f"id{separator}SMILES" if table else "smiles", *rows]) + "\n"
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    splits = kgan.data.load_molecules(path, 4, validation_split=0.25)
    assert (splits.count, splits.held_out) == (45, 15)
    assert str(splits) == f"45 training molecules of {splits.vocabulary.length} tokens at most, 15 held out"


def test_batches_are_codes_in_another_order_each_epoch_and_all_of_them():
    splits = kgan.data.load_molecules(SMILES, 6, validation_split=0.0)
    first, second = (np.concatenate(list(splits.train.as_numpy_iterator())) for _ in range(2))
    assert first.shape == (60, splits.vocabulary.length)
    assert not (first == second).all()
    decoded = sorted(splits.vocabulary.decode(first))
    assert decoded == sorted(splits.vocabulary.decode(second)) == sorted(kgan.metrics.molecules.canonical(SMILES))


def test_long_molecules_are_left_out_and_counted():
    splits = kgan.data.load_molecules([*SMILES, "C" * 50], 4, tokens=2, longest=30)
    assert splits.found.count == 60
    assert "Left out 1 of more than longest=30 tokens." in splits.found.lines()


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        (SMILES[:5], {}, "10 different molecules or more to learn from. Received: 5"),
        (["C1CC"] * 3, {}, "Received: 0. Left out 3 that are no molecules"),
        ([1] * 20, {}, "SMILES as text. Received: 1, entry 1"),
        (SMILES, {"tokens": 1}, "tokens >= 2"),
        (SMILES, {"tokens": 20_000}, "tokens of 10,000 at most"),
        (SMILES, {"longest": 3, "tokens": 2}, "10 molecules or more of longest=3 tokens at most. Received: 0 of 60"),
        (SMILES, {"validation_split": 1.0}, r"validation_split in \[0, 1\)"),
        (SMILES, {"seed": -1}, "seed >= 0"),
        (SMILES, {"batch_size": 1_000}, "batch_size from 1 to the number of samples, 54"),
        (3, {}, "a list of SMILES, or a file"),
        ("nowhere.smi", {}, "a file of SMILES.*nowhere.smi, which does not exist"),
    ],
)
def test_what_cannot_be_loaded_is_refused(source, options, words):
    with pytest.raises(ValueError, match=words):
        kgan.data.load_molecules(source, **{"batch_size": 4, **options})


@pytest.mark.parametrize(
    ("name", "content", "options", "words"),
    [
        ("a.sdf", b"", {}, "a file that ends in .smi"),
        ("a.csv", b"id,formula\n1,CCO\n", {}, "a column 'smiles'. Received: a.csv with 'id', 'formula'"),
        ("a.csv", b"id,smiles\n1,CCO\n", {"column": "molecule"}, "a column 'molecule'"),
        ("a.smi", b"CCO\n", {"column": "smiles"}, "column=... for a table"),
        ("a.smi", b"\xff\xfe\x00", {}, "text in UTF-8. Received: a.smi"),
        ("a.smi.gz", b"CCO", {}, "a.smi.gz, which is damaged or none"),
    ],
)
def test_files_that_hold_no_smiles_are_refused(tmp_path, name, content, options, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        kgan.data.load_molecules(tmp_path / name, 4, **options)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="a folder"):
        kgan.data.load_molecules(tmp_path, 4)


def test_without_rdkit_the_extra_is_named(monkeypatch):
    real = importlib.import_module

    def missing(name, *arguments):
        if name.startswith("rdkit"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(DataError, match=r"pip install 'kgan\[molecules\]' brings it"):
        kgan.data.load_molecules(SMILES, 4)


def test_files_of_smiles_are_known_by_their_names():
    assert kgan.data.is_smiles("a/b.SMI")
    assert kgan.data.is_smiles("b.smi.gz")
    assert not kgan.data.is_smiles("b.csv")
