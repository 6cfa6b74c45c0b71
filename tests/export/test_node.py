"""The exported file in Node.js: onnxruntime-node and latents.js give Python's pictures of a seed."""

import json
import shutil
import subprocess

import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan.export.portable.sampler import Sampler

PACKAGE = "onnxruntime-node@1.30.0"
SCRIPT = """
const ort = require("onnxruntime-node");
const { drawLatents } = require(process.argv[2] + "/latents.js");
(async () => {
  const session = await ort.InferenceSession.create(process.argv[2] + "/generator.onnx");
  const [seed, count, size] = process.argv.slice(3).map(Number);
  const latents = new ort.Tensor("float32", drawLatents("normal", count, size, seed), [count, size]);
  const labels = new ort.Tensor("int64", BigInt64Array.from({ length: count }, () => 2n), [count]);
  const { images } = await session.run({ latents, labels });
  console.log(JSON.stringify({ dims: images.dims, data: Array.from(images.data) }));
})();
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Runs a script of Node.js where onnxruntime-node is installed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no Node.js with npm: apt-get install npm")
    folder = tmp_path_factory.mktemp("node")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"npm could not install {PACKAGE}: {done.stderr.strip()[:200]}")
    yield lambda script, *arguments: _run(folder, script, arguments)
    shutil.rmtree(folder)  # some 300 MB


def _run(folder, script, arguments):
    (folder / "script.js").write_text(script)
    command = ["node", "script.js", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_onnxruntime_node_gives_the_pictures_of_the_python_sampler(node, tmp_path, seed):
    bundle = kgan.export.save(small_dcgan(3), tmp_path / "bundle", formats=("onnx",))
    drawn = node(SCRIPT, bundle, seed, 5, 4)
    expected = Sampler(bundle).sample(5, seed=seed, labels=2)
    np.testing.assert_allclose(np.reshape(drawn["data"], drawn["dims"]), expected, atol=1e-5)
