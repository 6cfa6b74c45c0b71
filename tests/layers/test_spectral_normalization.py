import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as keras_layers

import kgan
from games import small_dcgan
from kgan import layers
from kgan._step import discriminator_side
from wrapped_layers import largest_singular_value, wrapped


def test_a_pass_with_two_power_iterations_is_two_passes_with_one():
    once, x = wrapped("dense")
    twice, _ = wrapped("dense")
    once, twice = layers.SpectralNormalization(once), layers.SpectralNormalization(twice, power_iterations=2)
    for layer in (once, twice):
        layer(x)
        layer.layer.kernel.assign(np.random.RandomState(1).randn(6, 4))
        layer.u.assign(np.float32([0.1, -0.2, 0.3, 0.4]))
    once(x, training=True)
    np.testing.assert_allclose(once(x, training=True), twice(x, training=True), rtol=1e-5)
    np.testing.assert_allclose(once.u, twice.u, rtol=1e-6)


@pytest.mark.parametrize("embedding", [False, True])
def test_spectral_normalization_makes_the_round_trip_with_its_power_iterations(tmp_path, embedding):
    inner = keras_layers.Embedding(5, 3) if embedding else keras_layers.Dense(3)
    model = keras.Sequential([keras.Input((4,)), layers.SpectralNormalization(inner, power_iterations=3)])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].power_iterations == 3
    x = np.array([[0, 1, 2, 4]])
    np.testing.assert_array_equal(loaded(x), model(x))


@pytest.mark.parametrize("iterations", [0, -1, 1.5, None])
def test_power_iterations_that_are_none_are_refused(iterations):
    with pytest.raises(ValueError, match="Expected power_iterations >= 1, a whole number. Received: power_iterations="):
        layers.SpectralNormalization(keras_layers.Dense(1), power_iterations=iterations)


def test_spectral_normalization_of_an_embedding_divides_its_rows_by_the_largest_singular_value():
    inner = keras_layers.Embedding(7, 4)
    layer = layers.SpectralNormalization(inner, power_iterations=100)
    classes = np.array([0, 3, 6])
    layer(classes)
    table = np.random.RandomState(1).randn(7, 4).astype(np.float32)
    inner.embeddings.assign(table)
    outputs = layer(classes, training=True)
    np.testing.assert_allclose(outputs, table[classes] / largest_singular_value(table), rtol=1e-5)
    np.testing.assert_array_equal(inner.embeddings.numpy(), table)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(classes, training=True))
    assert np.any(tf.convert_to_tensor(tape.gradient(value, inner.embeddings.value)))


def test_it_takes_the_layers_and_arguments_that_keras_s_own_takes():
    theirs = keras_layers.SpectralNormalization
    for inner in (
        keras_layers.Dense(3),
        keras_layers.Conv1D(3, 2),
        keras_layers.Conv1DTranspose(3, 2),
        keras_layers.DepthwiseConv1D(2),
        keras_layers.EinsumDense("abc,cd->abd", output_shape=(None, 3)),
    ):
        x = np.random.RandomState(0).randn(2, 6, 5).astype(np.float32)
        config = theirs(inner, power_iterations=50).get_config()
        layer = layers.SpectralNormalization.from_config(config)
        layer(x)
        kernel = layer.layer.kernel.numpy()
        reference = type(inner).from_config(inner.get_config())
        reference.build(x.shape)
        reference.kernel.assign(kernel / largest_singular_value(kernel))
        for _ in range(4):
            outputs = layer(x, training=True)
        np.testing.assert_allclose(outputs, reference(x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_spectral_normalization_divides_by_the_largest_singular_value(kind):
    inner, x = wrapped(kind)
    layer = layers.SpectralNormalization(inner)
    layer(x)
    kernel = np.random.RandomState(1).randn(*inner.kernel.shape).astype(np.float32)
    inner.kernel.assign(kernel)
    for _ in range(200):
        outputs = layer(x, training=True)
    reference, _ = wrapped(kind)
    reference.build(x.shape)
    reference.kernel.assign(kernel / largest_singular_value(kernel))
    np.testing.assert_allclose(outputs, reference(x), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(inner.kernel.numpy(), kernel)  # the weight itself is left alone


def test_spectral_normalization_is_frozen_at_inference():
    inner, x = wrapped("dense")
    layer = layers.SpectralNormalization(inner)
    layer(x)
    before = layer.u.numpy()
    first = layer(x, training=False).numpy()
    np.testing.assert_array_equal(layer(x, training=False), first)
    np.testing.assert_array_equal(layer.u.numpy(), before)
    layer(x, training=True)
    assert not np.array_equal(layer.u.numpy(), before)


def test_spectral_normalization_has_the_gradient_of_w_over_its_norm():
    inner, x = wrapped("dense")
    layer = layers.SpectralNormalization(inner)
    layer(x)
    kernel = np.random.RandomState(1).randn(6, 4)
    inner.kernel.assign(kernel)
    for _ in range(300):
        layer(x, training=True)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.sin(layer(x, training=True)))
    gradient = tape.gradient(value, inner.kernel.value).numpy()

    def by_svd(kernel):
        return np.sum(np.sin(x.astype(np.float64) @ (kernel / largest_singular_value(kernel))))

    for index in np.ndindex(6, 4):
        step = np.zeros((6, 4))
        step[index] = 1e-5
        slope = (by_svd(kernel + step) - by_svd(kernel - step)) / 2e-5
        assert gradient[index] == pytest.approx(slope, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_power_method_does_not_move_in_the_generator_s_turn(small_images, monkeypatch, jit):
    discriminator = keras.Sequential(
        [keras.Input((8, 8, 1)), keras_layers.Flatten(), layers.SpectralNormalization(keras_layers.Dense(1))]
    )
    gan = kgan.GAN(small_dcgan().generator, discriminator, seed=0)
    gan.compile(jit_compile=jit)
    before = discriminator.layers[-1].u.numpy()
    with monkeypatch.context() as context:
        context.setattr(discriminator_side, "update", lambda *arguments: None)
        gan.fit(small_images, batch_size=50, verbose=0)
    np.testing.assert_array_equal(discriminator.layers[-1].u.numpy(), before)
    gan.compile(jit_compile=jit)
    gan.fit(small_images, batch_size=50, verbose=0)
    assert not np.array_equal(discriminator.layers[-1].u.numpy(), before)


def test_the_state_of_spectral_normalization_repeats_with_its_seed():
    x = np.ones((1, 6), np.float32)
    one, two, other = (layers.SpectralNormalization(keras_layers.Dense(4), seed=seed) for seed in (1, 1, 2))
    for layer in (one, two, other):
        layer(x)
    np.testing.assert_array_equal(one.u.numpy(), two.u.numpy())
    assert np.all(one.u.numpy() != other.u.numpy())
