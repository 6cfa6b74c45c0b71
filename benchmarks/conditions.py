"""Whether every row of a bundle holds what was asked, and how many rows a second onnxruntime draws.

python benchmarks/conditions.py runs/diamonds-0001/export diamonds.csv

20 conditions are taken from rows of the table: values, lists of values, ranges and open ranges of numbers, and up to
four columns at once. 10,000 rows are drawn for each by the bundle alone, with NumPy and onnxruntime on one thread, and
looked at cell by cell. Seconds are of the processor.
"""

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kgan.export.portable.rows import RowSampler

_CONDITIONS = (
    ["value"],
    ["list"],
    ["value", "list"],
    ["range"],
    ["range"],
    ["open"],
    ["open"],
    ["value", "value"],
    ["value", "value"],
    ["value", "range"],
    ["value", "range"],
    ["value", "open"],
    ["list", "range"],
    ["list", "open"],
    ["range", "range"],
    ["value", "value", "value"],
    ["value", "value", "range"],
    ["value", "list", "range"],
    ["value", "value", "range", "open"],
    ["value", "value", "value", "range"],
)
_FEW = 20  # different numbers up to which a column is one of values, as kgan takes it
_WIDTH = 0.1  # of a range, as a share of the rows


def conditions_of(frame: pd.DataFrame, seed: int) -> list[dict[str, Any]]:
    """What is asked: of each, a random row of the table holds it."""
    random = np.random.default_rng(seed)
    numbers = [name for name in frame.select_dtypes("number") if frame[name].nunique() > _FEW]
    values = [name for name in frame if name not in numbers]
    found = []
    for kinds in _CONDITIONS:
        row, asked = frame.iloc[random.integers(len(frame))], {}
        left = [list(random.permutation(values)), list(random.permutation(numbers))]
        for kind in kinds:
            names = left[kind in ("range", "open")]
            if names:
                name = names.pop()
                asked[name] = _asked(kind, frame[name], row[name], random)
        found.append(asked)
    return found


def _asked(kind: str, column: pd.Series, cell: Any, random: np.random.Generator) -> Any:
    cell = cell.item() if isinstance(cell, np.generic) else cell
    if kind == "value":
        return cell
    if kind == "list":
        return sorted({cell, *random.choice(column.unique(), 2).tolist()})
    rank = float((column < cell).mean())
    if kind == "open":
        return (cell, None) if rank > 0.5 else (None, cell)
    first = max(0.0, min(rank - _WIDTH * random.random(), 1.0 - _WIDTH))
    low, high = (column.quantile(share, interpolation="nearest").item() for share in (first, first + _WIDTH))
    return min(low, cell), max(high, cell)


def holds(rows: dict[str, np.ndarray], asked: dict[str, Any]) -> np.ndarray:
    """Which rows hold all of it, bool `(n,)`."""
    found = []
    for name, what in asked.items():
        cells = pd.Series(rows[name])
        if isinstance(what, tuple):
            low, high = (sign * np.inf if end is None else end for end, sign in zip(what, (-1, 1), strict=True))
            found.append(cells.between(low, high))
        else:
            found.append(cells.isin(what if isinstance(what, list) else [what]))
    return np.logical_and.reduce(found)


def _spelled(asked: dict[str, Any]) -> str:
    def of(what: Any) -> str:
        ends: Sequence = what if isinstance(what, tuple) else ()
        return "..".join("" if end is None else f"{end}" for end in ends) if ends else str(what).strip("[]")

    return ", ".join(f"{name} {of(what)}" for name, what in asked.items())


def main(bundle: str, source: str, count: int, plain: int, seed: int) -> None:
    """Draws, looks, and prints a table."""
    frame, sampler = pd.read_csv(source), RowSampler(bundle, threads=1)
    sampler.sample(1_000, seed)
    held = asked_for = 0
    print("| asked | hold it | of numbers, taken from the training data | s |\n| --- | --- | --- | --- |")
    for asked in conditions_of(frame, seed):
        begun = time.process_time()
        rows = sampler.sample(count, seed, asked)
        took = time.process_time() - begun
        right = int(holds(rows, asked).sum())
        taken = ", ".join(f"{name} {number / count:.0%}" for name, number in sampler.taken.items() if number)
        print(f"| {_spelled(asked)} | {right:,} | {taken} | {took:.2f} |", flush=True)
        held, asked_for = held + right, asked_for + count
    begun = time.process_time()
    drawn = sum(len(next(iter(part.values()))) for part in sampler.parts(plain, seed))
    took = time.process_time() - begun
    print(f"\n{held:,} of {asked_for:,} rows hold what was asked, {held / asked_for:.2%}.")
    print(f"{drawn:,} rows without a condition in {took:.2f} s: {drawn / took:,.0f} rows/s.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bundle", help="the folder of an export, or its ONNX file")
    parser.add_argument("source", help="the CSV file that the model has learned from")
    parser.add_argument("--count", type=int, default=10_000, help="rows of each condition")
    parser.add_argument("--plain", type=int, default=100_000, help="rows without a condition")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
