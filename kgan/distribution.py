"""One training on several replicas: which `tf.distribute` strategy, who is chief, and what replicas have in common.

The batch of a dataset is the global one. Each replica plays its share of it, with draws of its own; gradients, counters
and moving statistics are those of all replicas together, so that their weights stay the same to the bit. Without a
strategy every function here returns what it is given.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import tensorflow as tf
from keras import ops

from kgan import lookup

_REPLICA_STRIDE = 1 << 40  # between the draws of two replicas: more steps than any training takes
_GOLDEN = 0x9E3779B1  # odd, so that no two replicas share a seed of Keras's: these are often small and side by side


class ClusterError(ValueError):
    """The cluster is not described as it must be, or one of its workers is gone."""


def strategy(name: str) -> tf.distribute.Strategy:
    """The strategy of that name.

    Build and compile the GAN in its scope: `with strategy.scope(): gan = GAN(...); gan.compile(...)`.

    Args:
        name: `"mirrored"`, every GPU of this machine, or `"multi_worker"`, one process on each machine, told by the
            environment variable `TF_CONFIG` who they are. Call it before anything else of TensorFlow then.

    Raises:
        ValueError: There is no strategy of that name.
        ClusterError: `TF_CONFIG` is missing or malformed.
    """
    return lookup.find("strategy", name, {"mirrored": tf.distribute.MirroredStrategy, "multi_worker": _multi_worker})()


def _multi_worker() -> tf.distribute.Strategy:
    check_tf_config(os.environ.get("TF_CONFIG"))
    return tf.distribute.MultiWorkerMirroredStrategy()


def check_tf_config(text: str | None) -> None:
    """Refuses a `TF_CONFIG` that TensorFlow would not understand, or would wait on for ever.

    Raises:
        ClusterError: It is missing, no JSON, or names no workers or no place of this process among them.
    """
    example = '{"cluster": {"worker": ["host1:12345", "host2:12345"]}, "task": {"type": "worker", "index": 0}}'
    expected = f"Expected the environment variable TF_CONFIG as {example}."
    if not text:
        raise ClusterError(f"{expected} Received: none. Set it on every worker, with an index of its own.")
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        kind, index = task["type"], task["index"]
        addresses = {job: list(hosts) for job, hosts in cluster.items() if job in ("chief", "worker")}
        known = isinstance(index, int) and 0 <= index < len(addresses.get(kind, ()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ClusterError(f"{expected} Received: TF_CONFIG={text!r}, where {error!r} went wrong.") from error
    if not known:
        raise ClusterError(
            f"{expected} Received: TF_CONFIG={text!r}, whose task {kind!r} {index!r} is not among the workers that it "
            f"lists. Give each worker a place in the list, from 0."
        )
    hosts = [host for job in addresses.values() for host in job]
    if len(set(hosts)) < len(hosts) or not all(isinstance(host, str) and ":" in host for host in hosts):
        raise ClusterError(f"{expected} Received: the addresses {hosts}. Give each worker one host:port of its own.")


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes files; always, but for workers other than the first."""
    return strategy.extended.should_checkpoint


def num_workers(strategy: tf.distribute.Strategy) -> int:
    """How many processes train together, 1 or more."""
    resolver = strategy.cluster_resolver
    return 1 if resolver is None else max(1, len(_workers(resolver)))


def _workers(resolver) -> list[str]:
    cluster = resolver.cluster_spec().as_dict()
    return [*cluster.get("chief", ()), *cluster.get("worker", ())]


def check_seed(seed: int | None) -> None:
    """Refuses `None` on several workers.

    Raises:
        ValueError: It is.
    """
    workers = num_workers(tf.distribute.get_strategy())
    if seed is None and workers > 1:
        raise ValueError(
            f"Expected a seed that {workers} workers share, because each would take one of its own. "
            f"Received: seed=None. Pass seed=0, say."
        )


def check(model: keras.Model, *optimizers: keras.optimizers.Optimizer) -> None:
    """Refuses what cannot be trained on the model's strategy.

    Raises:
        ValueError: It is another kind of strategy, something was built outside its scope, or an optimizer does what
            replicas cannot do together.
    """
    current, own = tf.distribute.get_strategy(), model.distribute_strategy
    if current is not own:
        raise ValueError(
            "Expected the GAN built and compiled in the scope of one strategy. Received: one without the other. "
            "Write `with strategy.scope(): gan = GAN(...); gan.compile(...)`."
        )
    if not tf.distribute.has_strategy():
        return
    if not isinstance(own, tf.distribute.MirroredStrategy | tf.distribute.MultiWorkerMirroredStrategy):
        raise ValueError(
            f"Expected a MirroredStrategy or a MultiWorkerMirroredStrategy. Received: a {type(own).__name__}."
        )
    for part in (model, *optimizers):
        for variable in part.variables:
            if not own.extended.variable_created_in_scope(variable.value):
                raise ValueError(
                    f"Expected networks and optimizers built in the strategy's scope. Received: {variable.path!r} "
                    f"built outside. Move what builds it under `with strategy.scope():`."
                )
    for optimizer in optimizers:
        _check_optimizer(optimizer)


def _check_optimizer(optimizer: keras.optimizers.Optimizer) -> None:
    refused = {
        "a loss scale, as float16 needs": isinstance(optimizer, keras.optimizers.LossScaleOptimizer),
        "gradient_accumulation_steps": optimizer.gradient_accumulation_steps is not None,
        "use_ema": optimizer.use_ema,
    }
    instead = 'Use the policy "mixed_bfloat16", a larger batch, or GAN(ema_half_life=...) in their place.'
    for what, received in refused.items():
        if received:
            raise ValueError(
                f"Expected an optimizer that replicas can share. Received: {optimizer.name!r} with {what}. {instead}"
            )


@contextlib.contextmanager
def lost_workers_by_name(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """What TensorFlow reports when a worker is gone, as what happened and what to do.

    TensorFlow notices by heartbeats, within half a minute.

    Raises:
        ClusterError: Another worker ended or cannot be reached.
    """
    try:
        yield
    except tf.errors.OpError as error:
        lost = isinstance(error, _GONE) or "Collective ops is aborted" in str(error)
        if num_workers(strategy) == 1 or not lost:
            raise
        raise ClusterError(
            f"Expected all {num_workers(strategy)} workers to train to the end. Received: one that is gone. "
            f"This worker stops too, for no step can be made without it. Look at the gone worker's output, then start "
            f"all of them anew and resume from the last checkpoint. TensorFlow says: {error.message}"
        ) from error


_GONE = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError)


@contextlib.contextmanager
def own_folder(strategy: tf.distribute.Strategy, folder: "str | os.PathLike") -> Iterator[Path]:
    """The folder itself on the chief; on other workers one of their own, thrown away afterwards."""
    if is_chief(strategy):
        yield Path(folder)
        return
    with tempfile.TemporaryDirectory() as thrown_away:
        yield Path(thrown_away)


# --- within a replica ---


def mean(values):
    """The mean over all replicas of a tensor or a structure of them; differentiable."""
    return _reduced(tf.distribute.ReduceOp.MEAN, values)


def total(values):
    """The sum over all replicas of a tensor or a structure of them; differentiable."""
    return _reduced(tf.distribute.ReduceOp.SUM, values)


def _reduced(how: tf.distribute.ReduceOp, values):
    if not tf.distribute.has_strategy():
        return values
    placed = tf.nest.map_structure(tf.identity, values)  # what is read off a variable has no device to reduce to
    return tf.distribute.get_replica_context().all_reduce(how, placed)


def batch_mean(values, axis: int | None = None):
    """The mean over the global batch, and over the other axes where `axis` is not 0; differentiable."""
    if not tf.distribute.has_strategy():
        return ops.mean(values, axis=axis)
    count = tf.cast(tf.size(values) if axis is None else tf.shape(values)[0], tf.float32)
    summed, count = total([ops.sum(values, axis=axis), count])
    return summed / count


def images(real: tf.Tensor) -> tf.Tensor:
    """How many images the global batch has, int64."""
    return total(tf.shape(real, out_type=tf.int64)[0])


def shared_alike(data):
    """What the replica is given, once it is certain that all are given as much: else no mean of theirs is a batch's.

    A batch whose size is known beforehand is refused by name in `fit`; this is an error in the step, before any update.
    """
    if not tf.distribute.has_strategy():
        return data
    mine = tf.shape(tf.nest.flatten(data)[0])[0]
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    alike = tf.debugging.assert_equal(total(mine), mine * replicas, _unequal(replicas))
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


# --- data ---


def shared(source, strategy: tf.distribute.Strategy):
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


def check_batch(source, strategy: tf.distribute.Strategy) -> None:
    """Refuses a dataset whose batches the replicas cannot share alike, where it says how large they are.

    Raises:
        ValueError: Their size is no multiple of the number of replicas.
    """
    replicas = strategy.num_replicas_in_sync
    if isinstance(source, tf.data.Dataset):
        sizes = {one.shape[0] for one in tf.nest.flatten(source.element_spec) if one.shape.rank}
        for size in sizes - {None}:
            if size % replicas:
                raise ValueError(f"{_unequal(replicas)} Received: batch_size={size}.")


def _unequal(replicas: int) -> str:
    return (
        f"Expected batches that {replicas} replicas share alike: a multiple of {replicas} for batch_size, which is "
        f"that of all together, and drop_remainder=True."
    )
