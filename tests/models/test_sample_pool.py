import keras
import numpy as np
import tensorflow as tf

from kgan.models.sample_pool import SamplePool

SIZE = 5


class Owner(keras.layers.Layer):
    pass


def seeds(number):
    return tf.constant([7, number], tf.int64)


def played(batches, size=SIZE):
    """What is shown of samples 1, 2, 3, ..., in batches, and the pool afterwards."""
    pool, shown, number = SamplePool(Owner(), "pool", size, (1,)), [], 0
    exchanged = tf.function(pool.exchanged, reduce_retracing=True)
    for step, batch in enumerate(batches):
        samples = np.arange(number + 1, number + batch + 1, dtype=np.float32)[:, None]
        number += batch
        shown += exchanged(tf.constant(samples), seeds(step)).numpy()[:, 0].tolist()
    return shown, sorted(pool.samples.numpy()[:, 0].tolist()), int(pool.count.numpy())


def test_a_pool_shows_samples_as_they_are_until_it_is_full():
    shown, kept, count = played([1, 2, 1])
    assert shown == [1, 2, 3, 4]
    assert kept == [0, 1, 2, 3, 4]
    assert count == 4


def test_half_of_what_a_full_pool_shows_comes_from_before_and_nothing_is_shown_twice():
    shown, kept, _ = played([1] * 400)
    later = np.array(shown[SIZE:])
    own = later == np.arange(SIZE + 1, 401)
    assert 0.42 < own.mean() < 0.58
    assert (later[~own] < np.arange(SIZE + 1, 401)[~own]).all()
    # A sample that was shown from the pool left it, so what fills the pool first may be shown a second time, no other.
    counts = np.unique(shown, return_counts=True)
    assert all(times == 1 for number, times in zip(*counts, strict=True) if number > SIZE)
    assert len(kept) == SIZE


def test_a_batch_that_fills_the_pool_halfway_shows_nothing_empty():
    for batches in ([3, 4], [4, 5], [5, 5, 5]):
        shown, kept, count = played(batches)
        assert 0 not in shown
        assert 0 not in kept
        assert count == SIZE


def test_of_a_batch_larger_than_the_pool_the_rest_is_shown_as_it_is():
    shown, _, count = played([12])
    assert shown == list(range(1, 13))
    assert count == SIZE


def test_nothing_is_learnt_through_the_pool():
    pool = SamplePool(Owner(), "pool", SIZE, (1,))
    samples = tf.constant([[1.0]])
    with tf.GradientTape() as tape:
        tape.watch(samples)
        shown = pool.exchanged(samples, seeds(0))
    assert tape.gradient(shown, samples) is None
