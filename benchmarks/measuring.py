"""What it costs to be told how good the samples are: epochs with metrics and with a monitor over epochs without.

    python benchmarks/measuring.py --rounds 3

The recipe `digits`, whose epochs end with a validation on 500 held-out digits. Games alternate within each round; the
first epoch of each fit, which compiles, is left out, and a ratio is one of means within a round.
"""

import argparse
import statistics
import time

import keras

import kgan
from kgan import recipes
from kgan.metrics import Coverage, Density, FrechetDistance, KernelDistance, Precision, Recall

METRICS = (FrechetDistance, KernelDistance, Precision, Recall, Density, Coverage)


class Clock(keras.callbacks.Callback):
    """The times at which epochs begin, and at which the last one ends."""

    def __init__(self):
        super().__init__()
        self.times: list[float] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.times.append(time.perf_counter())

    def on_train_end(self, logs=None):
        self.times.append(time.perf_counter())


def main() -> None:
    """Plays, times, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5, help="of each game in a round, but for the first")
    arguments = parser.parse_args()
    train, validation = kgan.data.load("digits", 64)
    games = {}
    for name in ("plain", "metrics", "monitor"):
        gan = recipes.get("digits").build((28, 28, 1), 10, 0)
        if name == "metrics":
            asked = {**gan.get_compile_config(), "metrics": [metric("digits") for metric in METRICS]}
            gan.compile_from_config(asked)
        games[name] = gan

    def seconds(name: str) -> float:
        clock = Clock()
        monitor = [kgan.callbacks.EquilibriumMonitor(verbose=0, features="digits")] if name == "monitor" else []
        games[name].fit(
            train, validation_data=validation, epochs=1 + arguments.epochs, verbose=0, callbacks=[clock, *monitor]
        )
        return (clock.times[-1] - clock.times[1]) / arguments.epochs

    rounds = [{name: seconds(name) for name in games} for _ in range(arguments.rounds)]
    print(f"an epoch without either: {statistics.median(one['plain'] for one in rounds):.2f} s")
    for name in ("metrics", "monitor"):
        ratios = sorted(one[name] / one["plain"] for one in rounds)
        print(f"with {name}: {statistics.median(ratios):.3f} times that ({ratios[0]:.3f} to {ratios[-1]:.3f})")


if __name__ == "__main__":
    main()
