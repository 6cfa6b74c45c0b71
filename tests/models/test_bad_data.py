"""Data that do not fit the networks are refused by what is wrong."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game, small_dcgan


@pytest.mark.parametrize("as_dataset", [False, True])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(1, 201) % 10 + 1, r"Expected labels between 0 and 9 \(num_classes=10\).*from 1 to 10"),
        (np.full(200, -1), "from -1 to -1"),
        (np.zeros(200, np.float32), "as integers, one class each.*float32"),
        (np.eye(200, 10), r"Received: shape .*10\).*argmax of one-hot"),
    ],
)
def test_bad_training_labels_are_named_before_the_first_step(small_images, labels, message, as_dataset):
    gan = small_dcgan(num_classes=10)
    gan.compile()
    with pytest.raises(ValueError, match=message):
        if as_dataset:
            gan.fit(tf.data.Dataset.from_tensor_slices((small_images, labels)).batch(200), verbose=0)
        else:
            gan.fit(small_images, labels, verbose=0)
    assert int(gan.steps.numpy()) == 0


def test_labels_of_any_kind_are_ignored_when_unused(small_images):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    gan.fit(small_images, np.array(["cat"] * 200), batch_size=50, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample_weight": np.ones(200)}, "Expected no sample_weight"),
        ({"class_weight": {0: 1.0}}, "Expected no class_weight"),
        ({"validation_split": 1.0}, r"Expected validation_split in \[0, 1\)"),
        ({"validation_split": -0.5}, "Expected validation_split"),
        ({"validation_data": np.full((4, 8, 8, 1), 200.0)}, r"Expected images in \[-1, 1\]"),
        ({"validation_data": (np.zeros((4, 8, 8, 3), np.uint8), None)}, "Expected samples of shape"),
        ({"validation_data": (np.zeros((4, 8, 8, 1), np.uint8), None, None)}, "a third entry"),
    ],
)
def test_bad_arguments_of_fit_are_named(small_images, arguments, message):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    with pytest.raises(ValueError, match=message):
        gan.fit(small_images, batch_size=50, verbose=0, **arguments)


def test_a_tensor_is_looked_at_as_an_array_is(small_images):
    gan = small_dcgan()
    gan.compile(jit_compile=False)
    gan.fit(tf.constant(small_images), batch_size=50, verbose=0)
    with pytest.raises(ValueError, match=r"Expected images in \[-1, 1\]"):
        gan.fit(tf.fill((4, 8, 8, 1), 200.0), batch_size=2, verbose=0)


def test_an_empty_dataset_and_one_without_a_rank_are_named():
    gan = linear_game()
    gan.compile()
    with pytest.raises(ValueError, match="at least one batch. Received: an empty dataset"):
        gan.fit(tf.data.Dataset.from_tensor_slices(np.zeros((4, 1), np.float32)).batch(2).take(0))
    unknown = tf.data.Dataset.from_generator(lambda: [np.zeros((2, 1))], output_types=tf.float32)
    with pytest.raises(ValueError, match="Expected samples of a known rank"):
        gan.fit(unknown)


@pytest.mark.xla
def test_a_layer_that_xla_cannot_compile_is_named_with_the_way_out():
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Reshape((2, 2, 1)),
            keras.layers.UpSampling2D(4, interpolation="bicubic"),
            keras.layers.Conv2D(1, 1),
        ]
    )
    gan = kgan.GAN(generator, small_dcgan().discriminator, value_range=None, seed=0)
    gan.compile(jit_compile=True)
    with pytest.raises(ValueError, match=r"Pass compile\(jit_compile=False\)"):
        gan.fit(np.zeros((8, 8, 8, 1), np.float32), batch_size=4, verbose=0)


def test_a_core_without_a_game_says_what_to_override():
    model = kgan.AdversarialModel(linear_game().generator, linear_game().discriminator)
    with pytest.raises(NotImplementedError, match="to override `batch"):
        model.batch(None, training=True)


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
