"""Rows of a benchmark on a GPU, each a process of its own."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "peers" / "waves.py"


@pytest.fixture
def waves(monkeypatch):
    """The module, by its path: the tests have a package `peers`, too."""
    found = importlib.util.spec_from_file_location("waves", PATH)
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "waves", module)  # where its dataclass looks
    found.loader.exec_module(module)
    return module


GOOD = """
import json, os, sys
print("a library's own words")
print(json.dumps({"event": "ready", "device": "a card", "compile_seconds": 1.5}), flush=True)
told = sys.stdin.readline().strip()
print(json.dumps({"event": "result", "ms": 2.0, "told": told, "seen": os.environ.get("WAVES_TEST")}), flush=True)
"""
SILENT = "import time; time.sleep(60)"
FAILING = "raise MemoryError('the card is full')"


def job(waves, name, program):
    return waves.Job({"name": name}, [sys.executable, "-c", program], {"WAVES_TEST": "1"})


def test_each_row_has_its_result_or_its_own_error_and_the_others_go_on(waves, tmp_path):
    out = tmp_path / "results.json"
    jobs = [job(waves, name, program) for name, program in (("a", GOOD), ("b", FAILING), ("d", GOOD))]
    rows = waves.play(jobs, out, wave=2, deadline=60.0, total=60.0)
    written = json.loads(out.read_text())
    assert written["rows"] == rows
    assert written["device"] == "a card"
    good = {"error": None, "compile_seconds": 1.5, "ms": 2.0, "told": "go", "seen": "1"}
    assert rows[0] == {"name": "a", **good}
    assert rows[2] == {"name": "d", **good}
    assert "the card is full" in rows[1]["error"]


def test_a_row_that_takes_too_long_is_ended(waves, tmp_path):
    rows = waves.play([job(waves, "a", SILENT)], tmp_path / "results.json", wave=1, deadline=0.2, total=60.0)
    assert "took too long to be ready" in rows[0]["error"]


def test_rows_that_time_does_not_suffice_for_are_named(waves, tmp_path):
    rows = waves.play([job(waves, "a", GOOD)], tmp_path / "results.json", wave=1, deadline=5.0, total=-1.0)
    assert rows == [{"name": "a", "error": "not reached"}]
