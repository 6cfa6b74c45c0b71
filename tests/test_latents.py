import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import latents

MOMENTS = {"normal": (0.0, 1.0), "uniform": (0.0, np.sqrt(1 / 3))}


@pytest.mark.parametrize("name", sorted(latents.DISTRIBUTIONS))
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
    np.testing.assert_array_equal(distribution.draw(64, 7, seed=3)[:5], distribution.draw(5, 7, seed=3))


def test_numpy_draws_are_the_frozen_stream():
    # numpy.random.RandomState(0).standard_normal(3), the same since NumPy 1.0
    np.testing.assert_allclose(latents.Normal().draw(1, 3, seed=0)[0], [1.76405235, 0.40015721, 0.97873798], rtol=1e-6)


@pytest.mark.parametrize("name", sorted(latents.DISTRIBUTIONS))
@pytest.mark.parametrize("jit", [False, True])
def test_graph_draws_depend_on_the_seed_alone(name, jit):
    distribution = latents.get(name)
    sample = tf.function(lambda seed: distribution.sample((4, 3), seed), jit_compile=jit)
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
