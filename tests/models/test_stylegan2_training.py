"""StyleGAN2 in training, as the recipe has it: lazy R1, lazy path length, an averaged generator."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan.architectures import StyleParts, stylegan2_discriminator, stylegan2_generator


def trained(images, steps, shape=(8, 8, 3), every=2, width=3, batch=4):
    generator = stylegan2_generator(shape, 8, width, max_width=16, mapping_layers=2, seed=0)
    discriminator = stylegan2_discriminator(shape, width, max_width=16, mapping_layers=2, seed=1)
    gan = kgan.GAN(generator, discriminator, ema_half_life=100, seed=0)
    gan.compile(
        keras.optimizers.Adam(2.5e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8),
        keras.optimizers.Adam(2.5e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8),
        penalties=kgan.penalties.R1(0.1, every=4 * every),
        objectives=kgan.objectives.PathLength(every=every),
        jit_compile=False,
    )
    order = np.arange(steps * batch) % len(images)
    history = gan.fit(images[order], batch_size=batch, shuffle=False, verbose=0)
    return gan, history.history


def pictures(count=32, side=8):
    """Real colour pictures: patches of scikit-image's astronaut."""
    skimage = pytest.importorskip("skimage.data", reason="needs scikit-image: pip install 'kgan[test]'")
    whole, random = skimage.astronaut(), np.random.RandomState(0)
    corners = random.randint(0, 512 - side, (count, 2))
    return np.stack([whole[top : top + side, left : left + side] for top, left in corners])


@pytest.mark.slow  # a step of many branches; test_path_length.py and test_styles.py hold its parts
def test_three_steps_move_every_weight_and_the_mean_of_w():
    gan, figures = trained(pictures(12), 3)
    assert all(np.isfinite(values).all() for values in figures.values())
    fresh = stylegan2_generator((8, 8, 3), 8, 3, max_width=16, mapping_layers=2, seed=0)
    for weight, start in zip(gan.generator.trainable_variables, fresh.trainable_variables, strict=True):
        assert not np.array_equal(weight, start), weight.path
    assert np.all(StyleParts.of(gan.generator).styles.mean)
    assert int(gan.generator_optimizer.iterations) == 3 + 2  # path length after the first and the third


@pytest.mark.slow
def test_two_hundred_steps_on_real_colour_pictures_of_32_pixels_stay_finite_and_are_exported(tmp_path):
    gan, figures = trained(pictures(256, 32), 200, (32, 32, 3), every=4, width=4, batch=8)
    assert all(np.isfinite(values).all() for values in figures.values())
    assert float(gan._plan.objective_memory["path_length"]["mean"]) > 0
    assert np.any(StyleParts.of(gan.generator).styles.mean)
    assert np.isfinite(gan.generate(4, seed=0, truncation_psi=0.7)).all()
    kgan.export.save(gan, tmp_path / "bundle")


@pytest.mark.slow
def test_xla_computes_the_networks_and_their_gradients_as_tensorflow_alone_does():
    """Of the same latents: a step's own draws, of Keras and of `kgan.latents`, are others where XLA compiles them."""
    generator = stylegan2_generator((8, 8, 3), 8, 3, max_width=16, mapping_layers=2, style_mixing=0.0, seed=0)
    discriminator = stylegan2_discriminator((8, 8, 3), 3, max_width=16, mapping_layers=2, seed=1)
    z = tf.constant(np.random.RandomState(0).standard_normal((4, 8)).astype(np.float32))
    real = tf.constant(pictures(4).astype(np.float32) / 127.5 - 1.0)
    # What a strength learns is the noise, which is drawn.
    weights = [one for one in generator.trainable_variables if one.name != "noise_strength"]
    weights = [one.value for one in (*weights, *discriminator.trainable_variables)]

    def losses():
        with tf.GradientTape() as tape:
            with tf.GradientTape(watch_accessed_variables=False) as inner:
                inner.watch(real)
                of_real = tf.reduce_sum(discriminator(real, training=True))
            slope = inner.gradient(of_real, real)
            of_generated = discriminator(generator(z, training=True), training=True)
            total = tf.reduce_mean(tf.nn.softplus(of_generated)) + tf.reduce_sum(slope**2)
        return total, tape.gradient(total, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    (plain, gradients), (compiled, others) = (tf.function(losses, jit_compile=jit)() for jit in (False, True))
    assert float(compiled) == pytest.approx(float(plain), rel=1e-5)
    for one, other in zip(gradients, others, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-5)
