import json

import numpy as np
from PIL import Image

import kgan
import picture_networks
from commands import kgan as command


def test_export_writes_a_bundle_of_the_opset_that_was_asked_for(trained, tmp_path):
    done = command("export", trained.folder, "--opset", 15, "--out", tmp_path / "bundle")
    assert (done.code, done.out) == (0, f"Verified: {tmp_path / 'bundle'}\n"), done.err
    assert json.loads((tmp_path / "bundle" / "card.json").read_text())["opset"] == 15


def test_sample_draws_from_a_run_folder_what_keras_generates(trained, tmp_path):
    out = tmp_path / "a.npy"
    done = command("sample", trained.folder, "--count", 3, "--seed", 1, "--labels", "7", "--out", out)
    assert done.code == 0, done.err
    gan = kgan.run.Run(trained.folder).load()
    np.testing.assert_allclose(np.load(out), gan.generate(3, seed=1, labels=7), atol=1e-4)


def test_apply_writes_what_the_network_makes_of_a_picture(tmp_path):
    picture_networks.negative(tmp_path / "generator.onnx")
    Image.new("RGB", (40, 30), (10, 20, 30)).save(tmp_path / "in.png")
    done = command("apply", tmp_path, tmp_path / "in.png", "--out", tmp_path / "out.png", "--tile", 16, "--overlap", 4)
    assert (done.code, done.out) == (0, f"1 picture(s) in {tmp_path / 'out.png'}\n"), done.err
    with Image.open(tmp_path / "out.png") as drawn:
        assert (drawn.size, drawn.getcolors()) == ((40, 30), [(1200, (245, 235, 225))])


def test_apply_replaces_pictures_only_when_told_to(tmp_path):
    picture_networks.negative(tmp_path / "generator.onnx")
    Image.new("RGB", (4, 3)).save(tmp_path / "in.png")
    arguments = ["apply", tmp_path / "generator.onnx", tmp_path / "in.png", "--out", tmp_path / "in.png"]
    done = command(*arguments)
    assert done.code == 2
    assert "in.png, which exists. Pass --overwrite" in done.err
    assert command(*arguments, "--overwrite").code == 0


def test_apply_of_a_bundle_that_takes_latents_says_what_to_type(trained, tmp_path):
    done = command("apply", trained.folder, trained.folder / "onnx-grid.png", "--out", tmp_path / "out.png")
    assert done.code == 2
    assert f"Type kgan sample {trained.folder / 'export'} --count 64 --out grid.png." in done.err


def test_sample_of_a_bundle_that_takes_pictures_says_what_to_type(tmp_path):
    picture_networks.negative(tmp_path / "generator.onnx")
    done = command("sample", tmp_path, "--out", tmp_path / "grid.png")
    assert done.code == 2
    assert f"Type kgan apply {tmp_path} in.png --out out.png." in done.err
