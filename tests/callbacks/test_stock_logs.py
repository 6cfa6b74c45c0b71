"""Keras's callbacks that write or send figures, on a GAN."""

import csv
import json
import urllib.parse

import keras
import pytest
import tensorflow as tf

from tiny_games import BATCHES, FIGURES, PLAYERS, in_order, tiny_game


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
