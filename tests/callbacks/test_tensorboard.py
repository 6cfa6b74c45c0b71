"""TensorBoard's logs: Keras's own, of arrays."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from games import small_dcgan
from kgan import callbacks


def fit(board) -> None:
    gan = small_dcgan()
    gan.compile()
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), np.uint8)
    held_out = tf.data.Dataset.from_tensor_slices(images[:16]).batch(16)
    gan.fit(images, validation_data=held_out, batch_size=16, epochs=2, verbose=0, callbacks=[board])


def events(folder) -> dict[tuple[str, int], float]:
    found = {}
    for path in sorted(folder.rglob("events*")):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                found[f"{path.parent.name} {value.tag}", event.step] = tf.make_ndarray(value.tensor).item()
    return found


@pytest.mark.parametrize("update_freq", ["epoch", 2])
def test_the_same_figures_are_logged_as_by_keras(tmp_path, update_freq):
    for name, kind in (("ours", callbacks.TensorBoard), ("keras", keras.callbacks.TensorBoard)):
        fit(kind(tmp_path / name, write_graph=False, update_freq=update_freq))
    ours, theirs = events(tmp_path / "ours"), events(tmp_path / "keras")
    assert ours == theirs
    assert ("train epoch_generator_loss", 1) in ours
    assert ("validation epoch_generator_loss", 1) in ours
    assert (("train batch_generator_loss", 2) in ours) is (update_freq == 2)


def test_no_number_of_python_becomes_a_tensor(tmp_path, monkeypatch):
    """TensorFlow would keep it as long as the process lives."""
    scalar, given = tf.summary.scalar, []

    def watched(name, data, step=None, **further):
        given.append((name, type(data), type(step)))
        return scalar(name, data, step, **further)

    monkeypatch.setattr(tf.summary, "scalar", watched)
    fit(callbacks.TensorBoard(tmp_path, write_graph=False))
    of_batches = [kind for name, kind, _ in given if name.startswith("batch_")]
    of_epochs = [kinds for name, *kinds in given if name.startswith("epoch_") and name != "epoch_learning_rate"]
    assert len(of_batches) >= 8
    assert len(of_epochs) >= 4
    assert not [kind for kind in of_batches if kind in (int, float)]
    assert not [kinds for kinds in of_epochs if {int, float} & set(kinds)]
