"""The best epoch of a run: kept while it trains and is resumed, exported or not, and always said."""

import json
import shutil

import numpy as np
import pytest

from kgan import evaluation, run
from kgan._support.checkpoint_files import Checkpoint, CheckpointError, Checkpoints, Place, seal
from kgan.models import kind
from kgan.models.kind import Standard
from kgan.run.best import KeepBest
from kgan.run.choice import choose

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

pytest_plugins = ["small_runs"]

LOWEST = Standard("val_distance", highest=False, slack=0.05, trusted=True, because="on 500 held-out reals")
HIGHEST = Standard("val_psnr", highest=True, slack=0.0, trusted=False, because="PSNR alone prefers blur")


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "checkpoints")


def written(checkpoints, epoch):
    """A checkpoint after that epoch, which says its number where a model would be."""
    folder = checkpoints.folder / f"step-{epoch * 10:08d}"
    folder.mkdir(parents=True)
    (folder / "model.keras").write_text(str(epoch))
    seal(folder, Place(epoch), epoch * 10)
    if (gone := checkpoints.folder / f"step-{(epoch - 2) * 10:08d}").exists():
        shutil.rmtree(gone)


def trained(checkpoints, values, standard=LOWEST, begun=0):
    """Epochs with these figures, after as many as had begun."""
    keeper = KeepBest(checkpoints, standard, begun, {})
    keeper.on_train_begin()
    for epoch, value in enumerate(values, begun):
        written(checkpoints, epoch + 1)
        keeper.on_epoch_end(epoch, {standard.metric: value})
    return keeper


def kept(checkpoints):
    return int((checkpoints.folder / "best" / "model.keras").read_text())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0, 1.0, 2.0], 2),
        ([3.0, 2.0, 1.0], 3),
        ([1.0, 1.04, 1.06], 2),  # as good within 5 %: the later one
        ([1.0, 1.04, 1.08], 2),  # of the best of all, not of the one that was kept
        ([-1.0, -0.96, -0.9], 2),  # an estimate without bias may be negative
        ([np.nan, 3.0, np.nan, np.inf], 2),
    ],
)
def test_the_checkpoint_of_the_epoch_with_the_lowest_distance_is_kept(checkpoints, values, expected):
    keeper = trained(checkpoints, values)
    assert kept(checkpoints) == keeper.best.epoch == expected
    assert keeper.best.lead == np.nanmin(values)
    assert {path.name for path in checkpoints.folder.iterdir()} >= {"best"}
    assert len(list(checkpoints.folder.iterdir())) == 3  # the newest two beside it, and nothing half written


def test_of_a_ratio_the_highest_is_kept(checkpoints):
    assert trained(checkpoints, [20.0, 22.0, 21.0], HIGHEST).best.epoch == kept(checkpoints) == 2


def test_without_a_finite_figure_none_is_kept(checkpoints):
    assert trained(checkpoints, [np.nan, np.nan]).best is None
    assert not (checkpoints.folder / "best").exists()
    assert choose(checkpoints, None).name == "last"


def test_a_later_training_goes_on_from_the_best_of_the_earlier_one(checkpoints):
    trained(checkpoints, [1.0, 2.0])
    trained(checkpoints, [1.5], begun=2)
    assert kept(checkpoints) == 1
    trained(checkpoints, [0.5], begun=3)
    assert kept(checkpoints) == 4


def test_an_epoch_whose_process_was_killed_before_it_was_looked_at_is_looked_at_by_the_next(checkpoints):
    trained(checkpoints, [3.0])
    written(checkpoints, 2)
    keeper = KeepBest(checkpoints, LOWEST, 2, {"val_distance": 1.0})
    keeper.on_train_begin()
    assert (keeper.best.epoch, kept(checkpoints)) == (2, 2)


def test_a_damaged_checkpoint_is_not_kept_as_the_best_and_another_is_not_called_its(checkpoints):
    keeper = trained(checkpoints, [3.0])
    written(checkpoints, 2)
    (checkpoints.folder / "step-00000020" / "model.keras").write_text("cut sh")
    keeper.on_epoch_end(1, {"val_distance": 1.0})
    assert (keeper.best.epoch, kept(checkpoints)) == (1, 1)
    written(checkpoints, 3)
    keeper.on_epoch_end(2, {"val_distance": 1.0})
    assert (keeper.best.epoch, kept(checkpoints)) == (3, 3)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), shutil.Error("[Errno 28] No space left")])
def test_a_full_disk_is_told_and_leaves_the_best_as_it_was(checkpoints, monkeypatch, error):
    keeper = trained(checkpoints, [3.0])
    written(checkpoints, 2)

    def full(*arguments, **options):
        raise error

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(CheckpointError, match=r"(?s)the best checkpoint .*best\. Received: .*No space left.*step-"):
        keeper.on_epoch_end(1, {"val_distance": 1.0})
    assert (keeper.best.epoch, kept(checkpoints)) == (1, 1)


def test_the_best_is_chosen_where_its_metric_is_trusted_and_the_last_otherwise(checkpoints):
    trained(checkpoints, [3.0, 1.0, 2.0])
    chosen = choose(checkpoints, None)
    assert (chosen.name, chosen.epoch, chosen.metric, chosen.value) == ("best", 2, "val_distance", 1.0)
    assert str(chosen) == "the weights of epoch 2 (step 20), the best by val_distance (1) on 500 held-out reals"
    assert str(choose(checkpoints, "last")) == "the weights of epoch 3 (step 30), the last, as asked for"
    assert str(choose(checkpoints, "20")).startswith("the weights of epoch 2 (step 20), as asked for")


def test_where_its_metric_is_not_trusted_the_best_is_told_and_taken_when_asked_for(checkpoints):
    trained(checkpoints, [20.0, 22.0, 21.0], HIGHEST)
    assert str(choose(checkpoints, None)) == (
        "the weights of epoch 3 (step 30), the last, because PSNR alone prefers blur; "
        "the best by val_psnr (22) was epoch 2"
    )
    assert choose(checkpoints, "best").epoch == 2


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("best", "Expected a best epoch in .*Take the last"),
        ("first", "Expected best, last or the number of a step .*Received: 'first'"),
        ("25", r"Expected a step that has a checkpoint in .*: 20, 10\. Received: 25"),
    ],
)
def test_what_cannot_be_chosen_is_refused(checkpoints, asked, message):
    trained(checkpoints, [np.nan, np.nan])
    with pytest.raises(ValueError, match=message):
        choose(checkpoints, asked)


@pytest.mark.parametrize("damage", ["best.json", "model.keras", "state.json"])
def test_a_damaged_best_is_named_and_the_last_can_still_be_had(checkpoints, damage):
    trained(checkpoints, [3.0, 1.0, 2.0])
    (checkpoints.folder / "best" / damage).write_text("{}")
    with pytest.raises(CheckpointError, match="best is damaged"):
        choose(checkpoints, None)
    assert choose(checkpoints, "last").epoch == 3


@pytest.mark.parametrize(
    ("name", "features", "held_out", "metric", "trusted"),
    [
        ("gan", "digits", 500, "val_kernel_distance", True),
        ("gan", "digits", 99, "val_kernel_distance", False),
        ("gan", "pixels", 500, "val_kernel_distance", False),
        ("gan", "digits", 9, None, None),
        ("gan", None, 500, None, None),
        ("translation", "efficientnet-lite0", 20, "val_feature_distance", True),
        ("translation", "efficientnet-lite0", 19, "val_feature_distance", False),
        ("translation", None, 500, "val_psnr", False),
        ("translation", "pixels", 1, "val_psnr", False),
        ("translation", "digits", 0, None, None),
    ],
)
def test_each_kind_says_by_what_its_epochs_are_told_and_whether_to_trust_it(name, features, held_out, metric, trusted):
    standard = kind.named(name).standard(features, held_out)
    assert (standard and standard.metric, standard and standard.trusted) == (metric, trusted)


def test_a_run_exports_evaluates_and_notes_the_same_weights(unlabelled, cache):
    last = unlabelled.chosen()
    assert (last.name, last.epoch) == ("last", 3)  # of pixels, that say little
    assert "distances of pixels say little of what is seen; the best by val_kernel_distance" in str(last)
    figures = unlabelled.figures()["val_kernel_distance"]
    best = unlabelled.chosen("best")
    assert unlabelled.best.value == figures[best.epoch - 1]
    assert figures.min() == unlabelled.best.lead
    unlabelled.note_export(best)
    again = run.Run(unlabelled.folder)
    assert again.exported == json.loads(json.dumps(best.to_dict()))
    assert again.chosen_before() == best
    found = evaluation.evaluate(again)
    assert found.weights == str(best)
    assert f"Measured: {best}." in found.lines()
    steps = int(run.loaded(best.checkpoint).steps.numpy())
    assert steps == best.checkpoint.step == int(again.load_exported().steps.numpy())


def test_what_was_exported_and_is_gone_makes_room_for_what_would_be(checkpoints, unlabelled):
    other = run.Choice(Checkpoint(checkpoints.folder, Place(1), 7), "7", None, None, "as asked for")
    unlabelled.note_export(other)
    assert run.Run(unlabelled.folder).chosen_before() == unlabelled.chosen()


def test_the_best_is_promised_only_where_something_tells_it(tmp_path):
    np.save(tmp_path / "few.npy", np.zeros((40, 8, 8, 1), np.uint8))
    settings = {"generator_width": "4", "discriminator_width": "4", "features": "pixels"}
    plan = run.Plan.make(str(tmp_path / "few.npy"), settings=settings, batch_size=10, epochs=1, export="best")
    with pytest.raises(ValueError, match="Expected metrics on held-out data to tell the best epoch by.*4 held-out"):
        run.train(plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="Expected export as 'best', 'last' or None. Received: export='newest'"):
        run.Plan.make("digits", export="newest")
