import keras
import numpy as np
import pytest
import tensorflow as tf

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
    with pytest.raises(ValueError, match=f"Expected n >= 1. Received: n={n}"):
        small_dcgan().generate(n)


def test_samples_come_from_the_averaged_generator():
    gan = linear_game(ema_half_life=100)
    gan.ema_generator.set_weights([np.float32([[0.0]]), np.float32([7.0])])
    np.testing.assert_array_equal(gan.generate(2, seed=0), [[7.0], [7.0]])
    np.testing.assert_array_equal(gan.predict(np.zeros((2, 1)), verbose=0), [[7.0], [7.0]])


def test_reals_reach_the_discriminator_as_float32_in_minus_one_to_one():
    gan = small_dcgan()
    game = gan.play(tf.constant(np.full((2, 8, 8, 1), 255, np.uint8)), training=True)
    assert game.real.dtype == tf.float32
    np.testing.assert_array_equal(game.real, 1.0)
    np.testing.assert_array_equal(gan.play(tf.zeros((2, 8, 8, 1), tf.uint8), training=True).real, -1.0)
    np.testing.assert_array_equal(gan.play(tf.fill((2, 8, 8, 1), 0.25), training=True).real, 0.25)


def test_labels_reach_both_players(small_images, small_labels):
    gan = small_dcgan(num_classes=10)
    game = gan.play((tf.constant(small_images[:3]), tf.constant([4, 5, 6], tf.uint8)), training=True)
    np.testing.assert_array_equal(game.generator_inputs[1], [4, 5, 6])
    np.testing.assert_array_equal(game.conditions[0], [4, 5, 6])


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


# --- bad data ---


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((8, 8, 8), np.uint8), r"rank 4.*8, 8\)\. Add the missing axis: x\[\.\.\., None\]"),
        (np.zeros((8, 8, 8, 3), np.uint8), r"Expected samples of shape \(8, 8, 1\).*\(8, 8, 3\)"),
        (np.zeros((8, 8, 8, 1), np.int64), "uint8 in .* or as floats.*Received: int64"),
        (np.full((8, 8, 8, 1), 200.0, np.float32), r"Expected images in \[-1, 1\].*200.*x / 127.5 - 1"),
        (np.full((8, 8, 8, 1), np.nan, np.float32), "Expected finite samples.*sample 0"),
    ],
)
@pytest.mark.parametrize("as_dataset", [False, True])
def test_bad_images_are_named_before_the_first_step(x, message, as_dataset):
    gan = small_dcgan()
    gan.compile()
    with pytest.raises(ValueError, match=message):
        gan.fit(tf.data.Dataset.from_tensor_slices(x).batch(4) if as_dataset else x, batch_size=4, verbose=0)
    assert int(gan.steps.numpy()) == 0


def test_the_first_sample_that_is_not_finite_is_named():
    x = np.zeros((5000, 1), np.float32)
    x[4500] = np.inf
    gan = linear_game()
    gan.compile()
    with pytest.raises(ValueError, match="first in sample 4500"):
        gan.fit(x, verbose=0)


def test_images_that_look_like_zero_to_one_are_warned_of():
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    with pytest.warns(UserWarning, match=r"looks like \[0, 1\]"):
        gan.fit(np.random.RandomState(0).uniform(0, 1, (32, 8, 8, 1)).astype(np.float32), verbose=0)


def test_a_vector_may_have_any_value_but_must_be_float():
    gan = linear_game()
    gan.compile(jit_compile=False)
    gan.fit(np.full((32, 1), 500.0, np.float32), verbose=0)
    with pytest.raises(ValueError, match="Expected samples of a float type. Received: int64"):
        gan.fit(np.zeros((32, 1), np.int64), verbose=0)


def test_a_batch_larger_than_the_data_is_refused(small_images):
    gan = small_dcgan()
    gan.compile()
    with pytest.raises(ValueError, match="Expected batch_size from 1 to the number of samples, 10"):
        gan.fit(small_images[:10], batch_size=64, verbose=0)


def test_labels_must_be_as_many_as_samples(small_images):
    gan = small_dcgan(num_classes=10)
    gan.compile()
    with pytest.raises(ValueError, match="a label for each of 200 samples. Received: 3 labels"):
        gan.fit(small_images, np.zeros(3, np.int32), verbose=0)
