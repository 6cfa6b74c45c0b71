"""What every contender of `train.py` shares: the games, and a process that plays as many iterations as it is told.

NumPy and the standard library only, because PyTorch's contenders run in an environment of their own.
"""

import argparse
import contextlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MATRIX_SIDE = 2048  # of the product that the machine's rate is measured with


@dataclass(frozen=True)
class Game:
    """One row of the table.

    An iteration is one update of the generator, with `discriminator_steps` of the discriminator, each on reals of its
    own.

    Attributes:
        size: Side of the images, in pixels.
        channels: Of the images.
        filters: Of the discriminator's convolutions, 4 x 4 with stride 2; the generator's are their mirror.
        batch: Reals in an update of the discriminator, and samples in one of the generator.
        zero_centred: Whether R1 and R2 with gamma 1 are paid at each step.
        wasserstein: WGAN-GP in place of the non-saturating loss.
        discriminator_steps: Updates of the discriminator in an iteration.
        latent_dim: Size of z.
        images: How many there are to train on.
        mapped: Whether they are read from a file that is mapped, not from memory.
    """

    size: int
    channels: int
    filters: tuple[int, ...]
    batch: int = 64
    zero_centred: bool = False
    wasserstein: bool = False
    discriminator_steps: int = 1
    latent_dim: int = 64
    images: int = 4096
    mapped: bool = False

    @property
    def stages(self) -> int:
        """How often the image is halved."""
        return len(self.filters)

    @property
    def rate(self) -> float:
        """Learning rate of both Adams."""
        return 1e-4 if self.wasserstein else 2e-4

    @property
    def betas(self) -> tuple[float, float]:
        """Of both Adams."""
        return (0.0, 0.9) if self.wasserstein else (0.5, 0.999)

    @property
    def reals(self) -> int:
        """Reals that an iteration sees."""
        return self.batch * self.discriminator_steps


GAMES = {
    "DCGAN 28 x 28 x 1": Game(28, 1, (64, 128)),
    "DCGAN 64 x 64 x 3": Game(64, 3, (64, 128, 256, 512)),
    "DCGAN 28 with R1 + R2": Game(28, 1, (64, 128), zero_centred=True),
    "WGAN-GP, 5 steps": Game(28, 1, (64, 128), wasserstein=True, discriminator_steps=5),
}


def named(text: str) -> Game:
    """The game of that name, or whose fields the text has as JSON."""
    if text in GAMES:
        return GAMES[text]
    fields = json.loads(text)
    return Game(**{**fields, "filters": tuple(fields["filters"])})


def images(game: Any) -> np.ndarray:
    """uint8 noise of the game's shape: what the pixels show makes no difference to the time."""
    shape = (game.images, game.size, game.size, game.channels)
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    if not game.mapped:
        return noise
    with tempfile.TemporaryFile() as file:  # the map keeps it until the process ends
        mapped = np.memmap(file, np.uint8, "w+", shape=shape)
    mapped[:] = noise
    return mapped


def serve(
    build: Callable[[Any, np.ndarray], Callable[[], object]], find: Callable[[str], Any] = named, **options
) -> None:
    """Plays on demand: a line with a number in, a line with the seconds of so many iterations out.

    The first line out says that the first iteration is over, the last one has the process's peak memory in MB.

    Args:
        build: From a game and its images to a function that plays an iteration.
        find: From the first argument of the command line to the game.
        **options: Further arguments of `build`, by name, taken from the command line as `--name VALUE`.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("game", type=find)
    for name, choices in options.items():
        parser.add_argument(f"--{name}", choices=choices, default=choices[0])
    arguments = vars(parser.parse_args())
    game = arguments.pop("game")
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # whatever a library prints is no answer
        play = build(game, images(game), **arguments)
        play()
        _answer(answers, ready=True)
        for line in sys.stdin:
            started = time.perf_counter()
            for _ in range(int(line)):
                play()
            _answer(answers, seconds=time.perf_counter() - started)
        _answer(answers, peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _answer(stream, **content) -> None:
    print(json.dumps(content), file=stream, flush=True)
