import pytest
import tensorflow as tf

from kgan.distribution import unequal_batches_by_name
from kgan.distribution.sharding import unequal


def test_what_the_step_finds_of_a_batch_is_said_by_kgan_alone():
    strategy = tf.distribute.get_strategy()
    message = f"assertion failed: [{unequal(1)}] [Condition x == y did not hold] and a page of TensorFlow's"
    with (
        pytest.raises(
            ValueError, match=r"^Expected batches that 1 replicas share alike.*of an epoch perhaps"
        ) as caught,
        unequal_batches_by_name(strategy),
    ):
        raise tf.errors.InvalidArgumentError(None, None, message)
    assert caught.value.__suppress_context__
    assert "page" not in str(caught.value)


def test_another_error_of_a_step_passes():
    strategy = tf.distribute.get_strategy()
    with pytest.raises(tf.errors.InvalidArgumentError, match="of another kind"), unequal_batches_by_name(strategy):
        raise tf.errors.InvalidArgumentError(None, None, "of another kind")
