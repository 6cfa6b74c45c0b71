import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import kgan
import kgan_cli as cli
from kgan.data.sources import digits

SMALL = ["--set", "generator_width=4", "--set", "discriminator_width=4", "--set", "latent_dim=4"]
SMALL += ["--set", "features=pixels"]


@pytest.fixture(autouse=True)
def _cache_of_its_own(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path_factory.mktemp("cache")))


def run(monkeypatch, capsys, *arguments):
    """The command as the shell would run it: exit code, output, errors."""
    monkeypatch.setattr(sys, "argv", ["kgan", *map(str, arguments)])
    code = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = stop.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def folder_of_digits(tmp_path_factory):
    """240 real digits of 16 pixels in subfolders, one of them damaged."""
    folder = tmp_path_factory.mktemp("photos")
    images, labels = digits.read()
    for row in range(0, 4800, 20):
        parent = folder / str(labels[row])
        parent.mkdir(exist_ok=True)
        Image.fromarray(images[row, ..., 0]).resize((16, 16)).save(parent / f"{row}.png")
    path = folder / "0" / "20.png"
    path.write_bytes(path.read_bytes()[:80])
    return folder


def test_train_evaluate_compare_export_and_sample(monkeypatch, capsys, tmp_path, folder_of_digits):
    monkeypatch.chdir(tmp_path)
    arguments = ["--epochs", 2, "--batch-size", 20, "--seed", 3, "--image-size", 8, *SMALL]
    code, out, err = run(monkeypatch, capsys, "train", folder_of_digits, *arguments)
    assert code == 0, err
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"photos\d*-0001", folder.name)
    assert "Trained epoch 2 after" in out
    assert "Skipped 1 damaged sample(s), such as 0/20.png" in out
    assert {path.name for path in (folder / "export").iterdir()} == {
        "card.json",
        "generator.onnx",
        "sampler.py",
        "saved_model",
    }
    verdict = kgan.run.Run(folder).verdict
    assert f"\nVerdict: {verdict}\n" in out
    for line in ("onnx-grid.png", "evolution.gif", "log.csv", "diagnosis.json"):
        assert (folder / line).is_file()
        assert line in out

    # What it says to type next works as it stands.
    out_of_training = out
    typed = re.search(r"^  kgan (sample .*)$|^  \S+ (sample .*)$", out, re.MULTILINE)
    code, out, err = run(monkeypatch, capsys, *(typed.group(1) or typed.group(2)).split())
    assert (code, out) == (0, "100 samples in grid.png\n"), err
    with Image.open("grid.png") as grid:
        assert grid.size == (10 * 56, 10 * 56)

    assert re.search(rf"^  \S*kgan evaluate \S*{folder.name}$", out_of_training, re.MULTILINE)
    code, out, err = run(monkeypatch, capsys, "evaluate", folder, "--samples", 50, "--seed", 1)
    assert code == 0, err
    assert re.search(r"^real_accuracy +[01]\.\d{4}$", out, re.MULTILINE)
    assert re.search(r"^50 samples against held-out reals +samples +reals instead$", out, re.MULTILINE)
    assert re.search(r"^Frechet distance \(pixels\), 24 reals +[\d.]+ +[\d.]+$", out, re.MULTILINE)
    assert f"Verdict: {verdict}" in out
    written = json.loads((folder / "evaluation.json").read_text())
    assert (written["seed"], written["figures"][0]["generated_samples"]) == (1, 50)
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")
    arguments = ["--samples", 20, "--features", "digits", "--out", "other.html"]
    code, out, err = run(monkeypatch, capsys, "evaluate", folder, *arguments)
    assert code == 0, err
    assert "Inception score (digits)" in out
    assert "Report in other.html" in out
    assert (tmp_path / "other.html").is_file()

    shutil.copytree(folder, tmp_path / "again")
    code, out, err = run(monkeypatch, capsys, "compare", folder, "again", "--metric", "val_precision")
    assert code == 0, err
    assert re.search(rf"^ +{folder.name} +again$", out, re.MULTILINE)
    assert re.search(r"^Precision \(pixels, 24 : 24\) +([\d.]+) +\1$", out, re.MULTILINE)
    assert "The same, with val_precision over epochs, in compare.html" in out
    assert (tmp_path / "compare.html").is_file()

    code, out, err = run(monkeypatch, capsys, "export", folder, "--opset", 15, "--out", "bundle")
    assert (code, out) == (0, "Verified: bundle\n"), err
    assert json.loads((tmp_path / "bundle" / "card.json").read_text())["opset"] == 15

    code, out, err = run(
        monkeypatch, capsys, "sample", folder, "--count", 3, "--seed", 1, "--labels", "7", "--out", "a.npy"
    )
    assert code == 0, err
    gan = kgan.run.Run(folder).load()
    np.testing.assert_allclose(np.load("a.npy"), gan.generate(3, seed=1, labels=7), atol=1e-4)


def test_strict_refuses_the_damaged_image(monkeypatch, capsys, tmp_path, folder_of_digits):
    monkeypatch.chdir(tmp_path)
    code, _out, err = run(monkeypatch, capsys, "train", folder_of_digits, "--strict")
    assert code == 2
    assert re.match(r"error: Expected every file to be a readable image \(strict\)\. Received: .*20\.png", err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "digit"], "Did you mean 'digits'"),
        (["train", "digits", "--recipe", "dcgn"], "Did you mean 'dcgan'"),
        (["train", "digits", "--set", "latent_dims=3"], "Did you mean 'latent_dim'"),
        (["train", "digits", "--set", "latent_dim"], "Expected --set KEY=VALUE. Received: --set latent_dim."),
        (["train", "digits", "--set", "loss=hing"], "Expected loss to be one of"),
        (["train", "digits", "--out", "taken"], "which holds other files"),
        (["evaluate", "taken"], "which has no config.json"),
        (["evaluate", "taken", "--samples", "3"], "greater than or equal to 10"),
        (["compare", "taken", "taken"], "which has no config.json"),
        (["compare"], "Missing argument 'RUN RUN ...'"),
        (["train", "digits", "--set", "features=digit"], "Did you mean 'digits'"),
        (["export", "nowhere"], "which does not exist"),
        (["sample", "taken", "--out", "a.png"], "Expected a generator.onnx that kgan exported"),
        (["train", "digits", "--epoch", "3"], "No such option"),
        (["train", "digits", "--epochs", "0"], "greater than or equal to 1"),
        (["trian", "digits"], "No such command"),
        (["train"], "Missing argument 'DATA'"),
    ],
)
def test_wrong_things_typed_are_told_without_a_traceback(monkeypatch, capsys, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").touch()
    code, _, err = run(monkeypatch, capsys, *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_the_traceback_can_be_had(monkeypatch, capsys):
    monkeypatch.setenv("KGAN_TRACEBACK", "1")
    with pytest.raises(ValueError, match="Did you mean 'digits'"):
        run(monkeypatch, capsys, "train", "digit")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"], ["train", "--epochs", "0"]])
def test_help_and_version_do_without_tensorflow(arguments):
    script = "import atexit, sys; import kgan_cli\n"
    script += "atexit.register(lambda: print('imported', *{'kgan', 'keras', 'tensorflow'} & set(sys.modules)))\n"
    script += "sys.argv = ['kgan', *sys.argv[1:]]; kgan_cli.main()"
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    shown = done.stdout + done.stderr
    assert re.search(r"Usage: kgan|kgan \d", shown), shown
    assert done.stdout.endswith("imported\n"), shown


def test_version(monkeypatch, capsys):
    assert run(monkeypatch, capsys, "--version") == (0, f"kgan {kgan.__version__}\n", "")


@pytest.mark.parametrize("command", ["train", "resume", "evaluate", "compare", "export", "sample"])
def test_help_has_an_example(monkeypatch, capsys, command):
    code, out, _ = run(monkeypatch, capsys, command, "--help")
    assert code == 0
    assert re.search(rf"Examples?: +kgan {command} ", out)


def test_ctrl_c_leaves_a_folder_that_can_be_sampled(tmp_path):
    """In a process of its own, interrupted once the first epoch is drawn."""
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
        if line.startswith("Epoch 2/"):
            process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    out = "".join(lines)
    assert process.returncode == 0, err
    assert re.search(r"Stopped in epoch [23] after", out)
    assert "KeyboardInterrupt" not in err
    for name in ("evolution.gif", "onnx-grid.png", os.path.join("export", "generator.onnx")):
        assert (tmp_path / "out" / name).is_file(), name


def test_the_console_script_is_installed():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="kgan")
    assert script.load() is cli.main
    assert importlib.util.find_spec("kgan.export") is not None


@pytest.mark.parametrize("policy", ["color,translation,cutout", "ada"])
def test_augment_preview_draws_each_image_beside_its_copies(monkeypatch, capsys, tmp_path, policy):
    picture = tmp_path / "grid.png"
    arguments = ["--out", picture, "--policy", policy, "--rows", 3, "--copies", 4]
    code, out, err = run(monkeypatch, capsys, "augment-preview", "digits", *arguments)
    assert code == 0, err
    assert "3 images of digits, each with 4 augmented copies" in out
    with Image.open(picture) as grid:
        pixels = np.asarray(grid)
    assert pixels.shape == (3 * 56, 5 * 56)
    originals, copies = pixels[:, :56], pixels[:, 56:].reshape(168, 4, 56).swapaxes(0, 1)
    assert all(not np.array_equal(copy, originals) for copy in copies)


def test_augment_preview_names_an_unknown_policy(monkeypatch, capsys, tmp_path):
    arguments = ["--out", tmp_path / "a.png", "--policy", "colur"]
    code, _, err = run(monkeypatch, capsys, "augment-preview", "digits", *arguments)
    assert code == 2
    assert "Did you mean 'color'?" in err
