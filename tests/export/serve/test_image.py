"""The Dockerfile: what of a checkout gets into the image, and how Docker asks whether the server lives."""

import fnmatch
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import noise_networks
from served import Served

ROOT = Path(__file__).parents[3]
FILE = (ROOT / "export" / "serve" / "Dockerfile").read_text()
LINES = re.sub(r"\\\n\s*", "", FILE).splitlines()


def is_sent(path):
    """Whether Docker sends a path at the top of the checkout to the build: the last line that fits it counts."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and fnmatch.fnmatch(path, line.removeprefix("!")):
            sent = line.startswith("!")
    return sent


def arguments(instruction):
    """The words of an instruction in the form of a list."""
    line = next(line for line in LINES if line.startswith(instruction))
    return json.loads(line[line.index("[") :])


def test_the_image_holds_what_was_installed_and_nothing_else_of_the_checkout():
    last = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM")) :]
    assert [line for line in last if line.startswith(("COPY", "ADD"))] == ["COPY --from=build /venv /venv"]
    assert "kgan" in next(line for line in last if line.startswith("USER"))


def test_the_build_gets_the_packages_and_neither_git_nor_runs_nor_data():
    due = {"kgan", "export", "cli", "pyproject.toml", "setup.py", "README.md", "LICENSE"}
    others = {".git", ".ci", ".env", "runs", "data", "dist", "tests", "site", "photos", "venv", "note.txt"}
    assert {path for path in due | others if is_sent(path)} == due
    declared = (ROOT / "pyproject.toml").read_text() + (ROOT / "setup.py").read_text()
    assert '"kgan.export": "export", "kgan_cli": "cli"' in declared


def test_the_image_gets_the_versions_that_kgan_asks_for():
    declared = (ROOT / "pyproject.toml").read_text()
    packages = re.findall(r"'([^']+>=[^']+)'", FILE)
    assert {one.partition(">=")[0] for one in packages} >= {"numpy", "onnx", "onnxruntime", "fastapi", "uvicorn"}
    assert [one for one in packages if f'"{one}"' not in declared] == []


def test_docker_asks_the_port_that_the_server_has(tmp_path):
    command = arguments("HEALTHCHECK")
    assert command[0] == "python"
    with Served(noise_networks.write(tmp_path / "generator.onnx")) as one:
        ports = {"lives": one.port, "is not there": 1}
        codes = {
            name: subprocess.run(
                [sys.executable, *command[1:]], env=os.environ | {"PORT": str(port)}, capture_output=True, check=False
            ).returncode
            for name, port in ports.items()
        }
    assert codes == {"lives": 0, "is not there": 1}


def test_what_follows_the_image_s_name_are_options_of_the_command(tmp_path):
    (tmp_path / "kgan").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "kgan").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PORT": "9000"}
    done = subprocess.run(
        [*arguments("ENTRYPOINT"), "--count", "6 4"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "serve /bundle --host 0.0.0.0 --port 9000 --count 6 4\n"
