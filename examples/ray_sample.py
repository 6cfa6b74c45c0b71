"""A million images of an exported bundle, drawn on all machines of a Ray cluster, in shards on disk.

    pip install 'kgan[ray]'
    python examples/ray_sample.py runs/digits-0001/export --count 1_000_000 --out million
    python examples/ray_sample.py runs/digits-0001/export --out million --address auto  # where `ray start` was called

Shard k is what one process would draw with `Sampler(bundle).sample(size, seed=first + k)`: no two shards share a
seed, and none depends on how many machines there are. A shard is written beside its place and renamed, so it is there
whole or not at all; `manifest.json` says what the folder is to hold. Killed and started again, the same command keeps
the shards that are whole and draws the others. Each actor has one onnxruntime session and one shard in memory; on a
cluster, the bundle and the folder must lie where all machines see them.
"""

import argparse
import hashlib
import importlib
import json
import math
import os
import shutil
import socket
import sys
import time
import types
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

_PACKAGE = types.ModuleType("kgan_export")
_PACKAGE.__path__ = [str(Path(__file__).parents[1] / "export")]
sys.modules["kgan_export"] = _PACKAGE  # by its folder, because kgan itself would bring TensorFlow along
sampler = importlib.import_module("kgan_export.portable.sampler")

MOST_SHARDS = 1_000_000  # files in one folder, all of which are looked at when a run is started again


@dataclass(frozen=True)
class Shard:
    """A part of the whole.

    Attributes:
        file: Name of its file.
        seed: Of its samples.
        count: How many they are.
    """

    file: str
    seed: int
    count: int


def shards(count: int, size: int, seed: int) -> list[Shard]:
    """Cuts `count` samples into shards of `size`, the last one perhaps smaller; shard k has the seed `seed + k`.

    Raises:
        SamplerError: A number is out of range, or the seeds would run out.
    """
    if count < 1 or size < 1:
        raise sampler.SamplerError(f"Expected count and shard size >= 1. Received: count={count}, shard size={size}.")
    number = math.ceil(count / size)
    last = sampler.LARGEST_SEED - number + 1
    if number > MOST_SHARDS:
        raise sampler.SamplerError(
            f"Expected at most {MOST_SHARDS:,} shards. Received: {number:,}, for count={count}. Pass a larger "
            f"--shard-size, or draw into several folders."
        )
    if not 0 <= seed <= last:
        raise sampler.SamplerError(
            f"Expected seed from 0 to {last:,}, so that each of {number:,} shards has one of its own. "
            f"Received: seed={seed}."
        )
    return [Shard(f"shard-{k:06d}.npy", seed + k, min(size, count - k * size)) for k in range(number)]


def prepare(folder: Path, generator: Path, sample_shape: tuple, planned: list[Shard]) -> list[Shard]:
    """Makes the folder, or finds what an earlier run left in it; returns the shards that are still to be drawn.

    Raises:
        SamplerError: The folder holds something else, or the disk has no room.
    """
    with generator.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    manifest = {
        "generator_sha256": digest,
        "sample_shape": list(sample_shape),
        "dtype": "float32",
        "shards": [asdict(shard) for shard in planned],
    }
    text = json.dumps(manifest, indent=1) + "\n"
    path = folder / "manifest.json"
    if path.is_file():
        if path.read_text(encoding="utf-8") != text:
            raise sampler.SamplerError(
                f"Expected {folder} to be new, or begun with the same bundle, count, shard size and seed. Received: a "
                f"manifest.json of something else. Choose another --out."
            )
    elif folder.exists() and any(folder.iterdir()):
        raise sampler.SamplerError(f"Expected a new or empty folder. Received: {folder}. Choose another --out.")
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*.partial"):  # of a run that was killed
        left.unlink()
    missing = [shard for shard in planned if not is_whole(folder / shard.file, shard, sample_shape)]
    needed, free = 4 * math.prod(sample_shape) * sum(shard.count for shard in missing), shutil.disk_usage(folder).free
    if needed > free:
        raise sampler.SamplerError(
            f"Expected room for {needed / 2**30:,.1f} GiB in {folder}. Received: {free / 2**30:,.1f} GiB free. Draw "
            f"fewer, or choose another --out."
        )
    _replace(path, lambda file: file.write(text.encode()))
    return missing


def is_whole(path: Path, shard: Shard, sample_shape: tuple) -> bool:
    """Whether the file holds the shard: its shape and type by the header, and all of its bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        try:
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        except ValueError:
            return False
        header = file.tell()
        size = file.seek(0, os.SEEK_END) - header
    return (shape, dtype) == ((shard.count, *sample_shape), np.float32) and size == 4 * math.prod(shape)


def draw(drawn: "sampler.Sampler", shard: Shard, folder: Path) -> None:
    """Draws a shard and writes it, whole or not at all."""
    samples = drawn.sample(shard.count, shard.seed)
    _replace(folder / shard.file, lambda file: np.save(file, samples))


def _replace(path: Path, write) -> None:
    partial = path.with_name(f".{path.name}-{socket.gethostname()}-{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())  # on disk before it has its name, so that a power cut leaves no empty shard
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def draw_on_ray(bundle: Path, folder: Path, missing: list[Shard], threads: int, address: str | None) -> None:
    """Draws the shards on all processors of the cluster, and prints how it goes."""
    import ray  # here, because all of the above does without it
    from ray.util import ActorPool

    ray.cloudpickle.register_pickle_by_value(sampler)  # other machines have no such file

    @ray.remote(num_cpus=threads, max_restarts=3, max_task_retries=3)
    class Artist:
        """One onnxruntime session, on as many threads as Ray sets aside for it."""

        def __init__(self):
            self.drawn = sampler.Sampler(bundle, threads)

        def draw(self, shard: Shard) -> tuple[int, str]:
            """Draws a shard; returns how many samples that were, and where."""
            draw(self.drawn, shard, folder)
            return shard.count, socket.gethostname()

    ray.init(address=address, log_to_driver=False, include_dashboard=False if address is None else None)
    try:
        processors = int(ray.cluster_resources().get("CPU", 1))
        if threads > processors:
            raise sampler.SamplerError(f"Expected threads <= {processors}. Received: threads={threads}.")
        artists = [Artist.remote() for _ in range(min(processors // threads, len(missing)))]
        print(f"actors: {len(artists)}, of {threads} threads each; nodes: {len(ray.nodes())}", flush=True)
        began, count = time.perf_counter(), 0
        pool = ActorPool(artists)
        for done, (drawn, _) in enumerate(pool.map_unordered(lambda one, shard: one.draw.remote(shard), missing), 1):
            count += drawn
            rate = count / (time.perf_counter() - began)
            print(f"{done} of {len(missing)} shards, {count:,} images, {rate:,.0f} images/s", flush=True)
    finally:
        ray.shutdown()


def main(arguments: "list[str] | None" = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw many samples of an exported bundle on Ray.")
    parser.add_argument("bundle", type=Path, help="the folder that kgan.export.save wrote")
    parser.add_argument("--out", type=Path, required=True, help="the folder of shards")
    parser.add_argument("--count", type=int, default=1_000_000, help="how many samples (default: a million)")
    parser.add_argument("--shard-size", type=int, default=10_000, help="samples in a file, and in memory at once")
    parser.add_argument("--seed", type=int, default=0, help="of the first shard; the others count up from it")
    parser.add_argument("--threads", type=int, default=1, help="of each actor; many small ones are fastest")
    parser.add_argument("--address", default=None, help="of a Ray cluster, `auto` for the one of this machine")
    given = parser.parse_args(arguments)
    bundle, folder = given.bundle.resolve(), given.out.resolve()
    try:
        described = sampler.Sampler(bundle)
        described.check_count(given.shard_size)  # memory
        planned = shards(given.count, given.shard_size, given.seed)
        missing = prepare(folder, bundle / "generator.onnx", described.sample_shape, planned)
        print(f"{len(planned) - len(missing)} of {len(planned)} shards are there already", flush=True)
        if missing:
            draw_on_ray(bundle, folder, missing, given.threads, given.address)
    except (sampler.SamplerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{given.count:,} images in {folder}; another run begins at --seed {given.seed + len(planned)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
