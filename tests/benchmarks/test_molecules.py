"""The benchmark of molecules: rows, the cache, and the table."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

import molecule_games

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def module():
    spec = importlib.util.spec_from_file_location("benchmark_of_molecules", BENCHMARKS / "molecules.py")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def asked(tmp_path, *words):
    data = tmp_path / "molecules.smi"
    data.write_text("\n".join(molecule_games.smiles()) + "\n")
    common = ["--cache", str(tmp_path / "found"), "--data", str(data), "--minutes", "0.001", "--width", "8"]
    return [*common, "--tokens", "20", "--batch", "8", "--draw", "30", *words]


@pytest.mark.slow  # four compiled models
def test_rows_are_made_once_and_stand_in_a_table(tmp_path, capsys):
    found = module()
    found.main(asked(tmp_path, "--weights", "1"))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "reals",
        "characters, LSTM",
        "language model",
        "game, weight 1",
    ]
    row = json.loads((tmp_path / "found" / "language-model-0.json").read_text())
    assert row["steps"] >= 2
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "found").iterdir()}
    found.main(asked(tmp_path, "--weights", "1"))
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "found").iterdir()}


def test_without_data_the_benchmark_says_what_it_needs(tmp_path, monkeypatch):
    found = module()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="--data FILE"):
        found.main(["--cache", str(tmp_path)])
