"""kgan train on a Ray cluster of two nodes, both on this machine."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kgan

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

# In a process of its own, because Ray's threads and warnings are no concern of the other tests.
PROGRAM = """
import importlib.util, json, sys
from ray.cluster_utils import Cluster
spec = importlib.util.spec_from_file_location("ray_train", sys.argv[1])
example = importlib.util.module_from_spec(spec)
spec.loader.exec_module(example)
import ray
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=1)
try:
    # The function of this script is pickled by value: the workers know nothing of where it came from.
    example.__name__ = example.worker.__module__ = "__main__"
    print("nodes:", len(cluster.list_all_nodes()))
    example.main(sys.argv[4:], sys.argv[2], workers=2, storage=sys.argv[3], address=cluster.address)
finally:
    ray.shutdown()
    cluster.shutdown()
"""


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray: pip install 'kgan[ray]'")
def test_ray_trains_on_two_nodes_and_the_chief_writes_the_run(tmp_path, small_images):
    np.save(tmp_path / "small.npy", small_images)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    example = Path(__file__).parents[2] / "examples" / "ray_train.py"
    settings = ("generator_width=4", "discriminator_width=4", "latent_dim=4", "features=none")
    arguments = [tmp_path / "small.npy", "--epochs", 1, "--batch-size", 60]
    for setting in settings:
        arguments += ["--set", setting]
    command = [sys.executable, program, example, tmp_path / "run", tmp_path / "ray", *arguments]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nodes: 2" in done.stdout
    assert "This worker trains along" in done.stdout + done.stderr
    assert kgan.run.Run(tmp_path / "run").trained["epochs"] == 1
    assert (tmp_path / "run" / "export" / "generator.onnx").is_file()
