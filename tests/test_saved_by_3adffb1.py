"""What commit 3adffb1 wrote loads and goes on; tests/saved/README.md says what it is."""

import csv
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from kgan import run
from kgan._kernels import library
from kgan.data.sources import digits

pytestmark = pytest.mark.xla  # as users compile; XLA draws other random numbers than TensorFlow without it

SAVED = Path(__file__).parent / "saved"
CLOSE = {"atol": 2e-3}  # of samples in [-1, 1]: the same to the bit on the machine that wrote them, rounding elsewhere


@pytest.fixture(autouse=True)
def compiled_as_then(monkeypatch):
    """XLA for steps of several ways, which "auto" has left to oneDNN since."""
    monkeypatch.setattr(library, "has_onednn", lambda: False)


@pytest.fixture(scope="module")
def of_gan():
    return np.load(SAVED / "gan.npz")


def test_a_saved_model_draws_what_it_drew(of_gan):
    gan = keras.models.load_model(SAVED / "gan.keras")
    np.testing.assert_allclose(gan.generate(12, seed=7), of_gan["drawn"], **CLOSE)
    assert int(gan.images_seen.numpy()) == 400


@pytest.mark.slow
def test_a_saved_model_goes_on_as_it_would_have(of_gan):
    gan = keras.models.load_model(SAVED / "gan.keras")
    images, labels = digits.read()
    x, y = images[::25, 2:26:3, 2:26:3], labels[::25].astype("int32")
    gan.fit(x, y, batch_size=20, initial_epoch=2, epochs=3, verbose=0)
    assert int(gan.steps.numpy()) == int(of_gan["steps"])
    np.testing.assert_allclose(gan.generate(12, seed=7), of_gan["after"], **CLOSE)


@pytest.mark.slow
def test_a_run_folder_goes_on_as_it_would_have(tmp_path, monkeypatch):
    shutil.copytree(SAVED / "run", tmp_path / "run")
    shutil.copy(SAVED / "digits-8.npz", tmp_path)
    monkeypatch.chdir(tmp_path)  # config.json names the data without a folder
    expected = np.load(SAVED / "run.npz")
    opened = run.Run(tmp_path / "run")
    np.testing.assert_allclose(opened.load().generate(12, seed=7), expected["drawn"], **CLOSE)
    trained = run.resume(opened, 3, verbose=0)
    assert trained.epochs == 3
    np.testing.assert_allclose(run.Run(tmp_path / "run").load().generate(12, seed=7), expected["after"], **CLOSE)
    rows, before = (
        list(csv.DictReader(path.read_text().splitlines()))
        for path in (tmp_path / "run" / "log.csv", SAVED / "run-log-after.csv")
    )
    assert len(rows) == len(before) == 3
    for name in ("discriminator_loss", "generator_loss", "r1_penalty", "val_discriminator_loss"):
        assert [float(row[name]) for row in rows] == pytest.approx([float(row[name]) for row in before], rel=1e-3)
    figures = run.Run(tmp_path / "run").figures()  # under the names of today, which are more than there were
    assert np.isfinite(figures["val_frechet_distance"]).all()
    new = figures.keys() - before[0].keys()
    assert new
    assert all(np.isnan(figures[name][:2]).all() and np.isfinite(figures[name][2]) for name in new)
