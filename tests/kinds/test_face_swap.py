"""The kind of `kgan.FaceSwap`: a run of two folders, from training to the bundle, and that its pictures are marked."""

import shutil

import face_games
import keras
import numpy as np
import pytest
from PIL import Image

from kgan import callbacks, evaluation, export, recipes, run
from kgan._support import marks
from kgan.data import DataError
from kgan.export import previews
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("face_swap")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return face_games.write_faces(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trained(folders, tmp_path_factory):
    return training.train(face_games.plan(folders), tmp_path_factory.mktemp("runs") / "run", verbose=0)


@pytest.mark.slow  # it trains
def test_a_run_is_looked_at_and_measured_both_ways(trained):
    figures = trained.run.figures()
    for name in ("val_a2b_kernel_distance", "val_b2a_kernel_distance", "monitor_cycle_error"):
        assert np.isfinite(figures[name]).all(), name
    assert np.isfinite(figures["generator_face_reconstruction_loss"]).all()
    assert kind.of(trained.run.load()) is KIND


@pytest.mark.slow  # it trains
def test_its_pictures_say_what_they_are(trained):
    with Image.open(trained.run.samples / "epoch-0002.png") as grid:
        assert grid.info["Disclaimer"] == marks.DISCLAIMER
        pixels = np.asarray(grid)
    side, mark = 96, marks.mark_for(16, 16)  # faces are six times as large, below a line of names
    for row, column in ((0, 1), (0, 2), (3, 4)):  # a to b, a again, b to a
        face = pixels[14 + row * side :, column * side :][:side, :side][3::6, 3::6]
        np.testing.assert_array_equal(face[mark.place][..., 0] > 127, mark.ink)


class Ends(keras.callbacks.Callback):
    """Lets training end in the second epoch, by an exception that nobody expects."""

    def restore(self):
        """As `StopOnTerminate` has it."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == 6:
            raise KeyboardInterrupt


@pytest.mark.slow  # it trains once more
def test_a_run_that_was_killed_goes_on_to_the_same_bits(monkeypatch, trained, folders, tmp_path):
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", Ends)
        with pytest.raises(KeyboardInterrupt):
            training.train(
                face_games.plan(folders), tmp_path / "run", verbose=0, policy=training.CheckpointPolicy(1e-9)
            )
    opened = run.Run(tmp_path / "run")
    training.resume(opened, verbose=0)
    found, whole = opened.load(), trained.run.load()
    for one, other in zip(found.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.slow  # it loads the data twice, exports and draws
def test_the_evaluation_the_report_and_the_preview_are_marked(trained, tmp_path):
    found = evaluation.evaluate(trained.run)
    assert {one.name for one in found.figures} >= {"a2b_kernel_distance", "b2a_cycle_error"}
    mark = marks.mark_for(16, 16)
    for cycles in found.shown.values():
        for made in (cycles.there, cycles.back):
            np.testing.assert_array_equal(made[0][mark.place][..., 0] == 255, mark.ink)
    assert "There and back" in KIND.sections(trained.run, trained.run.load(), found)[0]
    bundle = export.save(trained.run.load(), tmp_path / "bundle", formats=("onnx",))
    assert "marked" in previews.preview(bundle, trained.run, tmp_path / "grid.png").shows
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.info["Disclaimer"] == marks.DISCLAIMER


def test_every_setting_of_the_recipe_states_its_source():
    recipe = recipes.get("face-swap")
    assert [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)] == ["name", "source", "kind"]


def load(source, **options):
    return KIND.load(str(source), 4, {"image_size": 16, **options}, 0, False)


def test_one_identity_only_is_refused(folders, tmp_path):
    (tmp_path / "alone.zip").write_bytes(b"")
    shutil.copytree(folders[0], tmp_path / "copied")
    for other in (folders[0], folders[0] / ".." / "ada", tmp_path / "copied"):
        with pytest.raises(DataError, match=r"Expected faces of two identities.* the same pictures twice"):
            load(f"{folders[0]} + {other}")
    for source in (tmp_path / "alone.zip", tmp_path / "missing"):
        with pytest.raises(DataError, match=r"Expected faces of two identities.* one identity only"):
            load(source)
    with pytest.raises(DataError, match="no two sub-folders"):
        load(folders[0])


def test_a_folder_of_both_will_do(folders):
    assert load(folders[0].parent).sides == ("ada", "ben")


def test_faces_that_cannot_be_halved_are_refused_with_their_size(folders):
    plan = face_games.plan(folders, **{"data.image_size": 18, "data.validation_split": 0.0})
    with pytest.raises(DataError, match="This is about faces of 18 x 18 pixels"):
        plan.kind.build(plan.recipe, plan.load(), 0)


def test_a_generator_without_an_encoder_is_refused(folders):
    plan = face_games.plan(folders)
    other = plan.recipe.changed({"generator": {"architecture": "resnet_translator", "width": 2, "blocks": 1}})
    with pytest.raises(ValueError, match="Expected a generator with the layers 'encoder' and 'decoder'"):
        plan.kind.build(other, plan.load(), 0)
