import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan import layers, penalties
from kgan._game.batch_mixing import may_mix, mixing_layer
from kgan._game.discriminator_pass import DiscriminatorPass


def samples(batch, *shape):
    return np.random.RandomState(0).randn(batch, *shape).astype(np.float32)


def by_hand(x, members):
    """What the samples of one group get, in float64."""
    group = x[members].astype(np.float64)
    return np.mean(np.sqrt(np.mean((group - group.mean(axis=0)) ** 2, axis=0) + 1e-8))


@pytest.mark.parametrize("group", [4, 2, None])
def test_minibatch_standard_deviation_is_that_of_the_groups_of_the_authors_program(group):
    x = samples(8, 3, 2, 5)
    outputs = layers.MinibatchStandardDeviation(group)(x).numpy()
    np.testing.assert_array_equal(outputs[..., :5], x)
    groups = 8 // (group or 8)
    for start in range(groups):
        members = np.arange(start, 8, groups)  # samples of a group lie apart
        np.testing.assert_allclose(outputs[members, :, :, 5], by_hand(x, members), rtol=1e-5)


def test_two_samples_that_differ_by_two_deviate_by_one():
    x = np.zeros((2, 2, 3, 1), np.float32)
    x[1] = 2.0
    np.testing.assert_allclose(layers.MinibatchStandardDeviation()(x)[..., 1], 1.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("batch", "groups"), [(1, [[0]]), (3, [[0, 1, 2]]), (7, [[*range(7)]]), (9, [[0, 2, 4, 6, 8], [1, 3, 5, 7]])]
)
def test_a_batch_that_does_not_divide_is_dealt_in_turn_to_groups_that_are_as_even_as_they_can(batch, groups):
    x = samples(batch, 2, 2, 3)
    layer = layers.MinibatchStandardDeviation(4)
    free = tf.function(layer, input_signature=[tf.TensorSpec((None, 2, 2, 3))])
    for outputs in (layer(x).numpy(), free(x).numpy()):
        for members in groups:
            np.testing.assert_allclose(outputs[members, :, :, 3], by_hand(x, members), rtol=1e-5)


def test_a_single_sample_deviates_by_the_root_of_what_is_added_and_its_gradients_are_numbers():
    layer = layers.MinibatchStandardDeviation()
    x = tf.constant(samples(1, 2, 2, 3))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            total = tf.reduce_sum(layer(x)[..., 3])
        slope = inner.gradient(total, x)
        squared = tf.reduce_sum(slope**2)
    assert float(total) == pytest.approx(4 * 1e-4)
    np.testing.assert_array_equal(slope, np.zeros_like(x))
    np.testing.assert_array_equal(outer.gradient(squared, x), np.zeros_like(x))


def test_minibatch_standard_deviation_tells_a_collapsed_batch():
    x = np.repeat(samples(1, 4, 4, 3), 4, axis=0)
    assert np.max(layers.MinibatchStandardDeviation()(x)[..., 3]) < 1e-3


@pytest.mark.parametrize("group", [1, 0, -4])
def test_a_group_of_less_than_two_is_refused(group):
    with pytest.raises(ValueError, match=f"Expected group_size >= 2, or None. Received: group_size={group}"):
        layers.MinibatchStandardDeviation(group)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_keeps_its_type_and_measures_in_float32(dtype):
    x = samples(4, 2, 2, 3) * 300.0  # whose squares overflow in float16
    outputs = layers.MinibatchStandardDeviation(dtype=dtype)(tf.cast(x, dtype))
    assert outputs.dtype == dtype
    np.testing.assert_allclose(tf.cast(outputs[..., 3], "float32"), by_hand(x, np.arange(4)), rtol=1e-2)


def judge(seed=0):
    x = inputs = keras.Input((4, 4, 2))
    x = keras.layers.Conv2D(3, 3, activation="softplus", kernel_initializer=keras.initializers.GlorotUniform(seed))(x)
    x = keras.layers.Flatten()(layers.MinibatchStandardDeviation(name="deviation")(x))
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seed))(x))


def test_a_penalty_differentiates_the_sum_of_the_logits_through_the_statistic():
    discriminator, x = judge(), samples(4, 4, 4, 2)
    seen = DiscriminatorPass(discriminator, tf.constant(x), tf.constant(x), needs=frozenset({"real"}))
    for place in [(0, 1, 2, 0), (3, 2, 1, 1)]:
        step = np.zeros_like(x)
        step[place] = 1e-2
        slope = (tf.reduce_sum(discriminator(x + step)) - tf.reduce_sum(discriminator(x - step))) / 2e-2
        assert float(seen.real_gradient[place]) == pytest.approx(float(slope), rel=1e-2, abs=1e-3)
    norms = np.sum(np.square(seen.real_gradient), axis=(1, 2, 3))
    assert float(penalties.R1(2.0)(seen)) == pytest.approx(np.mean(norms), rel=1e-5)


def test_reals_and_generated_go_through_apart_and_penalties_are_allowed():
    discriminator = judge()
    assert may_mix(discriminator)
    assert mixing_layer(discriminator) is None
    gan = kgan.GAN(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(32), keras.layers.Reshape((4, 4, 2))]),
        discriminator,
        seed=0,
    )
    gan.compile(penalties=["r1", "wgangp"], jit_compile=False)
    history = gan.fit(np.clip(samples(10, 4, 4, 2), -1, 1), batch_size=5, verbose=0)
    assert all(np.isfinite(values).all() for values in history.history.values())


@pytest.mark.parametrize("shape", [(4, 6), (2, 3, 3, 5)])
def test_pixel_norm_divides_each_vector_by_the_root_of_its_mean_square(shape):
    x = samples(*shape) * 7
    outputs = layers.PixelNorm()(x).numpy()
    wide = x.astype(np.float64)
    np.testing.assert_allclose(outputs, wide / np.sqrt(np.mean(wide**2, axis=-1, keepdims=True) + 1e-8), rtol=1e-5)
    np.testing.assert_allclose(np.mean(np.square(outputs), axis=-1), 1.0, rtol=1e-4)


def test_pixel_norm_of_three_and_four_is_what_its_formula_says_and_zeros_stay_zeros():
    x = np.float32([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(layers.PixelNorm()(x), [[3 / np.sqrt(12.5), 4 / np.sqrt(12.5)], [0, 0]], rtol=1e-6)


def test_pixel_norm_of_large_features_in_half_precision_does_not_overflow():
    x = np.float16([[300.0, -400.0]])
    outputs = layers.PixelNorm(dtype="float16")(x)
    assert outputs.dtype == "float16"
    np.testing.assert_allclose(outputs, [[300 / np.sqrt(125000), -400 / np.sqrt(125000)]], rtol=2e-3)
