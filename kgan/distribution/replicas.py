"""What replicas have in common, and what each has of its own."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan.distribution.cluster import num_workers
from kgan.distribution.sharding import unequal

__all__ = [
    "apart",
    "batch_mean",
    "gathered",
    "images",
    "loggable",
    "mean",
    "own_draws",
    "run_if",
    "share",
    "shared_alike",
    "total",
    "unite",
]

_REPLICA_STRIDE = 1 << 40  # between the draws of two replicas: more steps than any training takes
_GOLDEN = 0x9E3779B1  # odd, so that no two replicas share a seed of Keras's: these are often small and side by side


def mean(values: Any) -> Any:
    """The mean over all replicas of a tensor or a structure of them; differentiable."""
    return _reduced(tf.distribute.ReduceOp.MEAN, values)


def total(values: Any) -> Any:
    """The sum over all replicas of a tensor or a structure of them; differentiable."""
    return _reduced(tf.distribute.ReduceOp.SUM, values)


def _reduced(how: tf.distribute.ReduceOp, values):
    if not tf.distribute.has_strategy():
        return values
    placed = tf.nest.map_structure(tf.identity, values)  # what is read off a variable has no device to reduce to
    return tf.distribute.get_replica_context().all_reduce(how, placed)


def batch_mean(values: tf.Tensor, axis: int | None = None) -> tf.Tensor:
    """The mean over the global batch, and over the other axes where `axis` is not 0; differentiable."""
    if not tf.distribute.has_strategy():
        return ops.mean(values, axis=axis)
    count = tf.cast(tf.size(values) if axis is None else tf.shape(values)[0], tf.float32)
    summed, count = total([ops.sum(values, axis=axis), count])
    return summed / count


def gathered(values: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """The values of all replicas, joined along the batch, and what takes this replica's part out of as many again.

    Each replica gives as many.
    """
    if not tf.distribute.has_strategy():
        return values, lambda every: every
    replica = tf.distribute.get_replica_context()
    start = replica.replica_id_in_sync_group * tf.shape(values)[0]
    every = replica.all_gather(tf.identity(values), axis=0)
    return every, lambda every: every[start : start + tf.shape(values)[0]]


def images(real: tf.Tensor) -> tf.Tensor:
    """How many images the global batch has, int64."""
    return total(tf.shape(real, out_type=tf.int64)[0])


def shared_alike(data: Any) -> Any:
    """What the replica is given, once it is certain that all are given as much: else no mean of theirs is a batch's.

    A batch whose size is known beforehand is refused by name in `fit`; this is an error in the step, before any update.
    """
    if not tf.distribute.has_strategy():
        return data
    mine = tf.shape(tf.nest.flatten(data)[0])[0]
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    alike = tf.debugging.assert_equal(total(mine), mine * replicas, unequal(replicas))
    with tf.control_dependencies([] if alike is None else [alike]):  # none where it runs eagerly
        return tf.nest.map_structure(tf.identity, data)


def share(real: tf.Tensor) -> "tf.Tensor | None":
    """This replica's part of the global batch as a multiple of an equal share, `None` without a strategy."""
    if not tf.distribute.has_strategy():
        return None
    mine = tf.cast(tf.shape(real)[0], tf.float32)
    return mine / mean(mine)


def apart(number: tf.Tensor) -> tf.Tensor:
    """The number of a step or batch, int64, told apart from the same number on other replicas; the first keeps it."""
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return number
    return number + tf.cast(replica.replica_id_in_sync_group, tf.int64) * _REPLICA_STRIDE


@contextlib.contextmanager
def own_draws(model: keras.Model) -> Iterator[None]:
    """Within it, Keras's own random layers, as Dropout, draw otherwise on each replica.

    Their seed generators are mirrored, and would draw the same; what the replica adds to their seeds it takes back.
    """
    states = []
    if tf.distribute.has_strategy():
        generators = (one for layer in model._flatten_layers() for one in layer._seed_generators)
        states = list({id(one.state): one.state for one in generators}.values())
        replica = tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.int64)
        offset = tf.stack([replica * _GOLDEN, tf.zeros((), tf.int64)])
    for state in states:
        state.assign(state.value + tf.cast(offset, state.dtype))
    yield
    for state in states:
        state.assign(state.value - tf.cast(offset, state.dtype))


def unite(model: keras.Model) -> None:
    """Gives every replica the mean of what its layers moved by its own batch: Keras leaves each replica its own.

    They are BatchNormalization's moving statistics, above all; layers that are frozen keep theirs by every bit.
    """
    if not tf.distribute.has_strategy():
        return
    kept = (one for layer in model._flatten_layers() if layer.trainable for one in layer._non_trainable_variables)
    moving = list({id(one): one for one in kept if tf.as_dtype(one.dtype).is_floating}.values())
    if moving:
        for variable, value in zip(moving, mean([one.value for one in moving]), strict=True):
            variable.assign(value)


def run_if(condition: tf.Tensor, update: Callable[[], None]) -> None:
    """`tf.cond` for an update that reduces over replicas, where the condition is the same on all of them.

    A reduction cannot leave a branch, so the branch lies outside: it is taken for all replicas at once.
    """
    replica = tf.distribute.get_replica_context()

    def within():
        with replica:  # a gradient that was reduced on the way forward knows no other on the way back
            update()

    def decided(strategy, condition, within):
        def on_each():
            strategy.extended.call_for_each_replica(lambda one: one(), args=(within,))
            return tf.constant(True)

        tf.cond(strategy.experimental_local_results(condition)[0], on_each, lambda: tf.constant(False))

    replica.merge_call(decided, args=(condition, within))


def loggable(logs: dict) -> dict:
    """The logs as Keras can reduce them: over several workers it takes the mean over axis 0, which scalars lack."""
    if not tf.distribute.has_strategy() or num_workers(tf.distribute.get_strategy()) == 1:
        return logs
    return {name: tf.reshape(value, (1,)) for name, value in logs.items()}
