"""Parts of pictures and the small pictures that are made of them, drawn from nothing but seed, epoch and number."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kgan.data import calls, degradations, resizing, sharpening
from kgan.data.splits import DataError

__all__ = ["Patches"]

_HELD_OUT = -1  # in the place of the epoch


@dataclass(frozen=True)
class Patches:
    """Cuts a part out of a large picture, and makes the small picture of it that is to be enlarged.

    Training parts lie anywhere and are flipped and turned by quarters, another way each epoch; held-out ones are cut
    about the centre, and the same each time.

    Attributes:
        read: From the number of a picture to its pixels `(height, width, channels)`, uint8 or float32 in [-1, 1].
        size: `(height, width)` of the part, multiples of the scale.
        channels: Of the pictures.
        dtype: Of the pictures.
        scale: How many times smaller the small picture is.
        degradation: How it is made; a name of `kgan.data.degrade`.
        turn: Whether training parts are flipped and turned.
        seed: Of what is drawn.
        sharpen: Whether training parts are sharpened, once the small pictures are made of them.
    """

    read: Callable[[int], np.ndarray]
    size: resizing.Size
    channels: int
    dtype: type
    scale: int
    degradation: str
    turn: bool
    seed: int
    sharpen: bool = False

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of the small picture and of the part."""
        height, width = self.size
        return (height // self.scale, width // self.scale, self.channels), (height, width, self.channels)

    def drawn(self, epoch: tf.Tensor, number: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The small picture and the part as training sees them in that epoch; int64 scalars."""
        return self._made(epoch, number)

    def central(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The small picture and the part of a held-out picture."""
        return self._made(tf.constant(_HELD_OUT, tf.int64), number)

    def _made(self, epoch: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        dtype = tf.as_dtype(self.dtype)
        sides = tf.numpy_function(calls.from_threads(self.pair), [epoch, number], (dtype, dtype))
        return tuple(tf.ensure_shape(side, shape) for side, shape in zip(sides, self.shapes, strict=True))

    def pair(self, epoch: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The small picture and the part, as arrays.

        Args:
            epoch: From 0; -1 for a held-out picture.
            number: Of the picture.

        Raises:
            DataError: if the picture is smaller than the part.
        """
        random = np.random.RandomState(np.random.SeedSequence([self.seed, epoch + 1, number]).generate_state(4))
        picture = self.read(number)
        room = [side - asked for side, asked in zip(picture.shape[:2], self.size, strict=True)]
        if min(room) < 0:
            raise DataError(
                f"Expected pictures of at least {self.size[0]}x{self.size[1]} pixels, patch={self.size}. "
                f"Received: picture {number} of {picture.shape[0]}x{picture.shape[1]}. Pass a smaller patch."
            )
        held_out = epoch == _HELD_OUT
        top, left = (side // 2 if held_out else random.randint(side + 1) for side in room)
        part = picture[top : top + self.size[0], left : left + self.size[1]]
        if self.turn and not held_out:
            part = _turned(part, random)
        part = np.ascontiguousarray(part)
        small = degradations.degrade(part, self.scale, self.degradation, int(random.randint(2**31)))
        return small, sharpening.sharpened(part) if self.sharpen and not held_out else part


def _turned(part: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Flipped half of the time, and turned by any number of quarters; by halves where it is no square."""
    flip, quarters = random.randint(2), random.randint(4)
    part = part[:, ::-1] if flip else part
    return np.rot90(part, quarters if part.shape[0] == part.shape[1] else 2 * (quarters % 2))
