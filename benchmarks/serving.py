"""How many samples `kgan serve` gives, to one client and to many: requests a second, latencies, memory.

    python benchmarks/serving.py               # 32 clients for 60 s, beside one; an untrained DCGAN of 28 pixels
    python benchmarks/serving.py --bundle BUNDLE --clients 32 --seconds 60 --count 1 --format png

The server is a process of its own, on loopback; so are the clients, which ask again as soon as they are answered, on
one connection each. They share the processor with the server. Each request has a seed of its own. In the end, some
seeds are asked for alone and beside 31 others, and the samples compared: that is what batching changes. Resident memory
is read each second; the table has its mean over the first and the last fifth of the time.
"""

import argparse
import collections
import contextlib
import http.client
import io
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

COMPARED = 64  # seeds whose samples are compared with those of a request alone


def make_bundle(folder: Path) -> Path:
    """An untrained generator of the digits' size: as fast as a trained one."""
    import kgan

    gan = kgan.GAN(
        kgan.architectures.dcgan_generator((28, 28, 1), latent_dim=64, width=32, seed=0),
        kgan.architectures.dcgan_discriminator((28, 28, 1), width=8, seed=1),
        seed=0,
    )
    return kgan.export.save(gan, folder / "bundle", formats=("onnx",))


@contextlib.contextmanager
def started(bundle: Path, options: list[str]):
    """`kgan serve`, once it listens; its process and its port."""
    command = [sys.executable, "-c", "from kgan_cli.app import main; import kgan_cli; main()", "serve", str(bundle)]
    with subprocess.Popen([*command, "--port", "0", *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, int(re.search(r"http://[^ ]*:(\d+);", process.stdout.readline())[1])
        finally:
            process.terminate()
            if process.wait(60) != 0:
                raise RuntimeError(f"Expected the server to end with status 0. Received: {process.returncode}.")


def ask(connection: http.client.HTTPConnection, fields: dict) -> tuple[int, bytes]:
    """The status and the content of an answer."""
    connection.request("POST", "/generate", json.dumps(fields), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def client(port: int, number: int, until: float, fields: dict, told: list) -> None:
    """Asks until the time is over; notes status and seconds of each answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    seed = 1_000_000 * (number + 1)
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            status, _ = ask(connection, {**fields, "seed": seed})
        except (OSError, http.client.HTTPException) as error:
            status, connection = type(error).__name__, http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        told.append((status, time.monotonic() - begun))
        seed += 1
    connection.close()


def clients(port: int, count: int, seconds: float, fields: dict, queue) -> None:
    """So many clients, in a process of their own; their answers are put into the queue."""
    told, until = [], time.monotonic() + seconds
    threads = [threading.Thread(target=client, args=(port, n, until, fields, told)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put(told)


def resident(pid: int) -> float:
    """Resident memory of a process, in MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1000


def rows(port: int) -> tuple[float, float]:
    """How many rows went through the network, and in how many runs, so far."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return tuple(float(re.search(rf"^kgan_run_rows_{name} (\S+)", text, re.M)[1]) for name in ("sum", "count"))


def measure(process, port: int, count: int, seconds: float, fields: dict) -> tuple[str, collections.Counter]:
    """A row of the table, and how often each status came."""
    queue = multiprocessing.get_context("spawn").Queue()
    before = rows(port)
    asking = multiprocessing.get_context("spawn").Process(target=clients, args=(port, count, seconds, fields, queue))
    asking.start()
    memory, told = [], None
    while told is None:
        memory.append(resident(process.pid))
        with contextlib.suppress(Exception):  # queue.Empty
            told = queue.get(timeout=1)
    asking.join()
    after = rows(port)
    took = np.array([one for status, one in told if status == 200]) * 1000
    statuses = collections.Counter(str(status) for status, _ in told)
    each = (after[0] - before[0]) / max(after[1] - before[1], 1)
    fifth = max(len(memory) // 5, 1)
    first, last = np.mean(memory[1 : fifth + 1] or memory), np.mean(memory[-fifth:])
    listed = ", ".join(f"{status}: {n:,}" for status, n in sorted(statuses.items()))
    row = (
        f"| {count} | {seconds:g} | {len(took) / seconds:,.0f} | {np.percentile(took, 50):.1f} | "
        f"{np.percentile(took, 99):.1f} | {each:.1f} | {listed} | {first:.0f} | {last:.0f} |"
    )
    return row, statuses


def difference(port: int, fields: dict) -> tuple[float, float]:
    """By how much samples differ when many clients ask at once: the largest difference, and of bytes."""

    def samples(seed: int) -> np.ndarray:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            status, content = ask(connection, {**fields, "seed": seed, "format": "npz"})
            if status == 200:
                connection.close()
                return np.load(io.BytesIO(content), allow_pickle=False)["samples"]

    from concurrent.futures import ThreadPoolExecutor

    alone = np.stack([samples(seed) for seed in range(COMPARED)])
    with ThreadPoolExecutor(32) as threads:
        together = np.stack(list(threads.map(samples, range(COMPARED))))
    as_bytes = [np.rint((one + 1) * 127.5) for one in (alone, together)]
    return float(np.abs(alone - together).max()), float(np.abs(as_bytes[0] - as_bytes[1]).max())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="an exported bundle; without it one is made")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0, help="for that many clients; one has a third of it")
    parser.add_argument("--count", type=int, default=1, help="samples of a request")
    parser.add_argument("--format", default="png")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="of kgan serve, last: --queue 16")
    given = parser.parse_args()
    fields = {"count": given.count, "format": given.format}
    with tempfile.TemporaryDirectory() as folder:
        bundle = given.bundle or make_bundle(Path(folder))
        with started(bundle, given.options) as (process, port):
            measure(process, port, given.clients, min(2.0, given.seconds), fields)  # warm
            print(
                "| clients | seconds | requests/s | p50, ms | p99, ms | rows a run | statuses | MB, first | MB, last |"
            )
            print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
            allowed = set()
            for count, seconds in ((1, given.seconds / 3), (given.clients, given.seconds)):
                row, statuses = measure(process, port, count, seconds, fields)
                print(row, flush=True)
                allowed |= set(statuses)
            values, levels = difference(port, fields)
            print(
                f"\nThe same seed asked for alone and beside 31 others: samples differ by {values:.1e} at most, ",
                end="",
            )
            print(f"pictures by {levels:.0f} of 255.")
    if not allowed <= {"200", "429"}:
        raise SystemExit(f"Expected the statuses 200 and 429 alone. Received: {', '.join(sorted(allowed))}.")


if __name__ == "__main__":
    main()
