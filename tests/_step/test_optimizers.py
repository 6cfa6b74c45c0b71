"""Lazy penalties and a moving beta_2 against Adam written out in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import first_latents, linear_game
from kgan import schedules
from kgan._kernels import library
from kgan._kernels.library import Library
from kgan._step import optimizers


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


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
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


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
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


def test_a_lazy_penalty_is_paid_by_the_discriminator_s_own_updates_whoever_is_held():
    """D(x) = w x: R1 is gamma / 2 w^2; only every third update of the discriminator pays it, however the turns fall."""
    gan = critic(penalties=[kgan.penalties.R1(0.8, every=3)], discriminator_optimizer=keras.optimizers.SGD(0.1))
    x, updates = np.float32([[1.0], [3.0]]), 0
    for turn in range(12):
        held = "discriminator" if turn % 2 else "generator"
        gan.freeze(held)
        z, w = first_latents(gan, 2), gan.discriminator.get_weights()[0][0, 0]
        gan.train_on_batch(x)
        if held == "generator":
            w -= 0.1 * (z.mean() - x.mean())
            w -= 0.1 * 3 * 0.8 * w if updates % 3 == 0 else 0.0
            updates += 1
        assert gan.discriminator.get_weights()[0][0, 0] == pytest.approx(w, rel=1e-4), turn
    assert int(gan.discriminator_updates.numpy()) == updates == 6


def test_a_learning_rate_schedule_counts_ordinary_updates_beside_a_lazy_penalty():
    rates = keras.optimizers.schedules.PolynomialDecay(0.2, 6, 0.0)
    gan = critic(
        penalties=[kgan.penalties.R1(0.0, every=2)],
        discriminator_optimizer=keras.optimizers.Adam(rates, beta_1=0.0, beta_2=0.9),
    )
    correction, x, w = 2 / 3, np.float32([[1.0], [3.0]]), 0.5
    adam = Adam(None, 0.0, 0.9**correction)
    for step in range(6):
        z = first_latents(gan, 2)
        gan.train_on_batch(x)
        for gradient in [z.mean() - x.mean()] + [0.0] * (step % 2 == 0):
            adam.rate = correction * max(0.2 * (1 - adam.steps * correction / 6), 0.0)
            w = adam(w, gradient)
        assert gan.discriminator.get_weights()[0][0, 0] == pytest.approx(w, rel=1e-4), step
    assert adam.steps * correction == 6  # the decay has just ended


def test_weights_decay_at_ordinary_updates_alone_beside_a_lazy_penalty():
    decayed = []
    for penalties in ([], [kgan.penalties.R1(0.0, every=2)]):
        gan = critic(
            penalties=penalties, discriminator_optimizer=keras.optimizers.AdamW(0.1, weight_decay=0.1, epsilon=1e9)
        )
        for _ in range(4):
            gan.train_on_batch(np.float32([[1.0], [3.0]]))
        decayed.append(gan.discriminator.get_weights()[0][0, 0])
        assert gan.discriminator_optimizer.weight_decay == 0.1
    assert decayed == pytest.approx([0.5 * 0.99**4] * 2, rel=1e-5)


def test_so_they_do_in_gradient_descent():
    gan = critic(
        penalties=[kgan.penalties.R1(0.0, every=2)],
        discriminator_optimizer=keras.optimizers.SGD(0.1, weight_decay=0.1, clipnorm=1e-12),
    )
    for _ in range(3):
        gan.train_on_batch(np.float32([[1.0], [3.0]]))
    assert gan.discriminator.get_weights()[0][0, 0] == pytest.approx(0.5 * 0.99**3, rel=1e-5)
    assert gan.discriminator_optimizer.weight_decay == 0.1


def test_beta_2_of_1_and_optimizers_beyond_adam_s_family_are_refused():
    with pytest.raises(ValueError, match="Expected beta_2 < 1. Received: beta_2=1.0"):
        critic(beta_2=1.0)
    with pytest.raises(ValueError, match=r"Expected beta_2 < 1. Received: beta_2=Linear"):
        critic(beta_2=schedules.Linear(0.9, 1.0, images=10))
    with pytest.raises(ValueError, match="Adam's family for beta_2. Received: Lion"):
        critic(beta_2=0.9, discriminator_optimizer=keras.optimizers.Lion())


def test_a_loss_scale_keeps_both():
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


ADAMS = {
    "plain": {},
    "a schedule": {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)},
    "clipped": {"clipnorm": 0.1},
    "decaying": {"weight_decay": 0.1},
    "averaging": {"use_ema": True, "ema_overwrite_frequency": 2},
    "accumulating": {"gradient_accumulation_steps": 2},
    "amsgrad": {"amsgrad": True},
}


def moved(arguments, changes, steps=4, scaled=False):
    """Two weights after some steps of Adam, and all that it keeps."""
    random = np.random.default_rng(0)
    weights = [keras.Variable(random.normal(size=shape).astype(np.float32)) for shape in ((3, 2), ())]
    optimizer = keras.optimizers.Adam(**{"learning_rate": 0.1, "beta_1": 0.5} | arguments)
    optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1.0) if scaled else optimizer
    optimizer.build(weights)

    @tf.function
    def step(*gradients):
        optimizers.apply(optimizer, list(gradients), weights, **changes)

    for _ in range(steps):
        step(*(random.normal(size=weight.shape).astype(np.float32) for weight in weights))
    return [variable.numpy() for variable in (*weights, *optimizer.variables)]


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("changes", [{}, {"correction": 0.75}, {"beta_2": 0.9, "decays": False}], ids=str)
@pytest.mark.parametrize("arguments", ADAMS.values(), ids=ADAMS)
def test_adam_at_once_is_keras_adam(arguments, changes, scaled, monkeypatch):
    with library.used(Library.XLA):  # which leaves it as it is
        expected = moved(arguments, changes, scaled=scaled)
    original, asked = tf.raw_ops.ResourceApplyAdam, []
    monkeypatch.setattr(tf.raw_ops, "ResourceApplyAdam", lambda **named: (asked.append(True), original(**named))[1])
    for actual, value in zip(moved(arguments, changes, scaled=scaled), expected, strict=True):
        np.testing.assert_allclose(actual, value, rtol=5e-5, atol=5e-6)  # 1 - 0.999f is off by 1e-5
    assert bool(asked) is ("amsgrad" not in arguments)


def test_adam_at_once_leaves_gradients_of_rows_to_keras():
    """Which squares each of those that one row has, where TensorFlow's kernel would be given their sum."""
    found = []
    for used in (Library.XLA, None):
        weight, adam = keras.Variable(np.ones((4, 2), np.float32)), keras.optimizers.Adam(0.1)
        adam.build([weight])
        rows = tf.IndexedSlices(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), tf.constant([1, 1, 3]), (4, 2))
        with library.used(used):
            for _ in range(3):
                optimizers.apply(adam, [rows], [weight])
        found.append(weight.numpy())
    np.testing.assert_array_equal(*found)


def test_an_adam_of_one_s_own_updates_as_it_says():
    class Still(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, 0.25 * gradient)

    weight = keras.Variable(1.0)
    optimizer = Still()
    optimizer.build([weight])
    optimizers.apply(optimizer, [tf.constant(1.0)], [weight])
    assert weight.numpy() == 0.75
    assert "update_step" not in vars(optimizer)


def test_an_update_leaves_the_optimizer_s_own_numbers_as_they_are():
    rates = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    weight, optimizer = keras.Variable(1.0), keras.optimizers.AdamW(rates, weight_decay=0.1)
    optimizer.build([weight])
    own = dict(vars(optimizer))
    optimizers.apply(optimizer, [tf.constant(1.0)], [weight], beta_2=0.5, correction=0.5, decays=False)
    assert vars(optimizer) == own
    assert int(optimizer.iterations.numpy()) == 1


def test_the_decay_of_weights_follows_the_schedule_by_ordinary_updates_too():
    """`w <- w (1 - decay * rate)` at c times the updates made; the moments move nothing, as epsilon is huge."""
    rates = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)
    weight, optimizer = keras.Variable(1.0), keras.optimizers.AdamW(rates, weight_decay=0.1, epsilon=1e9)
    optimizer.build([weight])
    expected = 1.0
    for updates in range(4):
        optimizers.apply(optimizer, [tf.constant(1.0)], [weight], correction=0.5)
        expected *= 1.0 - 0.1 * (1.0 - 0.5 * updates / 4)
        assert weight.numpy() == pytest.approx(expected, rel=1e-6)
