"""Sheets of held-out texts."""

import caption_games
import numpy as np
import pytest
import tensorflow as tf

from kgan.callbacks import CaptionGrid
from kgan.callbacks.caption_sheet import Shown, first_of, sheet
from tiny_games import tiny_game


def test_a_row_has_its_text_its_picture_and_what_was_drawn():
    reals = np.stack([caption_games.drawn("red", "square"), caption_games.drawn("blue", "stripe")])
    generated = np.stack([np.full((2, 8, 8, 3), value, np.float32) for value in (-1.0, 1.0)])
    pixels = np.asarray(sheet(Shown(("red square", "blue stripe"), np.eye(2), reals), generated))
    assert pixels.shape == (128, 200 + 3 * 64, 3)
    assert (pixels[32, 200 + 32] == caption_games.COLOURS["red"]).all()
    assert (pixels[64 + 32, 200 + 32] == caption_games.COLOURS["blue"]).all()
    assert pixels[:64, 264:].max() == 0
    assert pixels[64:, 264:].min() == 255
    assert pixels[:64, :200].min() < 100 > pixels[64:, :200].min()


def test_held_out_pictures_are_evenly_spread_under_their_first_captions():
    data = caption_games.splits()
    shown = first_of(data.validation, 3, caption_games.trained())
    assert shown.texts == tuple(data.captions.held_out[place] for place in (0, 6, 11))  # of twelve
    np.testing.assert_array_equal(shown.rows, caption_games.trained().vocabulary.rows(shown.texts))
    assert first_of(None, 3, caption_games.trained()) is None
    silent = (
        data.validation.unbatch().enumerate().map(lambda number, of: (of[0], of[1] * tf.cast(number > 8, "float32")))
    )
    assert len(first_of(silent.batch(5), 9, caption_games.trained()).rows) == 3  # the others have no known word
    again = first_of(data.validation.map(lambda *batch: batch), 3, caption_games.trained())
    assert [set(text.split()) for text in again.texts] == [set(text.split()) for text in shown.texts]


def test_models_without_texts_are_refused():
    callback = CaptionGrid("nowhere")
    callback.set_model(tiny_game())
    with pytest.raises(ValueError, match="Expected a kgan.TextToImage of images for CaptionGrid. Received: a GAN"):
        callback.on_train_begin()
