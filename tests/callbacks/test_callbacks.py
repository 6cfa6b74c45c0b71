import os
import signal

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from games import linear_game, small_dcgan
from kgan import callbacks, pictures


def fit(gan, images, labels=None, epochs=2, **arguments):
    gan.compile(jit_compile=False)
    return gan.fit(images, labels, batch_size=50, epochs=epochs, verbose=0, **arguments)


def test_a_grid_is_drawn_after_each_epoch_from_the_same_latents(tmp_path, small_images):
    gan = small_dcgan()
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), jit_compile=False)
    for layer in gan.generator.layers:  # so that nothing moves, and equal latents mean equal pictures
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    grid = callbacks.SampleGrid(tmp_path, rows=2, columns=3)
    gan.fit(small_images, batch_size=50, epochs=2, verbose=0, callbacks=[grid])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-0001.png", "epoch-0002.png"]
    assert (tmp_path / "epoch-0001.png").read_bytes() == (tmp_path / "epoch-0002.png").read_bytes()
    with Image.open(tmp_path / "epoch-0001.png") as picture:
        assert picture.size == (3 * 64, 2 * 64)


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_a_stock_callback_drives_the_optimizer_that_it_is_told_to(small_images, player):
    gan = small_dcgan()
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), jit_compile=False)
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1e-3 / 2**epoch)
    history = gan.fit(
        small_images, batch_size=50, epochs=3, verbose=0, callbacks=[callbacks.DriveOptimizer(player, schedule)]
    )
    rates = {
        name: float(getattr(gan, f"{name}_optimizer").learning_rate.numpy()) for name in ("generator", "discriminator")
    }
    assert rates.pop(player) == pytest.approx(2.5e-4)
    assert list(rates.values()) == pytest.approx([1e-3])
    assert history.history[f"{player}_learning_rate"] == pytest.approx([1e-3, 5e-4, 2.5e-4])
    assert "learning_rate" not in history.history


def test_a_callback_for_each_player_sees_the_figures_and_may_stop_training(small_images):
    gan = small_dcgan()
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), jit_compile=False)
    plateaus = [
        callbacks.DriveOptimizer(
            player,
            keras.callbacks.ReduceLROnPlateau(monitor=monitor, mode="min", factor=0.5, patience=1, min_delta=1e9),
        )
        for player, monitor in (("generator", "val_generator_loss"), ("discriminator", "discriminator_loss"))
    ]
    stop = callbacks.DriveOptimizer(
        "discriminator", keras.callbacks.EarlyStopping("discriminator_loss", mode="min", patience=3, min_delta=1e9)
    )
    history = gan.fit(
        small_images, batch_size=50, epochs=9, verbose=0, validation_split=0.25, callbacks=[*plateaus, stop]
    )
    assert len(history.epoch) == 4
    assert history.history["generator_learning_rate"] == pytest.approx([1e-3, 1e-3, 5e-4, 2.5e-4])
    assert history.history["discriminator_learning_rate"] == pytest.approx([1e-3, 1e-3, 5e-4, 2.5e-4])


def test_a_callback_may_report_where_there_is_nothing_to_report_to():
    reporting = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: logs.update(extra=1.0))
    drive = callbacks.DriveOptimizer("generator", reporting)
    drive.on_train_begin(None)
    logs = {}
    drive.on_train_begin(logs)
    assert logs == {"generator_extra": 1.0}


def test_bad_drives_are_named():
    with pytest.raises(ValueError, match="Expected player to be 'generator' or 'discriminator'.*player='both'"):
        callbacks.DriveOptimizer("both", keras.callbacks.Callback())
    with pytest.raises(TypeError, match="Expected callback as a keras.callbacks.Callback"):
        callbacks.DriveOptimizer("generator", 3)


def test_the_columns_of_a_conditional_grid_are_the_classes(tmp_path, small_images, small_labels):
    gan = small_dcgan(num_classes=10)
    gan.class_names = [f"class {number}" for number in range(10)]
    fit(gan, small_images, small_labels, epochs=1, callbacks=[callbacks.SampleGrid(tmp_path, rows=2)])
    with Image.open(tmp_path / "epoch-0001.png") as picture:
        drawn = np.asarray(picture)
    expected = gan.generate(20, seed=0, labels=np.tile(np.arange(10), 2))
    np.testing.assert_array_equal(drawn, np.asarray(pictures.grid(expected, 10, names=gan.class_names)))
    assert drawn.shape == (14 + 2 * 64, 10 * 64)
    np.testing.assert_allclose(drawn[14::8, ::8][8:16, 24:32] / 127.5 - 1, expected[13, ..., 0], atol=0.01)


def images_in(folder):
    (path,) = folder.iterdir()
    return [
        (event.step, value.tag, tf.io.decode_png(value.tensor.string_val[2]).numpy())
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    ]


def test_tensorboard_gets_the_grids_with_reals_beside_them(tmp_path, small_images):
    grid = callbacks.SampleGrid(tmp_path / "samples", rows=1, columns=2, log_dir=tmp_path / "logs")
    fit(small_dcgan(), small_images, callbacks=[grid], validation_data=small_images[:8])
    found = images_in(tmp_path / "logs")
    tags = [(1, "samples/generated"), (1, "samples/real"), (2, "samples/generated")]
    assert [(step, tag) for step, tag, _ in found] == tags
    assert {image.shape for _, _, image in found} == {(64, 128, 1)}
    np.testing.assert_array_equal(found[1][2][..., 0], np.asarray(pictures.grid(small_images[:2], 2)))


def test_the_reals_beside_samples_stand_in_the_columns_of_their_classes(tmp_path, small_images, small_labels):
    grid = callbacks.SampleGrid(tmp_path / "samples", rows=2, log_dir=tmp_path / "logs")
    held_out = (small_images[:20], np.minimum(small_labels[:20], 8))  # no nines
    fit(small_dcgan(num_classes=10), small_images, small_labels, callbacks=[grid], validation_data=held_out, epochs=1)
    drawn = images_in(tmp_path / "logs")[1][2][14::8, ::8, 0]
    for column in range(10):
        wanted = held_out[0][held_out[1] == column][:2, ..., 0]
        for row, image in enumerate(wanted):
            np.testing.assert_array_equal(drawn[8 * row : 8 * row + 8, 8 * column : 8 * column + 8], image)
        assert (drawn[8 * len(wanted) :, 8 * column : 8 * column + 8] == 255).all()


def test_a_training_pipeline_is_not_read_for_a_picture_s_sake(tmp_path, small_images):
    grid = callbacks.SampleGrid(tmp_path / "samples", rows=1, columns=2, log_dir=tmp_path / "logs")
    fit(small_dcgan(), tf.data.Dataset.from_tensor_slices(small_images).batch(50), callbacks=[grid], epochs=1)
    assert [tag for _, tag, _ in images_in(tmp_path / "logs")] == ["samples/generated"]


def test_a_grid_of_vectors_is_refused(tmp_path):
    gan = linear_game()
    gan.compile()
    with pytest.raises(ValueError, match="Expected a generator of images with a value range"):
        gan.fit(np.zeros((64, 1), np.float32), verbose=0, callbacks=[callbacks.SampleGrid(tmp_path)])


class Interrupter(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_ends_training_after_the_batch_with_everything_written(tmp_path, small_images):
    before = signal.getsignal(signal.SIGINT)
    stop, checkpoint = callbacks.StopOnInterrupt(), callbacks.ResumableCheckpoint(tmp_path / "checkpoints")
    gan = small_dcgan()
    history = fit(
        gan,
        small_images,
        epochs=5,
        callbacks=[stop, Interrupter(), checkpoint],
    )
    assert stop.interrupted
    assert len(history.epoch) == 1
    assert 2 <= int(gan.steps.numpy()) <= 3
    newest = checkpoint.checkpoints.newest()
    assert newest.step == newest.place.batch == int(gan.steps.numpy())
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_interrupts_at_once(monkeypatch):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell starts us deaf to Ctrl-C
    stop = callbacks.StopOnInterrupt()
    stop.set_model(small_dcgan())
    stop.on_train_begin()
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    stop.restore()
    stop.restore()  # harmless twice
    signal.signal(signal.SIGINT, before)


def test_sigterm_ends_training_after_the_step_in_progress(tmp_path, small_images):
    before = signal.getsignal(signal.SIGTERM)
    gan, stop = small_dcgan(), callbacks.StopOnTerminate()
    checkpoint = callbacks.ResumableCheckpoint(tmp_path / "checkpoints")
    kill = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: batch == 2 and os.kill(os.getpid(), signal.SIGTERM)
    )  # after `stop` in the list: the step has begun
    with pytest.raises(callbacks.Terminated) as caught:
        fit(gan, small_images, epochs=5, callbacks=[checkpoint, stop, kill])
    stop.restore()
    assert caught.value.code == 143
    assert (int(gan.steps.numpy()), checkpoint.place.batch) == (3, 3)
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigterm_ends_validation_at_once(tmp_path, small_images):
    gan, stop = small_dcgan(), callbacks.StopOnTerminate()
    kill = keras.callbacks.LambdaCallback()
    kill.on_test_batch_begin = lambda batch, logs=None: os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(callbacks.Terminated):
        fit(gan, small_images, validation_data=small_images[:8], callbacks=[stop, kill])
    stop.restore()
