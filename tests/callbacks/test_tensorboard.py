"""TensorBoard's logs: Keras's own, of arrays."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan
from kgan import callbacks


def fit(board) -> None:
    gan = small_dcgan()
    gan.compile(metrics=[kgan.metrics.Precision("pixels")])
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), np.uint8)
    held_out = tf.data.Dataset.from_tensor_slices(images[:16]).batch(16)
    gan.fit(images, validation_data=held_out, batch_size=16, epochs=2, verbose=0, callbacks=board)


def events(folder) -> dict[tuple[str, int], float]:
    found = {}
    for path in sorted(folder.rglob("events*")):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                found[f"{path.parent.name} {value.tag}", event.step] = tf.make_ndarray(value.tensor).item()
    return found


def grouped(name: str, step: int) -> tuple[str, int]:
    """Where a figure of Keras's stands in ours."""
    where, _, tag = name.partition(" ")
    kind, _, bare = tag.partition("_")
    if kind == "batch":
        return f"{where} batches/{bare}", step
    group = "metrics" if bare in ("precision", "real_samples", "generated_samples") else "players"
    return f"{where} {group}/{bare}", step + 1


@pytest.mark.parametrize("update_freq", ["epoch", pytest.param(2, marks=pytest.mark.slow)])
def test_the_same_figures_are_logged_as_by_keras_in_groups_and_from_epoch_1(tmp_path, update_freq):
    for name, kind in (("ours", callbacks.TensorBoard), ("keras", keras.callbacks.TensorBoard)):
        fit(kind(tmp_path / name, write_graph=False, update_freq=update_freq))
    ours, theirs = events(tmp_path / "ours"), events(tmp_path / "keras")
    evaluated = {key: value for key, value in theirs.items() if "evaluation" in key[0]}
    assert ours == evaluated | {grouped(*key): value for key, value in theirs.items() if key not in evaluated}
    assert ("train players/generator_loss", 2) in ours
    assert ("validation players/generator_loss", 2) in ours
    assert ("validation metrics/precision", 2) in ours
    assert (("train batches/generator_loss", 2) in ours) is (update_freq == 2)


def test_what_the_monitor_sees_stands_in_a_group_of_its_own(tmp_path):
    board = callbacks.TensorBoard(tmp_path, write_graph=False)
    fit([keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: logs.update(monitor_separation=0.5)), board])
    assert events(tmp_path)["train monitor/separation", 1] == 0.5


def test_no_number_of_python_becomes_a_tensor(tmp_path, monkeypatch):
    """TensorFlow would keep it as long as the process lives."""
    scalar, given = tf.summary.scalar, []

    def watched(name, data, step=None, **further):
        given.append((name, type(data), type(step)))
        return scalar(name, data, step, **further)

    monkeypatch.setattr(tf.summary, "scalar", watched)
    fit(callbacks.TensorBoard(tmp_path, write_graph=False))
    of_batches = [kind for name, kind, _ in given if name.startswith("batches/")]
    of_epochs = [kinds for name, *kinds in given if name.startswith("players/") and name != "players/learning_rate"]
    assert len(of_batches) >= 8
    assert len(of_epochs) >= 4
    assert not [kind for kind in of_batches if kind in (int, float)]
    assert not [kinds for kinds in of_epochs if {int, float} & set(kinds)]
