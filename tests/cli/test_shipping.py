import json
import re

import numpy as np
import pytest
from PIL import Image

import kgan
import picture_networks
from commands import SMALL
from commands import kgan as command
from kgan import latent_tools
from kgan import run as runs
from kgan.kinds import generation
from kgan_cli import bundles


@pytest.fixture(scope="module")
def named_run(tmp_path_factory):
    """A run of an epoch on two folders of grey pictures, one with a comma in its name."""
    source = tmp_path_factory.mktemp("pictures")
    random = np.random.RandomState(0)
    for name in ("a", "b, c"):
        (source / name).mkdir()
        for number in range(20):
            Image.fromarray(random.randint(0, 256, (8, 8)).astype(np.uint8)).save(source / name / f"{number}.png")
    folder = tmp_path_factory.mktemp("runs") / "named"
    done = command("train", source, "--recipe", "digits", "--epochs", 1, "--batch-size", 16, "--out", folder, *SMALL)
    assert done.code == 0, done.err
    return kgan.run.Run(folder)


def test_export_writes_a_bundle_of_the_opset_that_was_asked_for(trained, tmp_path):
    done = command("export", trained.folder, "--opset", 15, "--out", tmp_path / "bundle")
    assert done.code == 0, done.err
    said, verified = done.out.splitlines()
    assert said.startswith("Exporting the weights of epoch 2 (step ")
    assert verified == f"Verified: {tmp_path / 'bundle'}"
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
    assert (done.code, done.out) == (0, f"1 picture in {tmp_path / 'out.png'}\n"), done.err
    with Image.open(tmp_path / "out.png") as drawn:
        assert (drawn.size, drawn.getcolors()) == ((40, 30), [(1200, (245, 235, 225))])


@pytest.mark.parametrize("name", ["sample", "apply"])
def test_a_provider_that_onnxruntime_does_not_offer_is_refused_with_those_that_it_does(tmp_path, name):
    picture_networks.negative(tmp_path / "generator.onnx")
    Image.new("RGB", (4, 3)).save(tmp_path / "in.png")
    source = [tmp_path / "in.png"] if name == "apply" else []
    done = command(name, tmp_path, *source, "--out", tmp_path / "out.png", "--provider", "tensorrt")
    assert (done.code, done.out) == (2, "")
    assert re.search(r"Expected a provider that onnxruntime offers here: cpu.* Received: --provider tensorrt", done.err)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["generator.onnx", "in.png"]


def test_apply_takes_a_provider_and_threads(tmp_path):
    picture_networks.negative(tmp_path / "generator.onnx")
    Image.new("RGB", (4, 3), (1, 2, 3)).save(tmp_path / "in.png")
    out = tmp_path / "out.png"
    done = command("apply", tmp_path, tmp_path / "in.png", "--out", out, "--provider", "cpu", "--threads", 1)
    assert done.code == 0, done.err
    with Image.open(out) as drawn:
        assert drawn.getcolors() == [(12, (254, 253, 252))]


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


def test_sample_takes_the_names_of_classes_as_the_run_had_them(named_run, tmp_path):
    out = tmp_path / "a.npy"
    done = command("sample", named_run.folder, "--count", 4, "--seed", 1, "--labels", '"b, c",a', "--out", out)
    assert done.code == 0, done.err
    gan = named_run.load()
    assert gan.class_names == ("a", "b, c")
    np.testing.assert_allclose(np.load(out), gan.generate(4, seed=1, labels=["b, c", "a"] * 2), atol=1e-4)
    card = json.loads((named_run.export / "card.json").read_text())
    assert card["class_names"] == named_run.config["class_names"] == ["a", "b, c"]
    assert card["origin"].items() > named_run.exported.items()
    assert card["origin"]["recipe"] == "digits"
    assert card["origin"]["data"].startswith("pictures")  # the name of the folder, and not where it lies
    assert card["origin"]["epoch"] == 1
    done = command("sample", named_run.folder, "--labels", "A,q", "--out", out)
    assert done.code == 2
    assert "by these names: 'a', 'b, c'; or as numbers. Received: 'A'. Did you mean 'a'?" in done.err


def test_sample_writes_a_file_each_and_none_over_another(named_run, tmp_path):
    arguments = ["sample", named_run.folder, "--count", 3, "--seed", 1, "--each", tmp_path / "each"]
    done = command(*arguments)
    assert (done.code, done.out) == (0, f"3 samples of seed 1 in {tmp_path / 'each'}\n"), done.err
    names = sorted(path.name for path in (tmp_path / "each").iterdir())
    assert names == ["seed1-0-a.png", "seed1-1-b, c.png", "seed1-2-a.png"]
    done = command(*arguments)
    assert (done.code, "which exist. Nothing was written: pass --overwrite" in done.err) == (2, True)
    assert command(*arguments, "--overwrite").code == 0


def test_sample_wants_a_grid_or_a_folder(named_run, tmp_path):
    done = command("sample", named_run.folder)
    assert (done.code, "Expected one of --out and --each. Received: neither." in done.err) == (2, True)
    done = command("sample", named_run.folder, "--out", tmp_path / "a.png", "--each", tmp_path / "b")
    assert (done.code, "Received: both." in done.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_seed_that_nobody_asked_for_is_named_and_gives_the_samples_again(named_run, tmp_path):
    done = command("sample", named_run.folder, "--count", 1, "--out", tmp_path / "first.npy")
    said = re.fullmatch(rf"1 sample of seed (\d{{1,5}}) in {re.escape(str(tmp_path))}/first.npy\n", done.out)
    assert said, done
    command("sample", named_run.folder, "--count", 1, "--seed", said[1], "--out", tmp_path / "second.npy")
    assert (tmp_path / "second.npy").read_bytes() == (tmp_path / "first.npy").read_bytes()


def test_a_bundle_without_sliders_is_said_to_have_none(trained, tmp_path, monkeypatch):
    def none(generator, count):
        raise latent_tools.FirstLayerError("Expected a first layer.")

    said, run = [], runs.Run(trained.folder)
    line = "The bundle has no sliders: no first layer of the generator takes latents as they are."
    bundles.export_run(run, tmp_path / "with", say=said.append)
    assert line not in said
    monkeypatch.setattr(generation, "first_directions", none)
    bundles.export_run(run, tmp_path / "without", say=said.append)
    assert said[-1] == line


def test_an_export_says_of_a_smaller_file_what_it_loses_and_whether_it_is_faster(trained, tmp_path):
    said = []
    bundle = bundles.export_run(
        runs.Run(trained.folder), tmp_path / "b", say=said.append, formats=["onnx", "onnx_float16"]
    )
    entry = json.loads((bundle / "card.json").read_text())["artefacts"]["onnx_float16"]
    (line,) = [one for one in said if one.startswith("generator.float16.onnx: ")]
    assert f"PSNR to Keras {entry['psnr']:.1f} dB; Frechet distance" in line
    assert line.endswith("It is not faster.") is not entry["faster"]
