"""One training on several replicas."""

from kgan.distribution.checks import check, check_seed
from kgan.distribution.cluster import (
    ClusterError,
    check_tf_config,
    is_chief,
    lost_workers_by_name,
    num_workers,
    own_folder,
    strategy,
)
from kgan.distribution.replicas import (
    apart,
    batch_mean,
    gathered,
    images,
    loggable,
    mean,
    own_draws,
    run_if,
    share,
    shared_alike,
    total,
    unite,
)
from kgan.distribution.sharding import check_batch, shared, unequal_batches_by_name

__all__ = [
    "ClusterError",
    "apart",
    "batch_mean",
    "check",
    "check_batch",
    "check_seed",
    "check_tf_config",
    "gathered",
    "images",
    "is_chief",
    "loggable",
    "lost_workers_by_name",
    "mean",
    "num_workers",
    "own_draws",
    "own_folder",
    "run_if",
    "share",
    "shared",
    "shared_alike",
    "strategy",
    "total",
    "unequal_batches_by_name",
    "unite",
]
