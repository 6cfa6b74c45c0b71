import json
import os
import time

import keras
import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan import callbacks
from kgan._support.checkpoint_files import CheckpointError, Checkpoints, Place
from kgan.data.sources import digits


@pytest.fixture(scope="module")
def images():
    """Four batches of eight."""
    return digits.read()[0][::75, 2:26:3, 2:26:3][:32]


def compiled():
    gan = small_dcgan(ema_half_life=50.0)
    gan.compile(penalties=["r1"], augmentation=kgan.augmentation.ADA(images=64, every=2), run_eagerly=True)
    return gan


def state(gan):
    parts = (gan, gan.generator_optimizer, gan.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables] + [
        variable.numpy() for variable in gan._remembered().values()
    ]


class Stopped(Exception):  # noqa: N818  no error
    """As a killed process would be."""


class StopAt(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == self.step:
            raise Stopped


@pytest.fixture(scope="module")
def uninterrupted(images):
    """Three epochs of 4 batches, their figures, and the state they lead to."""
    gan = compiled()
    history = gan.fit(images, batch_size=8, epochs=3, shuffle=True, validation_data=images[:16], verbose=0).history
    assert int(gan.steps.numpy()) == 12
    return state(gan), history


@pytest.mark.parametrize("step", [pytest.param(4, marks=pytest.mark.slow), 6])
def test_training_goes_on_from_any_step_to_the_same_bits(tmp_path, images, uninterrupted, step):
    checkpoint = callbacks.ResumableCheckpoint(tmp_path / "checkpoints", every=1e-9)  # after every step
    with pytest.raises(Stopped):
        compiled().fit(
            images,
            batch_size=8,
            epochs=3,
            validation_data=images[:16],
            verbose=0,
            callbacks=[checkpoint, StopAt(step)],
        )
    newest = Checkpoints(tmp_path / "checkpoints").newest()
    assert newest.step == step
    gan = keras.models.load_model(newest.model)
    history = gan.fit(
        images,
        batch_size=8,
        epochs=3,
        validation_data=images[:16],
        verbose=0,
        initial_epoch=newest.place.epoch,
        initial_batch=newest.place.batch,
    ).history
    expected, figures = uninterrupted
    for found, value in zip(state(gan), expected, strict=True):
        np.testing.assert_array_equal(found, value)
    for name, values in figures.items():  # those of the epoch that was interrupted, too
        np.testing.assert_array_equal(history[name], values[newest.place.epoch :], err_msg=name)


@pytest.mark.slow
def test_the_rest_of_an_epoch_may_be_its_validation_alone(tmp_path, images, uninterrupted):
    """SIGTERM in the validation of the second epoch: its figures in training are not lost."""
    gan, stop = compiled(), callbacks.StopOnTerminate()
    checkpoint = callbacks.ResumableCheckpoint(tmp_path / "checkpoints")
    kill = keras.callbacks.LambdaCallback()
    kill.on_test_batch_begin = lambda batch, logs=None: checkpoint.place.epoch == 1 and stop._stop(15, None)
    with pytest.raises(callbacks.Terminated):
        gan.fit(
            images,
            batch_size=8,
            epochs=3,
            validation_data=images[:16],
            verbose=0,
            callbacks=[kill, checkpoint, stop],
        )
    stop.restore()
    checkpoint.save()
    newest = checkpoint.checkpoints.newest()
    assert (newest.place.epoch, newest.place.batch) == (1, 4)
    loaded = keras.models.load_model(newest.model)
    history = loaded.fit(
        images,
        batch_size=8,
        epochs=3,
        validation_data=images[:16],
        verbose=0,
        initial_epoch=1,
        initial_batch=4,
    ).history
    expected, figures = uninterrupted
    for found, value in zip(state(loaded), expected, strict=True):
        np.testing.assert_array_equal(found, value)
    for name, values in figures.items():
        np.testing.assert_array_equal(history[name], values[1:], err_msg=name)


@pytest.mark.slow
def test_a_second_fit_goes_on_as_more_epochs_would(images, uninterrupted):
    gan = compiled()
    gan.fit(images, batch_size=8, epochs=1, verbose=0)
    gan.fit(images, batch_size=8, epochs=3, initial_epoch=1, verbose=0)
    for found, value in zip(state(gan), uninterrupted[0], strict=True):
        np.testing.assert_array_equal(found, value)


@pytest.mark.parametrize(
    ("data", "batch", "message"),
    [
        (lambda images: images, 5, "at most the 4 batches of an epoch. Received: initial_batch=5"),
        (lambda images: images, -1, "Expected initial_batch >= 0"),
        (lambda images: kgan.data.load(images, 8).train.take(3), 1, "Expected initial_batch=0 for data whose order"),
    ],
)
def test_a_place_that_is_not_in_the_data_is_refused(images, data, batch, message):
    with pytest.raises(ValueError, match=message):
        compiled().fit(data(images), batch_size=8, verbose=0, initial_batch=batch)


def saved(folder, steps):
    gan, checkpoints = small_dcgan(), Checkpoints(folder)
    gan.compile()
    for step in steps:
        gan.steps.assign(step)
        checkpoints.save(gan, Place(1, step, 2.5))
    return checkpoints


def test_the_newest_two_are_kept(tmp_path):
    checkpoints = saved(tmp_path / "checkpoints", [1, 2, 30])
    assert sorted(path.name for path in checkpoints.folder.iterdir()) == ["step-00000002", "step-00000030"]
    newest = checkpoints.newest()
    assert (newest.step, newest.place) == (30, Place(1, 30, 2.5))


def damage_model(folder):
    content = bytearray((folder / "model.keras").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.keras").write_bytes(content)


def cut_model(folder):
    os.truncate(folder / "model.keras", 100)


def empty_state(folder):
    (folder / "state.json").write_text("")


def other_state(folder):
    (folder / "state.json").write_text(json.dumps({"epoch": "one"}))


def no_model(folder):
    (folder / "model.keras").unlink()


@pytest.mark.parametrize("damage", [damage_model, cut_model, empty_state, other_state, no_model])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(tmp_path, damage):
    checkpoints, said = saved(tmp_path / "checkpoints", [1, 2]), []
    damage(checkpoints.folder / "step-00000002")
    assert checkpoints.newest(said.append).step == 1
    assert len(said) == 1
    assert "step-00000002 is damaged" in said[0]
    damage(checkpoints.folder / "step-00000001")
    with pytest.raises(CheckpointError, match=r"step-00000002 is damaged.*step-00000001 is damaged"):
        checkpoints.newest()


def test_what_a_killed_process_had_half_written_is_no_checkpoint_and_goes(tmp_path):
    checkpoints = saved(tmp_path / "checkpoints", [1])
    half = checkpoints.folder / ".step-00000002-abc"
    half.mkdir()
    assert checkpoints.newest().step == 1
    checkpoints.clear_leftovers()
    assert not half.exists()


def test_a_full_disk_is_named_and_the_checkpoints_stay(tmp_path, monkeypatch):
    checkpoints = saved(tmp_path / "checkpoints", [1])
    gan = small_dcgan()
    gan.compile()
    gan.steps.assign(2)

    def full(path):
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gan, "save", full)
    with pytest.raises(CheckpointError, match=r"No space left on device.*newest checkpoint is step-00000001"):
        checkpoints.save(gan, Place())
    assert [path.name for path in checkpoints.folder.iterdir()] == ["step-00000001"]
    assert checkpoints.newest().step == 1


def test_a_folder_that_is_gone_is_not_made_anew(tmp_path):
    gan = small_dcgan()
    gan.compile()
    with pytest.raises(CheckpointError, match="a folder that is gone"):
        Checkpoints(tmp_path / "gone" / "checkpoints").save(gan, Place())
    assert not (tmp_path / "gone").exists()


@pytest.mark.slow
def test_checkpoints_within_an_epoch_come_as_often_as_asked(tmp_path, images, monkeypatch):
    gan, written = compiled(), []
    monkeypatch.setattr(time, "monotonic", lambda: 30.0 * int(gan.steps.numpy()))  # half a minute a step
    monkeypatch.setattr(Checkpoints, "save", lambda self, model, place: written.append(place.batch))
    checkpoint = callbacks.ResumableCheckpoint(tmp_path, every=1)
    gan.fit(images, batch_size=4, verbose=0, callbacks=[checkpoint])
    assert written == [3, 6, 0]  # 0 is the epoch's own


@pytest.mark.parametrize("every", [0, -1.0, float("nan")])
def test_bad_minutes_are_named(tmp_path, every):
    with pytest.raises(ValueError, match="Expected every as a positive number of minutes"):
        callbacks.ResumableCheckpoint(tmp_path, every)
