"""The kind of `kgan.CycleTranslation`: runs of two folders, from training to both directions of a bundle."""

import json
import shutil

import keras
import numpy as np
import pytest
from cycle_games import cycle_plan, lines, write_collections
from PIL import Image

from kgan import callbacks, evaluation, export, run
from kgan.data import DataError
from kgan.diagnostics import cycle_verdicts
from kgan.export.directions import of_direction
from kgan.export.portable.applier import Applier
from kgan.export.portable.checks import BundleError
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("cycle_translation")


def test_two_translators_are_of_this_kind():
    assert kind.of(lines()) is KIND
    assert KIND.places == 2


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return write_collections(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trained(folders, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "cycles"
    return training.train(cycle_plan(folders), folder, verbose=0)


@pytest.fixture(scope="module")
def bundle(trained, tmp_path_factory):
    model = trained.run.load()
    return model, export.save(model, tmp_path_factory.mktemp("bundle") / "both", formats=("onnx",))


def test_a_run_is_drawn_looked_at_and_measured_each_way(trained):
    folder = trained.run
    with Image.open(folder.samples / "epoch-0002.png") as grid:
        assert grid.width >= 6 * 16
    figures = folder.figures()
    for name in ("val_a2b_kernel_distance", "val_b2a_frechet_distance", "monitor_cycle_error", "a_discriminator_loss"):
        assert np.isfinite(figures[name]).all(), name
    assert trained.verdict.name in cycle_verdicts.NAMES


def test_learning_rates_are_kept_for_half_of_the_training_and_fall_to_nothing(trained):
    model = trained.run.load()
    rate = model.generator_optimizer._learning_rate
    steps = 16 // 4 * 2  # batches of the larger collection, and epochs
    np.testing.assert_allclose([float(rate(step)) for step in (0, steps / 2, steps)], [2e-4, 2e-4, 0.0], atol=1e-9)
    assert float(rate(3 * steps / 4)) == pytest.approx(1e-4)


class Ends(keras.callbacks.Callback):
    """Lets training end in the second epoch, by an exception that nobody expects."""

    step = 6

    def restore(self):
        """As `StopOnTerminate` has it."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == self.step:
            raise KeyboardInterrupt


def state(model):
    parts = (model, model.generator_optimizer, model.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables]


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_to_the_same_bits(monkeypatch, trained, folders, tmp_path):
    lines_said = []
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", Ends)
        with pytest.raises(KeyboardInterrupt):
            policy = training.CheckpointPolicy(1e-9)
            training.train(cycle_plan(folders), tmp_path / "run", verbose=0, policy=policy)
    opened = run.Run(tmp_path / "run")
    training.resume(opened, verbose=0, say=lines_said.append)
    assert any(line.startswith("Going on from step 6: epoch 2, batch 3") for line in lines_said)
    for found, expected in zip(state(opened.load()), state(trained.run.load()), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.slow
def test_the_evaluation_measures_both_directions(trained):
    found = evaluation.evaluate(trained.run)
    named = {(one.name, one.against): one for one in found.figures}
    for way in ("a2b", "b2a"):
        figure = named[f"{way}_kernel_distance", evaluation.HELD_OUT]
        assert figure.value is not None
        assert figure.floor is not None
        assert named[f"{way}_cycle_error", evaluation.TRAINING].value > 0.0
    assert found.sides == ("squares", "holes")
    assert set(found.shown) == {"a2b", "b2a"}
    assert "There and back" in KIND.sections(trained.run, trained.run.load(), found)[0]


def test_a_bundle_holds_both_directions_and_each_is_proved(bundle):
    model, folder = bundle
    found = export.verify(folder)
    assert set(found.differences) == {"onnx", "b2a/onnx"}
    assert max(found.differences.values()) < 1e-4
    picture = np.random.RandomState(0).randint(0, 256, (24, 16, 1)).astype(np.uint8)  # another size than in training
    for way, part in (("a2b", folder), ("b2a", folder / "b2a")):
        assert of_direction(folder, way) == part
        assert json.loads((part / "card.json").read_text())["direction"] == way
        assert export.verify(part).differences["onnx"] < 1e-4
        made = Applier(part).apply(picture)
        assert made.shape == (24, 16, 1)
    sample = picture[None, :16]
    made = Applier(folder / "b2a").apply(sample[0]).astype(np.int64)
    expected = np.rint((np.clip(model.translate(sample, "b2a")[0], -1, 1) + 1) * 127.5)
    assert np.abs(made - expected).max() <= 1
    with pytest.raises(BundleError, match=r"Received: .*which has a2b, b2a"):
        of_direction(folder, "c2d")


def test_a_changed_file_of_either_direction_is_found(bundle, tmp_path):
    for name in ("b2a/generator.onnx", "b2a/card.json", "generator.onnx"):
        copied = shutil.copytree(bundle[1], tmp_path / name.replace("/", "-"))
        path = copied / name
        path.write_bytes(path.read_bytes() + b" ")
        with pytest.raises(BundleError, match=name):
            export.verify(copied)


def test_a_bundle_is_written_again_over_itself(bundle):
    model, folder = bundle
    (folder / "grid.png").write_bytes(b"mine")
    export.save(model, folder, formats=("onnx",))
    assert (folder / "grid.png").read_bytes() == b"mine"
    assert export.verify(folder).differences["onnx"] < 1e-4


def test_two_places_choose_the_recipe_and_other_recipes_refuse_them(folders):
    source = " + ".join(map(str, folders))
    plan = run.Plan.make(source, "auto")
    assert plan.recipe.name == "cyclegan"
    assert "two collections" in plan.chosen
    with pytest.raises(ValueError, match="Expected 1 place of data at most for the recipe digits"):
        run.Plan.make(source, "digits")


def test_other_data_than_a_model_was_trained_on_are_refused(folders):
    plan = cycle_plan(folders, **{"data.image_size": 24})
    with pytest.raises(ValueError, match="Expected the collections that the run began with"):
        KIND.check_same_data(lines(), plan.load())


def test_a_collection_that_is_no_pictures_is_refused(tmp_path):
    np.save(tmp_path / "points.npy", np.zeros((20, 2), np.float32))
    source = " + ".join([str(tmp_path / "points.npy")] * 2)
    with pytest.raises(DataError, match="kgan.CycleTranslation"):
        KIND.load(source, 2, {}, seed=0, strict=False)
