"""The networks of super-resolution: counts as published, sizes, what is refused."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.architectures import (
    compact_generator,
    rrdb_generator,
    srgan_discriminator,
    srgan_generator,
    unet_discriminator,
)

ANY = (None, None, 3)
GENERATORS = (srgan_generator, rrdb_generator, compact_generator)


def count(network):
    return sum(math.prod(weight.shape) for weight in network.trainable_variables)


@pytest.mark.parametrize(
    ("build", "settings", "expected"),
    [
        (srgan_generator, {}, 1_549_462),
        (srgan_generator, {"normalization": None}, 1_517_571),
        (compact_generator, {"convolutions": 32}, 1_213_296),
        (compact_generator, {"convolutions": 16}, 621_424),
    ],
)
def test_generators_have_as_many_parameters_as_the_published_ones(build, settings, expected):
    assert count(build(ANY, **settings)) == expected


def test_an_rrdb_network_of_one_block_has_as_many_parameters_as_the_published_ones_imply():
    # 16,697,987 with 23 blocks and 4,467,779 with 6 (ESRGAN's repository): 719,424 a block, and what is around them.
    assert count(rrdb_generator(ANY, blocks=1)) == 4_467_779 - 5 * (16_697_987 - 4_467_779) // 17


@pytest.mark.slow
def test_the_rrdb_network_of_23_blocks_has_as_many_parameters_as_the_published_one():
    assert count(rrdb_generator(ANY)) == 16_697_987


def test_the_unet_discriminator_has_as_many_parameters_as_the_published_one():
    assert count(unet_discriminator(ANY)) == 4_376_897


@pytest.mark.slow
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("build", GENERATORS)
def test_a_generator_makes_pictures_scale_times_as_high_and_wide(build, scale):
    network = build((6, 10, 1), scale=scale, width=4)
    assert network.output_shape == (None, 6 * scale, 10 * scale, 1)


@pytest.mark.parametrize("scale", [2, 3])
def test_a_compact_network_whose_last_convolution_is_zero_repeats_pixels(scale):
    network = compact_generator(ANY, scale=scale, width=4, convolutions=1)
    for weight in network.get_layer("detail").weights:
        weight.assign(tf.zeros_like(weight))
    images = np.random.RandomState(0).uniform(-1, 1, (1, 4, 5, 3)).astype("float32")
    np.testing.assert_array_equal(network(images), images.repeat(scale, 1).repeat(scale, 2))


def test_a_dense_block_adds_a_fifth_of_what_it_computes():
    network = rrdb_generator(ANY, width=4, growth=4, blocks=1)
    before, made, after = (network.get_layer(name).output for name in ("first", "block_0_0_4", "block_0_0_sum"))
    images = np.random.RandomState(0).uniform(-1, 1, (1, 6, 6, 3)).astype("float32")
    x, change, y = keras.Model(network.input, [before, made, after])(images)
    np.testing.assert_allclose(y, x + 0.2 * change, atol=1e-6)


def test_logits_of_the_unet_discriminator_are_of_pixels_and_depend_on_their_own_sample_only():
    network = unet_discriminator((16, 24, 3), width=4, seed=1)
    images = np.random.RandomState(0).uniform(-1, 1, (3, 16, 24, 3)).astype("float32")
    together = network(images)
    assert together.shape == (3, 16, 24, 1)
    np.testing.assert_allclose(together[1:2], network(images[1:2]), atol=1e-6)


def test_equal_seeds_give_equal_weights():
    first, second, other = (srgan_generator(ANY, width=4, blocks=1, seed=seed) for seed in (3, 3, 4))
    for one, two in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert (first.get_layer("first").kernel.numpy() != other.get_layer("first").kernel.numpy()).any()


@pytest.mark.parametrize("build", GENERATORS)
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"scale": 8}, "scale as 2, 3 or 4"),
        ({"width": 0}, "width"),
        ({"output_channels": 0}, "output_channels"),
    ],
)
def test_what_a_generator_cannot_be_is_refused_by_name(build, arguments, named):
    with pytest.raises(ValueError, match=named):
        build(ANY, **arguments)


@pytest.mark.parametrize(
    ("build", "shape", "named"),
    [
        (unet_discriminator, (20, 16, 3), "multiples of 8"),
        (srgan_discriminator, (12, 16, 3), "at least 16 pixels"),
        (srgan_discriminator, (None, None, 3), "sample_shape"),
    ],
)
def test_samples_that_a_discriminator_cannot_take_are_refused(build, shape, named):
    with pytest.raises(ValueError, match=named):
        build(shape)
