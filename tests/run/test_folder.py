import csv
import importlib.util
import json

import keras
import numpy as np
import pytest
from PIL import Image

from kgan import GAN, diagnostics, recipes, run
from kgan.data import DataError
from kgan.data.sources import digits
from kgan.kinds import generation
from kgan.metrics import ExtractorError
from kgan.run import training


def plan(source, features="pixels", **arguments):
    settings = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4", "features": features}
    return run.Plan.make(str(source), settings=settings, **arguments)


@pytest.fixture(scope="module", autouse=True)
def _cache_of_its_own(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def columns(of_run):
    with of_run.log.open() as file:
        names, *rows = csv.reader(file)
    return dict(zip(names, np.array(rows, float).T, strict=True))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    images, labels = digits.read()
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, images=images[::20, 2:26:3, 2:26:3], labels=labels[::20])
    return path


@pytest.fixture(scope="module")
def trained(source, tmp_path_factory):
    keras.utils.set_random_seed(0)  # as for each test: TensorFlow's own seed has a say in the order of the data
    folder = tmp_path_factory.mktemp("runs") / "small-0001"
    lines = []
    result = training.train(plan(source, epochs=2, batch_size=50, seed=5), folder, verbose=0, say=lines.append)
    return result, lines


def test_a_run_folder_holds_all_that_a_run_leaves_behind(trained):
    result, lines = trained
    folder = result.run.folder
    assert {path.name for path in folder.iterdir()} == {
        "checkpoints",
        "config.json",
        "data.json",
        "diagnosis.json",
        "evolution.gif",
        "log.csv",
        "samples",
        "tensorboard",
    }
    assert [path.name for path in result.run.frames()] == ["epoch-0001.png", "epoch-0002.png"]
    with Image.open(folder / "evolution.gif") as film:
        assert film.n_frames == 2
    players = {"discriminator_loss", "generator_loss", "real_accuracy", "generated_accuracy"}
    samples = {"frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage"}
    expected = {"epoch", *players, "r1_penalty", "r2_penalty", *(f"val_{name}" for name in players | samples)}
    expected |= {"val_real_samples", "val_generated_samples"}
    expected |= {f"monitor_{name}" for name in diagnostics.Signs.__dataclass_fields__}
    log = columns(result.run)
    assert set(log) == expected
    assert log["epoch"].tolist() == [0, 1]
    assert np.isfinite([log[name] for name in expected if not name.startswith("monitor_")]).all()
    assert np.isfinite([log[f"monitor_{name}"] for name in ("separation", "coverage", "diversity")]).all()
    assert np.isnan(log["monitor_memorisation"]).all()  # of 25 held-out reals chance alone would tell
    assert {path.name for path in (folder / "tensorboard").iterdir()} == {"samples", "train", "validation"}
    assert (result.epochs, result.interrupted, result.skipped) == (2, False, {})
    assert any("225 training samples of 8 x 8 pixels, grey, 10 classes" in line for line in lines)
    assert any(line.startswith("Found 250 images: 8 x 8 pixels") for line in lines)
    found = result.run.config["found"]
    assert (found["count"], found["held_out"], len(found["classes"])) == (250, 25, 10)


@pytest.mark.slow
def test_the_config_repeats_the_run(trained, source, tmp_path):
    result, _ = trained
    config = json.loads((result.run.folder / "config.json").read_text())
    assert set(config["versions"]) >= {"python", "kgan", "tensorflow", "keras", "numpy"}
    assert config["plan"]["recipe"]["generator"]["width"] == 4
    assert config["plan"]["recipe"]["generator_optimizer"]["epsilon"] == 1e-7  # what the recipe left to Keras too
    repeated = run.Plan.from_dict(config["plan"])
    assert repeated == result.run.plan
    again = training.train(repeated, tmp_path / "again", verbose=0)
    first, second = columns(result.run), columns(again.run)
    for name, values in first.items():
        # The monitor looks by TensorFlow's own kernels, which add up in the order in which their threads finish.
        np.testing.assert_allclose(second[name], values, rtol=1e-3 if name.startswith("monitor_") else 1e-12)
    np.testing.assert_array_equal(again.run.load().generate(3, seed=0), result.run.load().generate(3, seed=0))


def test_the_log_is_read_back_with_epochs_from_one(trained):
    result, _ = trained
    log, written = result.run.figures(), columns(result.run)
    assert log["epoch"].tolist() == [1, 2]
    for name in ("val_frechet_distance", "monitor_separation", "generator_loss"):
        np.testing.assert_array_equal(log[name], written[name])


def test_the_diagnosis_has_a_verdict_for_each_epoch_which_is_said_when_it_changes(trained):
    result, lines = trained
    looks = result.run.looks()
    assert [look["epoch"] for look in looks] == [1, 2]
    assert looks[-1]["signs"]["separation"] == pytest.approx(columns(result.run)["monitor_separation"][-1])
    assert result.verdict == result.run.verdict
    assert result.verdict.name in diagnostics.NAMES
    assert any(line.startswith(f"Epoch 1, {looks[0]['verdict']['name']}") for line in lines)


def test_what_training_came_to_is_noted(trained):
    result, _ = trained
    noted = run.Run(result.run.folder).trained
    assert (noted["epochs"], noted["interrupted"]) == (2, False)
    assert noted["seconds"] == pytest.approx(result.seconds, abs=0.1)


def test_the_features_that_were_chosen_are_said_and_kept(trained):
    result, lines = trained
    assert 'Metrics on the features "pixels", of as many samples as there are held-out reals (25).' in lines
    assert not any("pip install" in line for line in lines)  # they were asked for
    assert result.run.plan.recipe.features == "pixels"
    gan = result.run.load()
    assert [metric.name for metric in gan.sample_metrics][:2] == ["frechet_distance", "kernel_distance"]


class Stopped(Exception):  # noqa: N818  no error
    """Training was about to begin."""


def about(tmp_path, monkeypatch, images, **arguments):
    """What is said of metrics before training, and the features that are kept."""

    def stop(*_, **__):
        raise Stopped

    np.save(tmp_path / "images.npy", images)
    lines = []
    monkeypatch.setattr(GAN, "fit", stop)
    monkeypatch.setattr(run.Run, "remove_unless_trained", lambda self: None)
    with pytest.raises(Stopped):
        training.train(plan(tmp_path / "images.npy", batch_size=5, **arguments), tmp_path / "out", 0, lines.append)
    return lines[2:-1], run.Run(tmp_path / "out").plan.recipe.features


def noise(count, side=8, channels=1):
    return np.random.RandomState(0).randint(256, size=(count, side, side, channels), dtype=np.uint8)


def test_pixels_taken_for_want_of_a_network_come_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    lines, kept = about(tmp_path, monkeypatch, noise(100), features="auto")
    assert kept == "pixels"
    said = lines.index('Metrics on the features "pixels", of as many samples as there are held-out reals (10).')
    assert "pip install 'kgan[efficientnet]'" in lines[said + 1]


def test_large_samples_have_no_frechet_distance_on_their_pixels(tmp_path, monkeypatch):
    lines, _ = about(tmp_path, monkeypatch, noise(100, 32, 3))
    assert any(line.startswith("No Frechet distance") for line in lines)


def test_many_held_out_reals_are_not_matched_by_as_many_samples(tmp_path, monkeypatch):
    monkeypatch.setattr(generation, "MOST", 12)
    lines, _ = about(tmp_path, monkeypatch, noise(200))
    assert 'Metrics on the features "pixels", of 12 samples, against 20 held-out reals.' in lines


def test_few_held_out_reals_and_no_features_mean_no_metrics(tmp_path, monkeypatch):
    lines, kept = about(tmp_path, monkeypatch, noise(50))
    assert "The run goes without metrics of samples: 5 held-out reals are too few for them, 10 do." in lines
    assert kept == "pixels"


@pytest.mark.slow
def test_a_run_without_metrics_is_trained_and_says_so(source, tmp_path):
    lines = []
    arguments = {"epochs": 1, "batch_size": 50, "features": "none"}
    result = training.train(plan(source, **arguments), tmp_path / "out", verbose=0, say=lines.append)
    assert "No metrics of samples: the recipe has features=none." in lines
    assert "val_frechet_distance" not in result.run.figures()
    assert "monitor_separation" in result.run.figures()


@pytest.mark.slow
def test_a_run_without_held_out_data_is_trained_and_says_so(source, tmp_path, monkeypatch):
    splits = plan(source, batch_size=50).load()
    without = type(splits)(splits.train, None, splits.sample_shape, splits.count, splits.class_names)
    monkeypatch.setattr(run.Plan, "load", lambda self, *_, **__: without)
    lines = []
    result = training.train(plan(source, epochs=1), tmp_path / "out", verbose=0, say=lines.append)
    assert "No metrics of samples: the data has no held-out part." in lines
    assert not any(name.startswith("val_") for name in result.run.figures())
    assert result.verdict is not None


def test_features_that_do_not_take_the_images_are_refused_before_anything_is_written(tmp_path):
    np.save(tmp_path / "colour.npy", noise(120, channels=3))
    with pytest.raises(ExtractorError, match="Expected grey images"):
        training.train(plan(tmp_path / "colour.npy", features="digits", batch_size=20), tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["an earlier run", "other files", "a file"])
def test_a_folder_that_is_taken_is_left_alone(tmp_path, source, content):
    folder = tmp_path / "out"
    if content == "a file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / ("config.json" if content == "an earlier run" else "mine")).write_text("{}")
    with pytest.raises(run.RunError, match=f"{content}.*choose another folder|which is a file. Choose another folder"):
        training.train(plan(source), folder, verbose=0)
    assert folder.is_file() or len(list(folder.iterdir())) == 1


def test_data_that_cannot_be_loaded_leaves_no_folder(tmp_path):
    with pytest.raises(DataError):
        training.train(plan("nothing-here"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_error_of_the_pipeline_is_told_as_what_it_is(tmp_path):
    images, _ = digits.read()
    for number in range(200):
        Image.fromarray(images[number, ..., 0]).save(tmp_path / f"{number:03d}.png")
    Image.new("L", (5, 5)).save(tmp_path / "001.png")  # beyond the first look: every third file
    with pytest.raises(DataError, match=r"^Expected images of one size.*001\.png of 5x5"):
        training.train(plan(tmp_path, batch_size=20, epochs=1), tmp_path.parent / "out", verbose=0)


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
        training.train(plan(tmp_path / "table.npy"), tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "Expected epochs >= 1"),
        ({"recipe": "digit"}, "Did you mean 'digits'"),
        ({"settings": {"features": "digit"}}, "Expected features to be one of .*Did you mean 'digits'"),
    ],
)
def test_bad_plans_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        run.Plan.make("digits", **arguments)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "which is an empty folder"),
        ("{", "Expected .*config.json as kgan train writes it"),
        ('{"plan": {}}', "as kgan train writes it"),
        (
            '{"plan": {"source": "digits", "recipe_name": "digits", "recipe": {"unknown": 1}}}',
            r"plan.recipe with \['unknown'\], which",
        ),
    ],
)
def test_a_folder_that_is_no_run_is_named(tmp_path, config, message):
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(run.RunError, match=message):
        run.Run(tmp_path)


def test_a_run_that_never_saved_is_named(tmp_path):
    started = run.Run.create(tmp_path / "out", plan("digits"))
    with pytest.raises(run.RunError, match="which has none yet. kgan resume"):
        started.load()
    with pytest.raises(run.RunError, match="which does not exist"):
        run.Run(tmp_path / "nothing")


def test_a_run_that_never_saved_has_no_figures_and_no_verdict(tmp_path):
    started = run.Run.create(tmp_path / "out", plan("digits"))
    assert (started.figures(), started.looks(), started.verdict, started.trained) == ({}, [], None, {})
    started.log.touch()
    assert started.figures() == {}


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
