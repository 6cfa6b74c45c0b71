"""Frames as channels, or as pictures of their own, and back."""

import numpy as np
import pytest

from kgan import layers

FILM = np.random.RandomState(0).randn(2, 3, 4, 5, 2).astype(np.float32)


def test_channels_of_the_picture_are_the_frames_one_after_another():
    picture = layers.FramesToChannels()(FILM).numpy()
    for frame in range(3):
        np.testing.assert_array_equal(picture[..., 2 * frame : 2 * frame + 2], FILM[:, frame])


def test_channels_to_frames_is_the_way_back():
    there = layers.FramesToChannels()(FILM)
    np.testing.assert_array_equal(layers.ChannelsToFrames(3)(there).numpy(), FILM)


def test_frames_to_batch_and_back_leaves_each_where_it_was():
    pictures = layers.FramesToBatch()(FILM)
    np.testing.assert_array_equal(pictures.numpy(), FILM.reshape(6, 4, 5, 2))
    np.testing.assert_array_equal(layers.BatchToFrames(3)(pictures).numpy(), FILM)


def test_the_last_frames_are_the_last():
    np.testing.assert_array_equal(layers.LastFrames(2)(FILM).numpy(), FILM[:, 1:])


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (layers.FramesToChannels(), (1, 4, 4, 1), "Expected films"),
        (layers.FramesToBatch(), (1, 4, 4, 1), "Expected films"),
        (layers.ChannelsToFrames(2), (1, 4, 4, 3), "a multiple of frames=2"),
        (layers.LastFrames(4), (1, 3, 4, 4, 1), "at least frames=4"),
    ],
)
def test_other_shapes_are_refused(layer, shape, words):
    with pytest.raises(ValueError, match=words):
        layer(np.zeros(shape, np.float32))


@pytest.mark.parametrize("layer", [layers.ChannelsToFrames, layers.BatchToFrames, layers.LastFrames])
def test_less_than_one_frame_is_refused(layer):
    with pytest.raises(ValueError, match="Expected frames"):
        layer(0)
    assert layer.from_config(layer(3).get_config()).frames == 3
