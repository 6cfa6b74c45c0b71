"""Label maps by the recipe `spade`, from `kgan train` to a picture of a bundle."""

import numpy as np
import pytest
from PIL import Image

from commands import kgan as command
from kgan import run

pytestmark = pytest.mark.slow  # a whole run and an export: .ci/run has them

CLASSES = np.array([[20, 40, 200], [230, 220, 60], [30, 160, 40]], np.uint8)
SMALL = {"generator.map_classes": 3, "generator.width": 8, "generator.hidden": 8, "batch_size": 4}
SMALL |= {
    f"discriminators.{name}.{key}": value
    for name in ("fine", "coarse")
    for key, value in {"map_classes": 3, "width": 4, "layers": 2}.items()
}
SMALL |= {"generator_optimizer.learning_rate": 2e-3, "features": "pixels", "jit_compile": "false"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Maps of three classes, 32 x 32, and pictures in the colours of the classes."""
    random, source = np.random.default_rng(0), tmp_path_factory.mktemp("maps")
    for side in "ab":
        (source / side).mkdir()
    for number in range(24):
        told = np.kron(random.integers(0, 3, (4, 4)), np.ones((8, 8), np.uint8)).astype(np.uint8)
        Image.fromarray(told).save(source / "a" / f"{number:02d}.png")
        Image.fromarray(CLASSES[told]).save(source / "b" / f"{number:02d}.png")
    return source


def test_a_run_of_label_maps_learns_the_colours_of_classes_and_is_applied(folder, tmp_path):
    settings = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]
    out = tmp_path / "run"
    done = command("train", folder, "--recipe", "spade", "--epochs", 12, "--out", out, "--seed", 1, *settings)
    assert done.code == 0, done.err
    distances = run.Run(out).figures()["val_l1"]
    assert distances[-1] < 0.7 * distances[0]
    done = command("export", out, "--format", "onnx")
    assert done.code == 0, done.err
    done = command("apply", out / "export", folder / "a" / "00.png", "--out", tmp_path / "picture.png")
    assert done.code == 0, done.err
    drawn = np.asarray(Image.open(tmp_path / "picture.png")).astype(int)
    truth = np.asarray(Image.open(folder / "b" / "00.png")).astype(int)
    assert np.abs(drawn - truth).mean() < 0.7 * np.abs(truth.mean((0, 1)) - truth).mean()
