"""What runs bundles is imported without kgan, and so without TensorFlow."""

import subprocess
import sys

import numpy as np
import pytest

import kgan.export
from games import small_dcgan
from kgan_cli import light

PROGRAM = """
import sys
from kgan_cli import light
drawn = light.part("portable.sampler").draw_latents("normal", 2, 3, 0)
print(drawn.shape, [name for name in ("tensorflow", "keras", "kgan") if name in sys.modules])
print(light.part("portable.sampler").SamplerError is light.part("portable.bundle_file").BundleError)
"""


def test_a_part_of_the_export_is_imported_without_kgan(tmp_path):
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("(2, 3) []\nTrue\n", "")


SAMPLE = """
import sys
import kgan_cli
sys.argv = ["kgan", "sample", sys.argv[1], "--count", "2", "--seed", "1", "--out", sys.argv[2]]
try:
    kgan_cli.main()
except SystemExit as stop:
    print(stop.code, [name for name in ("tensorflow", "keras", "kgan", "onnx", "matplotlib") if name in sys.modules])
    try:
        with open("/proc/self/status") as status:
            peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:  # of a system that tells it otherwise
        peak = 0
    print(f"{peak} MiB" if peak > 200 else "little memory")  # it was 662 MiB with TensorFlow
"""


def test_samples_are_drawn_from_the_command_line_without_tensorflow(tmp_path):
    gan = small_dcgan()
    bundle = kgan.export.save(gan, tmp_path / "bundle")
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE, bundle, "a.npy"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("2 samples of seed 1 in a.npy\n0 []\nlittle memory\n", "")
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), gan.generate(2, seed=1), atol=1e-4)


def test_films_of_a_bundle_are_made_from_the_command_line_without_tensorflow(tmp_path):
    kgan.export.save(small_dcgan(), tmp_path / "bundle")
    program = SAMPLE.replace(
        '"sample", sys.argv[1], "--count", "2"', '"latents", sys.argv[1], "film", "--keys", "2", "--steps", "2"'
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "bundle", "a.gif"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("4 frames of seed 1 in a.gif\n0 []\nlittle memory\n", "")


def test_where_kgan_is_imported_a_part_is_kgan_s_own():
    assert light.part("portable.sampler") is kgan.export.portable.sampler


def test_a_run_stands_for_its_bundle(tmp_path):
    bundle = tmp_path / "run" / "export"
    bundle.mkdir(parents=True)
    (tmp_path / "run" / "config.json").touch()
    (bundle / "generator.onnx").touch()
    assert light.bundle_of(tmp_path / "run") == light.bundle_of(bundle) == bundle
    assert light.bundle_of(bundle / "generator.onnx") == bundle / "generator.onnx"


def test_what_is_no_bundle_is_told_in_kgan_s_words(tmp_path):
    with pytest.raises(ValueError, match="Expected an exported bundle .* Received: .*gone, which does not exist"):
        light.bundle_of(tmp_path / "gone")
