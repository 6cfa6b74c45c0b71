import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan
from games import linear_game, small_dcgan


def test_predict_takes_latents_and_gives_samples():
    gan = small_dcgan()
    latents = gan.latents.draw(5, gan.latent_dim, seed=2)
    np.testing.assert_allclose(gan.predict(latents, verbose=0), gan.generate(5, seed=2), atol=1e-6)


@pytest.mark.parametrize("num_classes", [None, 10])
def test_a_seed_gives_the_same_samples_however_many_follow(num_classes):
    gan = small_dcgan(num_classes)
    many = gan.generate(130, seed=4)  # more than two batches
    assert many.shape == (130, 8, 8, 1)
    assert many.dtype == np.float32
    np.testing.assert_allclose(gan.generate(3, seed=4), many[:3], atol=1e-6)
    assert not np.allclose(gan.generate(3, seed=5), many[:3])


def test_generate_draws_the_classes_that_labels_name():
    gan = small_dcgan(num_classes=10)
    one, several = gan.generate(4, seed=0, labels=3), gan.generate(4, seed=0, labels=[3, 3, 7, 7])
    np.testing.assert_allclose(one[:2], several[:2], atol=1e-6)
    assert not np.allclose(one[2:], several[2:])
    np.testing.assert_allclose(gan.generate(4, seed=0), gan.generate(4, seed=0, labels=[0, 1, 2, 3]), atol=1e-6)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (10, "Expected labels between 0 and 9. Received: values from 10 to 10"),
        ([0, -1], "between 0 and 9"),
        ([0, 1, 2], "one class or 2 of them"),
        ([0.5, 1.0], "as integers"),
    ],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(ValueError, match=message):
        small_dcgan(num_classes=10).generate(2, labels=labels)


def test_labels_for_a_generator_without_are_refused():
    with pytest.raises(ValueError, match="Expected labels=None"):
        small_dcgan().generate(1, labels=0)


@pytest.mark.parametrize("n", [0, -3])
def test_fewer_samples_than_one_are_refused(n):
    with pytest.raises(ValueError, match=f"Expected n >= 1, a whole number. Received: n={n}"):
        small_dcgan().generate(n)


def test_samples_come_from_the_averaged_generator():
    gan = linear_game(ema_half_life=100)
    gan.ema_generator.set_weights([np.float32([[0.0]]), np.float32([7.0])])
    np.testing.assert_array_equal(gan.generate(2, seed=0), [[7.0], [7.0]])
    np.testing.assert_array_equal(gan.predict(np.zeros((2, 1)), verbose=0), [[7.0], [7.0]])


def test_reals_reach_the_discriminator_as_float32_in_minus_one_to_one():
    gan = small_dcgan()
    batch = gan.batch(tf.constant(np.full((2, 8, 8, 1), 255, np.uint8)), training=True)
    assert batch.real.dtype == tf.float32
    np.testing.assert_array_equal(batch.real, 1.0)
    np.testing.assert_array_equal(gan.batch(tf.zeros((2, 8, 8, 1), tf.uint8), training=True).real, -1.0)
    np.testing.assert_array_equal(gan.batch(tf.fill((2, 8, 8, 1), 0.25), training=True).real, 0.25)


def test_labels_reach_both_players(small_images, small_labels):
    gan = small_dcgan(num_classes=10)
    batch = gan.batch((tf.constant(small_images[:3]), tf.constant([4, 5, 6], tf.uint8)), training=True)
    np.testing.assert_array_equal(batch.generator_inputs[1], [4, 5, 6])
    np.testing.assert_array_equal(batch.conditions[0], [4, 5, 6])


def test_labels_are_ignored_when_no_network_takes_them(small_images, small_labels):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    gan.fit(small_images, small_labels, batch_size=50, verbose=0)
    assert int(gan.steps.numpy()) == 4


def test_missing_labels_are_named(small_images):
    gan = small_dcgan(num_classes=10)
    gan.compile(jit_compile=False)
    with pytest.raises(ValueError, match=r"Expected data of \(samples, labels\)"):
        gan.fit(small_images, batch_size=50, verbose=0)


@pytest.mark.parametrize(
    ("sample_shape", "networks"),
    [
        ((5,), lambda: [keras.layers.Dense(5)]),
        ((6, 2), lambda: [keras.layers.Dense(12), keras.layers.Reshape((6, 2))]),
        ((3, 5, 2), lambda: [keras.layers.Dense(30), keras.layers.Reshape((3, 5, 2))]),
        ((4, 3, 2, 1), lambda: [keras.layers.Dense(24), keras.layers.Reshape((4, 3, 2, 1))]),
    ],
)
def test_vectors_sequences_images_and_volumes_of_any_size_train(sample_shape, networks):
    generator = keras.Sequential([keras.Input((3,)), *networks()])
    discriminator = keras.Sequential([keras.Input(sample_shape), keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, seed=0)
    gan.compile(jit_compile=False)
    x = np.random.RandomState(0).uniform(-1, 1, (64, *sample_shape)).astype(np.float32)
    history = gan.fit(x, batch_size=16, epochs=2, verbose=0)
    assert np.isfinite(history.history["generator_loss"]).all()
    assert gan.latent_dim == 3
    assert gan.sample_shape == sample_shape
    assert gan.value_range == ((-1.0, 1.0) if len(sample_shape) == 3 else None)


@keras.saving.register_keras_serializable("kgan_tests")
class SubclassedGenerator(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(2)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, z):
        return self.dense(z)


@keras.saving.register_keras_serializable("kgan_tests")
class SubclassedDiscriminator(SubclassedGenerator):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(1)


def test_subclassed_models_train_and_are_saved(tmp_path):
    generator, discriminator = SubclassedGenerator(), SubclassedDiscriminator()
    generator(np.zeros((1, 3), np.float32))
    discriminator(np.zeros((1, 2), np.float32))
    gan = kgan.GAN(generator, discriminator, ema_half_life=10, seed=0)
    gan.compile(jit_compile=False)
    gan.fit(np.random.RandomState(0).randn(32, 2).astype(np.float32), batch_size=16, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(copy.generate(3, seed=0), gan.generate(3, seed=0))


def test_fit_takes_a_dataset_a_keras_sequence_and_validation_data(small_images):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return small_images[index * 8 : (index + 1) * 8]

    gan = small_dcgan()
    gan.compile(jit_compile=False)
    gan.fit(tf.data.Dataset.from_tensor_slices(small_images).batch(50), verbose=0)
    gan.fit(Batches(), verbose=0)
    history = gan.fit(small_images, batch_size=50, validation_data=(small_images[:20], None), verbose=0)
    assert int(gan.steps.numpy()) == 4 + 3 + 4
    assert "val_generator_loss" in history.history


def test_everything_in_the_config_comes_back(tmp_path):
    gan = small_dcgan(num_classes=10, latents="uniform", ema_half_life=123.0, value_range=(-2, 2), seed=77)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    for name in ("name", "seed", "ema_half_life", "latents", "num_classes", "value_range"):
        assert copy.get_config()[name] == gan.get_config()[name]
    assert (copy.latents.name, copy.ema_half_life, copy.value_range, copy.seed) == ("uniform", 123.0, (-2.0, 2.0), 77)


def test_no_seed_is_a_fresh_one_that_is_kept():
    first, second = linear_game(seed=None), linear_game(seed=None)
    assert first.seed != second.seed
    assert kgan.GAN.from_config(first.get_config()).seed == first.seed


def test_the_positional_order_of_fit_is_keras_s(small_images):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    assert len(gan.fit(small_images, None, 50, 2, 0).epoch) == 2


def test_splits_are_trained_and_validated_on(small_images):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    history = gan.fit(kgan.data.load(small_images, batch_size=20), verbose=0)
    assert int(gan.steps.numpy()) == 9
    assert "val_generator_loss" in history.history


def test_dictionaries_as_tensorflow_datasets_yields_them_are_understood(small_images, small_labels):
    data = tf.data.Dataset.from_tensor_slices({"image": small_images, "label": small_labels}).batch(50)
    for num_classes in (None, 10):
        gan = small_dcgan(num_classes)
        gan.compile(jit_compile=False)
        gan.fit(data, verbose=0)
        assert int(gan.steps.numpy()) == 4


def test_each_fit_sees_another_order(small_images, monkeypatch):
    gan = small_dcgan()
    gan.compile(run_eagerly=True)
    seen = []
    batch = gan.batch
    monkeypatch.setattr(
        gan, "batch", lambda data, training: (seen.append(data.numpy().tobytes()), batch(data, training))[1]
    )
    for _ in range(2):
        gan.fit(small_images[:30], batch_size=10, verbose=0)
    assert seen[:3] != seen[3:]


def test_another_value_range_holds_from_the_data_to_the_picture(tmp_path, small_images):
    generator = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(64, activation="sigmoid"), keras.layers.Reshape((8, 8, 1))]
    )
    gan = kgan.GAN(generator, small_dcgan().discriminator, value_range=(0, 1), seed=0)
    real = gan.batch(tf.constant([[[[0]] * 8] * 8, [[[255]] * 8] * 8], tf.uint8), training=True).real
    assert (float(tf.reduce_min(real)), float(tf.reduce_max(real))) == (0.0, 1.0)
    gan.compile(jit_compile=False)
    gan.fit(np.float32(small_images) / 255, batch_size=50, verbose=0)
    generator.set_weights([np.zeros((4, 64)), np.full(64, -50.0)])
    picture = kgan.pictures.grid(gan.generate(1, seed=0), value_range=gan.value_range)
    assert np.max(picture) == 0
    from kgan.export.portable import sampler

    sampler.sample_to_file(kgan.export.save(gan, tmp_path / "bundle"), 1, 0, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as drawn:
        assert np.max(drawn) == 0


@pytest.mark.parametrize("value_range", [(1, -1), "foo", (0,), 3])
def test_a_value_range_that_is_none_is_refused(value_range):
    with pytest.raises(ValueError, match="Expected value_range as"):
        small_dcgan(value_range=value_range)


# --- what is drawn, and by whom ---


def test_truncation_draws_samples_towards_that_of_the_mean_latent():
    gan = linear_game(latents="normal")
    gan.generator.set_weights([np.float32([[2.0]]), np.float32([1.0])])
    whole, half, none = (gan.generate(50, seed=0, truncation_psi=psi) for psi in (1.0, 0.5, 0.0))
    np.testing.assert_allclose(half - 1.0, (whole - 1.0) / 2, atol=1e-5)
    np.testing.assert_allclose(none, 1.0)
    for psi in (-0.1, 3.0):
        with pytest.raises(ValueError, match=r"Expected truncation_psi in \[0, 2\]"):
            gan.generate(1, truncation_psi=psi)


def test_evaluation_judges_the_average_unless_told_otherwise():
    gan = linear_game(ema_half_life=100)
    gan.discriminator.set_weights([np.float32([[1.0]]), np.float32([0.0])])
    gan.ema_generator.set_weights([np.float32([[0.0]]), np.float32([7.0])])
    gan.generator.set_weights([np.float32([[0.0]]), np.float32([-7.0])])
    gan.compile(loss="wasserstein", jit_compile=False)
    data = tf.data.Dataset.from_tensors(np.zeros((4, 1), np.float32))
    losses = [
        gan.evaluate(data, verbose=0, return_dict=True, averaged=averaged)["generator_loss"]
        for averaged in (True, False, True)
    ]
    assert losses == [-7.0, 7.0, -7.0]


def test_another_generator_put_in_place_is_the_one_that_draws():
    gan = linear_game()
    gan.generate(1)
    other = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    other.set_weights([np.float32([[0.0]]), np.float32([5.0])])
    gan.generator = other
    assert gan.generate(1)[0, 0] == 5.0


def test_several_gans_draw_without_a_warning_of_tensorflow_s(caplog):
    for seed in range(6):
        linear_game(seed=seed).generate(2 + seed, seed=0)
    assert not [record for record in caplog.records if record.name == "tensorflow"]
