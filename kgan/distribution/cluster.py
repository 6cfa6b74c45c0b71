"""Strategies, and who writes files."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from kgan._support import lookup

__all__ = [
    "ClusterError",
    "check_tf_config",
    "is_chief",
    "lost_workers_by_name",
    "num_workers",
    "own_folder",
    "strategy",
]


class ClusterError(ValueError):
    """The cluster is not described as it must be, or one of its workers is gone."""


def strategy(name: str) -> tf.distribute.Strategy:
    """The strategy of that name.

    Build and compile the GAN in its scope: `with strategy.scope(): gan = GAN(...); gan.compile(...)`.

    Args:
        name: `"mirrored"`, every GPU of this machine, or `"multi_worker"`, one process on each machine, told by the
            environment variable `TF_CONFIG` who they are. Call it before anything else of TensorFlow then.

    Raises:
        ValueError: if `name` is neither 'mirrored' nor 'multi_worker'.
        ClusterError: if `TF_CONFIG` is missing or malformed.
    """
    return lookup.find("strategy", name, {"mirrored": tf.distribute.MirroredStrategy, "multi_worker": _multi_worker})()


def _multi_worker() -> tf.distribute.Strategy:
    check_tf_config(os.environ.get("TF_CONFIG"))
    return tf.distribute.MultiWorkerMirroredStrategy()


def check_tf_config(text: str | None) -> None:
    """Refuses a `TF_CONFIG` that TensorFlow would not understand, or would wait on for ever.

    Raises:
        ClusterError: if `TF_CONFIG` is missing, no JSON, or names no workers or no place of this process among them.
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


@contextlib.contextmanager
def lost_workers_by_name(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """What TensorFlow reports when a worker is gone, as what happened and what to do.

    TensorFlow notices by heartbeats, within half a minute.

    Raises:
        ClusterError: if another worker ended or cannot be reached.
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
