import os
import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

import kgan
from commands import SMALL
from commands import kgan as command
from kgan.diagnostics import Verdict
from kgan_cli.training import _verdict


def test_a_run_is_named_after_its_data_and_numbered(trained):
    assert re.fullmatch(r"photos\d*-0001", trained.folder.name)


def test_train_tells_how_far_it_came(trained):
    assert "Trained to epoch 2 of 2 after" in trained.said


def test_train_names_the_damaged_files_that_it_skipped(trained):
    assert "Skipped 1 damaged sample, such as 0/20.png" in trained.said


def test_train_tells_the_last_verdict(trained):
    verdict = kgan.run.Run(trained.folder).verdict
    told = re.search(r"^Verdict: (.*)$", trained.said, re.MULTILINE)[1]
    assert told in (str(verdict), f"{verdict.name}, as said after epoch 1.", f"{verdict.name}, as said after epoch 2.")
    assert f", {verdict.name}: " in trained.said


def test_train_leaves_a_bundle(trained):
    names = {path.name for path in (trained.folder / "export").iterdir()}
    programs = {"sampler.py", "latents.py", "latents.js", "Latents.cs", "verify.py"}
    assert names == {"README.md", "card.json", "generator.onnx", "probes.npz", "saved_model", *programs}


@pytest.mark.parametrize("name", ["onnx-grid.png", "evolution.gif", "log.csv", "diagnosis.json"])
def test_train_leaves_what_it_says_to_look_at(trained, name):
    assert (trained.folder / name).is_file()
    assert name in trained.said


def test_what_train_says_to_type_next_works_as_it_stands(trained, monkeypatch, tmp_path):
    monkeypatch.chdir(trained.folder.parents[1])
    typed = re.search(r"^  \S+ (sample .*) --out grid\.png$", trained.said, re.MULTILINE)
    done = command(*typed.group(1).split(), "--out", tmp_path / "grid.png")
    assert (done.code, done.out) == (0, f"100 samples of seed 1 in {tmp_path / 'grid.png'}\n"), done.err
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == (10 * 64, 14 + 10 * 64)
    assert re.search(rf"^  \S*kgan evaluate \S*{trained.folder.name}$", trained.said, re.MULTILINE)


def test_strict_refuses_the_damaged_image(monkeypatch, tmp_path, folder_of_digits):
    monkeypatch.chdir(tmp_path)
    done = command("train", folder_of_digits, "--strict")
    assert done.code == 2
    expected = r"error: Expected every file to be a readable image \(--strict\)\. Received: .*20\.png"
    assert re.match(expected, done.err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_leaves_a_folder_that_can_be_sampled(tmp_path):
    """In a process of its own, interrupted once the first epoch has its row."""
    script = "import sys; from kgan_cli import main; sys.argv = ['kgan', *sys.argv[1:]]; main()"
    arguments = ["train", "digits", "--epochs", "500", "--out", "out", *SMALL]
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", script, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(" 1/500 "):
            process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    out = "".join(lines)
    assert process.returncode == 0, err
    assert "Stopping after this step;" in out
    assert re.search(r"Stopped in epoch [12] of 500 after", out)
    assert re.search(r"^  \S+ resume out   goes on to epoch 500$", out, re.MULTILINE)
    assert "KeyboardInterrupt" not in err
    for name in ("evolution.gif", "onnx-grid.png", os.path.join("export", "generator.onnx")):
        assert (tmp_path / "out" / name).is_file(), name


def test_a_verdict_is_told_once_and_again_only_where_its_figures_are_others():
    verdict = Verdict("improving", "Samples come nearer.", "Train on.")
    trained = SimpleNamespace(verdict=verdict, epochs=5)
    assert _verdict(trained, ["\nEpoch 4, far from the data: Mud."]) == str(verdict)
    assert _verdict(trained, [f"\nEpoch 4, {verdict}", "Done: all."]) == "improving, as said after epoch 4."
    assert _verdict(trained, [f"\nEpoch 3, {verdict}"]) == str(verdict)
    assert _verdict(trained, []) == str(verdict)
    assert _verdict(SimpleNamespace(verdict=None), []) == "none; the monitor never looked."
