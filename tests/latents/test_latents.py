import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import latents

# Of the normal truncated at 2: variance 1 - 4 pdf(2) / (2 cdf(2) - 1).
MOMENTS = {"normal": (0.0, 1.0), "uniform": (0.0, np.sqrt(1 / 3)), "truncated_normal": (0.0, 0.8796)}
PLAIN = sorted(MOMENTS)


def test_every_distribution_is_tested_here():
    assert set(latents.DISTRIBUTIONS) == {*PLAIN, "coded"}


@pytest.mark.parametrize("name", PLAIN)
def test_draws_in_the_graph_and_in_numpy_have_the_distribution_s_moments(name):
    distribution = latents.get(name)
    mean, deviation = MOMENTS[name]
    for draws in (distribution.draw(2000, 50, seed=1), distribution.sample((2000, 50), tf.constant([1, 2])).numpy()):
        assert draws.dtype == np.float32
        assert draws.mean() == pytest.approx(mean, abs=0.02)
        assert draws.std() == pytest.approx(deviation, rel=0.02)


@pytest.mark.parametrize("name", sorted(latents.DISTRIBUTIONS))
def test_the_first_draws_do_not_depend_on_how_many_follow(name):
    distribution = latents.get(name)
    dim = getattr(distribution, "latent_dim", 7)
    np.testing.assert_array_equal(distribution.draw(64, dim, seed=3)[:5], distribution.draw(5, dim, seed=3))


def test_numpy_draws_are_the_frozen_stream():
    # numpy.random.RandomState(0).standard_normal(3), the same since NumPy 1.0
    np.testing.assert_allclose(latents.Normal().draw(1, 3, seed=0)[0], [1.76405235, 0.40015721, 0.97873798], rtol=1e-6)


@pytest.mark.parametrize("name", sorted(latents.DISTRIBUTIONS))
@pytest.mark.parametrize("jit", [False, True])
def test_graph_draws_depend_on_the_seed_alone(name, jit):
    distribution = latents.get(name)
    shape = (4, getattr(distribution, "latent_dim", 3))
    sample = tf.function(lambda seed: distribution.sample(shape, seed), jit_compile=jit)
    np.testing.assert_array_equal(sample(tf.constant([5, 6])), sample(tf.constant([5, 6])))
    assert not np.allclose(sample(tf.constant([5, 6])), sample(tf.constant([5, 7])))


def test_no_seed_is_a_fresh_one():
    assert not np.array_equal(latents.Normal().draw(1, 8, None), latents.Normal().draw(1, 8, None))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=f"Expected seed between 0 and 4294967295.*seed={seed}"):
        latents.Normal().draw(1, 1, seed)


def test_get_takes_names_and_objects_and_refuses_the_rest():
    distribution = latents.Uniform()
    assert latents.get(distribution) is distribution
    with pytest.raises(ValueError, match="Did you mean 'normal'"):
        latents.get("norml")
    with pytest.raises(TypeError, match="Expected latents as a name.*Received: 3"):
        latents.get(3)


@pytest.mark.parametrize("name", sorted(latents.DISTRIBUTIONS))
def test_distributions_make_the_round_trip_through_their_config(name):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(latents.get(name)))
    assert copy.name == name


@pytest.mark.parametrize("threshold", [0.5, 2.0])
def test_a_truncated_normal_stays_within_its_threshold_and_is_normal_there(threshold):
    distribution = latents.TruncatedNormal(threshold)
    normal = np.random.RandomState(0).standard_normal(200_000)
    quantiles = np.quantile(normal[np.abs(normal) <= threshold], np.linspace(0, 1, 11))
    for draws in (distribution.draw(1000, 50, seed=1), distribution.sample((1000, 50), tf.constant([1, 2])).numpy()):
        assert np.abs(draws).max() <= threshold + 1e-6
        np.testing.assert_allclose(np.quantile(draws, np.linspace(0, 1, 11)), quantiles, atol=0.02)


@pytest.mark.parametrize("in_graph", [False, True])
def test_coded_latents_are_noise_one_hot_categories_and_uniform_codes(in_graph):
    distribution = latents.Coded(noise=3, categorical=(4, 2), continuous=2)
    assert distribution.latent_dim == 11
    draws = (
        distribution.sample((8000, 11), tf.constant([1, 2])).numpy()
        if in_graph
        else distribution.draw(8000, 11, seed=1)
    )
    assert draws.dtype == np.float32
    noise, (four, two), continuous = distribution.split(draws)
    assert noise.mean() == pytest.approx(0.0, abs=0.02)
    assert noise.std() == pytest.approx(1.0, abs=0.02)
    for code in (four, two):
        assert set(np.unique(code)) == {0.0, 1.0}
        np.testing.assert_array_equal(code.sum(axis=1), 1.0)
        np.testing.assert_allclose(code.mean(axis=0), 1 / code.shape[1], atol=0.02)
    assert np.abs(continuous).max() <= 1
    assert continuous.std() == pytest.approx(np.sqrt(1 / 3), abs=0.02)
    together = np.corrcoef(np.concatenate([noise, four[:, :3], two[:, :1], continuous], axis=1).T)
    off_blocks = together[np.ix_([0, 1, 2, 6, 7, 8], [3, 4, 5])]
    assert np.abs(off_blocks).max() < 0.05  # the parts know nothing of each other


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: latents.TruncatedNormal(0.0), "Expected threshold from 0.01 to 5"),
        (lambda: latents.Coded(noise=-1), "Expected noise >= 0"),
        (lambda: latents.Coded(categorical=(1,)), "two categories or more"),
        (lambda: latents.Coded().check_dim(10), "latent_dim=74.*Received: latent_dim=10"),
        (lambda: latents.interpolate(np.zeros(3), np.zeros(4), 5), r"Expected two latents of one shape"),
        (lambda: latents.interpolate(np.zeros(3), np.zeros(3), 1), "Expected steps >= 2"),
        (lambda: latents.interpolate(np.zeros(3), np.zeros(3), 10**12), "Expected steps for which 16 GiB"),
        (lambda: latents.interpolate(np.zeros(3), np.zeros(3), 3, "sphrical"), "Did you mean 'spherical'"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_linear_interpolation_is_a_straight_line_in_even_steps():
    path = latents.interpolate([1.0, 2.0], [3.0, -2.0], 5, method="linear")
    np.testing.assert_allclose(path, [[1, 2], [1.5, 1], [2, 0], [2.5, -1], [3, -2]])
    assert path.dtype == np.float32


def test_spherical_interpolation_turns_in_even_steps_at_a_steady_length():
    path = latents.interpolate([2.0, 0.0, 0.0], [0.0, 2.0, 0.0], 4)
    angles = np.radians([0, 30, 60, 90])
    expected = 2 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    np.testing.assert_allclose(path, expected, atol=1e-6)


@pytest.mark.parametrize("last", [[2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]])
def test_spherical_interpolation_between_parallel_latents_goes_straight(last):
    path = latents.interpolate([1.0, 2.0], last, 3)
    np.testing.assert_allclose(path, [[1, 2], np.mean([[1, 2], last], axis=0), last], atol=1e-6)


def test_truncation_draws_towards_the_mean_and_leaves_codes_alone():
    z = latents.Normal().draw(5, 4, seed=0)
    np.testing.assert_array_equal(latents.Normal().truncated(z, 0.5), np.float32(0.5) * z)
    coded = latents.Coded(noise=2, categorical=(3,), continuous=1)
    z = coded.draw(5, 6, seed=0)
    np.testing.assert_array_equal(coded.truncated(z, 0.0)[:, 2:], z[:, 2:])
    np.testing.assert_array_equal(coded.truncated(z, 0.0)[:, :2], 0.0)
