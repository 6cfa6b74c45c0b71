"""Whether training ever waits for its data: images/s of each loader against those of the step, and a large folder.

    python benchmarks/data.py --files 100000

Loaders and the step of the recipe `digits` take turns in one process, the step fed from memory. The folder is opened in
processes of their own, one for each size; its files are hard links to 500 PNGs, so that disk space does not matter.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

import kgan
from kgan import recipes
from kgan.data.sources import digits

BATCH, DISTINCT = 64, 500

OPEN = """
import json, re, sys, time
import kgan
# Linux's own peak: that of getrusage is inherited from the process that started this one.
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
imported, started = peak(), time.perf_counter()
batches = iter(kgan.data.load(sys.argv[1], 64).train.repeat())
next(batches)
first = time.perf_counter() - started
for _ in range(50):
    next(batches)
del batches  # or its threads, which call Python, keep the interpreter from ending
print(json.dumps([first, peak() - imported]))
"""


def folder_of(parent: Path, count: int) -> Path:
    """A folder of so many PNGs, digits, in a subfolder for each class."""
    folder = parent / str(count)
    images, labels = digits.read()
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
    sources = []
    for number in range(count):
        name = f"{number:06d}.png"
        if number < DISTINCT:
            row = number * 7  # the digits come class by class
            sources.append(folder / str(labels[row]) / name)
            Image.fromarray(images[row, ..., 0]).save(sources[-1])
        else:
            source = sources[number % DISTINCT]
            os.link(source, source.with_name(name))
    return folder


def reader(source, **options) -> Callable[[], None]:
    """What reads one batch, epoch after epoch."""
    batches = iter(kgan.data.load(source, BATCH, **options).train.repeat())
    return lambda: next(batches)


def step() -> Callable[[], None]:
    """What trains on one batch."""
    gan = recipes.get("digits").build("digits")
    batches = iter(kgan.data.load("digits", BATCH).train.repeat())
    gan.make_train_function()
    return lambda: gan.train_function(batches)


def rate(play: Callable[[], None], seconds: float) -> float:
    """Images/s over about so long."""
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        play()
        count += BATCH
    return count / (time.perf_counter() - started)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000, help="of the largest folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        parent = Path(temporary)
        images, labels = digits.read()
        np.save(parent / "digits.npy", images)
        small = folder_of(parent, min(arguments.files, 5000))
        contenders = {
            "step of the recipe digits": step(),
            "digits": reader("digits"),
            "array": reader((images, labels)),
            ".npy, mapped": reader(str(parent / "digits.npy")),
            "tf.data.Dataset": reader(tf.data.Dataset.from_tensor_slices((images, labels))),
            "folder of PNG": reader(str(small)),
            "folder of PNG, resized to 64": reader(str(small), image_size=64),
        }
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(arguments.rounds + 1):
            for name, play in contenders.items():
                found = rate(play, arguments.seconds)
                if turn:  # the first compiles, and fills caches
                    rates[name].append(found)
        trained = next(iter(rates.values()))
        print("| | images/s | times the step's |\n| --- | --- | --- |")
        for name, found in rates.items():
            ratio = statistics.median(one / of for one, of in zip(found, trained, strict=True))
            print(f"| {name} | {statistics.median(found):,.0f} | {ratio:.1f} |", flush=True)
        print("\n| files in the folder | load to first batch, s | memory, MB |\n| --- | --- | --- |")
        for count in sorted(
            {max(arguments.files // 100, BATCH * 2), max(arguments.files // 10, BATCH * 2), arguments.files}
        ):
            folder = small if count == int(small.name) else folder_of(parent, count)
            done = subprocess.run(
                [sys.executable, "-c", OPEN, str(folder)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(done.stderr)
            first, memory = json.loads(done.stdout)
            print(f"| {count:,} | {first:.2f} | {memory:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
