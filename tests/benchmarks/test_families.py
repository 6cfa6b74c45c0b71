"""The benchmarks of families: networks as published, figures of what is known, and a run of each in seconds."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def benchmark(name):
    if str(BENCHMARKS) not in sys.path:
        sys.path.append(str(BENCHMARKS))  # as for a script in that folder
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stacked():
    return benchmark("stacked_mnist")


@pytest.fixture(scope="module")
def quality():
    return benchmark("quality")


def trainable(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def test_the_networks_of_stacked_mnist_have_the_published_numbers_of_weights(stacked):
    """Dense 256 to 1,024; four times a kernel, a bias, and a scale and a shift of batch normalisation."""
    generator = stacked.generator()
    layers = [(64, 32), (32, 16), (16, 8)]
    expected = 257 * 1024 + 2 * 64 + sum(9 * a * b + 3 * b for a, b in layers) + 9 * 8 * 3 + 3
    assert trainable(generator) == expected == 287_875
    assert generator.output_shape == (None, 28, 28, 3)
    plain = stacked.discriminator("1/4", stacked.ROWS["DCGAN"])
    assert trainable(plain) == sum(9 * a * b + 3 * b for a, b in [(3, 2), (2, 4), (4, 8)]) + 4 * 4 * 8 + 1
    packed = stacked.discriminator("1/2", stacked.ROWS["PacGAN 4"])
    assert packed.input_shape == (None, 28, 28, 12)
    penalised = stacked.discriminator("1/4", stacked.ROWS["RpGAN + R1 + R2"])
    assert trainable(plain) - trainable(penalised) == 2 * (2 + 4 + 8)  # no batch normalisation


def test_modes_are_counted_and_their_divergence_is_from_all_alike(stacked):
    def classify(images):
        """Reads the digit off the first pixel."""
        return np.eye(10)[images[:, 0, 0, 0].astype(int)]

    every = np.stack(np.meshgrid(*[np.arange(10)] * 3), axis=-1).reshape(-1, 1, 1, 3)
    assert stacked.modes_and_divergence(every, classify) == (1_000, pytest.approx(0.0, abs=1e-12))
    assert stacked.modes_and_divergence(every[:1].repeat(50, 0), classify) == (1, pytest.approx(np.log(1_000)))
    half = stacked.modes_and_divergence(every[:500], classify)
    assert half == (500, pytest.approx(np.log(2)))


def test_the_classifier_finds_all_modes_of_reals_and_no_divergence(stacked):
    reals = np.concatenate([batch for batch in stacked.stacked(80, seed=0).as_numpy_iterator()]) / 127.5 - 1.0
    modes, divergence = stacked.modes_and_divergence(reals.astype(np.float32), stacked.classifier)
    assert modes == 1_000
    assert divergence == pytest.approx(999 / (2 * len(reals)), rel=0.25)  # of so many draws from all alike


def test_the_digits_of_a_step_are_the_same_wherever_a_run_begins(stacked):
    whole = list(stacked.stacked(4, seed=1).as_numpy_iterator())
    later = list(stacked.stacked(2, seed=1, start=2).as_numpy_iterator())
    np.testing.assert_array_equal(whole[2:], later)
    assert (whole[0] != whole[1]).any()
    assert whole[0].shape == (128, 28, 28, 3)
    assert whole[0].dtype == np.uint8


@pytest.mark.slow
def test_a_few_steps_of_a_row_come_to_a_table(stacked, tmp_path, capsys):
    arguments = ["--cache", str(tmp_path), "--steps", "4", "--looks", "2", "--samples", "256", "--seeds", "1"]
    arguments += ["--rows", "RpGAN + R1 + R2, PacGAN 2", "--sizes", "1/4"]
    stacked.main(arguments)
    (path,) = tmp_path.iterdir()
    looks = json.loads(path.read_text())["looks"]
    assert [look["steps"] for look in looks] == [2, 4]
    assert all(1 <= look["modes"] <= 256 for look in looks)
    assert f"| RpGAN + R1 + R2, PacGAN 2 | 4 | 1/4 | {looks[-1]['modes']} |" in capsys.readouterr().out
    written = path.stat().st_mtime_ns
    stacked.main(arguments)  # what is in the cache is not played again
    assert path.stat().st_mtime_ns == written
    for changed in ("--samples", "128"), ("--looks", "1"):  # what came of other settings is
        stacked.main([*arguments, *changed])
        assert f"| {json.loads(path.read_text())['looks'][-1]['modes']} |" in capsys.readouterr().out
        assert path.stat().st_mtime_ns != written
        written = path.stat().st_mtime_ns
    assert len(json.loads(path.read_text())["looks"]) == 1


SETTINGS = {"budget": 5.0, "cores": 2, "features": "digits", "held_out": 500, "folder": None, "set": []}


def settings(family):
    """With a digest of the recipe, as the benchmark has them."""
    return {**SETTINGS, "recipe": benchmark("cached").recipe_told(family)}


def kept(folder, seed, **figures):
    content = {
        "settings": settings("digits"),
        "figures": figures,
        "images_per_second": 100.0 + seed,
        "images": 6_400,
        "first_step": 1.0,
    }
    content |= {"parameters": [1000, 2000], "memory": 2**30}
    (folder / f"digits-digits-5s-{seed}.json").write_text(json.dumps(content))


def test_the_table_has_the_median_of_the_seeds_and_the_reason_of_what_failed(quality, tmp_path, capsys, monkeypatch):
    for seed, distance in enumerate((3.0, 9.0, 5.0)):
        kept(tmp_path, seed, frechet_distance=distance, kernel_distance=0.5, precision=0.6, recall=0.4)
    (tmp_path / "digits-dcgan-5s-0.json").write_text(
        json.dumps({"settings": settings("dcgan"), "failed": "ValueError: Expected a size"})
    )
    monkeypatch.setattr(quality, "run_apart", lambda *_: None)
    quality.main(["--cache", str(tmp_path), "--budget", "5", "--families", "digits", "dcgan"])
    shown = capsys.readouterr().out
    assert "| digits | digits | 5 | 0.5 | 0.6 | 0.4 | 100 | 6,400 | 1,000 / 2,000 | 1,024 | 3 |" in shown
    assert "| digits | dcgan | ValueError: Expected a size |" in shown


def asked_for(quality, folder, **changed):
    asked = {"cache": folder, "budget": 5.0, "cores": 2, "features": "digits", "held_out": None}
    asked |= {"fashion": folder, "emoji": folder}
    return quality.argparse.Namespace(**asked | {"set": []} | changed)


def test_a_run_is_played_again_where_a_setting_that_changes_it_differs(quality, tmp_path, monkeypatch):
    played = []

    def child(words, **_):
        played.append(words)
        out = Path(words[words.index("--out") + 1])
        out.write_text(json.dumps({"settings": expected, "failed": "ValueError: ours"}))
        return quality.subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(quality.subprocess, "run", child)
    for changed in (
        {},
        {"held_out": 60},
        {"features": "efficientnet-lite0"},
        {"emoji": tmp_path / "other"},
        {"budget": 5.0000001},
        {"cores": 1},
    ):
        asked = asked_for(quality, tmp_path, **changed)
        expected = quality.settings(asked, "emoji32", "dcgan")
        before = len(played)
        for _ in range(2):
            quality.run_apart(asked, "emoji32", "dcgan", 0)
        assert len(played) == before + 1, changed
        assert quality.summary(quality.argparse.Namespace(**vars(asked), seeds=1), "emoji32", "dcgan")["failed"]
    others = [quality.settings(asked_for(quality, tmp_path, fashion=one), "digits", "dcgan") for one in "ab"]
    assert others[0] == others[1]  # the digits come with kgan


def test_what_python_raised_is_kept_and_a_killed_run_is_not(quality, tmp_path, monkeypatch, capsys):
    def killed(words, **_):
        return quality.subprocess.CompletedProcess(words, -9, "", "Training\n")

    monkeypatch.setattr(quality.subprocess, "run", killed)
    kept(tmp_path, 0, frechet_distance=1.0)
    asked = asked_for(quality, tmp_path, held_out=60, seeds=1)
    quality.run_apart(asked, "digits", "digits", 0)
    assert list(tmp_path.iterdir()) == []  # nor is what came of other settings
    assert "digits-digits-5s-0 ended with exit code -9, is not kept: Training" in capsys.readouterr().err
    assert quality.summary(asked, "digits", "digits") is None

    def fails(asked):
        raise ValueError("Expected a size.\nReceived: another.")

    monkeypatch.setattr(quality, "play", fails)
    words = {"--data": "digits", "--family": "digits", "--seed": 0, "--budget": 5, "--cores": 2}
    words |= {
        "--features": "digits",
        "--out": tmp_path / "digits-digits-5s-0.json",
        "--fashion": tmp_path,
        "--held-out": 60,
    }
    quality.one([str(word) for pair in words.items() for word in pair])
    quality.run_apart(asked, "digits", "digits", 0)
    assert quality.summary(asked, "digits", "digits") == {"failed": "ValueError: Expected a size."}


def test_reals_held_out_are_the_same_for_every_seed_and_none_is_trained_on(quality):
    images = np.arange(60, dtype=np.uint8).repeat(64).reshape(60, 8, 8, 1)
    found = [quality.parted((images, np.zeros(60, np.int32)), "digits", 10, seed, 20) for seed in (0, 1)]
    parts = [[{int(x[0, 0, 0]) for batch in one for x in batch[0].numpy()} for one in part[:2]] for part in found]
    assert parts[0][1] == parts[1][1]
    assert not parts[0][0] & parts[0][1]
    assert (len(parts[0][0]), len(parts[0][1]), len(found[0][2])) == (40, 20, 20)


@pytest.mark.slow
def test_a_second_of_a_family_and_the_reals_come_to_a_table_and_a_picture(quality, tmp_path, capsys):
    arguments = ["--cache", str(tmp_path / "found"), "--budget", "1", "--seeds", "1", "--held-out", "60"]
    quality.main(
        [*arguments, "--families", "digits", "--set", "generator.width=16", "--plot", str(tmp_path / "plot.png")]
    )
    shown = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[1] for row in shown] == ["digits", "reals"]
    distances = [float(row.split(" | ")[2]) for row in shown]
    assert distances[0] > 3 * distances[1] > 0  # after a second
    names = {path.name for path in (tmp_path / "found").iterdir()}
    ours = "digits-digits-generator.width=16-1s-0"
    assert names == {f"{ours}.json", f"{ours}.png", "digits-reals-1s-0.json"}
    assert (tmp_path / "plot.png").stat().st_size > 1_000
