"""Paths that are wrong are refused before TensorFlow is imported, in the words of kgan."""

import subprocess
import sys

import pytest

from kgan import data, run
from kgan_cli import early

PROGRAM = """
import sys
from kgan_cli.app import main
try:
    main()
finally:
    print("tensorflow" in sys.modules or "keras" in sys.modules)
"""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("train nowhere", "Received: 'nowhere', which does not exist."),
        ("resume nowhere --every 5", "Expected a run folder of kgan train. Received: nowhere, which does not exist."),
    ],
)
def test_what_is_not_there_is_told_without_tensorflow(tmp_path, typed, said):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *typed.split()], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "False\n")
    assert done.stderr.startswith("error: Expected ")
    assert said in done.stderr


def test_each_command_with_a_path_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").touch()
    for name in ("resume", "evaluate", "export"):
        with pytest.raises(ValueError, match="Expected a run folder of kgan train. Received: .*is no run of kgan"):
            early.check(name, {"run": taken})
    with pytest.raises(ValueError, match="Received: .*gone, which does not exist"):
        early.check("compare", {"run_folders": [tmp_path / "gone"]})
    whole = {"source": "digits", "out": None, "init_from": None}
    for changed, message in (
        ({"source": "digit"}, "Did you mean 'digits'"),
        ({"out": taken}, "new or empty folder for the run. Received: .*taken, which holds other files"),
        ({"init_from": taken}, "Expected init_from as a run folder of kgan train. Received: init_from=.*taken"),
    ):
        with pytest.raises(ValueError, match=message):
            early.check("train", whole | changed)
    early.check("train", whole | {"source": "tfds:mnist", "out": tmp_path / "new"})
    early.check("sample", {"bundle": tmp_path / "gone"})


def test_the_sentences_are_those_of_kgan_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for told, ask in (
        (lambda: early.check("train", {"source": "digit", "out": None, "init_from": None}), lambda: data.load("digit")),
        (lambda: early.check("resume", {"run": tmp_path}), lambda: run.Run(tmp_path)),
    ):
        with pytest.raises(ValueError) as by_kgan:
            ask()
        with pytest.raises(ValueError) as by_command:
            told()
        assert str(by_command.value) == str(by_kgan.value)
