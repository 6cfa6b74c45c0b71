"""Starts replicas.py in processes of its own, and reads what they found."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("replicas.py")
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}


def started(arguments, tf_config=None):
    environment = QUIET if tf_config is None else {**QUIET, "TF_CONFIG": tf_config}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )


def ended(processes, within: float = 240.0) -> list[tuple[int, str]]:
    """Exit status and output of each; none outlives the test."""
    try:
        outputs = [process.communicate(timeout=within)[0] for process in processes]
        return [(process.returncode, output) for process, output in zip(processes, outputs, strict=True)]
    finally:
        for process in processes:
            process.kill()


def found(folder: Path, index: int = 0) -> dict:
    return json.loads((folder / f"found-{index}.json").read_text())
