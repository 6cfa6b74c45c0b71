"""What a run loses by a fault: killed at random, ended by the machine, damaged, its disk full, its folder gone.

    python benchmarks/faults.py --kills 20

One run goes to its end in one process; another, of the same plan, is killed with SIGKILL again and again, each time at
a random moment after its process has moved on, and resumed. Both must come to the same bits. The other faults are each
laid on a copy of a run, which is then resumed and compared in the same way. Ends with status 1 where anything differs.
"""

import argparse
import ctypes
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from kgan.run import Run

KGAN = [sys.executable, "-u", "-c", "from kgan_cli import main; main()"]
SETTINGS = ("generator_width=8", "discriminator_width=8", "latent_dim=8")
EVERY = ("--every", "0.004")  # a quarter of a second, so that kills fall between checkpoints and while one is written
PATIENCE = 180.0  # seconds for anything to happen
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1  # of linux/prctl.h and linux/capability.h


def start(*arguments, **options) -> subprocess.Popen:
    """A command of kgan under way."""
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen([*KGAN, *map(str, arguments)], env=environment, **said | options)


def run(*arguments, **options) -> tuple[int, str]:
    """A command of kgan to its end: its status and what it said."""
    process = start(*arguments, **options)
    said, _ = process.communicate(timeout=10 * PATIENCE)
    return process.returncode, said


def train(folder: Path, epochs: int) -> list:
    """The arguments that begin a run."""
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    return ["train", "digits", "--epochs", epochs, "--out", folder, *EVERY, *settings]


def newest(folder: Path) -> str:
    """The newest checkpoint's name, empty where there is none."""
    return max((path.name for path in folder.glob("checkpoints/step-*")), default="")


def wait_for(true: Callable[[], bool], process: subprocess.Popen, patience: float = PATIENCE) -> None:
    """Waits until something is true, or the process has ended."""
    given_up = time.monotonic() + patience
    while not true() and process.poll() is None:
        if time.monotonic() > given_up:
            raise TimeoutError(f"nothing happened for {patience:.0f} s")
        time.sleep(0.01)


def moved_on(folder: Path, *arguments, **options) -> subprocess.Popen:
    """A command under way that has written a checkpoint of its own."""
    before = newest(folder)
    process = start(*arguments, **options)
    wait_for(lambda: newest(folder) > before, process)
    return process


def differences(folder: Path, whole: Path) -> int:
    """How many variables and figures of two runs differ by a bit, and how many rows of their logs."""
    one, other = Run(folder), Run(whole)
    models = [each.load() for each in (one, other)]
    states = [
        [
            variable.numpy()
            for part in (gan, gan.generator_optimizer, gan.discriminator_optimizer)
            for variable in part.variables
        ]
        for gan in models
    ]
    figures = [
        {name: values for name, values in each.figures().items() if not name.startswith("monitor_")}
        for each in (one, other)
    ]  # the monitor looks by kernels that add up in the order in which their threads finish
    found = sum(not np.array_equal(a, b) for a, b in zip(*states, strict=True))
    found += len(set(figures[0]) ^ set(figures[1]))
    return found + sum(
        not np.array_equal(values, figures[1].get(name), equal_nan=True) for name, values in figures[0].items()
    )


def kills(parent: Path, epochs: int, times: int, moments: random.Random) -> tuple[str, str, Path]:
    """Kills a run so many times."""
    folder, steps = parent / "killed", []
    command = train(folder, epochs)
    while len(steps) < times:
        process = moved_on(folder, *command)
        time.sleep(moments.uniform(0, 1.0))
        if process.poll() is not None:
            raise RuntimeError(f"the run ended after {len(steps)} kills: raise --epochs. {process.stdout.read()}")
        process.kill()
        process.communicate()
        steps.append(int(newest(folder).removeprefix("step-")))
        command = ["resume", folder, *EVERY]
    status, said = run("resume", folder, *EVERY)
    return f"SIGKILL, {times} times, last checkpoints at steps {steps}", outcome(status, said), folder


def outcome(status: int, said: str) -> str:
    """What a command's end looked like."""
    if status == 0:
        return "went on to the end"
    error = re.search(r"error: ([^.]*\.[^.]*\.)", said)
    return f"status {status}: {error[1] if error else said.strip().splitlines()[-1]}"


def resumed(folder: Path, what: str, happened: str) -> tuple[str, str, Path]:
    """A fault's row, once the run has gone on to its end."""
    status, said = run("resume", folder)
    return what, f"{happened}; resumed: {outcome(status, said)}", folder


def terminate(parent: Path, epochs: int, moments: random.Random) -> tuple[str, str, Path]:
    """SIGTERM, as a machine that is taken away sends it."""
    folder = parent / "terminated"
    process = moved_on(folder, *train(folder, epochs))
    time.sleep(moments.uniform(0, 1.0))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    seconds = time.monotonic() - began
    return resumed(folder, "SIGTERM", f"saved and ended with {process.returncode} in {seconds:.1f} s")


def interrupted(folder: Path, epochs: int) -> Path:
    """A run that was killed once."""
    process = moved_on(folder, *train(folder, epochs))
    first = newest(folder)
    wait_for(lambda: newest(folder) > first, process)
    process.kill()
    process.communicate()
    return folder


def damage(source: Path, parent: Path) -> tuple[str, str, Path]:
    """A bit of the newest checkpoint flips."""
    folder = shutil.copytree(source, parent / "damaged")
    name = newest(folder)
    model = folder / "checkpoints" / name / "model.keras"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    status, said = run("resume", folder)
    named = "named, and the one before it used" if f"{name} is damaged" in said else "not named"
    return "newest checkpoint damaged", f"{named}; {outcome(status, said)}", folder


def full_disk(source: Path, parent: Path) -> tuple[str, str, Path]:
    """No file may grow beyond 100 kB, which is how a full disk looks to whoever writes a checkpoint."""
    folder = shutil.copytree(source, parent / "full")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))

    status, said = run("resume", folder, *EVERY, preexec_fn=limit)
    return resumed(folder, "disk full", outcome(status, said))


def bound_by_permissions() -> None:
    """Takes from root the power to write where it may not, for the program that this process goes on with."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "Expected to give up a power of root")


def read_only(source: Path, parent: Path) -> tuple[str, str, Path]:
    """The checkpoints' folder becomes read-only while training goes on."""
    folder = shutil.copytree(source, parent / "readonly")
    process = moved_on(folder, "resume", folder, *EVERY, preexec_fn=bound_by_permissions)
    checkpoints = folder / "checkpoints"
    checkpoints.chmod(0o555)
    said, _ = process.communicate(timeout=PATIENCE)
    checkpoints.chmod(0o755)
    return resumed(folder, "checkpoints read-only", outcome(process.returncode, said))


def gone(source: Path, parent: Path) -> tuple[str, str, Path]:
    """The run's folder is moved away while training goes on."""
    folder = shutil.copytree(source, parent / "moved")
    process = moved_on(folder, "resume", folder, *EVERY)
    os.rename(folder, parent / "elsewhere")
    said, _ = process.communicate(timeout=PATIENCE)
    return resumed(parent / "elsewhere", "run folder moved away", outcome(process.returncode, said))


def pair(*arguments, **options) -> list[subprocess.Popen]:
    """A command of kgan under way on two workers, the chief first."""
    sockets = [socket.socket() for _ in range(2)]
    for one in sockets:
        one.bind(("localhost", 0))
    cluster = {"worker": [f"localhost:{one.getsockname()[1]}" for one in sockets]}
    for one in sockets:
        one.close()
    processes = []
    for index in range(2):
        os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        processes.append(start(*arguments, "--strategy", "multi_worker", **options))
    del os.environ["TF_CONFIG"]
    return processes


def lost_worker(parent: Path) -> tuple[str, str, int]:
    """One of two workers is killed; both are resumed, and compared with two that nothing happened to."""
    whole, folder, epochs = parent / "pair", parent / "lost", 4
    command = [word for word in train(whole, epochs) if word not in EVERY]  # several workers save after epochs
    for process in pair(*command):
        process.communicate(timeout=10 * PATIENCE)
    chief, other = pair(*(folder if word == whole else word for word in command))
    wait_for(lambda: newest(folder) > "", chief)
    other.kill()
    began = time.monotonic()
    said, _ = chief.communicate(timeout=PATIENCE)
    seconds = time.monotonic() - began
    other.communicate()
    ended = f"the other ended after {seconds:.0f} s, {outcome(chief.returncode, said)}"
    for process in pair("resume", folder):
        process.communicate(timeout=10 * PATIENCE)
    return "one of two workers killed", f"{ended}; both resumed", differences(folder, whole)


def rows(parent: Path, asked: argparse.Namespace) -> Iterator[tuple[str, str, int]]:
    """The rows of the table."""
    moments, whole = random.Random(asked.seed), parent / "whole"
    if asked.only != "workers":
        status, said = run(*train(whole, asked.epochs))
        if status:
            raise SystemExit(f"the run without a fault failed: {said}")
    if asked.only in (None, "kills"):
        fault, happened, folder = kills(parent, asked.epochs, asked.kills, moments)
        yield fault, happened, differences(folder, whole)
    if asked.only in (None, "others"):
        fault, happened, folder = terminate(parent, asked.epochs, moments)
        yield fault, happened, differences(folder, whole)
        source = interrupted(parent / "source", asked.epochs)
        for lay in (damage, full_disk, read_only, gone):
            fault, happened, folder = lay(source, parent)
            yield fault, happened, differences(folder, whole)
    if asked.only in (None, "workers"):
        yield lost_worker(parent)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--only", choices=("kills", "others", "workers"), help="some of the faults")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        parent = Path(temporary)
        lost = 0
        print("| fault | what happened | variables and columns that differ in the end |\n| --- | --- | --- |")
        for fault, happened, found in rows(parent, arguments):
            lost += found
            print(f"| {fault} | {happened.replace(temporary, '')} | {found} |", flush=True)
    sys.exit(lost > 0)


if __name__ == "__main__":
    main()
