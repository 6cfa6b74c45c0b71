"""What a step of training costs, and by which law: against batch, resolution, width and number of images.

    python benchmarks/scaling.py --plot scaling.png

One law for all: a step takes a fixed time, and one in proportion to the multiplications of its convolutions and
products, which are counted as in `train.py`. A sweep changes one thing about a DCGAN of width 32 at batch 64, and with
it the count:

- batch: in proportion, so that the time is affine in it.
- resolution: each doubling adds a layer, and every layer but the one at the images, which is small, costs the same, in
  proportion to the pixels of the whole; from the fifth layer on, which is no wider than the fourth, somewhat less.
- width: its square, but for the layers at the images and at z.
- images, in memory or in a file that is mapped: not at all; 500,000 cost what 5,000 do.
- replicas, only if asked for: workers that share these cores and one batch take the time of one process, at best.

Each point is a process of its own; those of a sweep take turns, and times are medians. The exponents are slopes in
double logarithmic scales, of the count and of the time; the law is fitted to the times by least squares of relative
errors, but for replicas, whose law is the time of one process.
"""

import argparse
import dataclasses
import json
import math
import socket
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from peers.pairing import Game
from train import PROBES, Contender, work

BLUE, INK = "#3b7dd8", "#78818b"
REPLICAS = "replicas"


def dcgan(size: int = 32, width: int = 32, **others) -> Game:
    """The game on the networks of `kgan.architectures`: a stage for each halving down to 4 pixels."""
    stages = int(math.log2(size / 4))
    return Game(size, 3, tuple(min(width * 2**stage, 8 * width) for stage in range(stages)), **others)


COUNTS = (5_000, 15_000, 50_000, 150_000, 500_000)
SWEEPS: dict[str, dict[int, Game]] = {
    "batch": {batch: dcgan(batch=batch) for batch in (8, 16, 32, 64, 128)},
    "resolution": {size: dcgan(size=size) for size in (8, 16, 32, 64, 128)},
    "width": {width: dcgan(width=width) for width in (8, 16, 32, 64, 128)},
    "images": {count: dcgan(size=16, images=count) for count in COUNTS},
    "mapped images": {count: dcgan(size=16, images=count, mapped=True) for count in COUNTS},
    REPLICAS: {workers: dcgan() for workers in (1, 2, 4)},
}


class Cluster:
    """Workers of one game on this machine, each a process; played as one contender."""

    def __init__(self, workers: int, game: Game):
        self._threads = ThreadPoolExecutor(workers)  # they start, and play, only together
        addresses = [f"localhost:{port}" for port in free_ports(workers)]

        def start(index: int) -> Contender:
            config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            return Contender(sys.executable, ("kgan_worker.py",), as_argument(game), TF_CONFIG=json.dumps(config))

        self._workers = list(self._threads.map(start, range(workers)))

    def play(self, iterations: int) -> float:
        """The seconds of one iteration, of the worker that took longest."""
        return max(self._threads.map(lambda worker: worker.play(iterations), self._workers))

    def end(self) -> None:
        """Ends the processes."""
        list(self._threads.map(Contender.end, self._workers))
        self._threads.shutdown()


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def as_argument(game: Game) -> str:
    """As a contender's command line takes it."""
    return json.dumps(dataclasses.asdict(game))


@dataclass(frozen=True)
class Law:
    """`seconds = fixed + per_operation * work`."""

    fixed: float
    per_operation: float

    def __call__(self, operations: np.ndarray) -> np.ndarray:
        return self.fixed + self.per_operation * operations

    @classmethod
    def fitted(cls, operations: Sequence[float], seconds: Sequence[float]) -> "Law":
        """The one with the smallest sum of squared relative errors, neither number negative.

        Where the work is the same everywhere, all of the time is fixed.
        """
        seconds = np.asarray(seconds)
        columns = np.stack([1.0 / seconds, np.asarray(operations) / seconds], axis=1)
        scale = columns.max(axis=0)
        free = [0] if np.ptp(operations) == 0 else [0, 1]
        while True:
            solution = np.zeros(2)
            solution[free] = np.linalg.lstsq(columns[:, free] / scale[free], np.ones(len(seconds)), rcond=None)[0]
            if solution.min() >= 0.0:
                return cls(*(solution / scale).tolist())
            free.remove(int(solution.argmin()))


def exponent(x: Sequence[float], y: Sequence[float]) -> float:
    """The slope in double logarithmic scales."""
    return round(float(np.polyfit(np.log(x), np.log(y), 1)[0]), 6) + 0.0  # no -0.0


def measured(players: Sequence["Contender | Cluster"], rounds: int, seconds: float) -> list[float]:
    """The seconds of an iteration of each, medians over rounds in which they take turns."""
    iterations = [max(1, round(seconds / player.play(PROBES))) for player in players]
    turns = [[player.play(count) for player, count in zip(players, iterations, strict=True)] for _ in range(rounds)]
    for player in players:
        player.end()
    return [statistics.median(times) for times in zip(*turns, strict=True)]


@dataclass(frozen=True)
class Swept:
    """What a sweep came to.

    Attributes:
        varied: Values of what it changes.
        operations: Of an iteration, at each.
        seconds: Of an iteration, at each.
        law: What they should follow.
    """

    varied: list[int]
    operations: list[float]
    seconds: list[float]
    law: Law

    @property
    def expected(self) -> np.ndarray:
        """Seconds by the law."""
        return self.law(np.asarray(self.operations))

    @property
    def farthest(self) -> float:
        """The largest error of the law, relative to the time."""
        return float(np.max(np.abs(self.expected / self.seconds - 1.0)))


def sweep(name: str, rounds: int, seconds: float, points: int) -> Swept:
    """Plays the first so many points of a sweep."""
    games = dict(list(SWEEPS[name].items())[:points])
    players = [
        Cluster(value, game)
        if name == REPLICAS and value > 1
        else Contender(sys.executable, ("kgan_fit.py",), as_argument(game))
        for value, game in games.items()
    ]
    operations = [work(game) for game in games.values()]
    times = measured(players, rounds, seconds)
    law = Law(times[0], 0.0) if name == REPLICAS else Law.fitted(operations, times)
    return Swept(list(games), operations, times, law)


def report_points(name: str, one: Swept) -> None:
    """Prints a row for each point."""
    for value, operations, seconds, by_law in zip(one.varied, one.operations, one.seconds, one.expected, strict=True):
        print(
            f"| {name} | {value:,} | {operations / 1e9:.3g} | {1e3 * seconds:.2f} | {1e3 * by_law:.2f} | "
            f"{operations / seconds / 1e9:.0f} |",
            flush=True,
        )


def report_laws(found: dict[str, Swept]) -> None:
    """Prints a row for each sweep."""
    print("\n| sweep | exponent of the count | of the time | fixed time, ms | farthest from the law |")
    print("| --- | --- | --- | --- | --- |")
    for name, one in found.items():
        print(
            f"| {name} | {exponent(one.varied, one.operations):.2f} | {exponent(one.varied, one.seconds):.2f} | "
            f"{1e3 * one.law.fixed:.2f} | {one.farthest:.0%} |"
        )


def plot(found: dict[str, Swept], path: Path) -> None:
    """A panel for each sweep, its law dashed."""
    columns = min(3, len(found))
    rows = math.ceil(len(found) / columns)
    figure = Figure(figsize=(3.8 * columns, 3.0 * rows), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, one) in zip(panels, found.items(), strict=False):
        axes.plot(one.varied, 1e3 * np.asarray(one.seconds), "o", color=BLUE, markersize=4, label="measured")
        axes.plot(one.varied, 1e3 * one.expected, "--", color=INK, linewidth=1.2, label="law")
        axes.set(title=name, ylabel="ms a step", xscale="log")
        axes.set_yscale("log", base=2)
        axes.set_xticks(one.varied, [f"{value:,}" for value in one.varied], fontsize=7)
        axes.minorticks_off()
        low, high = 1e3 * min(one.seconds), 1e3 * max(one.seconds)
        axes.set_ylim(low / 2, high * 2)  # or noise about a constant would fill the panel
        axes.yaxis.set_major_formatter("{x:g}")
        axes.legend(frameon=False, fontsize=8)
    for axes in panels[len(found) :]:
        axes.remove()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def main() -> None:
    """Plays the sweeps, prints the tables, draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = [name for name in SWEEPS if name != REPLICAS]
    parser.add_argument("--sweeps", nargs="+", choices=list(SWEEPS), default=default)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn")
    parser.add_argument("--points", type=int, choices=range(2, 6), default=5, help="of each sweep, the smallest first")
    parser.add_argument("--plot", type=Path, help="a picture of times and laws")
    arguments = parser.parse_args()
    print("| sweep | at | GFLOP in a step | ms | by the law, ms | GFLOP/s |\n| --- | --- | --- | --- | --- | --- |")
    found = {}
    for name in arguments.sweeps:
        found[name] = sweep(name, arguments.rounds, arguments.seconds, arguments.points)
        report_points(name, found[name])
    report_laws(found)
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
