import json

import numpy as np
import pytest
from PIL import Image

from kgan import recipes, run
from kgan.data import DataError, digits


def plan(source, **arguments):
    settings = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4"}
    return run.Plan.make(str(source), settings=settings, **arguments)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    images, labels = digits.read()
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, images=images[::20, 2:26:3, 2:26:3], labels=labels[::20])
    return path


@pytest.fixture(scope="module")
def trained(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "small-0001"
    lines = []
    result = run.train(plan(source, epochs=2, batch_size=50, seed=5), folder, verbose=0, say=lines.append)
    return result, lines


def test_a_run_folder_holds_all_that_a_run_leaves_behind(trained):
    result, lines = trained
    folder = result.run.folder
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "evolution.gif",
        "last.keras",
        "log.csv",
        "samples",
        "tensorboard",
    }
    assert [path.name for path in result.run.frames()] == ["epoch-0001.png", "epoch-0002.png"]
    with Image.open(folder / "evolution.gif") as film:
        assert film.n_frames == 2
    rows = (folder / "log.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,discriminator_loss,generated_accuracy,generator_loss,r1_penalty")
    assert len(rows) == 3
    assert {path.name for path in (folder / "tensorboard").iterdir()} == {"samples", "train", "validation"}
    assert (result.epochs, result.interrupted, result.skipped) == (2, False, {})
    assert any("225 training samples of 8 x 8 x 1, 10 classes" in line for line in lines)


def test_the_config_repeats_the_run(trained, source, tmp_path):
    result, _ = trained
    config = json.loads((result.run.folder / "config.json").read_text())
    assert set(config["versions"]) >= {"python", "kgan", "tensorflow", "keras", "numpy"}
    assert config["plan"]["recipe"]["generator_width"] == 4
    repeated = run.Plan.from_dict(config["plan"])
    assert repeated == result.run.plan
    again = run.train(repeated, tmp_path / "again", verbose=0)
    assert (again.run.folder / "log.csv").read_text() == (result.run.folder / "log.csv").read_text()
    np.testing.assert_array_equal(again.run.load().generate(3, seed=0), result.run.load().generate(3, seed=0))


def test_evaluating_a_run_gives_what_the_last_epoch_gave(trained):
    result, _ = trained
    figures = run.evaluate(result.run)
    names, *_, last = (line.split(",") for line in (result.run.folder / "log.csv").read_text().splitlines())
    logged = dict(zip(names, last, strict=True))
    for name, value in figures.items():
        assert value == pytest.approx(float(logged[f"val_{name}"]), rel=1e-4, abs=1e-5)
    assert json.loads((result.run.folder / "evaluation.json").read_text()) == figures
    (result.run.folder / "evaluation.json").unlink()


@pytest.mark.parametrize("content", ["an earlier run", "other files", "a file"])
def test_a_folder_that_is_taken_is_left_alone(tmp_path, source, content):
    folder = tmp_path / "out"
    if content == "a file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / ("config.json" if content == "an earlier run" else "mine")).write_text("{}")
    with pytest.raises(run.RunError, match=f"{content}.*choose another --out|which is a file. Choose another --out"):
        run.train(plan(source), folder, verbose=0)
    assert folder.is_file() or len(list(folder.iterdir())) == 1


def test_data_that_cannot_be_loaded_leaves_no_folder(tmp_path):
    with pytest.raises(DataError):
        run.train(plan("nothing-here"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_error_of_the_pipeline_is_told_as_what_it_is(tmp_path):
    images, _ = digits.read()
    for number in range(200):
        Image.fromarray(images[number, ..., 0]).save(tmp_path / f"{number:03d}.png")
    Image.new("L", (5, 5)).save(tmp_path / "001.png")  # beyond the first look: every third file
    with pytest.raises(DataError, match=r"^Expected images of one size.*001\.png of 5x5"):
        run.train(plan(tmp_path, batch_size=20, epochs=1), tmp_path.parent / "out", verbose=0)


def test_an_embedded_name_is_not_taken_for_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    (tmp_path / "photos").mkdir()
    assert run.Plan.make("digits").source == "digits"
    assert run.Plan.make("photos").source == str(tmp_path / "photos")
    assert run.Plan.make("tfds:cifar10").source == "tfds:cifar10"


def test_vectors_are_refused_with_the_way_out(tmp_path):
    np.save(tmp_path / "table.npy", np.zeros((100, 3), np.float32))
    with pytest.raises(DataError, match=r"Received: samples of shape \(3,\)\. Build your own networks with kgan\.GAN"):
        run.train(plan(tmp_path / "table.npy"), tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "Expected epochs >= 1"),
        ({"recipe": "digit"}, "Did you mean 'digits'"),
    ],
)
def test_bad_plans_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        run.Plan.make("digits", **arguments)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "which has no config.json"),
        ("{", "Expected .*config.json as kgan train writes it"),
        ('{"plan": {}}', "as kgan train writes it"),
        ('{"plan": {"source": "digits", "recipe_name": "digits", "recipe": {"unknown": 1}}}', "unexpected keyword"),
    ],
)
def test_a_folder_that_is_no_run_is_named(tmp_path, config, message):
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(run.RunError, match=message):
        run.Run(tmp_path)


def test_a_run_that_never_saved_is_named(tmp_path):
    started = run.Run.create(tmp_path / "out", plan("digits"))
    with pytest.raises(run.RunError, match="ended before its first epoch"):
        started.load()
    with pytest.raises(run.RunError, match="which does not exist"):
        run.Run(tmp_path / "nothing")


def test_a_run_without_held_out_data_cannot_be_evaluated(trained, monkeypatch):
    result, _ = trained
    splits = result.run.plan.load()
    without = type(splits)(splits.train, None, splits.sample_shape)
    monkeypatch.setattr(run.Plan, "load", lambda self: without)
    with pytest.raises(run.RunError, match="Expected held-out data"):
        run.evaluate(result.run)


def test_folders_are_numbered_and_named_after_the_data(tmp_path):
    assert run.next_folder("digits", tmp_path).name == "digits-0001"
    (tmp_path / "digits-0001").mkdir()
    assert run.next_folder("digits", tmp_path).name == "digits-0002"
    assert run.next_folder("tfds:cifar10/train[:50%]", tmp_path).name.endswith("-0001")
    assert run.next_folder("/data/My photos/", tmp_path).name == "My-photos-0001"


def test_the_recipe_s_own_numbers_hold_unless_told_otherwise():
    made = run.Plan.make("digits", epochs=3)
    assert made.recipe.epochs == 3
    assert made.recipe.batch_size == recipes.get("digits").batch_size
