"""Both ends of a pipe: a process that trains for as many seconds as it is told, and draws samples when asked.

NumPy and the standard library only, so that a contender is nothing but what its own program imports.
"""

import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

BATCH = 64

Play = Callable[[], object]  # one iteration, over once what it returns can be read
Draw = Callable[[int], np.ndarray]  # so many samples in [-1, 1], the same latents each time


def serve(build: "Callable[[np.ndarray, np.ndarray, int], tuple[Play, Draw]]") -> None:
    """Does what the lines of its input ask for, a line of output for each.

    The command line has an `.npz` file of `images` and `labels`, a seed, and what `build` is given further.

    Args:
        build: From images, labels, seed and further words to what plays an iteration on `BATCH` reals, and what draws.
    """
    path, seed, *words = sys.argv[1:]
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # whatever a library prints is no answer
        with np.load(path, allow_pickle=False) as archive:
            play, draw = build(archive["images"], archive["labels"], int(seed), *words)
        _answer(answers, ready=True)
        for line in sys.stdin:
            asked = json.loads(line)
            if "seconds" in asked:
                _answer(answers, **_train(play, asked["seconds"]))
            else:
                np.save(asked["path"], draw(asked["count"]))
                _answer(answers, drawn=asked["count"])


def _train(play: Play, seconds: float) -> dict[str, float]:
    """Iterations until so many seconds are over, how long they took, and the first of them."""
    started, iterations, first = time.perf_counter(), 0, 0.0
    while (passed := time.perf_counter() - started) < seconds:
        play()
        iterations += 1
        first = first or time.perf_counter() - started
    return {"iterations": iterations, "seconds": passed, "first": first}


def _answer(stream, **content) -> None:
    print(json.dumps(content), file=stream, flush=True)


class Trainee:
    """A program of this folder that `serve`s, from the outside.

    Attributes:
        seconds: Trained so far, the compiling first iteration included; imports and drawing are not.
        images: Reals seen so far.
        first: Seconds of the first iteration.
    """

    def __init__(self, program: str, *arguments: object):
        command = [sys.executable, str(Path(__file__).parent / program), *map(str, arguments)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
        )
        self.seconds, self.images, self.first = 0.0, 0, 0.0
        self._answer()

    def train(self, until: float) -> None:
        """Goes on until it has trained for so many seconds; an iteration that compiles may take it beyond."""
        answer = self._ask(seconds=until - self.seconds)
        self.first = self.first or answer["first"]
        self.seconds += answer["seconds"]
        self.images += answer["iterations"] * BATCH

    @property
    def rate(self) -> float:
        """Images/s after the first iteration; NaN where that was all."""
        return math.nan if self.images == BATCH else (self.images - BATCH) / (self.seconds - self.first)

    def draw(self, count: int) -> np.ndarray:
        """Samples `(count, height, width, channels)` in [-1, 1]."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "samples.npy"
            self._ask(count=count, path=str(path))
            return np.load(path, allow_pickle=False)

    def end(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, **content) -> dict:
        self._process.stdin.write(f"{json.dumps(content)}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self._process.args} ended with exit code {self._process.wait()}; its error stands above.")
        return json.loads(line)
