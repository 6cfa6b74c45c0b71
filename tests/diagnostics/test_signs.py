import math

import keras
import numpy as np
import pytest

import kgan
from games import linear_game, small_dcgan
from kgan.data.sources import arrays
from kgan.diagnostics import Observer, subjects
from kgan.metrics import extractors

RANDOM = np.random.RandomState(0)
REALS = RANDOM.normal(3.0, 2.0, size=(200, 1)).astype(np.float32)
HELD_OUT = RANDOM.normal(3.0, 2.0, size=(100, 1)).astype(np.float32)


def observer_of(gan, train, held_out=None, labels=None, features="pixels", count=200):
    train = arrays.batches(train, labels, batch_size=50)
    held_out = None if held_out is None else arrays.batches(held_out, None, batch_size=50)
    return Observer(gan, subjects.gather(gan, train, held_out, count, seed=0), extractors.get(features))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture
def game():
    gan = linear_game()
    gan.generator.set_weights([np.array([[0.7]]), np.array([-0.2])])
    gan.discriminator.set_weights([np.array([[0.9]]), np.array([-1.1])])
    gan.compile(loss="non_saturating")
    return gan


def test_every_sign_of_a_linear_game_is_its_closed_form(game):
    observer = observer_of(game, REALS, HELD_OUT)
    signs = observer.observe()
    z = observer.subjects.latents.astype(np.float64)
    generated = 0.7 * z - 0.2
    train, held_out, fake = (0.9 * x - 1.1 for x in (REALS.astype(np.float64), HELD_OUT.astype(np.float64), generated))
    assert signs.real_accuracy == pytest.approx((train > 0).mean())
    assert signs.held_out_accuracy == pytest.approx((held_out > 0).mean())
    assert signs.generated_accuracy == pytest.approx((fake < 0).mean())
    assert signs.separation == pytest.approx((held_out > fake.T).mean(), abs=1e-6)
    assert signs.memorisation == pytest.approx((train > held_out.T).mean(), abs=1e-6)
    pull = 1 - sigmoid(fake)
    assert signs.generator_pull == pytest.approx(pull.mean(), rel=1e-5)
    assert signs.real_slope == pytest.approx(0.81, rel=1e-6)
    assert signs.generated_slope == pytest.approx(0.81, rel=1e-6)
    by_generator = np.array([(-pull * 0.9 * z).mean(), (-pull * 0.9).mean()])
    assert signs.generator_gradient == pytest.approx(np.linalg.norm(by_generator), rel=1e-5)
    wrong_real, wrong_fake = -(1 - sigmoid(train)), sigmoid(fake)
    by_discriminator = np.array(
        [(wrong_real * REALS).mean() + (wrong_fake * generated).mean(), wrong_real.mean() + wrong_fake.mean()]
    )
    assert signs.discriminator_gradient == pytest.approx(np.linalg.norm(by_discriminator), rel=1e-5)
    pairs = np.abs(generated - generated.T).sum() / np.abs(REALS - REALS.T).sum()
    assert signs.diversity == pytest.approx(pairs, rel=1e-4)
    assert math.isnan(signs.movement)
    assert math.isnan(signs.generator_change)


@pytest.mark.parametrize(
    ("loss", "pull"),
    [
        ("minimax", lambda d: sigmoid(d)),
        ("wasserstein", lambda d: np.ones_like(d)),
        ("hinge", lambda d: np.ones_like(d)),
    ],
)
def test_the_pull_is_what_each_loss_lets_through(game, loss, pull):
    game.compile(loss=loss)
    observer = observer_of(game, REALS)
    fake = 0.9 * (0.7 * observer.subjects.latents - 0.2) - 1.1
    assert observer.observe().generator_pull == pytest.approx(pull(fake).mean(), rel=1e-5)


def test_saturation_counts_logits_beyond_the_thousandth(game):
    game.discriminator.set_weights([np.array([[10.0]]), np.array([0.0])])
    observer = observer_of(game, REALS)
    logits = np.concatenate([10.0 * REALS, 10.0 * (0.7 * observer.subjects.latents - 0.2)])
    assert observer.observe().saturated == pytest.approx((np.abs(logits) > math.log(999)).mean(), abs=1e-6)


def test_changes_since_the_last_look_are_measured(game):
    observer = observer_of(game, REALS)
    observer.observe()
    game.generator.set_weights([np.array([[0.7]]), np.array([0.3])])
    game.discriminator.set_weights([np.array([[0.9]]), np.array([-1.1 + 0.5])])
    signs = observer.observe()
    assert signs.generator_change == pytest.approx(0.5 / math.hypot(0.7, 0.2), rel=1e-5)
    assert signs.discriminator_change == pytest.approx(0.5 / math.hypot(0.9, 1.1), rel=1e-5)
    between = np.abs(REALS - REALS.T)[~np.eye(200, dtype=bool)].mean()
    assert signs.movement == pytest.approx(0.5 / between, rel=1e-4)


def test_looking_moves_nothing():
    images = RANDOM.uniform(-1, 1, size=(40, 8, 8, 1)).astype(np.float32)
    gan = small_dcgan()
    gan.compile()
    before = [variable.numpy() for variable in gan.variables]
    observer = observer_of(gan, images, count=40)
    first, second = observer.observe(), observer.observe()
    for variable, value in zip(gan.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert (second.movement, second.generator_change, second.discriminator_change) == (0.0, 0.0, 0.0)
    assert first.separation == second.separation


def test_without_held_out_reals_their_figures_are_nan_and_the_rest_is_not(game):
    signs = observer_of(game, REALS).observe()
    assert math.isnan(signs.held_out_accuracy)
    assert math.isnan(signs.memorisation)
    assert math.isfinite(signs.separation)


def test_samples_that_are_not_finite_give_nan_and_no_error(game):
    game.generator.set_weights([np.array([[np.nan]]), np.array([0.0])])
    signs = observer_of(game, REALS, HELD_OUT).observe()
    assert math.isnan(signs.separation)
    assert math.isnan(signs.diversity)


def test_without_labels_the_diversity_is_that_of_all_samples_though_the_data_has_classes(small_images, small_labels):
    gan = small_dcgan()
    gan.compile()
    observer = observer_of(gan, small_images, labels=small_labels)
    samples = gan.generator(observer.subjects.latents, training=True).numpy().reshape(200, -1)
    reals = observer.subjects.train.samples.reshape(200, -1) / 127.5 - 1.0

    def spread(x):
        return np.linalg.norm(x[:, None] - x[None], axis=2)[~np.eye(200, dtype=bool)].mean()

    assert observer.observe().diversity == pytest.approx(spread(samples) / spread(reals), rel=0.02)


def test_a_conditional_generator_that_ignores_its_latents_has_no_diversity_within_the_classes(small_labels):
    latents, labels = keras.Input((4,)), keras.Input((), dtype="int32")
    by_class = keras.layers.Embedding(
        10, 64, embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0, seed=0)
    )(labels)
    ignored = keras.layers.Dense(64, kernel_initializer="zeros")(latents)
    images = keras.layers.Reshape((8, 8, 1))(keras.layers.Activation("tanh")(by_class + ignored))
    gan = kgan.GAN(
        keras.Model([latents, labels], images),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_classes=10),
        num_classes=10,
        seed=0,
    )
    gan.compile()
    reals = RANDOM.uniform(-1, 1, size=(200, 8, 8, 1)).astype(np.float32)
    signs = observer_of(gan, reals, labels=small_labels).observe()
    assert signs.diversity == pytest.approx(0.0, abs=1e-6)
    assert signs.support == pytest.approx(10.0, rel=0.1)
