"""Lazy penalties and a moving beta_2 against Adam written out in NumPy."""

import keras
import numpy as np
import pytest

import kgan
from games import first_latents, linear_game
from kgan import schedules


class Adam:
    """Kingma and Ba, 2015, with Keras's place of epsilon."""

    def __init__(self, rate, beta_1, beta_2, epsilon=1e-7):
        self.rate, self.beta_1, self.beta_2, self.epsilon = rate, beta_1, beta_2, epsilon
        self.m = self.v = 0.0
        self.steps = 0

    def __call__(self, weight, gradient, beta_2=None):
        beta_2 = self.beta_2 if beta_2 is None else beta_2
        self.steps += 1
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * gradient
        self.v = beta_2 * self.v + (1 - beta_2) * gradient**2
        rate = self.rate * np.sqrt(1 - beta_2**self.steps) / (1 - self.beta_1**self.steps)
        return weight - rate * self.m / (np.sqrt(self.v) + self.epsilon)


def critic(**compile_arguments):
    """D(x) = w x + c with the Wasserstein loss: its gradient in w is mean G(z) - mean x, whatever w is."""
    gan = linear_game()
    gan.generator.set_weights([np.float32([[1.0]]), np.float32([0.0])])
    gan.discriminator.set_weights([np.float32([[0.5]]), np.float32([0.0])])
    gan.compile(
        compile_arguments.pop("generator_optimizer", keras.optimizers.Adam(0.0)),
        compile_arguments.pop("discriminator_optimizer", keras.optimizers.Adam(0.1, beta_1=0.5, beta_2=0.9)),
        loss="wasserstein",
        **compile_arguments,
    )
    return gan


@pytest.mark.parametrize("jit", [False, True])
def test_a_lazy_penalty_has_updates_of_its_own_and_adam_is_corrected_for_them(jit):
    gan = critic(penalties=[kgan.penalties.R1(0.8, every=3)], jit_compile=jit)
    correction = 3 / 4
    adam = Adam(0.1 * correction, 0.5**correction, 0.9**correction)
    x, w = np.float32([[1.0], [3.0]]), 0.5
    for step in range(5):
        z = first_latents(gan, 2)
        logs = gan.train_on_batch(x, return_dict=True)
        w = adam(w, z.mean() - x.mean())
        if step % 3 == 0:
            assert logs["r1_penalty"] == pytest.approx(0.4 * w**2, rel=1e-4)
            w = adam(w, 3 * 0.8 * w)  # the gradient of gamma / 2 w^2, paid for three steps at once
        else:
            assert np.isnan(logs["r1_penalty"])
        assert gan.discriminator.get_weights()[0][0, 0] == pytest.approx(w, rel=1e-4), step
    assert int(gan.discriminator_optimizer.iterations.numpy()) == 5 + 2


def test_gradient_descent_needs_no_correction():
    gan = critic(penalties=[kgan.penalties.R1(0.8, every=3)], discriminator_optimizer=keras.optimizers.SGD(0.1))
    x, w = np.float32([[1.0], [3.0]]), 0.5
    z = first_latents(gan, 2)
    gan.train_on_batch(x)
    w -= 0.1 * (z.mean() - x.mean())
    w -= 0.1 * 3 * 0.8 * w
    assert gan.discriminator.get_weights()[0][0, 0] == pytest.approx(w, rel=1e-5)


@pytest.mark.parametrize("jit", [False, True])
def test_beta_2_follows_its_schedule(jit):
    schedule = schedules.Linear(0.5, 0.9, images=6)
    gan = critic(beta_2=schedule, jit_compile=jit)
    adam = Adam(0.1, 0.5, None)
    x, w = np.float32([[1.0], [3.0]]), 0.5
    for step in range(5):
        z = first_latents(gan, 2)
        gan.train_on_batch(x)
        w = adam(w, z.mean() - x.mean(), beta_2=0.5 + 0.4 * min(step * 2 / 6, 1.0))
        assert gan.discriminator.get_weights()[0][0, 0] == pytest.approx(w, rel=1e-4), step
    assert gan.discriminator_optimizer.beta_2 == 0.9  # its own, as it was given


def test_a_loss_scale_keeps_both(monkeypatch):
    gan = critic(
        penalties=[kgan.penalties.R1(0.8, every=3)],
        discriminator_optimizer=keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1, 0.5, 0.9)),
        generator_optimizer=keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.0)),
        beta_2=0.8,
    )
    correction = 3 / 4
    adam = Adam(0.1 * correction, 0.5**correction, 0.8**correction)
    x = np.float32([[1.0], [3.0]])
    z = first_latents(gan, 2)
    gan.train_on_batch(x)
    w = adam(0.5, z.mean() - x.mean())
    w = adam(w, 3 * 0.8 * w)
    assert gan.discriminator.get_weights()[0][0, 0] == pytest.approx(w, rel=1e-4)
