"""Top-k training: the generator learns from the best samples of a batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import Counter, first_latents, linear_game
from kgan import losses, schedules
from kgan._step import best_samples

OF_SAMPLES = sorted(set(losses.LOSSES) - {"relativistic_average"})


@pytest.mark.parametrize("shape", [(7, 1), (7, 2, 3, 1)], ids=["logits", "patches"])
@pytest.mark.parametrize("name", OF_SAMPLES)
def test_the_loss_is_that_of_the_best_samples_alone(name, shape):
    """Value and slope against the loss of a batch of the chosen rows, which are found by sorting in NumPy."""
    loss = losses.get(name)
    random = np.random.RandomState(0)
    generated, real = (tf.constant(random.normal(size=shape), tf.float32) for _ in range(2))
    order = np.argsort(-generated.numpy().reshape(7, -1).mean(axis=1), kind="stable")
    for share, k in ((1.0, 7), (0.5, 4), (0.3, 2), (1e-3, 1)):
        rows = tf.constant(np.sort(order[:k]))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(generated)
            found = best_samples.generator_loss(loss, generated, real, share)
            expected = loss.generator_loss(tf.gather(generated, rows), tf.gather(real, rows))
        assert float(found) == pytest.approx(float(expected), rel=1e-5, abs=1e-6)
        slope = tf.convert_to_tensor(tape.gradient(expected, generated))
        np.testing.assert_allclose(tape.gradient(found, generated), slope, rtol=1e-5, atol=1e-7)


def test_of_equal_logits_the_first_are_taken():
    with tf.GradientTape() as tape:
        logits = tf.zeros((4, 1))
        tape.watch(logits)
        found = best_samples.generator_loss(losses.Wasserstein(), logits, None, 0.5)
    np.testing.assert_array_equal(tape.gradient(found, logits), [[-0.5], [-0.5], [0.0], [0.0]])


def test_xla_compiles_a_share_that_changes():
    logits = tf.constant([[3.0], [-1.0], [2.0], [0.5]])
    compiled = tf.function(
        lambda share: best_samples.generator_loss(losses.Wasserstein(), logits, None, share), jit_compile=True
    )
    assert [round(float(compiled(tf.constant(share))), 4) for share in (1.0, 0.75, 0.5, 0.25)] == [
        -1.125,
        -1.8333,
        -2.5,
        -3.0,
    ]


def test_a_step_moves_the_generator_by_the_best_samples_and_the_discriminator_by_all():
    keras.utils.set_random_seed(0)
    gan = linear_game(latent_dim=2)
    rate = 0.1
    gan.compile(keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), top_k=0.5, jit_compile=False)
    (a, b), (w, c) = (network.get_weights() for network in (gan.generator, gan.discriminator))
    real, z = np.random.RandomState(1).normal(size=(6, 1)), first_latents(gan, 6)
    logs = gan.train_on_batch(real.astype(np.float32), return_dict=True)

    def sigmoid(x):
        return 1.0 / (1.0 + np.exp(-x))

    fake = z @ a + b
    slopes = -real * sigmoid(-(real @ w + c)) + fake * sigmoid(fake @ w + c)
    levels = -sigmoid(-(real @ w + c)) + sigmoid(fake @ w + c)
    w, c = w - rate * slopes.mean(), c - rate * levels.mean()
    np.testing.assert_allclose(gan.discriminator.get_weights()[0], w, rtol=1e-5)
    logits = (fake @ w + c)[:, 0]
    best = np.argsort(-logits)[:3]
    assert logs["generator_loss"] == pytest.approx(np.log1p(np.exp(-logits[best])).mean(), rel=1e-5)
    pull = -sigmoid(-logits[best])[:, None] * w / 3
    np.testing.assert_allclose(gan.generator.get_weights()[0], a - rate * z[best].T @ pull, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(gan.generator.get_weights()[1], b - rate * pull.sum(axis=0), rtol=1e-5, atol=1e-7)


def test_a_share_on_a_schedule_goes_on_to_the_bit_from_a_saved_model(tmp_path):
    def game():
        keras.utils.set_random_seed(0)
        gan = linear_game(latent_dim=2)
        gan.compile(loss="relativistic_pairing", top_k=schedules.Exponential(1.0, 0.25, images=32), jit_compile=False)
        return gan

    data = np.random.RandomState(1).normal(size=(16, 1)).astype(np.float32)
    whole, half = game(), game()
    whole.fit(data, batch_size=4, epochs=2, verbose=0)
    half.fit(data, batch_size=4, epochs=1, verbose=0)
    half.save(tmp_path / "half.keras")
    again = keras.models.load_model(tmp_path / "half.keras")
    assert again.top_k.get_config() == {"start": 1.0, "end": 0.25, "images": 32.0}
    again.fit(data, batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_share_follows_the_images_seen():
    """The loss of a generator that cannot move, on latents that never change: it is known which samples remain."""
    gan = linear_game()
    gan.compile(
        keras.optimizers.SGD(1e-30),
        keras.optimizers.SGD(1e-30),
        loss="wasserstein",
        top_k=schedules.Linear(1.0, 0.25, images=12),
        jit_compile=False,
    )
    (a, b), (w, c) = (network.get_weights() for network in (gan.generator, gan.discriminator))
    seen, expected = Counter(), []
    for k in (4, 3, 2, 1, 1):
        logits = np.sort(((first_latents(gan, 4) @ a + b) @ w + c)[:, 0])[::-1]
        expected.append(-logits[:k].mean())
        seen.batches.append(gan.train_on_batch(np.zeros((4, 1), np.float32), return_dict=True))
        gan.reset_metrics()
    assert [one["generator_loss"] for one in seen.batches] == pytest.approx(expected, rel=1e-4)


def test_without_a_share_nothing_of_it_is_called(monkeypatch):
    monkeypatch.setattr(best_samples, "generator_loss", None)
    gan = linear_game()
    gan.compile(jit_compile=False)
    gan.train_on_batch(np.zeros((4, 1), np.float32))
    assert gan.top_k is None
    assert gan.get_compile_config()["top_k"] is None


def of_means(real_logits, generated_logits):
    return keras.ops.mean(generated_logits), keras.ops.square(keras.ops.mean(generated_logits))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"top_k": 0.0}, r"Expected top_k in \(0, 1\]"),
        ({"top_k": 1.5}, r"Expected top_k in \[0, 1\]"),
        ({"top_k": schedules.Linear(1.0, 0.0, images=10)}, r"Expected top_k in \(0, 1\]"),
        ({"top_k": 0.5, "loss": "relativistic_average"}, "'relativistic_average'. Pass loss='relativistic_pairing'"),
        ({"top_k": 0.5, "loss": of_means}, "or top_k=None"),
    ],
)
def test_shares_and_losses_that_do_not_go_together_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        linear_game().compile(**arguments)


def test_a_loss_of_batch_means_is_refused_on_replicas_too():
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        gan = linear_game()
        gan.compile(top_k=0.5)
        with pytest.raises(ValueError, match="or top_k=None"):
            gan.compile(top_k=0.5, loss=of_means)


def test_a_recipe_says_the_share():
    changed = kgan.recipes.get("digits").changed({"top_k": "{name=exponential, start=1.0, end=0.5, images=1e6}"})
    assert isinstance(changed.compile_arguments()["top_k"], schedules.Exponential)
    assert kgan.recipes.get("digits").changed({"top_k": ".5"}).compile_arguments()["top_k"] == 0.5
    assert kgan.recipes.get("digits").compile_arguments()["top_k"] is None
    with pytest.raises(ValueError, match=r"Expected top_k in \(0, 1\]\. Received: top_k=1\.5"):
        kgan.recipes.get("digits").changed({"top_k": "1.5"})
