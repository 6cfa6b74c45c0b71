import numpy as np
import tensorflow as tf

from kgan.data import values


def test_every_pixel_value_survives_the_way_to_float_and_back():
    pixels = np.arange(256, dtype=np.uint8)
    floats = values.to_float(tf.constant(pixels)).numpy()
    assert (floats.min(), floats.max()) == (-1.0, 1.0)
    np.testing.assert_array_equal(values.to_uint8(floats), pixels)


def test_what_lies_outside_the_range_is_clipped():
    np.testing.assert_array_equal(values.to_uint8(np.array([-3.0, 3.0])), [0, 255])


def test_rounding_overshoot_of_a_decoder_is_allowed():
    values.check_values(np.float32([[-1.0005, 1.0005]]), (-1.0, 1.0))
