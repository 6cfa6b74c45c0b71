"""Exporting takes a few times the memory of the weights."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux, which tells a process's peak")
def test_exporting_a_bundle_peaks_at_most_at_four_times_the_weights():
    script = ROOT / "benchmarks" / "export_memory.py"
    command = [sys.executable, str(script), "--megabytes", "128"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    weights, _, times, size, beside, saved = [
        cell.strip() for cell in done.stdout.splitlines()[-1].strip("| ").split("|")
    ]
    assert float(times) <= 4.0
    assert abs(float(size) - float(weights)) <= 2
    assert abs(float(saved) - float(weights)) <= 2
    assert beside == "no"
