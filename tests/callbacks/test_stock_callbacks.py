"""Keras's own callbacks on a GAN: what each sees, what it keeps, and which player it drives."""

import csv
import http.server
import json
import math
import threading
import urllib.parse

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game
from kgan import augmentation, losses, metrics, penalties
from kgan._step import precision

FIGURES = ["discriminator_loss", "generated_accuracy", "generator_loss", "real_accuracy"]
BATCHES = 4  # of an epoch


def tiny_game(**compile_arguments) -> kgan.GAN:
    """Dense networks on 4 x 4 pixels, with everything that training remembers: averages, moments, an adaptive p."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Reshape((4, 4, 1))],
        name="generator",
    )
    discriminator = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)],
        name="discriminator",
    )
    gan = kgan.GAN(generator, discriminator, ema_half_life=50, seed=3)
    compile_arguments.setdefault("generator_optimizer", keras.optimizers.Adam(1e-2))
    compile_arguments.setdefault("discriminator_optimizer", keras.optimizers.RMSprop(1e-2, momentum=0.5))
    compile_arguments.setdefault("penalties", [penalties.LeCam(start=1)])
    compile_arguments.setdefault("augmentation", augmentation.ADA(-0.9, images=64, every=2, policy="flip"))
    gan.compile(jit_compile=False, **compile_arguments)
    return gan


def pixels(count: int = 8 * BATCHES) -> np.ndarray:
    return np.random.RandomState(0).randint(0, 256, (count, 4, 4, 1)).astype(np.uint8)


def in_order() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(pixels()).batch(8)


def reshuffled() -> tf.data.Dataset:
    return kgan.data.load(pixels(), 8, validation_split=0.0).train


def bits(gan, optimizers=("generator_optimizer", "discriminator_optimizer")) -> list[bytes]:
    """Weights of both players and of the average, counters, optimizers and what penalties and augmentation remember."""
    variables = [*gan.variables, *(one for name in optimizers for one in getattr(gan, name).variables)]
    return [variable.numpy().tobytes() for variable in (*variables, *gan._remembered().values())]


class Crash(keras.callbacks.Callback):
    """Ends training as a fault of the machine would, at the beginning of a batch."""

    def __init__(self, epoch: int, batch: int = 0):
        super().__init__()
        self.place = (epoch, batch)
        self._epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self._epoch, batch) == self.place:
            raise RuntimeError("the lights went out")


def crashed(gan, data, epochs, folder, crash, save_freq="epoch", **fit_arguments):
    backup = keras.callbacks.BackupAndRestore(folder, save_freq=save_freq)
    with pytest.raises(RuntimeError, match="the lights went out"):
        gan.fit(data, epochs=epochs, verbose=0, callbacks=[backup, crash], **fit_arguments)


def goes_on(gan, data, epochs, folder, save_freq="epoch", **fit_arguments):
    backup = keras.callbacks.BackupAndRestore(folder, save_freq=save_freq)
    history = gan.fit(data, epochs=epochs, verbose=0, callbacks=[backup], **fit_arguments)
    return history.epoch


# --- BackupAndRestore ---


SOURCES = {
    "a dataset in order": (in_order, {}),
    "an array in order": (pixels, {"batch_size": 8, "shuffle": False}),
    "a shuffled array": (pixels, {"batch_size": 8}),
    "what kgan loads": (reshuffled, {}),
}


@pytest.mark.parametrize(("data", "epoch"), list(zip(SOURCES, (1, 3, 2, 2), strict=True)))
def test_backup_and_restore_goes_on_to_the_bit(tmp_path, data, epoch):
    make, how = SOURCES[data]
    source = make()
    whole, part, resumed = tiny_game(), tiny_game(), tiny_game()
    whole.fit(source, epochs=4, verbose=0, **how)
    crashed(part, source, 4, tmp_path / "backup", Crash(epoch), **how)
    assert goes_on(resumed, make(), 4, tmp_path / "backup", **how) == list(range(epoch, 4))
    assert bits(resumed) == bits(whole)
    assert bits(part) != bits(whole)
    assert int(resumed.steps.numpy()) == int(resumed.discriminator_updates.numpy()) == 4 * BATCHES
    assert int(resumed.images_seen.numpy()) == 4 * BATCHES * 8
    assert int(resumed.discriminator_optimizer.iterations.numpy()) == 4 * BATCHES
    assert resumed._remembered()["memory.ada.probability"].numpy() > 0.0
    assert not (tmp_path / "backup").exists()  # the fit came to its end


def shuffled_by_tensorflow() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(pixels()).shuffle(100, seed=1).batch(8)


def test_backup_and_restore_begins_an_order_that_tensorflow_draws_anew(tmp_path):
    """Its shuffling counts readings: the model is whole, the order is that of the first epochs."""
    reshuffled = shuffled_by_tensorflow
    whole, part, resumed, told = tiny_game(), tiny_game(), tiny_game(), tiny_game()
    whole.fit(reshuffled(), epochs=4, verbose=0)
    crashed(part, reshuffled(), 4, tmp_path / "backup", Crash(2))
    assert goes_on(resumed, reshuffled(), 4, tmp_path / "backup") == [2, 3]
    told.fit(reshuffled(), epochs=2, verbose=0)
    told.fit(reshuffled(), epochs=4, initial_epoch=2, verbose=0)
    assert bits(resumed) == bits(told)
    assert bits(resumed) != bits(whole)


def test_backup_and_restore_plays_an_epoch_from_its_beginning_after_a_crash_amid_it(tmp_path):
    """Saved after 6 batches of 4 an epoch: the second epoch begins anew from there, two of its batches seen twice."""
    part, resumed, told = tiny_game(), tiny_game(), tiny_game()
    crashed(part, in_order(), 3, tmp_path / "backup", Crash(1, 3), save_freq=6)
    assert int(part.steps.numpy()) == 7
    assert goes_on(resumed, in_order(), 3, tmp_path / "backup", save_freq=6) == [1, 2]
    told.fit(in_order(), verbose=0)
    told.fit(in_order().take(2), verbose=0)
    told.fit(in_order(), epochs=2, verbose=0)
    assert bits(resumed) == bits(told)
    assert int(resumed.steps.numpy()) == 6 + 2 * BATCHES


def test_backup_and_restore_keeps_the_loss_scale_of_each_player(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "has_float16", lambda: True)  # slow, but right on a CPU

    def scaled(rate, growth):
        return keras.optimizers.LossScaleOptimizer(
            keras.optimizers.Adam(rate), initial_scale=64.0, dynamic_growth_steps=growth
        )

    def game():
        keras.config.set_dtype_policy("mixed_float16")
        try:
            return tiny_game(
                generator_optimizer=scaled(1e-2, 2), discriminator_optimizer=scaled(1e-2, 3), augmentation=None
            )
        finally:
            keras.config.set_dtype_policy("float32")

    whole, part, resumed = game(), game(), game()
    whole.fit(in_order(), epochs=3, verbose=0)
    crashed(part, in_order(), 3, tmp_path / "backup", Crash(2))
    goes_on(resumed, in_order(), 3, tmp_path / "backup")
    assert bits(resumed) == bits(whole)
    scales = [
        float(one.dynamic_scale.numpy()) for one in (resumed.generator_optimizer, resumed.discriminator_optimizer)
    ]
    assert scales == [64.0 * 2**6, 64.0 * 2**4]


# --- ModelCheckpoint, EarlyStopping ---


def test_a_checkpoint_of_the_whole_model_trains_on_to_the_bit(tmp_path):
    whole, part = tiny_game(), tiny_game()
    whole.fit(in_order(), epochs=2, verbose=0)
    part.fit(in_order(), verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}.keras")])
    loaded = keras.models.load_model(tmp_path / "01.keras")
    loaded.fit(in_order(), epochs=2, initial_epoch=1, verbose=0)
    assert bits(loaded) == bits(whole)


def test_a_checkpoint_of_weights_alone_has_the_optimizers_and_what_the_game_remembers(tmp_path):
    path = tmp_path / "gan.weights.h5"
    gan, other = tiny_game(), tiny_game()
    gan.fit(in_order(), verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(path, save_weights_only=True)])
    assert bits(other) != bits(gan)
    other.load_weights(path)
    assert bits(other) == bits(gan)
    assert other._remembered()["memory.ada.probability"].numpy() > 0.0


def test_a_checkpoint_amid_an_epoch_is_the_model_of_that_batch(tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", save_freq=3)
    tiny_game().fit(in_order(), epochs=2, verbose=0, callbacks=[checkpoint])
    saved = {path.name: int(keras.models.load_model(path).steps.numpy()) for path in tmp_path.iterdir()}
    assert saved == {"1-3.keras": 3, "2-2.keras": 6}


@pytest.mark.parametrize(
    ("monitor", "best"),
    [("generator_loss", np.argmin), ("val_discriminator_loss", np.argmin), ("val_recall", np.argmax)],
)
def test_the_best_checkpoint_is_that_of_the_best_epoch_without_being_told_which_way_is_better(tmp_path, monitor, best):
    gan = tiny_game(metrics=[metrics.Recall("pixels")])
    every = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}.keras")
    only = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor=monitor, save_best_only=True)
    history = gan.fit(in_order(), validation_data=pixels(16) // 2, epochs=5, verbose=0, callbacks=[every, only]).history
    epoch = int(best(history[monitor]))
    expected = keras.models.load_model(tmp_path / f"{epoch + 1:02d}.keras")
    assert bits(keras.models.load_model(tmp_path / "best.keras")) == bits(expected)


class Told(keras.callbacks.Callback):
    """Puts a figure into the logs, and notes the weights of each epoch."""

    def __init__(self, figures):
        super().__init__()
        self.figures = figures
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        logs["told"] = self.figures[epoch]
        self.weights.append(bits(self.model, optimizers=()))


def test_early_stopping_brings_back_both_players_and_the_average_of_the_best_epoch():
    told = Told([3.0, 1.0, 2.0, 2.0, 0.0])
    stop = keras.callbacks.EarlyStopping("told", mode="min", patience=2, restore_best_weights=True)
    gan = tiny_game(penalties=[], augmentation=None)
    history = gan.fit(in_order(), epochs=5, verbose=0, callbacks=[told, stop])
    assert history.epoch == [0, 1, 2, 3]
    assert bits(gan, optimizers=()) == told.weights[1] != told.weights[3]
    assert int(gan.steps.numpy()) == 2 * BATCHES  # the counters are weights, and go back with them
    assert int(gan.generator_optimizer.iterations.numpy()) == 4 * BATCHES  # optimizers stay, as on any Keras model


def test_early_stopping_stops_on_a_figure_of_the_game():
    stop = keras.callbacks.EarlyStopping("val_generator_loss", patience=1, min_delta=1e9)
    history = tiny_game().fit(in_order(), validation_data=in_order(), epochs=9, verbose=0, callbacks=[stop])
    assert history.epoch == [0, 1]


@pytest.mark.parametrize("within", [False, True])
def test_a_figure_without_a_better_side_is_refused_before_training(within):
    callback = keras.callbacks.ReduceLROnPlateau("val_real_accuracy")
    callback = kgan.callbacks.DriveOptimizer("discriminator", callback) if within else callback
    gan = tiny_game()
    with pytest.raises(
        ValueError, match="Expected mode='min' or 'max'.*ReduceLROnPlateau.*monitor='val_real_accuracy'"
    ):
        gan.fit(in_order(), verbose=0, callbacks=callback)
    assert int(gan.steps.numpy()) == 0


# --- learning rates ---


def rates(gan) -> dict[str, float]:
    return {player: float(getattr(gan, f"{player}_optimizer").learning_rate.numpy()) for player in PLAYERS}


PLAYERS = ("generator", "discriminator")


def test_a_learning_rate_scheduler_drives_the_generator():
    gan = tiny_game()
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1e-3 / 2**epoch)
    history = gan.fit(in_order(), epochs=3, verbose=0, callbacks=[schedule])
    assert rates(gan) == pytest.approx({"generator": 2.5e-4, "discriminator": 1e-2})
    assert history.history["learning_rate"] == pytest.approx([1e-3, 5e-4, 2.5e-4])


def test_reduce_lr_on_plateau_drives_the_generator():
    gan = tiny_game()
    plateau = keras.callbacks.ReduceLROnPlateau("discriminator_loss", factor=0.5, patience=1, min_delta=1e9)
    gan.fit(in_order(), epochs=3, verbose=0, callbacks=[plateau])
    assert rates(gan) == pytest.approx({"generator": 2.5e-3, "discriminator": 1e-2})


# --- logs ---


def test_the_csv_logger_writes_every_figure(tmp_path):
    gan = tiny_game(penalties=[], augmentation=None)
    history = gan.fit(
        in_order(),
        validation_data=in_order(),
        epochs=2,
        verbose=0,
        callbacks=[keras.callbacks.CSVLogger(tmp_path / "log.csv")],
    ).history
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", *FIGURES, *(f"val_{name}" for name in FIGURES)]
    assert [float(row["val_generator_loss"]) for row in rows] == pytest.approx(history["val_generator_loss"])


def test_history_has_the_figures_of_each_epoch():
    history = tiny_game(penalties=[], augmentation=None).fit(in_order(), epochs=3, verbose=0)
    assert isinstance(history, keras.callbacks.History)
    assert sorted(history.history) == FIGURES
    assert {len(values) for values in history.history.values()} == {3}


def test_the_progress_bar_shows_every_figure(capsys):
    tiny_game(penalties=[], augmentation=None).fit(
        in_order(), verbose=0, callbacks=[keras.callbacks.ProgbarLogger()]
    )  # `verbose` is that of every callback
    assert capsys.readouterr().out == ""
    tiny_game(penalties=[], augmentation=None).fit(in_order(), verbose=2)
    shown = capsys.readouterr().out
    assert f"{BATCHES}/{BATCHES}" in shown
    assert all(f"{name}: " in shown for name in FIGURES)


def scalars(folder) -> dict[str, list[int]]:
    found = {}
    for path in sorted(folder.iterdir()):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                found.setdefault(value.tag, []).append(event.step)
    return found


def test_tensorboard_has_the_scalars_of_both_players(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False, histogram_freq=0, profile_batch=0)
    gan = tiny_game(penalties=[], augmentation=None)
    gan.fit(in_order(), validation_data=in_order(), epochs=2, verbose=0, callbacks=[board])
    train = scalars(tmp_path / "train")
    assert {f"epoch_{name}" for name in FIGURES} <= set(train)
    assert train["epoch_generator_loss"] == [0, 1]
    assert "epoch_learning_rate" in train
    assert set(scalars(tmp_path / "validation")) >= {f"epoch_{name}" for name in FIGURES}


def test_tensorboard_draws_graph_and_histograms_of_both_players_too(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=True, histogram_freq=1, update_freq=2)
    tiny_game().fit(in_order(), verbose=0, callbacks=[board])
    names = " ".join(scalars(tmp_path / "train"))
    assert all(f"{player}/" in names or f"{player}_" in names for player in PLAYERS)


def test_a_lambda_callback_sees_the_figures_of_each_batch():
    seen = []
    look = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append((batch, sorted(logs))))
    tiny_game(penalties=[], augmentation=None).fit(in_order(), verbose=0, callbacks=[look])
    assert seen == [(batch, FIGURES) for batch in range(BATCHES)]


class Inbox(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posted.append((self.path, self.headers["Content-Type"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    with http.server.HTTPServer(("127.0.0.1", 0), Inbox) as server:
        server.posted = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_remote_monitor_posts_the_figures_of_each_epoch(server, as_json):
    monitor = keras.callbacks.RemoteMonitor(f"http://127.0.0.1:{server.server_port}", send_as_json=as_json)
    gan = tiny_game(penalties=[], augmentation=None)
    history = gan.fit(in_order(), validation_data=in_order(), epochs=2, verbose=0, callbacks=[monitor]).history
    assert [path for path, _, _ in server.posted] == ["/publish/epoch/end/"] * 2
    bodies = [body if as_json else urllib.parse.parse_qs(body)["data"][0] for _, _, body in server.posted]
    told = [json.loads(body) for body in bodies]
    assert [one.pop("epoch") for one in told] == [0, 1]
    assert {key: [one[key] for one in told] for key in told[0]} == history


# --- NaN, and averages of an optimizer ---


@keras.saving.register_keras_serializable("kgan_tests")
class Broken(losses.AdversarialLoss):
    """NaN for both players."""

    def discriminator_loss(self, real_logits, generated_logits):
        return keras.ops.mean(real_logits) * math.nan

    def generator_loss(self, generated_logits, real_logits=None):
        return keras.ops.mean(generated_logits) * math.nan


def test_terminate_on_nan_never_fires_because_a_gan_logs_no_loss():
    gan = linear_game()
    gan.compile(loss=Broken(), jit_compile=False)
    history = gan.fit(
        np.zeros((32, 1), np.float32),
        batch_size=8,
        epochs=2,
        verbose=0,
        callbacks=[keras.callbacks.TerminateOnNaN(raise_error=True)],
    )
    assert history.epoch == [0, 1]
    assert "loss" not in history.history
    assert np.isnan(history.history["generator_loss"]).all()


def test_swap_ema_weights_judges_the_average_that_the_generators_optimizer_keeps():
    """It needs `use_ema=True`, kgan's own average is `ema_half_life`."""

    def game():
        keras.utils.set_random_seed(0)
        gan = linear_game()
        gan.compile(
            keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), keras.optimizers.SGD(0.1), jit_compile=False
        )
        return gan

    reals = np.random.RandomState(0).normal(3.0, 1.0, (32, 1)).astype(np.float32)
    data = tf.data.Dataset.from_tensor_slices(reals).batch(8)
    history = (
        game()
        .fit(data, validation_data=data, epochs=2, verbose=0, callbacks=[keras.callbacks.SwapEMAWeights()])
        .history
    )
    averages = []

    def note(epoch, logs):
        optimizer = told.generator_optimizer
        trained = [variable.numpy() for variable in told.generator.trainable_variables]
        for variable, average in zip(
            told.generator.trainable_variables, optimizer._model_variables_moving_average, strict=True
        ):
            variable.assign(average)
        averages.append(told.evaluate(data, verbose=0, return_dict=True)["generator_loss"])
        for variable, value in zip(told.generator.trainable_variables, trained, strict=True):
            variable.assign(value)

    told = game()
    told.fit(data, epochs=2, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=note)])
    assert history["val_generator_loss"] == pytest.approx(averages, rel=1e-4)


def test_swap_ema_weights_is_refused_by_keras_where_the_optimizer_keeps_no_average():
    with pytest.raises(ValueError, match="use_ema=True"):
        tiny_game().fit(in_order(), validation_data=in_order(), verbose=0, callbacks=[keras.callbacks.SwapEMAWeights()])


def test_all_of_them_at_once(tmp_path, server):
    everything = [
        keras.callbacks.BackupAndRestore(tmp_path / "backup"),
        keras.callbacks.ModelCheckpoint(tmp_path / "last.keras"),
        keras.callbacks.EarlyStopping("val_generator_loss", patience=9, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau("val_generator_loss"),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.TensorBoard(tmp_path / "board", write_graph=False),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.LambdaCallback(),
        keras.callbacks.RemoteMonitor(f"http://127.0.0.1:{server.server_port}"),
    ]
    gan = tiny_game()
    history = gan.fit(in_order(), validation_data=in_order(), epochs=2, verbose=0, callbacks=everything)
    assert history.epoch == [0, 1]
    assert len(server.posted) == 2
