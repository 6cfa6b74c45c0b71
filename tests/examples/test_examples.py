"""The examples run, and give what they promise."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

EXAMPLES = Path(__file__).parents[2] / "examples"


def module(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.slow
def test_normal_1d_recovers_the_data_and_its_value_proves_the_divergence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "agg")
    mean, deviation = module("normal_1d").main(out=str(tmp_path / "plot.png"))
    assert mean == pytest.approx(10.0, abs=0.3)
    assert deviation == pytest.approx(4.0, rel=0.1)
    lines = capsys.readouterr().out.splitlines()
    quadrature, implied = (
        [float(line.split()[-1]) for line in lines if text in line] for text in ("by quadrature", "implied by V")
    )
    assert quadrature[0] == pytest.approx(0.6301, abs=1e-4)  # N(0, 1) against N(10, 4)
    assert implied == pytest.approx(quadrature, abs=0.01)
    with Image.open(tmp_path / "plot.png") as plot:
        assert plot.size[0] > plot.size[1] > 100


def test_the_divergence_by_quadrature_is_bounded_as_it_should_be():
    normal_1d = module("normal_1d")
    assert normal_1d.js_divergence(10.0, 4.0) == pytest.approx(0.0, abs=1e-12)
    assert normal_1d.js_divergence(1000.0, 1.0) == pytest.approx(np.log(2), abs=1e-6)


@pytest.mark.slow  # an epoch at the example's own width
def test_mnist_fit_trains_draws_and_exports_and_onnx_inference_draws_from_it(tmp_path):
    module("mnist_fit").main(epochs=1, out=str(tmp_path / "bundle"))
    with Image.open(tmp_path / "bundle.png") as picture:
        assert picture.size == (840, 840)
    done = subprocess.run(
        [sys.executable, EXAMPLES / "onnx_inference.py", tmp_path / "bundle" / "generator.onnx"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 28
    assert {len(line) for line in lines} == {28}


def test_onnx_inference_without_a_file_says_how_it_is_used():
    done = subprocess.run([sys.executable, EXAMPLES / "onnx_inference.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "usage:" in done.stderr


@pytest.mark.slow
def test_paired_l1_draws_what_was_cut_out(tmp_path):
    paired = module("paired_l1")
    before, after = paired.main(epochs=1, out=str(tmp_path / "pairs.png"))
    assert after < 0.6 * before
    with Image.open(tmp_path / "pairs.png") as picture:
        assert picture.size == (3 * 84, 8 * 84)


@pytest.mark.slow  # a model of a table, which other tests train too
def test_wine_rows_writes_rows_that_hold_what_is_asked_and_a_bundle(tmp_path, capsys):
    module("wine_rows").main(epochs=1, out=str(tmp_path / "wine"))
    lines = (tmp_path / "wine.csv").read_text().splitlines()
    assert len(lines) == 101
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]
    assert all(row["cultivar"] == "class_0" and float(row["alcohol"]) >= 13.5 for row in rows)
    assert (tmp_path / "wine" / "rows.py").is_file()


@pytest.mark.slow  # an epoch of it
def test_thick_digits_come_near_to_their_true_partners_without_having_seen_any(tmp_path):
    before, after = module("thick_digits").main(epochs=1, out=str(tmp_path / "thick.png"))
    assert after < 0.6 * before
    with Image.open(tmp_path / "thick.png") as picture:
        assert picture.size == (3 * 84, 8 * 84)


def test_next_frames_prints_how_near_and_how_sharp_predictions_are(tmp_path, capsys):
    found = module("next_frames").main(windows=16, width=4, out=str(tmp_path / "frames.png"))
    assert set(found) == {"psnr", "gradient_energy", "psnr_standing_still"}
    assert all(np.isfinite(value) for value in found.values())
    with Image.open(tmp_path / "frames.png") as drawn:
        assert drawn.width > drawn.height
    assert "gradient_energy" in capsys.readouterr().out


@pytest.mark.slow  # two small classifiers
def test_other_digits_are_read_better_with_adaptation_than_without(tmp_path):
    pytest.importorskip("skimage", reason="photographs of scikit-image")
    before, after = module("other_digits").main(epochs=5, out=str(tmp_path / "digits"))
    assert after > before
    assert (tmp_path / "digits" / "classify.py").is_file()
    with Image.open(tmp_path / "digits.png") as sheet:
        assert sheet.width == 10 * 112


@pytest.mark.slow  # a bundle of its own
def test_shapes_in_words_draws_words_that_were_never_together_and_a_bundle(tmp_path):
    shapes = module("shapes_in_words")
    random = np.random.default_rng(0)
    circle, cross = (shapes.drawn("red", shape, random) for shape in ("circle", "cross"))
    assert (circle != cross).any()
    assert (circle == (215, 40, 40)).all(axis=-1).sum() > 80
    model = shapes.main(epochs=1, count=80, out=str(tmp_path / "shapes"))
    assert {"blue", "triangle", "red", "cross"} <= set(model.vocabulary.words)
    assert (tmp_path / "shapes.png").is_file()
    assert (tmp_path / "shapes" / "sampler.py").is_file()


@pytest.mark.slow  # an epoch as a language model and one as a game
def test_new_molecules_writes_a_picture_and_a_bundle(tmp_path, capsys):
    module("new_molecules").main(epochs=2, width=16, out=str(tmp_path / "new"))
    said = capsys.readouterr().out
    assert "% valid" in said
    assert "Pre-training on likelihood is done" in said
    assert (tmp_path / "new" / "molecules.py").is_file()
    with Image.open(tmp_path / "new.png") as picture:
        assert picture.size == (900, 720)
