"""Whether several workers stay one training: images per second and the hash of their state, worker by worker.

    python benchmarks/workers.py --workers 1,2,4

All workers run on this machine and share its cores, so this shows what keeping together costs, not what machines of
their own would bring. The same game, global batch and seed each time; the hash is of all that is saved but the logs.
"""

import argparse
import json
import socket
import subprocess
import sys

CHILD = """
import hashlib, json, os, sys, time
from kgan import distribution
strategy = distribution.strategy("multi_worker")
from kgan.run import Plan
import keras
plan = Plan.make("digits", settings={"features": "none"}, batch_size=64)
splits = plan.load()
keras.utils.set_random_seed(0)
with strategy.scope():
    gan = plan.recipe.build(splits)
fit = lambda steps: gan.fit(splits.train, steps_per_epoch=steps, epochs=1, verbose=0)
fit(2)
start = time.perf_counter()
fit(STEPS)
rate = STEPS * 64 / (time.perf_counter() - start)
logs = {id(variable) for metric in gan.metrics for variable in metric.variables}
parts = (gan, gan.generator_optimizer, gan.discriminator_optimizer)
state = b"".join(one.numpy().tobytes() for part in parts for one in part.variables if id(one) not in logs)
print(json.dumps([rate, hashlib.sha256(state).hexdigest(), int(gan.images_seen.numpy())]))
"""


def tf_configs(count: int) -> list[str]:
    """TF_CONFIG of each worker, on ports that are free just now."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    cluster = {"worker": [f"localhost:{one.getsockname()[1]}" for one in sockets]}
    for one in sockets:
        one.close()
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}) for index in range(count)]


def measure(count: int, steps: int) -> list[tuple[float, str, int]]:
    """Images per second, hash of the state and images seen of each of so many workers."""
    script = CHILD.replace("STEPS", str(steps))
    start = "import os, sys; os.environ['TF_CONFIG'] = sys.argv[1]; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\n"
    processes = [
        subprocess.Popen([sys.executable, "-c", start + script, config], stdout=subprocess.PIPE, text=True)
        for config in tf_configs(count)
    ]
    outputs = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("A worker failed; its error stands above.")
    return [tuple(json.loads(output.splitlines()[-1])) for output in outputs]


def main() -> None:
    """Prints a row for each number of workers; fails where workers of one training differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", default="1,2,4", help="numbers of workers; 64 images are shared among them")
    parser.add_argument("--steps", type=int, default=20)
    asked = parser.parse_args()
    print("| workers | images/s, all together | images seen | state of each worker |\n| --- | --- | --- | --- |")
    for count in map(int, asked.workers.split(",")):
        found = measure(count, asked.steps)
        hashes = [state[:12] for _, state, _ in found]
        print(f"| {count} | {found[0][0]:,.0f} | {found[0][2]:,} | {' '.join(hashes)} |", flush=True)
        if len(set(hashes)) > 1:
            raise SystemExit("Expected the same state on every worker. Received: the hashes above.")


if __name__ == "__main__":
    main()
