import numpy as np
import pytest
import tensorflow as tf
from pair_games import linear_translator, pairs
from PIL import Image

import kgan
from games import small_dcgan


def fitted(model, grid, epochs=1, **arguments):
    inputs, truths = pairs(20)
    model.fit(inputs, truths, batch_size=10, epochs=epochs, verbose=0, callbacks=[grid], **arguments)


def tiles(path, rows):
    """Of the picture, each enlarged sixfold below the names of the columns: `(rows, 3, 16, 16)` of RGB."""
    with Image.open(path) as picture:
        drawn = np.asarray(picture)
    assert drawn.shape == (14 + rows * 96, 3 * 96, 3)
    return drawn[14:].reshape(rows, 96, 3, 96, 3).swapaxes(1, 2)[:, :, ::6, ::6]


def test_held_out_inputs_outputs_and_truths_stand_side_by_side(tmp_path):
    held_out = pairs(3, seed=1)
    grid = kgan.callbacks.TranslationGrid(tmp_path, rows=8)
    fitted(linear_translator(), grid, epochs=2, validation_data=held_out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-0001.png", "epoch-0002.png"]
    assert (tmp_path / "epoch-0001.png").read_bytes() == (tmp_path / "epoch-0002.png").read_bytes()
    drawn = tiles(tmp_path / "epoch-0001.png", 3)
    for column, images in enumerate((held_out[0], held_out[0], held_out[1])):  # the output is the input
        np.testing.assert_array_equal(drawn[:, column], np.repeat(images, 3, axis=-1))


def test_training_pairs_are_drawn_where_none_are_held_out(tmp_path):
    fitted(linear_translator(), kgan.callbacks.TranslationGrid(tmp_path, rows=2))
    inputs = pairs(20)[0]
    drawn = tiles(tmp_path / "epoch-0001.png", 2)[:, 0, ..., :1]
    assert all(any((one == image).all() for image in inputs) for one in drawn)


def test_tensorboard_gets_the_grids(tmp_path):
    grid = kgan.callbacks.TranslationGrid(tmp_path / "samples", rows=1, log_dir=tmp_path / "logs")
    fitted(linear_translator(), grid)
    (path,) = (tmp_path / "logs").iterdir()
    found = [value.tag for event in tf.compat.v1.train.summary_iterator(str(path)) for value in event.summary.value]
    assert found == ["samples/pairs"]


def test_a_model_of_another_kind_is_named(tmp_path, small_images):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    with pytest.raises(ValueError, match=r"Expected a kgan\.Translation in its fit for TranslationGrid. Received: GAN"):
        gan.fit(small_images, batch_size=50, verbose=0, callbacks=[kgan.callbacks.TranslationGrid(tmp_path)])


def test_no_rows_are_named(tmp_path):
    with pytest.raises(ValueError, match="Expected rows >= 1"):
        kgan.callbacks.TranslationGrid(tmp_path, rows=0)
