"""Moving digits: films of real MNIST digits that bounce off the edges, made anew from a seed each time.

Reference:
    Srivastava et al., 2015, Unsupervised Learning of Video Representations using LSTMs. arXiv:1502.04681
"""

import functools

import numpy as np

from kgan._support import limits
from kgan._support.checks import whole
from kgan.data.sources import digits as embedded

__all__ = ["moving_digits"]

_SIDE = 28  # pixels of a digit
_SPEEDS = (2.0, 4.0)  # pixels a frame


def moving_digits(
    count: int, frames: int = 20, size: int = 64, digits: int = 2, seed: int = 0, first: int = 0
) -> np.ndarray:
    """Films of handwritten digits that move evenly over black and bounce off the edges.

    Each digit has a direction drawn evenly from the circle and a speed drawn evenly from 2 to 4 pixels a frame; between
    pixels it is interpolated, so that it moves by the same way in each frame, and what follows can be known from what
    was seen. Where digits overlap, the brighter pixel is seen. Which digits, where and whither depends on nothing but
    the seed and the number of the film.

    Args:
        count: Films, at least 1.
        frames: Of each film, at least 1.
        size: Pixels of a side, at least 32.
        digits: In each film, at least 1.
        seed: Of all that is drawn.
        first: Number of the first film: films 10 to 12 of a seed are `first=10, count=3`.

    Returns:
        uint8 `(count, frames, size, size, 1)`.

    Raises:
        ValueError: if an argument is out of range, or memory would not hold the films.

    Examples:
        >>> films = kgan.data.moving_digits(3, frames=5)
        >>> films.shape, films.dtype.name
        ((3, 5, 64, 64, 1), 'uint8')
        >>> bool((kgan.data.moving_digits(1, frames=5, first=2) == films[2:]).all())
        True
    """
    for name, value, least in (
        ("count", count, 1),
        ("frames", frames, 1),
        ("size", size, 32),
        ("digits", digits, 1),
        ("seed", seed, 0),
        ("first", first, 0),
    ):
        whole(name, value, least)
    held = limits.array_bytes((count, frames, size, size), 1)
    limits.check_bytes("count", count, held, "Make them in several calls, with first=.")
    return np.stack([_film(number, frames, size, digits, seed) for number in range(first, first + count)])


def _film(number: int, frames: int, size: int, digits: int, seed: int) -> np.ndarray:
    """One film `(frames, size, size, 1)`."""
    random = np.random.default_rng([seed, number])
    pictures = _pictures()
    chosen = pictures[random.integers(len(pictures), size=digits)]
    starts = random.uniform(0.0, size - _SIDE, (digits, 2))
    angles = random.uniform(0.0, 2.0 * np.pi, digits)
    steps = random.uniform(*_SPEEDS, digits)[:, None] * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    film = np.zeros((frames, size + 1, size + 1), np.float32)  # a row and a column for what is between pixels
    for frame in range(frames):
        places = _reflected(starts + frame * steps, size - _SIDE)
        for picture, place in zip(chosen, places, strict=True):
            top, left = corner = np.floor(place).astype(int)
            part = film[frame, top : top + _SIDE + 1, left : left + _SIDE + 1]
            np.maximum(part, _between_pixels(picture, *(place - corner)), out=part)
    return np.rint(film[:, :size, :size, None]).astype(np.uint8)


def _between_pixels(picture: np.ndarray, down: float, right: float) -> np.ndarray:
    """The picture moved by a part of a pixel, interpolated bilinearly: a row and a column larger."""
    x = np.pad(picture.astype(np.float32), 1)
    x = (1.0 - down) * x[1:] + down * x[:-1]
    return (1.0 - right) * x[:, 1:] + right * x[:, :-1]


def _reflected(places: np.ndarray, room: int) -> np.ndarray:
    """Where what moves on straight from wall to wall is after all its bounces, within [0, room]."""
    folded = np.mod(places, 2.0 * room)
    return np.minimum(folded, 2.0 * room - folded)


@functools.cache
def _pictures() -> np.ndarray:
    return embedded.read()[0][..., 0]
