"""PacGAN: the discriminator sees packs of samples."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan import augmentation, objectives, penalties
from kgan._game import packing
from tests.games import first_latents

PAC, RATE = 2, 0.5


def points_in_packs(pac: int = PAC, **arguments) -> kgan.GAN:
    """G(z) = A z + b in the plane, D(pack) = w . pack + c: gradients in closed form."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="generator")
    discriminator = keras.Sequential([keras.Input((2 * pac,)), keras.layers.Dense(1)], name="discriminator")
    gan = kgan.GAN(generator, discriminator, pac=pac, seed=0)
    arguments = {"loss": "non_saturating"} | arguments
    gan.compile(keras.optimizers.SGD(RATE), keras.optimizers.SGD(RATE), jit_compile=False, **arguments)
    return gan


def pictures_in_packs(**arguments) -> kgan.GAN:
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, "tanh"), keras.layers.Reshape((4, 4, 1))])
    discriminator = keras.Sequential(
        [keras.Input((4, 4, PAC)), keras.layers.Flatten(name="features"), keras.layers.Dense(1)]
    )
    gan = kgan.GAN(generator, discriminator, pac=PAC, ema_half_life=50, seed=0)
    gan.compile(jit_compile=False, **arguments)
    return gan


def pixels(count):
    return np.random.RandomState(0).randint(0, 256, (count, 4, 4, 1)).astype(np.uint8)


def numpy_packs(samples, pac):
    rows = range(0, len(samples), pac)
    return np.stack([np.concatenate([samples[row + k] for k in range(pac)], axis=-1) for row in rows])


@pytest.mark.parametrize(("shape", "pac"), [((6, 5), 3), ((4, 7, 2), 2), ((6, 3, 4, 2), 3), ((4, 2, 3, 4, 1), 4)])
def test_packs_are_samples_in_a_row_joined_along_the_last_axis(shape, pac):
    samples = np.random.RandomState(0).normal(size=shape).astype(np.float32)
    packs = packing.packed(tf.constant(samples), pac)
    np.testing.assert_array_equal(packs, numpy_packs(samples, pac))
    np.testing.assert_array_equal(packing.unpacked(packs, pac), samples)
    assert packs.shape[1:] == packing.shape_of((None, *shape[1:]), pac)[1:]


def test_a_batch_that_does_not_divide_is_filled_up_with_its_own_first_samples():
    samples = np.arange(10.0, dtype=np.float32).reshape(5, 2)
    filled = samples[[0, 1, 2, 3, 4, 0, 1, 2]]
    np.testing.assert_array_equal(packing.packed(tf.constant(samples), 4), numpy_packs(filled, 4))
    one = packing.packed(tf.constant(samples[:1]), 3)
    np.testing.assert_array_equal(one, numpy_packs(samples[[0, 0, 0]], 3))


def test_a_packed_step_is_the_one_derived_by_hand():
    """Both players' updates in NumPy: losses are means over packs, penalties have one norm for each pack."""
    gan = points_in_packs(penalties=[penalties.R1(2.0), penalties.WGANGP(3.0)])
    (a, b), (w, c) = (network.get_weights() for network in (gan.generator, gan.discriminator))
    real = np.random.RandomState(1).normal(size=(6, 2))
    z = first_latents(gan, 6)
    logs = gan.train_on_batch(real.astype(np.float32), return_dict=True)

    def sigmoid(x):
        return 1.0 / (1.0 + np.exp(-x))

    real_packs, fake_packs = numpy_packs(real, PAC), numpy_packs(z @ a + b, PAC)
    real_logits, fake_logits = real_packs @ w + c, fake_packs @ w + c  # (3, 1)
    norm = np.linalg.norm(w)
    assert logs["r1_penalty"] == pytest.approx(2.0 / 2 * norm**2, rel=1e-5)
    assert logs["wgangp_penalty"] == pytest.approx(3.0 * (norm - 1.0) ** 2, rel=1e-4)
    loss = np.mean(np.log1p(np.exp(-real_logits))) + np.mean(np.log1p(np.exp(fake_logits)))
    assert logs["discriminator_loss"] == pytest.approx(loss, rel=1e-5)
    slope_w = (-real_packs * sigmoid(-real_logits) + fake_packs * sigmoid(fake_logits)).mean(axis=0)[:, None]
    slope_w += 2.0 * w + 3.0 * 2.0 * (norm - 1.0) * w / norm
    slope_c = (-sigmoid(-real_logits) + sigmoid(fake_logits)).mean(axis=0)
    w, c = w - RATE * slope_w, c - RATE * slope_c
    for found, expected in zip(gan.discriminator.get_weights(), (w, c), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)

    pull = -sigmoid(-(fake_packs @ w + c)) / len(fake_packs)  # d L_G / d logit of each pack
    by_sample = np.concatenate([pull * w[:2].T, pull * w[2:].T], axis=1).reshape(6, 2)
    np.testing.assert_allclose(gan.generator.get_weights()[0], a - RATE * z.T @ by_sample, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(gan.generator.get_weights()[1], b - RATE * by_sample.sum(axis=0), rtol=1e-4, atol=1e-6)


def test_evaluation_fills_up_a_short_batch_and_sees_every_sample():
    gan = points_in_packs()
    real = np.random.RandomState(1).normal(size=(5, 2)).astype(np.float32)
    w, c = gan.discriminator.get_weights()
    accuracy = gan.evaluate(real, batch_size=5, verbose=0, return_dict=True)["real_accuracy"]
    assert accuracy == pytest.approx(np.mean(numpy_packs(real[[0, 1, 2, 3, 4, 0]], PAC) @ w + c > 0.0))


def test_an_augmentation_is_drawn_for_each_sample_of_a_pack_and_counts_images():
    def shifted(samples, draws):
        return samples + tf.reshape(tf.range(tf.shape(samples)[0], dtype=tf.float32), (-1, 1))

    packs = packing.packed(tf.zeros((4, 3)), 2)
    np.testing.assert_array_equal(packing.each_apart(shifted, 2)(packs, None), [[0, 0, 0, 1, 1, 1], [2, 2, 2, 3, 3, 3]])
    gan = pictures_in_packs(run_eagerly=True, augmentation=augmentation.ADA(every=10, policy="flip"))
    gan.train_on_batch(pixels(8))
    assert float(gan._remembered()["memory.ada.images"].value) == 8.0


def test_one_sample_to_a_pack_is_no_packing(monkeypatch):
    """Where it is off, nothing of it is called."""
    for name in ("pairs", "each_apart"):
        monkeypatch.setattr(packing, name, None)
    gan = points_in_packs(pac=1)
    gan.fit(np.zeros((4, 2), np.float32), batch_size=4, verbose=0)
    assert gan.get_config()["pac"] == 1


@pytest.mark.slow
def test_packs_go_on_to_the_bit_from_a_saved_model(tmp_path):
    whole, half = (
        pictures_in_packs(penalties=["r1"], augmentation=augmentation.ADA(every=2, policy="flip")) for _ in range(2)
    )
    data = pixels(16)
    whole.fit(data, batch_size=4, epochs=2, verbose=0)
    half.fit(data, batch_size=4, epochs=1, verbose=0)
    half.save(tmp_path / "half.keras")
    again = keras.models.load_model(tmp_path / "half.keras")
    assert again.pac == PAC
    again.fit(data, batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow  # a monitor's first look compiles much; the figures of packs are held above
def test_the_monitor_and_feature_matching_look_at_packs():
    gan = pictures_in_packs(objectives=[objectives.FeatureMatching(layer="features")])
    monitor = kgan.callbacks.EquilibriumMonitor(num_samples=11, verbose=0)
    history = gan.fit(pixels(16), batch_size=8, validation_data=pixels(13), callbacks=[monitor], verbose=0).history
    assert np.isfinite(history["generator_feature_matching_loss"][0])
    assert 0.0 <= monitor.history[0].separation <= 1.0


@pytest.mark.parametrize(
    "data",
    [
        lambda: {"x": pixels(9), "batch_size": 3},
        lambda: {"x": tf.data.Dataset.from_tensor_slices(pixels(9)).batch(3)},
        lambda: {"x": (batch for batch in [pixels(3)]), "steps_per_epoch": 1},
    ],
    ids=["array", "dataset", "generator"],
)
def test_batches_that_packs_do_not_divide_are_refused_before_the_first_step(data):
    gan = pictures_in_packs()
    with pytest.raises(ValueError, match=r"pac=2 divides.*batches of 3\. Take batch_size=2 or 4"):
        gan.fit(**data(), verbose=0)
    assert int(gan.steps) == 0


def test_what_cannot_be_packed_is_refused_with_a_way_out():
    generator = kgan.architectures.dcgan_generator((8, 8, 1), 4, 4)
    with pytest.raises(ValueError, match=r"packs of pac=3 .*\(8, 8, 3\)\. Received: one that takes \(8, 8, 2\)"):
        kgan.GAN(generator, kgan.architectures.dcgan_discriminator((8, 8, 2), 4), pac=3)
    labelled = kgan.architectures.dcgan_discriminator((8, 8, 2), 4, num_classes=3)
    with pytest.raises(ValueError, match=r"one that takes labels\. Build it without num_classes, .* or pass pac=1"):
        kgan.GAN(generator, labelled, num_classes=3, pac=2)
    telling = kgan.architectures.dcgan_discriminator((8, 8, 2), 4, num_classes=3, conditioning="auxiliary")
    with pytest.raises(ValueError, match="one that tells classes"):
        kgan.GAN(generator, telling, num_classes=3, pac=2)
    with pytest.raises(ValueError, match="Expected pac >= 1"):
        kgan.GAN(generator, kgan.architectures.dcgan_discriminator((8, 8, 1), 4), pac=0)

    @keras.saving.register_keras_serializable("kgan_tests")
    class OfEach(objectives.Objective):
        outputs = ("features",)

        def generator_loss(self, step):
            return tf.reduce_mean(step.generated_outputs["features"])

    with pytest.raises(ValueError, match="reads 'features' of each sample. Drop it, or pass pac=1"):
        pictures_in_packs(objectives=[OfEach()])


def test_a_recipe_builds_the_discriminator_for_packs():
    settings = {"pac": "3", "conditional": "false", "batch_size": "6"}
    settings |= {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4"}
    gan = kgan.recipes.get("digits").changed(settings).build(np.zeros((12, 8, 8, 1), np.uint8))
    assert (gan.pac, gan.discriminator.input_shape) == (3, (None, 8, 8, 3))
    with pytest.raises(ValueError, match=r"pac=3 divides.*batches of 64\. Take batch_size=63 or 66"):
        kgan.recipes.get("digits").changed({"pac": "3"})
    with pytest.raises(ValueError, match="Expected model.pac >= 1"):
        kgan.recipes.get("digits").changed({"pac": "0"})
