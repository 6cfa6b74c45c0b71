"""The example that draws on Ray: its shards without Ray, and all of it where Ray is installed."""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan.export.portable import sampler

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

EXAMPLE = Path(__file__).parents[2] / "examples" / "ray_sample.py"


@pytest.fixture(scope="module")
def ray_sample():
    spec = importlib.util.spec_from_file_location("ray_sample", EXAMPLE)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["ray_sample"] = loaded  # where dataclasses look their annotations up
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return kgan.export.save(small_dcgan(num_classes=3), tmp_path_factory.mktemp("ray") / "bundle")


def drawn_by_one_process(bundle, planned):
    one = sampler.Sampler(bundle)
    return {shard.file: one.sample(shard.count, seed=shard.seed) for shard in planned}


def assert_holds(folder, expected):
    assert {path.name for path in folder.iterdir()} == {"manifest.json", *expected}
    for name, samples in expected.items():
        np.testing.assert_array_equal(np.load(folder / name, allow_pickle=False), samples, strict=True)


@pytest.mark.parametrize(("count", "size"), [(1, 1), (10, 3), (9, 3), (2, 5), (1_000_000, 10_000)])
def test_shards_add_up_and_no_two_share_a_seed_or_a_file(ray_sample, count, size):
    planned = ray_sample.shards(count, size, seed=7)
    assert sum(shard.count for shard in planned) == count
    assert all(1 <= shard.count <= size for shard in planned)
    assert [shard.seed for shard in planned] == list(range(7, 7 + len(planned)))
    assert len({shard.file for shard in planned}) == len(planned)


def test_latents_of_neighbouring_shards_have_none_in_common(ray_sample):
    planned = ray_sample.shards(200, 50, seed=0)
    latents = np.concatenate([sampler.draw_latents("normal", shard.count, 4, shard.seed) for shard in planned])
    assert len(np.unique(latents, axis=0)) == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 10, 0), "Expected count and shard size >= 1"),
        ((10, 0, 0), "Expected count and shard size >= 1"),
        ((10**12, 10, 0), "Expected at most 1,000,000 shards"),
        ((30, 10, 2**32 - 2), "Expected seed from 0 to 4,294,967,293, so that each of 3 shards"),
        ((30, 10, -1), "Expected seed from 0 to"),
    ],
)
def test_shards_that_cannot_be_are_refused(ray_sample, arguments, message):
    with pytest.raises(ValueError, match=message):
        ray_sample.shards(*arguments)


def test_seeds_may_go_up_to_the_last_one(ray_sample):
    assert ray_sample.shards(30, 10, 2**32 - 3)[-1].seed == sampler.LARGEST_SEED


def test_a_run_that_was_killed_is_taken_up_where_it_ended(ray_sample, bundle, tmp_path):
    folder = tmp_path / "out"
    planned = ray_sample.shards(23, 5, seed=3)
    start = folder, bundle / "generator.onnx", (8, 8, 1), planned
    assert ray_sample.prepare(*start) == planned
    drawn = ray_sample.sampler.Sampler(bundle)
    for shard in planned[:4]:
        ray_sample.draw(drawn, shard, folder)
    whole = folder / planned[1].file
    written = whole.stat().st_mtime_ns
    (folder / planned[0].file).write_bytes((folder / planned[0].file).read_bytes()[:-1])  # cut short
    np.save(folder / planned[2].file, np.zeros((4, 8, 8, 1), np.float32))  # too few
    np.save(folder / planned[3].file, np.zeros((5, 8, 8, 1)))  # another type
    (folder / f".{planned[4].file}-host-1.partial").write_bytes(b"half")
    missing = ray_sample.prepare(*start)
    assert missing == [planned[0], *planned[2:]]
    for shard in missing:
        ray_sample.draw(drawn, shard, folder)
    assert ray_sample.prepare(*start) == []
    assert_holds(folder, drawn_by_one_process(bundle, planned))
    assert whole.stat().st_mtime_ns == written
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["shards"][4] == {"file": "shard-000004.npy", "seed": 7, "count": 3}


@pytest.mark.parametrize(("count", "size", "seed"), [(24, 5, 3), (23, 6, 3), (23, 5, 4)])
def test_a_folder_of_another_plan_is_left_alone(ray_sample, bundle, tmp_path, count, size, seed):
    ray_sample.prepare(tmp_path / "out", bundle / "generator.onnx", (8, 8, 1), ray_sample.shards(23, 5, 3))
    before = (tmp_path / "out" / "manifest.json").read_bytes()
    with pytest.raises(ValueError, match="begun with the same bundle, count, shard size and seed"):
        ray_sample.prepare(tmp_path / "out", bundle / "generator.onnx", (8, 8, 1), ray_sample.shards(count, size, seed))
    assert (tmp_path / "out" / "manifest.json").read_bytes() == before


def test_a_folder_of_something_else_is_left_alone(ray_sample, bundle, tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="Expected a new or empty folder"):
        ray_sample.prepare(tmp_path, bundle / "generator.onnx", (8, 8, 1), ray_sample.shards(1, 1, 0))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_more_than_the_disk_holds_is_refused(ray_sample, bundle, tmp_path):
    with pytest.raises(ValueError, match="Expected room for .* GiB"):
        ray_sample.prepare(tmp_path / "out", bundle / "generator.onnx", (8, 8, 1), ray_sample.shards(10**14, 10**13, 0))


def test_wrong_things_typed_are_told_in_one_line(ray_sample, bundle, tmp_path, capsys):
    for arguments, message in (
        (["--count", "0"], "Expected count and shard size >= 1"),
        (["--shard-size", str(10**12)], "16 GiB of memory suffice"),
    ):
        assert ray_sample.main([str(bundle), "--out", str(tmp_path / "out"), *arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_example_needs_neither_ray_nor_kgan_to_plan():
    tree = ast.parse(EXAMPLE.read_text())
    top = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert not top & {"ray", "kgan", "tensorflow"}


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install 'kgan[ray]'")
def test_shards_drawn_on_ray_equal_those_of_one_process(ray_sample, bundle, tmp_path):
    command = [sys.executable, EXAMPLE, bundle, "--out", tmp_path / "out", "--count", "23", "--shard-size", "5"]
    expected = drawn_by_one_process(bundle, ray_sample.shards(23, 5, 0))
    for number in range(2):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert f"{0 if number == 0 else 4} of 5 shards are there already" in done.stdout
        assert_holds(tmp_path / "out", expected)
        (tmp_path / "out" / "shard-000002.npy").unlink()
    assert "1 of 1 shards, 5 images" in done.stdout
