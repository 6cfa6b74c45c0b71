"""The commands on a folder of pairs: nothing in them knows that this is another kind of model."""

import json
import os
import re

import numpy as np
import pytest
from PIL import Image

import kgan
from commands import kgan as command
from kgan._game.free_sizes import free_size

pytest_plugins = ["small_pair_runs"]


@pytest.fixture(scope="module")
def translated(folder_of_pairs, tmp_path_factory):
    """What `kgan train PAIRS --recipe pix2pix` left and said, with a U-Net of two halvings."""
    folder = tmp_path_factory.mktemp("translated") / "run"
    small = {"generator.width": 4, "generator.depth": 2, "discriminator.width": 4, "discriminator.layers": 1}
    arguments = [word for name, value in small.items() for word in ("--set", f"{name}={value}")]
    arguments += ["--set", "features=none", "--recipe", "pix2pix", "--epochs", 1, "--batch-size", 8, "--out", folder]
    done = command("train", folder_of_pairs, *arguments)
    assert done.code == 0, done.err
    return folder, done.out


def test_train_leaves_a_bundle_that_takes_pictures_of_any_size(translated):
    folder, _ = translated
    names = {path.name for path in (folder / "export").iterdir()}
    programs = {"apply.py", "verify.py"}
    assert names == {"README.md", "card.json", "generator.onnx", "probes.npz", "saved_model", *programs}
    card = json.loads((folder / "export" / "card.json").read_text())
    assert card["inputs"]["image"]["shape"] == ["batch", "height", "width", 1]
    assert card["dropout_at_test_time"] is False


def test_train_draws_held_out_inputs_with_onnxruntime(translated):
    folder, said = translated
    assert "onnx-grid.png   4 held-out inputs, what onnxruntime makes of each, and the truth" in said
    assert (folder / "onnx-grid.png").is_file()


def test_what_train_says_to_type_next_works_as_it_stands(translated, tmp_path, monkeypatch):
    folder, said = translated
    monkeypatch.chdir(tmp_path)
    typed = re.search(r"^  \S+ (apply .* --out output\.png)$", said, re.MULTILINE)
    done = command(*typed.group(1).split())
    assert (done.code, done.out) == (0, "1 picture in output.png\n"), done.err
    with Image.open("output.png") as drawn, Image.open(folder / "input.png") as given:
        assert drawn.size == given.size == (16, 16)


def test_apply_of_a_run_to_another_size_is_what_keras_makes_of_it(translated, tmp_path):
    folder, _ = translated
    pixels = np.random.RandomState(0).randint(0, 256, (20, 36)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    done = command("apply", folder, tmp_path / "in.png", "--out", tmp_path / "out.png")
    assert done.code == 0, done.err
    network = free_size(kgan.run.Run(folder).load().generator).network
    expected = network(pixels[None, ..., None] / 127.5 - 1.0, training=False)
    with Image.open(tmp_path / "out.png") as drawn:
        np.testing.assert_allclose(np.asarray(drawn) / 127.5 - 1.0, expected[0, ..., 0], atol=1.01 / 255)


def test_apply_to_the_folder_of_inputs(translated, folder_of_pairs, tmp_path):
    done = command("apply", translated[0] / "export", folder_of_pairs / "a", "--out", tmp_path / "drawn")
    assert done.code == 0, done.err
    assert sorted(os.listdir(tmp_path / "drawn")) == sorted(os.listdir(folder_of_pairs / "a"))


def test_sample_of_the_run_says_what_to_type(translated, tmp_path):
    folder, _ = translated
    done = command("sample", folder, "--out", tmp_path / "grid.png")
    assert done.code == 2
    assert f"Type kgan apply {folder / 'export'} in.png --out out.png." in done.err
