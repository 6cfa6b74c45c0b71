"""How replicas share a batch."""

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from kgan.distribution.cluster import num_workers

__all__ = ["check_batch", "shared", "unequal", "unequal_batches_by_name"]


def shared(source: Any, strategy: tf.distribute.Strategy) -> Any:
    """A dataset of which each worker reads the whole and keeps its share of each batch, never whole files.

    Together the workers then see each batch once, as long as its order is the same for all: shuffle with a seed.
    A policy of the dataset's own stays, but for `AUTO`.
    """
    if not isinstance(source, tf.data.Dataset) or num_workers(strategy) == 1:
        return source
    policy = tf.data.experimental.AutoShardPolicy
    if source.options().experimental_distribute.auto_shard_policy != policy.AUTO:
        return source
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = policy.DATA
    return source.with_options(options)


def check_batch(source: Any, strategy: tf.distribute.Strategy) -> None:
    """Refuses a dataset whose batches the replicas cannot share alike, where it says how large they are.

    Raises:
        ValueError: if their size is no multiple of the number of replicas.
    """
    replicas = strategy.num_replicas_in_sync
    if isinstance(source, tf.data.Dataset):
        sizes = {one.shape[0] for one in tf.nest.flatten(source.element_spec) if one.shape.rank}
        for size in sizes - {None}:
            if size % replicas:
                raise ValueError(f"{unequal(replicas)} Received: batch_size={size}.")


def unequal(replicas: int) -> str:
    """The error of a batch that replicas cannot share alike."""
    return (
        f"Expected batches that {replicas} replicas share alike: a multiple of {replicas} for batch_size, which is "
        f"that of all together, and drop_remainder=True."
    )


@contextlib.contextmanager
def unequal_batches_by_name(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """What the step finds of a batch whose size nobody knew beforehand, without TensorFlow's page around it.

    Raises:
        ValueError: if replicas cannot share a batch alike.
    """
    expected = unequal(strategy.num_replicas_in_sync)
    try:
        yield
    except tf.errors.OpError as error:
        if expected not in str(error):
            raise
        raise ValueError(
            f"{expected} Received: a batch of another size, the short last one of an epoch perhaps. "
            f"Nothing was learned from it."
        ) from None
