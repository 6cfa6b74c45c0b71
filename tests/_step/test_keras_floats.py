"""Whatever Keras's own floats are, networks train in their policy; samples, logits and figures stay float32."""

import contextlib

import keras
import numpy as np
import pytest
from pair_games import pairs, translator

import kgan
from games import linear_game, small_dcgan
from kgan import objectives, penalties

POINTS = np.random.default_rng(0).normal(size=(16, 1))


@contextlib.contextmanager
def floats(name):
    """Keras's floats, and the policy that it keeps of them once asked."""
    keras.config.set_floatx(name)
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


@pytest.fixture(params=["float64"])
def floatx(request):
    with floats(request.param):
        yield request.param


@pytest.mark.parametrize("loss", ["non_saturating", "wasserstein", "relativistic_average"])
def test_a_gan_trains_with_weights_of_keras_s_floats(floatx, loss):
    gan = linear_game(ema_half_life=10.0)
    gan.compile(loss=loss, penalties=[penalties.WGANGP(), penalties.R1(1.0, every=2)], jit_compile=False)
    before = [np.array(weight) for weight in gan.generator.weights]
    history = gan.fit(POINTS, batch_size=4, validation_split=0.5, verbose=0).history
    assert {weight.dtype for weight in (*gan.generator.weights, *gan.ema_generator.weights)} == {floatx}
    assert all(np.isfinite(values).all() for values in history.values())
    assert any((np.array(weight) != old).any() for weight, old in zip(gan.generator.weights, before, strict=True))
    assert gan.generate(2, seed=0).dtype == np.float32


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_weights_of_half_precision_in_which_steps_are_lost_are_refused(name):
    with floats(name):
        gan = linear_game()
        gan.compile()
    with pytest.raises(ValueError, match=rf"Received: 'generator' with weights of {name}.*mixed_bfloat16"):
        gan.fit(POINTS, batch_size=4)


def test_an_update_in_float64_is_that_of_the_closed_form():
    """D(x) = w x, non-saturating: dL/dw = mean (sigmoid(w x) - 1) x + mean sigmoid(w g) g, by one step of SGD."""
    with floats("float64"):
        gan = linear_game()
        gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.5), jit_compile=False)
    gan.generator.set_weights([np.zeros((1, 1)), np.full(1, 2.0)])
    gan.discriminator.set_weights([np.full((1, 1), 0.3), np.zeros(1)])
    gan.train_on_batch(POINTS)
    sigmoid = lambda logits: 1.0 / (1.0 + np.exp(-logits))  # noqa: E731
    slope = np.mean((sigmoid(0.3 * POINTS) - 1.0) * POINTS) + sigmoid(0.6) * 2.0
    np.testing.assert_allclose(gan.discriminator.get_weights()[0][0, 0], 0.3 - 0.5 * slope, rtol=1e-6)


def test_images_augmentation_and_metrics_go_with_float64(small_images):
    with floats("float64"):
        gan = small_dcgan(ema_half_life=10.0)
        metrics = [kgan.metrics.FrechetDistance("pixels")]
        gan.compile(augmentation=kgan.augmentation.ADA(), metrics=metrics, jit_compile=False)
        history = gan.fit(small_images[:32], batch_size=8, validation_split=0.5, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert {weight.dtype for weight in gan.discriminator.trainable_weights} == {"float64"}


def test_a_translation_goes_with_float64_and_comes_back_from_its_file(tmp_path):
    with floats("float64"):
        model = translator()
        model.compile(objectives=[objectives.L1(10.0)], metrics=["psnr"], jit_compile=False)
        history = model.fit(*pairs(8), batch_size=4, validation_split=0.5, verbose=0).history
        model.save(tmp_path / "model.keras")
    assert all(np.isfinite(values).all() for values in history.values())
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.translate(pairs(2)[0]), model.translate(pairs(2)[0]))
