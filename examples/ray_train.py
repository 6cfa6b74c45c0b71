"""kgan train on the workers of a Ray cluster: Ray places the processes and tells each its TF_CONFIG.

    pip install 'kgan[ray]'
    python examples/ray_train.py --workers 2 --out /shared/run -- /shared/photos --image-size 64 --epochs 100

What stands after `--` is what `kgan train` takes. Data and run folder lie where all nodes find them. Without a running
cluster Ray starts one on this machine; on a node of a cluster, `--address auto` joins it.
"""

import argparse
import os
import subprocess
import sys

import ray
from ray.train import RunConfig, ScalingConfig
from ray.train.tensorflow import TensorflowTrainer


def worker(config: dict) -> None:
    """Runs on each worker: the command line, in a process of its own, because it takes Ctrl-C and TensorFlow whole."""
    environment = dict(os.environ)  # with the TF_CONFIG that Ray has set
    environment.pop("TF_USE_LEGACY_KERAS", None)  # Ray sets it for Keras 2
    kgan = os.path.join(os.path.dirname(sys.executable), "kgan")  # of the environment that Ray runs in
    command = [kgan, "train", *config["arguments"], "--strategy", "multi_worker", "--out", config["out"]]
    subprocess.run(command, check=True, env=environment)


def main(
    arguments: list[str],
    out: str,
    workers: int = 2,
    gpus: bool = False,
    storage: str | None = None,
    address: str | None = None,
) -> None:
    """Trains, and comes back when all workers have ended; an error of any worker is raised.

    Args:
        arguments: Of `kgan train`, but for `--strategy` and `--out`.
        out: The run folder, which the chief writes.
        workers: Processes, each with a CPU, and a GPU where `gpus`; Ray spreads them over the nodes.
        gpus: Whether each worker has a GPU of its own.
        storage: Where Ray keeps its own notes of the run; `~/ray_results` by default.
        address: Of the cluster; `None` starts one here.
    """
    ray.init(address=address, ignore_reinit_error=True)
    TensorflowTrainer(
        worker,
        train_loop_config={"arguments": arguments, "out": os.path.abspath(out)},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus, placement_strategy="SPREAD"),
        run_config=RunConfig(name=os.path.basename(os.path.normpath(out)), storage_path=storage),
    ).fit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--gpus", action="store_true")
    parser.add_argument("--out", required=True)
    parser.add_argument("--storage")
    parser.add_argument("--address")
    parser.add_argument("arguments", nargs="+", metavar="-- DATA ...", help="what kgan train takes")
    asked = parser.parse_args()
    main(asked.arguments, asked.out, asked.workers, asked.gpus, asked.storage, asked.address)
