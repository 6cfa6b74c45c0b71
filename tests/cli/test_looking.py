import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

import kgan
from commands import kgan as command
from kgan_cli import bundles


@pytest.fixture(scope="module")
def evaluated(trained, tmp_path_factory):
    """A copy of the run, and what `kgan evaluate` said of it."""
    folder = shutil.copytree(trained.folder, tmp_path_factory.mktemp("evaluated") / trained.folder.name)
    done = command("evaluate", folder, "--samples", 50, "--seed", 1)
    assert done.code == 0, done.err
    return folder, done.out


def test_evaluate_prints_the_figures(evaluated):
    _, out = evaluated
    assert re.search(r"^real_accuracy +[01]\.\d{4}$", out, re.MULTILINE)
    assert re.search(r"^50 samples against held-out reals +samples +reals instead$", out, re.MULTILINE)
    assert re.search(r"^Frechet distance \(pixels\), 24 reals +[\d.]+ +[\d.]+$", out, re.MULTILINE)


def test_evaluate_prints_the_last_verdict(evaluated):
    folder, out = evaluated
    assert f"Verdict: {kgan.run.Run(folder).verdict}" in out


def test_evaluate_writes_the_figures_and_a_report_into_the_run(evaluated):
    folder, _ = evaluated
    written = json.loads((folder / "evaluation.json").read_text())
    assert (written["seed"], written["figures"][0]["generated_samples"]) == (1, 50)
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.slow
def test_evaluate_writes_the_figures_of_the_exported_weights_into_the_cards_of_the_bundle(evaluated, tmp_path):
    folder, _ = evaluated
    text = (folder / "export" / "README.md").read_text()
    figures = json.loads((folder / "evaluation.json").read_text())["figures"]
    card = json.loads((folder / "export" / "card.json").read_text())
    assert [one["value"] for one in card["evaluation"]["figures"]] == [one["value"] for one in figures]
    assert f"| {figures[0]['label']} | {figures[0]['against']} | {figures[0]['value']:.4g} |" in text.replace("\\", "")
    assert f"# A generator of {folder.name.removesuffix('-0001')}\n" in text
    assert command("verify", folder).code == 0

    bundle = shutil.copytree(folder / "export", tmp_path / "bundle")
    other = {**json.loads((folder / "evaluation.json").read_text()), "weights": "the weights of epoch 1 (step 1), ..."}
    bundles.note_figures(bundle, {**other, "figures": []}, pytest.fail)
    assert (bundle / "README.md").read_text() == text  # these are of other weights
    with pytest.raises(ValueError, match="Expected evaluation.json as kgan evaluate writes it"):
        bundles.note_figures(bundle, {"weights": card["origin"]}, pytest.fail)


def test_evaluate_looks_through_other_features_and_writes_elsewhere(evaluated, tmp_path):
    folder, _ = evaluated
    done = command("evaluate", folder, "--samples", 20, "--features", "digits", "--out", tmp_path / "other.html")
    assert done.code == 0, done.err
    assert "Inception score (digits)" in done.out
    assert f"Report in {tmp_path / 'other.html'}" in done.out
    assert (tmp_path / "other.html").is_file()


def test_compare_puts_a_run_beside_its_copy(trained, tmp_path):
    again = shutil.copytree(trained.folder, tmp_path / "again")
    page = tmp_path / "compare.html"
    done = command("compare", trained.folder, again, "--metric", "val_precision", "--out", page)
    assert done.code == 0, done.err
    assert re.search(rf"^ +{trained.folder.name} +again$", done.out, re.MULTILINE)
    assert re.search(r"^Precision \(pixels, 24 : 24\) +([\d.]+) +\1$", done.out, re.MULTILINE)
    assert f"The same, with val_precision over epochs, in {page}" in done.out
    assert page.is_file()


def test_compare_writes_into_the_working_folder_by_default(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained.folder, "again")
    done = command("compare", trained.folder, "again")
    assert done.code == 0, done.err
    assert (tmp_path / "compare.html").is_file()


@pytest.mark.parametrize("policy", ["color,translation,cutout", "ada"])
def test_augment_preview_draws_each_image_beside_its_copies(tmp_path, policy):
    picture = tmp_path / "grid.png"
    arguments = ["--out", picture, "--policy", policy, "--rows", 3, "--copies", 4]
    done = command("augment-preview", "digits", *arguments)
    assert done.code == 0, done.err
    assert "3 images of digits, each with 4 augmented copies" in done.out
    with Image.open(picture) as grid:
        pixels = np.asarray(grid)
    assert pixels.shape == (14 + 3 * 84, 5 * 84)
    images = pixels[14:]  # below the names of the columns
    originals, copies = images[:, :84], images[:, 84:].reshape(3 * 84, 4, 84).swapaxes(0, 1)
    assert all(not np.array_equal(copy, originals) for copy in copies)


def test_augment_preview_names_an_unknown_policy(tmp_path):
    done = command("augment-preview", "digits", "--out", tmp_path / "a.png", "--policy", "colur")
    assert done.code == 2
    assert "Did you mean 'color'?" in done.err
