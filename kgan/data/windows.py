"""Windows of films: the frames that are given and those that follow, drawn from nothing but seed, epoch and number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data import calls

__all__ = ["Place", "Windows", "places"]

_HELD_OUT = -1  # in the place of the epoch
Place = tuple[int, int, int]  # number of the film, first and last frame that a window may begin with


@dataclass(frozen=True)
class Windows:
    """Cuts windows out of films: input frames, and the target frames that follow.

    Training windows begin anywhere in their place and are flipped half of the time where asked for, another way each
    epoch; held-out ones begin with their place.

    Attributes:
        read: From the number of a film to its frames.
        places: Of the windows.
        shape: Of a frame.
        dtype: Of frames.
        input_frames: Frames that are given.
        target_frames: Frames that are to be predicted.
        flip: Whether training windows are flipped from left to right.
        seed: Of what is drawn.
    """

    read: Callable[[int], np.ndarray]
    places: Sequence[Place]
    shape: tuple[int, int, int]
    dtype: Any
    input_frames: int
    target_frames: int
    flip: bool
    seed: int

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of inputs and of targets."""
        return (self.input_frames, *self.shape), (self.target_frames, *self.shape)

    def drawn(self, epoch: tf.Tensor, number: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Input and target as training sees them in that epoch; int64 scalars."""
        return self._made(epoch, number)

    def central(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Input and target of a held-out window."""
        return self._made(tf.constant(_HELD_OUT, tf.int64), number)

    def _made(self, epoch: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        dtype = tf.as_dtype(self.dtype)
        sides = tf.numpy_function(calls.from_threads(self.pair), [epoch, number], (dtype, dtype))
        return tuple(tf.ensure_shape(side, shape) for side, shape in zip(sides, self.shapes, strict=True))

    def pair(self, epoch: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Input and target, as arrays.

        Args:
            epoch: From 0; -1 for a held-out window.
            number: Of the window.
        """
        film, first, last = self.places[int(number)]
        start, flipped = first, False
        if epoch != _HELD_OUT:
            random = np.random.RandomState(np.random.SeedSequence([self.seed, epoch + 1, number]).generate_state(4))
            start, flipped = random.randint(first, last + 1), self.flip and bool(random.randint(2))
        window = self.read(film)[start : start + self.input_frames + self.target_frames]
        window = np.ascontiguousarray(window[:, :, ::-1] if flipped else window)
        return window[: self.input_frames], window[self.input_frames :]


def places(
    lengths: Sequence[int], films: Sequence[int], window: int, parts: tuple[float, float] = (0.0, 1.0)
) -> list[Place]:
    """Where windows lie that cover the films evenly, about as many as fit into each without overlap.

    Args:
        lengths: Frames of each film.
        films: Numbers of those that are taken.
        window: Frames of a window.
        parts: Where, as shares of each film, the part begins and ends that windows are taken of.

    Returns:
        A list of places; a film that is too short has none.
    """
    found: list[Place] = []
    for film in films:
        begin, end = (round(lengths[film] * share) for share in parts)
        room = end - begin - window + 1  # frames that a window may begin with
        count = (end - begin) // window
        for number in range(count):
            first, last = (begin + room * one // count for one in (number, number + 1))
            found.append((int(film), first, max(last - 1, first)))
    return found
