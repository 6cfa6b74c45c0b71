"""`kgan explore`: the page is written, or served until Ctrl-C."""

import json
import signal
import subprocess
import sys
import urllib.request

import pytest

import noise_networks
import picture_networks
from commands import kgan as command
from kgan.export.explorer import runtime, server


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    if runtime.damaged():
        pytest.skip(f"no {runtime.PACKAGE}: python export/explorer/runtime.py fetches it with npm")
    folder = tmp_path_factory.mktemp("explored") / "faces"
    folder.mkdir()
    noise_networks.write(folder / "generator.onnx")
    return folder


def test_explore_writes_the_page_into_a_folder(bundle, tmp_path):
    done = command("explore", bundle, "--out", tmp_path / "page", "--title", "Faces of 8 pixels")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"The page is in {tmp_path / 'page'}. Put the folder on any web server, or try it: ")
    assert json.loads((tmp_path / "page" / "facts.json").read_text())["title"] == "Faces of 8 pixels"
    assert json.loads((tmp_path / "page" / "facts.json").read_text())["kind"] == "generator"


def test_explore_serves_and_opens_the_browser_unless_told_not_to(bundle, monkeypatch):
    opened = []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    monkeypatch.setattr(server.http.server.ThreadingHTTPServer, "serve_forever", lambda self: None)
    done = command("explore", bundle)
    assert done.code == 0, done.err
    (address,) = opened
    assert done.out == f"The page is at {address} until Ctrl-C.\n"
    assert address.startswith("http://127.0.0.1:")
    assert command("explore", bundle, "--no-browser").code == 0
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{bundle}", "--out", "a", "--port", "8"], "Expected no port where the page is written. Received: --port 8"),
        (["{bundle}", "--out", "taken"], "earlier page. Received: a folder of something else. Choose another --out"),
        (["{bundle}", "--port", "70000"], "Expected --port as a whole number from 1 to 65535. Received: --port 70000."),
        (["taken"], "Expected an exported bundle (the export/ folder of a run)"),
        (["{bundle}", "--out", "a", "--directions", "gone.json"], "Expected --directions as kgan writes them at gone"),
        (["{translator}", "--out", "page", "--directions", "a.json"], "Received: --directions a.json"),
    ],
)  # fmt: skip
def test_what_explore_cannot_do_is_told_and_nothing_written(bundle, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").touch()
    picture_networks.identity(tmp_path / "translator.onnx")
    filled = [one.format(bundle=bundle, translator="translator.onnx") for one in arguments]
    done = command("explore", *filled)
    assert done.code == 2
    assert message in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken", "translator.onnx"]
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["mine"]


@pytest.mark.slow
def test_a_page_is_served_without_tensorflow_until_ctrl_c(bundle):
    script = "import sys, kgan_cli; sys.argv[0] = 'kgan'; kgan_cli.main()"
    command = [sys.executable, "-c", script, "explore", str(bundle), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        with urllib.request.urlopen(line.split()[4] + "facts.json") as answer:
            assert json.load(answer)["title"] == "faces"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
