"""Memory and processor time of tables of 10 thousand to 10 million rows: loading Parquet a part at a time, then steps.

    python benchmarks/table_memory.py --rows 10000 100000 1000000 10000000 --plot table-memory.svg

Rows have two numbers, a category of 50 names and a boolean; each count has a process of its own, whose peak of resident
memory the system tells. The plot has both axes logarithmic.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow
from pyarrow import parquet

import kgan

_PART = 500_000  # rows that are made at once
_STEPS = 20


def written(path: Path, rows: int) -> None:
    """Writes a table, a part at a time."""
    random, writer = np.random.default_rng(0), None
    names = np.array([f"name {number}" for number in range(50)])
    for first in range(0, rows, _PART):
        count = min(_PART, rows - first)
        size = random.normal(0.0, 1.0, count)
        part = pyarrow.table(
            {
                "size": size,
                "price": np.round(np.exp(size) * 100 + random.exponential(10.0, count), 2),
                "name": names[random.integers(0, 50, count)],
                "sold": random.random(count) < 0.3,
            }
        )
        writer = parquet.ParquetWriter(path, part.schema) if writer is None else writer
        writer.write_table(part)
    writer.close()


def peak() -> float:
    """The most memory that this process had, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(path: str) -> dict:
    """Loads, trains some steps, and says what both took."""
    at_first, begun = peak(), time.process_time()
    splits = kgan.data.load_table(path, batch_size=500, seed=0)
    loaded, took = peak(), time.process_time() - begun
    model = kgan.recipes.get("tabular").build(splits, seed=0)
    model.fit(splits.train.take(_STEPS), verbose=0)
    return {"imported_mib": at_first, "loaded_mib": loaded, "loading_s": took, "trained_mib": peak()}


def plot(found: dict[int, dict], out: Path) -> None:
    """Draws memory against rows as an SVG."""
    wide, high, left, bottom = 560, 320, 70, 270
    counts = sorted(found)
    first, last = math.log10(counts[0]), max(math.log10(counts[-1]), math.log10(counts[0]) + 1)
    low, top = 2.0, math.log10(10_240)

    def at(rows: float, mib: float) -> str:
        x = left + (math.log10(rows) - first) / (last - first) * (wide - left - 20)
        return f"{x:.1f},{bottom - (math.log10(mib) - low) / (top - low) * (bottom - 20):.1f}"

    def text(place: str, words: str, anchor: str = "middle", lower: int = 18) -> str:
        x, y = place.split(",")
        return f'<text x="{x}" y="{float(y) + lower}" text-anchor="{anchor}">{words}</text>'

    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>']
    lines.append('<rect width="100%" height="100%" fill="white"/>')
    for mib, words in ((100, "100 MiB"), (1_024, "1 GiB"), (10_240, "10 GiB")):
        x, y = at(counts[0], mib).split(",")
        lines.append(f'<path d="M{x} {y} H{wide - 20}" stroke="#ddd"/>')
        lines.append(f'<text x="{float(x) - 6}" y="{float(y) + 4}" text-anchor="end">{words}</text>')
    lines += [text(at(one, 100), f"{one:,}", "end" if one == counts[-1] else "middle") for one in counts]
    for name, colour, lower in (("loaded_mib", "#8a93a0", 16), ("trained_mib", "#d65a1e", -6)):
        points = " ".join(at(one, found[one][name]) for one in counts)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(text(at(counts[0], found[counts[0]][name]), name.split("_")[0], "start", lower))
    lines.append(f'<text x="{wide / 2}" y="{high - 8}" text-anchor="middle">rows of four columns</text></svg>')
    out.write_text("\n".join(lines) + "\n")


def main(rows: list[int], out: Path | None) -> None:
    """Prints the table, and draws it where that is asked."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in rows:
            path = Path(folder) / "rows.parquet"
            written(path, count)
            command = [sys.executable, __file__, "--measure", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[count] = {**json.loads(done.stdout.splitlines()[-1]), "file_mib": path.stat().st_size / 2**20}
    print("| rows | file, MiB | loading, s | peak after loading, MiB | peak after 20 steps, MiB |")
    print("| --- | --- | --- | --- | --- |")
    for count, one in found.items():
        figures = (one[name] for name in ("file_mib", "loading_s", "loaded_mib", "trained_mib"))
        print(f"| {count:,} | " + " | ".join(f"{figure:.4g}" for figure in figures) + " |")
    print(f"Imports alone take {next(iter(found.values()))['imported_mib']:.0f} MiB.")
    if out is not None:
        plot(found, out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", nargs="+", type=int, default=[10_000, 100_000, 1_000_000, 10_000_000])
    parser.add_argument("--plot", type=Path, help="an SVG to write")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measured(asked.measure)))
    else:
        main(asked.rows, asked.plot)
