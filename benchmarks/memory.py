"""Whether memory grows with the epochs or with the images: a small run of 200 epochs, and one pass over a large folder.

    python benchmarks/memory.py --epochs 200 --files 100000

Each is `kgan train` as anybody would call it, with validation, metrics, monitor, grids and checkpoints after an epoch.
What is resident is read from outside once a tenth of the steps is done, when buffers are full and functions traced,
and once nine tenths are, before the folder's only validation.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from data import folder_of
from faults import newest, start, wait_for

from kgan.data.sources import digits

BATCH = 50
SETTINGS = ("generator_width=4", "discriminator_width=4", "latent_dim=4", "features=pixels")


def resident(process) -> float:
    """Resident memory of a process, MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024


def watched(source: Path, folder: Path, epochs: int, steps: int) -> tuple[float, float]:
    """What is resident after a tenth of so many steps and after nine tenths, MB."""
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    sizes = ["--epochs", epochs, "--batch-size", BATCH, "--every", "0.01"]
    process = start("train", source, "--out", folder, *sizes, *settings, stdout=subprocess.DEVNULL)
    found = []
    for after in (steps // 10, 9 * steps // 10):
        wait_for(lambda after=after: newest(folder) >= f"step-{after:08d}", process, patience=3600)
        if process.poll() is not None:
            raise SystemExit(f"the run ended before step {after}, with status {process.returncode}")
        found.append(resident(process))
    process.kill()  # the export is no part of it
    process.communicate()
    return found[0], found[1]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--files", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        parent = Path(temporary)
        np.save(parent / "small.npy", digits.read()[0][::10, 2:26:3, 2:26:3])
        files = folder_of(parent, arguments.files)
        passed = round(0.9 * arguments.files) // BATCH
        rows = {
            f"{arguments.epochs} epochs of 450 images": (parent / "small.npy", arguments.epochs, 9 * arguments.epochs),
            f"one epoch of a folder of {arguments.files:,} images": (files, 1, passed),
        }
        print("| run | resident after a tenth, MB | after nine tenths, MB |\n| --- | --- | --- |")
        for number, (name, row) in enumerate(rows.items()):
            then, end = watched(row[0], parent / f"run-{number}", *row[1:])
            print(f"| {name} | {then:,.0f} | {end:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
