"""Projection: a picture that a generator makes is found again."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan
from games import small_dcgan
from kgan import latent_tools
from kgan.latent_tools import project, pyramid_distance


def linear_pictures(num_classes=None) -> kgan.GAN:
    """G(z) = tanh(A z) as pictures of 4 x 4; with classes, brighter by class."""
    keras.utils.set_random_seed(1)
    z = keras.Input((2,))
    image = keras.layers.Dense(16, kernel_initializer=keras.initializers.RandomNormal(0.0, 0.3, seed=0))(z)
    inputs = z
    if num_classes:
        labels = keras.Input((), dtype="int32")
        inputs = [z, labels]
        image = image + 0.5 * keras.ops.cast(labels, "float32")[:, None] - 0.5
    generator = keras.Model(inputs, keras.layers.Reshape((4, 4, 1))(keras.layers.Activation("tanh")(image)))
    discriminator = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    return kgan.GAN(generator, discriminator, num_classes=num_classes, seed=0)


def test_the_latents_of_a_sample_are_found_again():
    gan = linear_pictures()
    z = np.float32([[0.7, -1.2]])
    found = project(gan, gan.predict(z, verbose=0)[0], steps=80, starts=2, prior=0.0)
    np.testing.assert_allclose(found.point, z[0], atol=0.02)
    assert found.losses.shape == (81,)
    assert found.losses[-1] < 1e-4 < found.losses[0]
    np.testing.assert_allclose(found.image, gan.predict(found.point[None], verbose=0)[0], atol=1e-6)


def test_the_class_of_a_sample_is_found_too_unless_it_is_told():
    gan = linear_pictures(num_classes=3)
    target = gan.generate(1, seed=8, labels=2)[0]
    assert project(gan, target, steps=20, starts=4).label == 2
    told = project(gan, target, steps=5, starts=1, labels=0)
    assert told.label == 0


@pytest.mark.parametrize("prior", [0.0, 1.0, 3.0])
def test_the_prior_draws_the_point_towards_the_mean_by_its_closed_form(prior):
    """`mean (z - t)^2 + prior * mean z^2` is least at `t / (1 + prior)`, whichever start came nearest to t itself."""
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Reshape((1, 2, 1))])
    discriminator = keras.Sequential([keras.Input((1, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, seed=0, value_range=(-1.0, 1.0))
    target = np.float32([[[0.8], [-0.6]]])
    found = project(gan, target, steps=120, starts=2, prior=prior, learning_rate=0.1, distance=squares)
    np.testing.assert_allclose(found.point, target[0, :, 0] / (1.0 + prior), atol=5e-3)
    np.testing.assert_allclose(found.losses[-1], 0.5 * (prior / (1.0 + prior)) ** 2, atol=5e-3)  # 1/2 is mean t^2


def squares(samples, target):
    """The mean squared difference, which knows nothing of the mean of z."""
    return tf.reduce_mean(tf.square(samples - target), axis=(1, 2, 3))


def test_the_same_seed_finds_the_same():
    gan = linear_pictures()
    target = gan.generate(1, seed=3)[0]
    one, other = (project(gan, target, steps=3, starts=2, seed=4) for _ in range(2))
    np.testing.assert_array_equal(one.point, other.point)
    np.testing.assert_array_equal(one.losses, other.losses)


def test_the_pyramid_is_the_mean_over_the_image_and_its_halves():
    random = np.random.RandomState(0)
    samples, target = random.normal(size=(3, 16, 16, 2)), random.normal(size=(1, 16, 16, 2))
    difference = samples - target
    levels = []
    for factor in (1, 2, 4):
        means = difference.reshape(3, 16 // factor, factor, 16 // factor, factor, 2).mean(axis=(2, 4))
        levels.append((means**2).mean(axis=(1, 2, 3)))
    found = pyramid_distance(tf.constant(samples, tf.float32), tf.constant(target, tf.float32))
    np.testing.assert_allclose(found, np.mean(levels, axis=0), rtol=1e-5)


def test_a_projection_is_drawn_and_written(tmp_path):
    gan = linear_pictures()
    found = project(gan, np.zeros((4, 4, 1), np.uint8), steps=2, starts=1)
    np.testing.assert_array_equal(found.target, -np.ones((4, 4, 1), np.float32))
    found.save(tmp_path / "projected")
    np.testing.assert_array_equal(np.load(tmp_path / "projected" / "point.npy"), found.point)
    lines = (tmp_path / "projected" / "losses.csv").read_text().splitlines()
    assert (lines[0], len(lines)) == ("step,distance", 4)
    with Image.open(tmp_path / "projected" / "projection.png") as picture:
        assert picture.width > 2 * 96
        assert np.asarray(picture.convert("RGB"))[:, -200:].min() < 100  # the curve


def test_a_picture_comes_from_a_file_in_the_samples_size(tmp_path):
    gan = small_dcgan()
    Image.new("RGB", (20, 30), (255, 255, 255)).save(tmp_path / "white.png")
    found = latent_tools.picture_for(gan, tmp_path / "white.png")
    assert (found.shape, found.dtype, found.min()) == ((8, 8, 1), np.uint8, 255)
    np.save(tmp_path / "some.npy", np.zeros((8, 8, 1), np.float32))
    assert latent_tools.picture_for(gan, tmp_path / "some.npy").shape == (8, 8, 1)
    (tmp_path / "none.png").write_bytes(b"no picture")
    for name in ("none.png", "missing.png"):
        with pytest.raises(ValueError, match="Expected a picture at"):
            latent_tools.picture_for(gan, tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"picture": np.zeros((8, 8, 1), np.uint8)}, r"a picture of shape \(4, 4, 1\)"),
        ({"picture": np.full((4, 4, 1), 7.0)}, "floats in .-1, 1.. Received: values from 7 to 7"),
        ({"picture": np.full((4, 4, 1), np.nan)}, "floats in .-1, 1."),
        ({"steps": 0}, "Expected steps >= 1"),
        ({"learning_rate": 0.0}, "Expected learning_rate > 0"),
        ({"prior": -1.0}, "prior >= 0"),
        ({"labels": 1}, "because the generator takes none"),
    ],
)
def test_what_cannot_be_projected_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        project(linear_pictures(), **{"picture": np.zeros((4, 4, 1), np.uint8)} | arguments)
