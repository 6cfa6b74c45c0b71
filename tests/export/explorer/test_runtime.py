"""Fetching onnxruntime-web with npm."""

import subprocess
import sys
from pathlib import Path

import pytest

from kgan.export.explorer import runtime


def fake_npm(tmp_path, monkeypatch, script):
    """A program in npm's place."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")


def test_files_of_this_version_alone_count_as_there(tmp_path):
    assert runtime.damaged(tmp_path) == list(runtime.FILES)
    for name in runtime.FILES:
        (tmp_path / name).write_bytes(b"another version")
    assert runtime.damaged(tmp_path) == list(runtime.FILES)


def test_what_is_there_is_not_fetched_again(needs_runtime, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert runtime.fetch() is False
    assert set(runtime.found()) == {*runtime.FILES, "LICENSE"}
    assert "MIT License" in (runtime.FOLDER / "LICENSE").read_text()


def test_without_npm_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(runtime.RuntimeMissingError, match=r"Received: none. Install Node.js first"):
        runtime.fetch(tmp_path)


def test_an_npm_that_fails_is_quoted(tmp_path, monkeypatch):
    fake_npm(tmp_path, monkeypatch, 'echo "npm error network" >&2; exit 1')
    with pytest.raises(runtime.RuntimeMissingError, match="Received: npm error network. Try again with a network"):
        runtime.fetch(tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_other_files_than_those_noted_are_refused_and_not_kept(tmp_path, monkeypatch):
    make = " && ".join(f"echo forged > package/dist/{name}" for name in runtime.FILES)
    fake_npm(tmp_path, monkeypatch, f"mkdir -p package/dist && {make} && tar czf o.tgz package && rm -r package")
    with pytest.raises(runtime.RuntimeMissingError, match="with the SHA-256 noted here. Received: another ort.wasm"):
        runtime.fetch(tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_the_program_needs_nothing_of_kgan(tmp_path):
    """`setup.py` runs it before anything is installed."""
    copied = tmp_path / "runtime.py"
    copied.write_text(Path(runtime.__file__).read_text())
    command = [sys.executable, "-I", "-S", str(copied)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": ""})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: Expected npm, to fetch onnxruntime-web@")
