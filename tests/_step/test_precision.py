"""float16 and bfloat16: where they train, how far from float32, and what stays float32."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game, small_dcgan
from kgan._step import precision


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_trains_with_a_loss_scale_for_each_player_where_it_needs_one(policy, small_images, monkeypatch):
    monkeypatch.setattr(precision, "has_float16", lambda: True)  # slow, but right on a CPU
    keras.config.set_dtype_policy(policy)
    try:
        gan = small_dcgan(ema_half_life=100)
    finally:
        keras.config.set_dtype_policy("float32")
    gan.compile(jit_compile=False, penalties=["r1"])
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer) is (policy == "mixed_float16")
    assert gan.generator_optimizer is not gan.discriminator_optimizer
    history = gan.fit(small_images, batch_size=50, epochs=2, verbose=0)
    assert np.isfinite(list(history.history.values())).all()
    assert gan.generate(2, seed=0).dtype == np.float32


def test_a_loss_scale_does_not_change_the_step():
    moved = []
    for wrap in (lambda optimizer: optimizer, keras.optimizers.LossScaleOptimizer):
        gan = linear_game()
        gan.generator.set_weights([np.float32([[1.0]]), np.float32([0.0])])
        gan.discriminator.set_weights([np.float32([[0.5]]), np.float32([0.0])])
        gan.compile(wrap(keras.optimizers.SGD(0.1)), wrap(keras.optimizers.SGD(0.1)))
        gan.train_on_batch(np.float32([[1.0], [2.0]]))
        moved.append([*gan.generator.get_weights(), *gan.discriminator.get_weights()])
    for plain, scaled in zip(*moved, strict=True):
        np.testing.assert_allclose(plain, scaled, rtol=1e-5)


def test_float16_is_refused_where_there_is_none_but_loads_and_draws(tmp_path, small_images, monkeypatch):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan = small_dcgan()
    finally:
        keras.config.set_dtype_policy("float32")
    gan.compile(jit_compile=False)
    monkeypatch.setattr(precision, "has_float16", lambda: False)
    with pytest.raises(ValueError, match="Expected a GPU to train in float16.*mixed_bfloat16"):
        gan.fit(small_images, batch_size=50, verbose=0)
    gan.save(tmp_path / "gan.keras")
    assert np.isfinite(keras.models.load_model(tmp_path / "gan.keras").generate(2, seed=0)).all()


def test_penalties_and_losses_are_float32_in_mixed_precision(small_images):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        gan = small_dcgan()
    finally:
        keras.config.set_dtype_policy("float32")
    seen = []

    class Spy(kgan.penalties.R1):
        def __call__(self, game):
            value = super().__call__(game)
            seen.extend([game.real_logits.dtype, game.real_gradient.dtype, value.dtype])
            return value

    gan.compile(jit_compile=False, penalties=[Spy()])
    gan.train_on_batch(small_images[:8])
    assert set(seen) == {tf.float32}


@pytest.mark.parametrize("policy", [pytest.param("mixed_float16", marks=pytest.mark.slow), "mixed_bfloat16"])
def test_mixed_precision_steps_like_float32_but_for_rounding(policy, small_images, monkeypatch):
    monkeypatch.setattr(precision, "has_float16", lambda: True)
    moved = []
    for one in ("float32", policy):
        keras.config.set_dtype_policy(one)
        try:
            gan = small_dcgan()
        finally:
            keras.config.set_dtype_policy("float32")
        before = gan.get_weights()
        # From a scale that the first step already survives; the default would skip steps on its way there.
        descent = (
            keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1.0), initial_scale=256.0) for _ in range(2)
        )
        gan.compile(
            *descent,
            penalties=["r1"],
            augmentation="translation",
            objectives=[kgan.objectives.FeatureMatching("features"), "mode_seeking"],
            jit_compile=False,
        )
        gan.train_on_batch(small_images[:32])
        after = gan.get_weights()
        moved.append(np.concatenate([(b - a).ravel() for a, b in zip(before, after, strict=True)]))
    apart = np.linalg.norm(moved[1] - moved[0]) / np.linalg.norm(moved[0])
    assert 0 < apart < (0.02 if policy == "mixed_float16" else 0.2)


def test_the_generator_is_scaled_where_the_discriminator_is_in_float16():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        discriminator = small_dcgan().discriminator
    finally:
        keras.config.set_dtype_policy("float32")
    gan = kgan.GAN(small_dcgan().generator, discriminator)
    gan.compile(jit_compile=False)
    assert isinstance(gan.generator_optimizer, keras.optimizers.LossScaleOptimizer)
    gan = kgan.GAN(discriminator=small_dcgan().discriminator, generator=small_dcgan().generator)
    gan.compile(jit_compile=False)
    assert not isinstance(gan.generator_optimizer, keras.optimizers.LossScaleOptimizer)
