"""What it costs to be told how good the samples are: the share of an epoch that metrics and the monitor take.

    python benchmarks/measuring.py --epochs 30

The recipe `digits` as `kgan train digits` runs it: six metrics and the monitor after each epoch, on 500 held-out ones.
Each is timed where it is called, and held against the rest of its epoch, so that a busy machine slows both alike; the
first epoch, which compiles, stands apart.
"""

import argparse
import statistics
import time

import keras

import kgan
from kgan import recipes


class Clock(keras.callbacks.Callback):
    """The seconds of each epoch, and of what is timed within."""

    def __init__(self):
        super().__init__()
        self.epochs: list[dict[str, float]] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append({"metrics": 0.0, "monitor": 0.0, "all": -time.perf_counter()})

    def on_epoch_end(self, epoch, logs=None):
        self.epochs[-1]["all"] += time.perf_counter()

    def timed(self, name: str, function):
        """The function, its seconds added to the epoch's."""

        def call(*arguments, **keywords):
            started = time.perf_counter()
            try:
                return function(*arguments, **keywords)
            finally:
                self.epochs[-1][name] += time.perf_counter() - started

        return call


def main() -> None:
    """Trains, times, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30, help="at least 2")
    arguments = parser.parse_args()
    train, validation = splits = kgan.data.load("digits", 64)
    gan = recipes.get("digits").build(splits, 0, recipes.sample_metrics("digits", splits.sample_shape))
    clock = Clock()
    monitor = kgan.callbacks.EquilibriumMonitor(verbose=0)
    gan.measured = clock.timed("metrics", gan.measured)
    monitor.on_epoch_end = clock.timed("monitor", monitor.on_epoch_end)
    # The clock's epoch ends after the monitor's, which comes before it in the list.
    gan.fit(train, validation_data=validation, epochs=arguments.epochs, verbose=0, callbacks=[monitor, clock])
    for name in ("metrics", "monitor"):
        first, *others = (one[name] for one in clock.epochs)
        rest = [one["all"] - one["metrics"] - one["monitor"] for one in clock.epochs]
        shares = [one / of for one, of in zip(others, rest[1:], strict=True)]
        print(
            f"{name}: {100 * sum(others) / sum(rest[1:]):.1f} % on top of the other epochs "
            f"(median {100 * statistics.median(shares):.1f} %), {first:.1f} s in the first"
        )
    whole = sum(one["all"] for one in clock.epochs)
    print(f"{arguments.epochs} epochs, {whole:.0f} s; the first {clock.epochs[0]['all']:.1f} s")
    total = {name: sum(one[name] for one in clock.epochs) for name in ("metrics", "monitor")}
    plain = whole - sum(total.values())
    print(", ".join(f"{name} {100 * seconds / plain:.1f} % of the rest in all" for name, seconds in total.items()))


if __name__ == "__main__":
    main()
