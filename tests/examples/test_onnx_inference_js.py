"""An export in Node: onnxruntime-node draws the images that Python draws of a seed."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kgan
from games import linear_game, small_dcgan
from kgan import latents
from kgan.export.portable import sampler

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

EXAMPLE = Path(__file__).parents[2] / "examples" / "onnx_inference.js"
RUN = """
const { sample } = require(process.argv[1]);
sample(process.argv[2], Number(process.argv[3]), Number(process.argv[4])).then(({ data }) =>
  process.stdout.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
"""


@pytest.fixture(scope="module", autouse=True)
def onnxruntime_node():
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    done = subprocess.run(["node", "-e", 'require("onnxruntime-node")'], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(
            "onnxruntime-node is not installed: npm install onnxruntime-node, and NODE_PATH to its node_modules"
        )


def drawn(bundle, count, seed, shape):
    done = subprocess.run(
        ["node", "-e", RUN, str(EXAMPLE), str(bundle), str(count), str(seed)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, np.float32).reshape(count, *shape)


def tagged():
    return kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=5, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=5, seed=1),
        seed=0,
    )


@pytest.mark.parametrize(
    "build",
    [
        small_dcgan,
        lambda: small_dcgan(num_classes=3),
        pytest.param(tagged, marks=pytest.mark.slow),
        lambda: linear_game(latent_dim=6, latents=latents.Coded(noise=2, categorical=(3,), continuous=1)),
        pytest.param(lambda: linear_game(latent_dim=3, latents=latents.TruncatedNormal(0.7)), marks=pytest.mark.slow),
        pytest.param(lambda: linear_game(latent_dim=3, latents="uniform"), marks=pytest.mark.slow),
    ],
    ids=["normal", "classes", "tags", "coded", "truncated", "uniform"],
)
def test_node_draws_python_s_samples_of_a_seed(tmp_path, build):
    gan = build()
    bundle = kgan.export.save(gan, tmp_path / "bundle")
    for seed in (0, 2**32 - 1):
        found = drawn(bundle, 7, seed, gan.sample_shape)
        np.testing.assert_allclose(found, sampler.Sampler(bundle).sample(7, seed), atol=1e-6)


def test_the_example_writes_a_picture_that_pillow_opens(tmp_path):
    gan = small_dcgan()
    bundle = kgan.export.save(gan, tmp_path / "bundle")
    subprocess.run(["node", str(EXAMPLE), str(bundle), "3", "5", str(tmp_path / "a.ppm")], check=True)
    with Image.open(tmp_path / "a.ppm") as picture:
        found = np.asarray(picture).reshape(3, 8, 8, 3)
    expected = np.clip(np.rint((gan.generate(3, seed=5) + 1) * 127.5), 0, 255)
    assert np.abs(found - expected).max() <= 1


def test_the_example_says_how_it_is_called():
    done = subprocess.run(["node", str(EXAMPLE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "usage: node onnx_inference.js BUNDLE COUNT SEED OUT.ppm\n")
