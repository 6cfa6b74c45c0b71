"""How long until samples are good: seconds of training to a fixed kernel distance, beside the script that all copy.

    python benchmarks/quality_time.py --plot kid.png --grids grids

kgan's default recipe should be there at least 3 times sooner than the plain Keras script that everybody copies (DCGAN
of width 64, BatchNormalization, Adam 2e-4 with beta_1 0.5, cross-entropy, no labels, XLA as Keras picks it).

Each contender is a process of its own, trained on the same images at the same batch size, and they take turns in slices
of training, so that a machine whose speed drifts slows all alike. The clock of each runs in training only, from its
first iteration on, which compiles; imports, drawing and measuring are left out. After each slice the kernel distance of
the same number of samples to held-out reals is worked out; when it first falls to the threshold is interpolated between
two slices. The thresholds are how far the reals themselves are from the held-out ones when some of their ten classes
are left out.
"""

import argparse
import gzip
import math
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from peers.slices import Trainee

from kgan import pictures
from kgan.data.sources import digits
from kgan.metrics import KernelDistance, extractors, kernel_distance
from kgan.report.plots import COLOURS

FASHION = Path("/usr/share/datasets/fashion-mnist")  # of the Debian package dataset-fashion-mnist
KGAN = "kgan"
CONTENDERS = {
    KGAN: ("kgan_recipe.py",),
    "plain Keras": ("plain_script.py", "64"),
    "plain Keras of width 32": ("plain_script.py", "32"),
}
GRID = 100  # samples in a picture
CLASSES = 10
INK = "#78818b"
LACKING = {"one class": 1, "half of the classes": 5, "nine of the ten classes": 9}
ONE, HALF, NINE = LACKING
# What `reals_without` gives, to two digits, by what is left out; where nothing is, it gives -0.02 and 0.0002. For
# EfficientNet every flaw of a sample weighs more than a class that is missing, so there it is more of them.
THRESHOLDS = {
    "digits": {HALF: 65.0, ONE: 4.8},
    "Fashion-MNIST": {NINE: 0.11, HALF: 0.016},
}


@dataclass(frozen=True)
class Data:
    """What is trained on, and what good samples are.

    Attributes:
        images: uint8 `(n, 28, 28, 1)` to train on.
        labels: Theirs.
        held_out: Reals that samples are held against.
        features: What the kernel distance looks through.
        samples: How many are drawn for it.
        thresholds: Kernel distances by what reals lack that are as far.
    """

    images: np.ndarray
    labels: np.ndarray
    held_out: np.ndarray
    features: str
    samples: int
    thresholds: dict[str, float]


def embedded_digits(folder: Path) -> Data:
    """The 5,000 digits, 500 of them held out, on the features of the classifier that comes with kgan."""
    images, labels = digits.read()
    held_out, train = np.split(np.random.default_rng(0).permutation(len(images)), [500])
    return Data(images[train], labels[train], images[held_out], "digits", 2000, THRESHOLDS["digits"])


def fashion_mnist(folder: Path) -> Data:
    """10,000 images of Fashion-MNIST on the features that kgan's recipe picks for it.

    1,000 samples against 2,000 reals, because the network takes some seconds for a thousand.
    """
    images, labels, held_out = (
        idx(folder / f"{name}.gz")
        for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte")
    )
    return Data(
        images[:10_000, ..., None],
        labels[:10_000],
        held_out[:2000, ..., None],
        "efficientnet-lite0",
        1000,
        THRESHOLDS["Fashion-MNIST"],
    )


DATA = {"digits": embedded_digits, "Fashion-MNIST": fashion_mnist}


def idx(path: Path) -> np.ndarray:
    """The array of a gzipped IDX file of bytes, as MNIST and its like come in."""
    if not path.is_file():
        sys.exit(
            f"Expected {path}. Received: no such file. Install Debian's package dataset-fashion-mnist, name its folder "
            f"with --fashion-mnist, or leave it out with --data digits."
        )
    content = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(content, ">u4", content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


@dataclass
class Course:
    """One contender's training with one seed.

    Attributes:
        seconds: Of training, at each look.
        distances: Kernel distances then; NaN where samples were not finite.
        rate: Images/s after the first iteration.
        first: Seconds of the first iteration.
    """

    seconds: list[float] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    rate: float = math.nan
    first: float = math.nan

    def reached(self, threshold: float) -> float:
        """Seconds at which the distance first falls to the threshold, on the line between two looks; else infinity."""
        before = (math.nan, math.nan)
        for now in zip(self.seconds, self.distances, strict=True):
            if now[1] <= threshold:
                (earlier, above), (later, below) = before, now
                if math.isnan(above):
                    return later
                return earlier + (later - earlier) * (above - threshold) / (above - below)
            before = now
        return math.inf


def sooner(own: Sequence[float], others: Sequence[float], budget: float) -> str:
    """The median of how many times sooner `own` is, seed by seed; a bound where one of them was not there in time.

    Args:
        own: Seconds for each seed, infinite where the budget did not suffice.
        others: The other contender's.
        budget: Seconds that each had.
    """
    late, other_late = (any(map(math.isinf, seconds)) for seconds in (own, others))
    if late and other_late:
        return "unknown"
    ratios = [min(other, budget) / min(mine, budget) for mine, other in zip(own, others, strict=True)]
    return f"{'< ' if late else '> ' if other_late else ''}{statistics.median(ratios):.1f}"


def within(seconds: float, budget: float) -> str:
    """As the table has it."""
    return f"not within {budget:g} s" if math.isinf(seconds) else f"{seconds:.1f}"


class Judge:
    """Kernel distances to the reals held out, whose features are worked out once."""

    def __init__(self, data: Data):
        self._extractor = KernelDistance(data.features).extractor
        self._reals = self.features(data.held_out)

    def features(self, images: np.ndarray) -> np.ndarray:
        """`(n, d)` of images as uint8, or as floats in [-1, 1]."""
        return self._extractor(extractors.presentable(images)).features

    def distance_of(self, features: np.ndarray) -> float:
        """Of what has such features."""
        return kernel_distance(self._reals, features)

    def distance(self, samples: np.ndarray) -> float:
        """Of samples; NaN where they are not finite."""
        return self.distance_of(self.features(samples)) if np.isfinite(samples).all() else math.nan


def compete(
    data: Data, judge: Judge, contenders: Sequence[str], seed: int, budget: float, every: float
) -> tuple[dict[str, Course], dict[str, np.ndarray]]:
    """Trains all in turns; the course of each, and samples of its end."""
    courses = {name: Course() for name in contenders}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npz"
        np.savez(path, images=data.images, labels=data.labels)
        trainees = {}
        for name in contenders:
            program, *words = CONTENDERS[name]
            trainees[name] = Trainee(program, path, seed, *words)
        for turn in range(1, math.ceil(budget / every) + 1):
            for name, trainee in trainees.items():
                until = min(turn * every, budget)
                if trainee.seconds >= until:  # the first iteration took more than a slice
                    continue
                trainee.train(until)
                courses[name].seconds.append(trainee.seconds)
                courses[name].distances.append(judge.distance(trainee.draw(data.samples)))
        grids = {name: trainee.draw(GRID) for name, trainee in trainees.items()}
        for name, trainee in trainees.items():
            courses[name].rate, courses[name].first = trainee.rate, trainee.first
            trainee.end()
    return courses, grids


def reals_without(judge: Judge, data: Data, classes: int) -> float:
    """The distance of reals without so many classes, the median over which ones, neighbours by number."""
    images, labels = data.images[: data.samples], data.labels[: data.samples].astype(int)
    features = judge.features(images)
    kept = [(labels - first) % CLASSES >= classes for first in range(CLASSES)]
    return statistics.median(judge.distance_of(features[rows]) for rows in kept)


def report(name: str, data: Data, courses: dict[str, list[Course]], budget: float) -> None:
    """Prints the rows of one data set, medians over the seeds."""
    for lacking, threshold in data.thresholds.items():
        times = {one: [course.reached(threshold) for course in found] for one, found in courses.items()}
        for one, found in courses.items():
            cells = [
                f"{name}, {data.features}",
                f"{threshold:g}, as reals without {lacking}",
                one,
                within(statistics.median(times[one]), budget),
                sooner(times[KGAN], times[one], budget),
                f"{statistics.median(course.rate for course in found):,.0f}",
                f"{statistics.median(course.first for course in found):.1f}",
                f"{statistics.median(course.distances[-1] for course in found):.3g}",
            ]
            print(f"| {' | '.join(cells)} |", flush=True)


def plot(found: dict[str, tuple[Data, dict[str, list[Course]]]], path: Path) -> None:
    """Kernel distance over seconds of training: a panel for each data set, a line for each seed."""
    figure = Figure(figsize=(5.2 * len(found), 3.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, (name, (data, courses)) in zip(panels, found.items(), strict=True):
        for colour, (contender, seeds) in zip(COLOURS, courses.items(), strict=False):
            for number, course in enumerate(seeds):
                style = {"color": colour, "linewidth": 1.2, "marker": "o", "markersize": 2}
                axes.plot(course.seconds, course.distances, **style, label=None if number else contender)
        for style, (lacking, threshold) in zip(("--", ":"), data.thresholds.items(), strict=True):
            axes.axhline(threshold, color=INK, linewidth=0.8, linestyle=style, label=f"reals without {lacking}")
        least = min(data.thresholds.values())
        axes.set_yscale("symlog", linthresh=least)
        distances = [distance for seeds in courses.values() for course in seeds for distance in course.distances]
        axes.set_ylim(bottom=min(0.0, *distances))  # an unbiased distance may fall below 0
        axes.set(title=name, xlabel="seconds of training", ylabel=f"kernel distance ({data.features})")
        axes.legend(frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def main() -> None:
    """Trains, prints the table, draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=300.0, help="seconds of training of each contender")
    parser.add_argument("--every", type=float, default=10.0, help="seconds of training between two looks")
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(DATA))
    parser.add_argument("--against", nargs="+", choices=list(CONTENDERS)[1:], default=["plain Keras"])
    parser.add_argument("--fashion-mnist", type=Path, default=FASHION, help="the folder of its four files")
    parser.add_argument("--plot", type=Path, help="a picture of distances over seconds")
    parser.add_argument("--grids", type=Path, help="a folder for a grid of samples of each contender")
    arguments = parser.parse_args()
    contenders = [KGAN, *arguments.against]
    print(
        "| data, features | kernel distance to reach | contender | s until then | kgan is sooner, times | images/s | "
        "first step, s | distance at the end |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    found = {}
    for name in arguments.data:
        data = DATA[name](arguments.fashion_mnist)
        judge = Judge(data)
        courses: dict[str, list[Course]] = {one: [] for one in contenders}
        for seed in range(arguments.seeds):
            played, grids = compete(data, judge, contenders, seed, arguments.budget, arguments.every)
            for one, course in played.items():
                courses[one].append(course)
            if arguments.grids and seed == 0:
                arguments.grids.mkdir(parents=True, exist_ok=True)
                for one, samples in grids.items():
                    pictures.save(pictures.grid(samples), arguments.grids / f"{name}, {one}.png")
        found[name] = (data, courses)
        report(name, data, courses, arguments.budget)
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
