import numpy as np
import pytest
import tensorflow as tf

from kgan.metrics import ExtractorError
from kgan.metrics.extractors import pixels


def images(channels, side=5):
    return np.random.default_rng(0).uniform(-1, 1, (2, side, side, channels)).astype(np.float32)


def test_grey_is_repeated_and_colours_stay_and_alpha_is_dropped():
    grey, colour, alpha = images(1), images(3), images(4)
    np.testing.assert_array_equal(pixels.in_colour(grey), np.repeat(grey, 3, axis=-1))
    np.testing.assert_array_equal(pixels.in_colour(colour), colour)
    np.testing.assert_array_equal(pixels.in_colour(alpha), alpha[..., :3])


def test_channels_that_are_known_only_when_it_runs_come_out_the_same():
    traced = tf.function(pixels.in_colour, input_signature=[tf.TensorSpec((None, None, None, None))])
    for channels in (1, 3, 4):
        np.testing.assert_array_equal(traced(images(channels)), pixels.in_colour(images(channels)))


@pytest.mark.parametrize("shape", [(2, 5, 5, 2), (2, 5, 5), (2, 7)])
def test_samples_that_are_no_images_are_refused(shape):
    with pytest.raises(ExtractorError, match=r"with 1, 3 or 4 channels\. Received: \(2, .*features=\"pixels\""):
        pixels.in_colour(np.zeros(shape, np.float32))


def test_what_shrinks_is_averaged_and_not_picked():
    """A chequerboard has nothing but its mean to show at a quarter of its size; away from the edges, exactly."""
    board = np.indices((32, 32)).sum(0) % 2 * 2.0 - 1.0
    shrunk = pixels.resized(tf.constant(board[None, ..., None], tf.float32), 8)
    np.testing.assert_allclose(shrunk[0, 1:-1, 1:-1, 0], 0.0, atol=1e-6)


def test_what_grows_is_interpolated_between_the_centres_of_pixels():
    ramp = tf.tile(tf.reshape(tf.constant([0.0, 1.0]), (1, 1, 2, 1)), (1, 2, 1, 1))
    np.testing.assert_allclose(pixels.resized(ramp, 4)[0, :, :, 0], [[0.0, 0.25, 0.75, 1.0]] * 4, atol=1e-6)


def test_every_8_bit_level_comes_back_exactly_and_beyond_them_is_clipped():
    levels = np.arange(256, dtype=np.float32)
    np.testing.assert_array_equal(pixels.levels(levels / np.float32(127.5) - np.float32(1.0)), levels)
    np.testing.assert_array_equal(pixels.levels(tf.constant([-1.5, 1.5])), [0.0, 255.0])
