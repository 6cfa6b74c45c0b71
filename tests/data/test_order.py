import numpy as np
import pytest
import tensorflow as tf

from kgan.data import order
from kgan.data.sources import arrays, streams

NUMBERS = np.arange(100, dtype=np.float32)[:, None] / 100


def from_array():
    return arrays.batches(NUMBERS, batch_size=9, shuffle_seed=3, drop_remainder=True)


def from_stream():
    return streams.batches(tf.data.Dataset.from_tensor_slices(NUMBERS), 9, shuffle_seed=3)


def read(dataset):
    return np.stack([batch.ravel() for batch in dataset.as_numpy_iterator()])


@pytest.mark.parametrize("make", [from_array, from_stream])
def test_each_reading_has_an_order_of_its_own_and_a_new_process_the_same_ones(make):
    dataset, again = make(), make()
    epochs = [read(dataset) for _ in range(3)]
    assert len(np.unique([epoch[0] for epoch in epochs], axis=0)) == 3
    for epoch in epochs:
        np.testing.assert_array_equal(read(again), epoch)
        assert len(np.unique(epoch)) == 99  # 11 batches of 9 different ones
    assert int(dataset.cardinality()) == 11


@pytest.mark.parametrize("make", [from_array, from_stream])
def test_a_reading_may_begin_anywhere_and_ends_with_what_was_left_out(make):
    dataset = make()
    _, second, third = (read(dataset) for _ in range(3))
    order.of(dataset).seek(1, 4)
    np.testing.assert_array_equal(read(dataset), np.roll(second, -4, axis=0))
    np.testing.assert_array_equal(read(dataset), third)


@pytest.mark.parametrize("make", [from_array, from_stream])
def test_the_order_does_not_depend_on_tensorflow_s_own_seed(make):
    tf.random.set_seed(1)
    first = read(make())
    tf.random.set_seed(2)
    np.testing.assert_array_equal(read(make()), first)


def test_another_seed_is_another_order():
    other = arrays.batches(NUMBERS, batch_size=9, shuffle_seed=4, drop_remainder=True)
    assert not np.array_equal(read(other), read(from_array()))


def test_places_are_uniform():
    """Each of 8 samples comes at each of 8 places equally often: chi-squared of 49 degrees of freedom."""
    small = arrays.batches(NUMBERS[:8], batch_size=8, shuffle_seed=0)
    counts = np.zeros((8, 8))
    for (epoch,) in small.repeat(400).batch(1).as_numpy_iterator():
        counts[np.arange(8), np.round(epoch.ravel() * 100).astype(int)] += 1
    statistic = ((counts - 50) ** 2 / 50).sum()
    assert statistic < 85.4  # 0.1 %


def test_data_in_a_fixed_order_and_of_others_have_none():
    assert order.of(arrays.batches(NUMBERS, batch_size=9)) is None
    assert order.of(from_array().take(2)) is None
    assert order.of(NUMBERS) is None
