"""BiGAN: the way back from samples to latents."""

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from keras import layers

import kgan

SHAPE, CODE = (4, 4, 1), 3


def networks():
    """A generator, an encoder and a discriminator of pairs, small."""
    generator = keras.Sequential(
        [keras.Input((CODE,)), layers.Dense(16, "tanh"), layers.Reshape(SHAPE)], name="generator"
    )
    encoder = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(CODE)], name="encoder")
    sample, code = keras.Input(SHAPE), keras.Input((CODE,))
    x = layers.Dense(8, "tanh")(layers.Concatenate()([layers.Flatten()(sample), code]))
    return generator, encoder, keras.Model([sample, code], layers.Dense(1)(x), name="judge")


def game(loss="non_saturating", penalties=(), **settings):
    keras.utils.set_random_seed(0)
    gan = kgan.BiGAN(*networks(), seed=0, **settings)
    # XLA rounds and draws a little otherwise, which is not what these tests are about.
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), loss=loss, penalties=penalties, jit_compile=False)
    return gan


REALS = np.random.RandomState(0).uniform(-1, 1, (32, *SHAPE)).astype(np.float32)


def test_the_generators_side_descends_both_halves_of_the_loss():
    """`-log D(G(z), z) - log(1 - D(x, E(x)))` by TensorFlow alone, after the discriminator's own update."""
    gan = game()
    before = [weight.numpy() for weight in gan.generator.trainable_variables]
    z = gan.batch(tf.constant(REALS), training=True).latents
    gan.train_on_batch(REALS)
    after = [weight.numpy() for weight in gan.generator.trainable_variables]
    generator, encoder, judge = networks()
    judge.set_weights(gan.pair_discriminator.get_weights())  # as its update left it
    for network, start in ((generator, before[:2]), (encoder, before[2:])):
        network.set_weights(start)
    with tf.GradientTape() as tape:
        of_generated = judge([generator(z), z])
        of_real = judge([tf.constant(REALS), encoder(REALS)])
        loss = tf.reduce_mean(tf.nn.softplus(-of_generated)) + tf.reduce_mean(tf.nn.softplus(of_real))
    weights = [*generator.trainable_variables, *encoder.trainable_variables]
    for old, new, gradient in zip(before, after, tape.gradient(loss, [one.value for one in weights]), strict=True):
        np.testing.assert_allclose(new, old - 0.1 * gradient, atol=1e-6)


def test_the_discriminator_sees_reals_beside_codes_and_samples_beside_latents():
    gan = game()
    batch = gan.batch(tf.constant(REALS), training=True)
    pair = gan.pairs(batch, gan.generator(batch.generator_inputs))["discriminator"]
    samples = gan.generator.generator(batch.latents)
    codes = gan.encoder(REALS)
    np.testing.assert_allclose(
        gan.discriminator(pair.real), gan.pair_discriminator([tf.constant(REALS), codes]), atol=1e-6
    )
    np.testing.assert_allclose(
        gan.discriminator(pair.generated), gan.pair_discriminator([samples, batch.latents]), atol=1e-6
    )


def test_r1_differentiates_by_sample_and_latents_together():
    gan = game(penalties=["r1"])
    gan.discriminator_optimizer.learning_rate = gan.generator_optimizer.learning_rate = 0.0
    found = gan.train_on_batch(REALS, return_dict=True)["r1_penalty"]
    codes = gan.encoder(REALS)
    with tf.GradientTape() as tape:
        given = [tf.constant(REALS), tf.convert_to_tensor(codes)]
        tape.watch(given)
        logits = tf.reduce_sum(gan.pair_discriminator(given))
    slopes = tape.gradient(logits, given)
    expected = 0.5 * np.mean(sum(np.sum(np.square(one).reshape(32, -1), axis=1) for one in slopes))
    assert float(found) == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow  # some hundred steps
def test_an_encoder_undoes_the_generator_on_points_of_a_plane():
    """Reals lie on a plane in eight dimensions; where pairs cannot be told apart, E(G(z)) is z, and G(E(x)) is x."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(32, "tanh"), layers.Dense(8)])
    encoder = keras.Sequential([keras.Input((8,)), layers.Dense(32, "tanh"), layers.Dense(2)])
    sample, code = keras.Input((8,)), keras.Input((2,))
    x = layers.Concatenate()([sample, code])
    for _ in range(2):
        x = layers.Dense(64, "leaky_relu")(x)
    gan = kgan.BiGAN(generator, encoder, keras.Model([sample, code], layers.Dense(1)(x)), seed=0)
    adam = [keras.optimizers.Adam(2e-3, beta_1=0.5) for _ in range(2)]
    gan.compile(*adam, penalties=[kgan.penalties.R1(0.1), kgan.penalties.R2(0.1)])
    random = np.random.RandomState(0)
    plane = random.normal(size=(2, 8))
    reals = (random.normal(size=(2048, 2)) @ plane).astype(np.float32)
    before = np.abs(gan.reconstruct(reals) - reals).mean() / np.abs(reals).mean()
    gan.fit(reals, batch_size=128, epochs=40, verbose=0)
    z = gan.latents.draw(500, 2, seed=0)
    codes = gan.encode(gan.predict(z, verbose=0))
    assert min(np.corrcoef(z[:, i], codes[:, i])[0, 1] for i in range(2)) > 0.8
    assert np.abs(gan.reconstruct(reals) - reals).mean() / np.abs(reals).mean() < 0.35 < 0.8 < before


def test_it_comes_back_from_its_file_and_goes_on_as_if_nothing_had_happened(tmp_path):
    gan = game("least_squares", ["r1"], ema_half_life=100)
    gan.fit(REALS, batch_size=8, epochs=1, verbose=0)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.adversarial_loss.get_config() == gan.adversarial_loss.get_config()
    for one in (gan, again):
        one.fit(REALS, batch_size=8, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(gan.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(again.encode(REALS), gan.encode(REALS))
    np.testing.assert_array_equal(again.generate(3, seed=1), gan.generate(3, seed=1))


def test_reconstructions_are_what_the_generator_makes_of_codes_averaged_or_not():
    gan = game(ema_half_life=1_000)
    gan.fit(REALS, batch_size=8, epochs=2, verbose=0)
    for averaged, both in ((True, gan.ema_generator), (False, gan.generator)):
        codes = gan.encode(REALS, averaged=averaged)
        np.testing.assert_allclose(codes, both.encoder(REALS), atol=1e-6)
        np.testing.assert_allclose(gan.reconstruct(REALS, averaged=averaged), both.generator(codes), atol=1e-6)
    np.testing.assert_allclose(gan.predict(codes, verbose=0), gan.ema_generator.generator(codes), atol=1e-6)


@pytest.mark.slow
def test_the_bundle_has_generator_and_encoder_as_keras_has_them(tmp_path):
    gan = game()
    folder = kgan.export.save(gan, tmp_path / "bundle", parts=True)
    found = kgan.export.verify(folder)
    assert found.is_compared
    assert max(found.differences.values()) < 1e-4
    run = {
        name: onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
        for name in ("generator", "encoder")
    }
    (codes,) = run["encoder"].run(None, {"images": REALS})
    (drawn,) = run["generator"].run(None, {"latents": codes})
    np.testing.assert_allclose(codes, gan.encode(REALS), atol=1e-5)
    np.testing.assert_allclose(drawn, gan.reconstruct(REALS), atol=1e-5)
    from kgan.export.portable.sampler import Sampler

    np.testing.assert_allclose(Sampler(folder).sample(5, seed=3), gan.generate(5, seed=3), atol=1e-5)


def test_relativistic_losses_have_both_sides_already():
    assert isinstance(game("relativistic_pairing").adversarial_loss, kgan.losses.RelativisticPairing)
    with pytest.raises(ValueError, match="has both sides already"):
        kgan.losses.TwoSided("relativistic_average")


@pytest.mark.parametrize(
    ("loss", "mirrored"), [("non_saturating", -0.5), ("hinge", -0.5), ("least_squares", 0.5), ("minimax", -0.5)]
)
def test_a_two_sided_loss_mirrors_reals_at_its_threshold(loss, mirrored):
    plain, both = kgan.losses.get(loss), kgan.losses.TwoSided(loss)
    real, generated = tf.constant([[0.5]]), tf.constant([[-2.0]])
    expected = plain.generator_loss(generated) + plain.generator_loss(tf.constant([[mirrored]]))
    assert float(both.generator_loss(generated, real)) == pytest.approx(float(expected), abs=1e-6)
    assert float(both.discriminator_loss(real, generated)) == float(plain.discriminator_loss(real, generated))


def test_what_does_not_fit_is_refused():
    generator, encoder, judge = networks()
    flat = keras.Sequential([keras.Input((5,)), layers.Dense(CODE)])
    with pytest.raises(ValueError, match="Expected the generator to make what the other one takes"):
        kgan.BiGAN(generator, flat, judge)
    with pytest.raises(ValueError, match=r"Expected a discriminator of \[samples, latents\]"):
        kgan.BiGAN(generator, encoder, keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(1)]))
    squashed = keras.Model(judge.inputs, keras.activations.sigmoid(judge.output))
    with pytest.raises(ValueError, match="Expected the discriminator to return logits"):
        kgan.BiGAN(generator, encoder, squashed)
    free = keras.Sequential([keras.Input((None, 4, 1)), layers.GlobalAveragePooling2D(), layers.Dense(CODE)])
    with pytest.raises(ValueError, match="samples of known size"):
        kgan.BiGAN(generator, free, judge)
    gan = kgan.BiGAN(generator, encoder, judge)
    with pytest.raises(ValueError, match="Expected augmentation=None"):
        gan.compile(augmentation="translation")
    gan.compile()
    with pytest.raises(ValueError, match="top_k"):
        gan.compile(top_k=0.5)
