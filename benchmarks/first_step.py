"""How long a newcomer waits: import, data, networks, the first (compiling) step, and the steps after it.

    python benchmarks/first_step.py --rounds 5

Each round is a process of its own, so that every import and compilation is paid; medians over the rounds are printed.
"""

import argparse
import statistics
import subprocess
import sys

CHILD = """
import time
marks = [time.perf_counter()]
def mark():
    marks.append(time.perf_counter())
import kgan
mark()
from kgan.run import Plan
plan = Plan.make("digits")
splits = plan.load()
batches = iter(splits.train.repeat())
next(batches)
mark()
gan = plan.recipe.build(splits)
mark()
gan.make_train_function()
gan.train_function(batches)
mark()
gan.train_function(batches)  # warm
start = time.perf_counter()
for _ in range(STEPS):
    gan.train_function(batches)
rate = STEPS * plan.recipe.batch_size / (time.perf_counter() - start)
print(*[b - a for a, b in zip(marks, marks[1:])], rate)
"""
ROWS = ("import kgan, s", "load digits, s", "build the networks, s", "first step (XLA compiles), s", "then, images/s")


def main(rounds: int, steps: int) -> None:
    """Runs the rounds and prints the table."""
    figures = []
    for _ in range(rounds):
        script = CHILD.replace("STEPS", str(steps))
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        figures.append([float(figure) for figure in done.stdout.split()])
    print("| | median | least | most |\n| --- | --- | --- | --- |")
    for name, column in zip(ROWS, zip(*figures, strict=True), strict=True):
        print(f"| {name} | {statistics.median(column):.2f} | {min(column):.2f} | {max(column):.2f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100)
    main(**vars(parser.parse_args()))
