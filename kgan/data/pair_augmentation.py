"""The same random crop and flip for both sides of a pair, drawn from nothing but seed, epoch and the pair's number."""

from dataclasses import dataclass

import tensorflow as tf

from kgan.data import resizing
from kgan.data.splits import DataError

__all__ = ["PairAugmentation"]

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class PairAugmentation:
    """Crops and flips pairs; the axes of pixels are the last but one and the one before it, `(..., height, width, c)`.

    Training pairs are cropped anywhere and flipped half of the time, another way each epoch; a run that is resumed
    draws what an uninterrupted one does. Held-out pairs are cropped about the centre and never flipped.

    Attributes:
        crop: `(height, width)` of the part that is kept, `None` for all.
        flip: Whether training pairs are flipped from left to right.
        seed: Of what is drawn.
    """

    crop: resizing.Size | None = None
    flip: bool = False
    seed: int = 0

    def check(self, input_shape: Shape, target_shape: Shape) -> None:
        """Refuses pairs that cannot be cropped or flipped, `(..., height, width, channels)` each, `None` for any.

        Raises:
            DataError: if there are no axes of pixels, if a crop is asked for and the sides have other sizes, or if it
                is larger than they are.
        """
        if self.crop is None and not self.flip:
            return
        asked = " and ".join(
            [f"random_crop={self.crop}"] * (self.crop is not None) + [f"flip={self.flip}"] * bool(self.flip)
        )
        if min(len(input_shape), len(target_shape)) < 3:
            raise DataError(
                f"Expected images or films, (..., height, width, channels), for {asked}. Received: inputs of shape "
                f"{input_shape} and targets of shape {target_shape}. Leave it out."
            )
        if self.crop is None:
            return
        if input_shape[-3:-1] != target_shape[-3:-1]:
            raise DataError(
                f"Expected inputs and targets of one height and width for {asked}. Received: {input_shape[-3:-1]} and "
                f"{target_shape[-3:-1]}. Leave it out, or cut the data before."
            )
        self.check_room("the pairs", (input_shape[-3], input_shape[-2]))

    def check_room(self, name: str, size: tuple[int | None, int | None]) -> None:
        """Refuses a picture that the crop does not fit into.

        Args:
            name: Of the picture, for the error.
            size: Its `(height, width)`, `None` for any.

        Raises:
            DataError: if the crop is larger.
        """
        if self.crop is None or all(side is None or side >= asked for side, asked in zip(size, self.crop, strict=True)):
            return
        raise DataError(
            f"Expected pictures of at least {self.crop[0]}x{self.crop[1]} pixels, random_crop={self.crop}. Received: "
            f"{name} of {size[0]}x{size[1]}. Crop less, or pass a larger image_size to bring them to before."
        )

    def shape_of(self, shape: Shape) -> Shape:
        """The shape of a sample after the crop."""
        return tuple(shape) if self.crop is None else (*shape[:-3], *self.crop, shape[-1])

    def drawn(
        self, epoch: tf.Tensor, number: tf.Tensor, sample: tf.Tensor, target: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The pair as training sees it in that epoch.

        Args:
            epoch: int64 scalar.
            number: int64 scalar, of the pair in its data.
            sample: The input.
            target: The target.
        """
        if self.crop is None and not self.flip:
            return sample, target
        seed = tf.stack([tf.constant(self.seed, tf.int64), epoch])
        seed = tf.random.experimental.stateless_fold_in(seed, number, alg="philox")
        down, right, turn = tf.unstack(tf.random.stateless_uniform((3,), seed, alg="philox"))  # each in [0, 1)
        if self.crop is not None:
            room = tf.cast(tf.shape(sample)[-3:-1] - self.crop + 1, tf.float32)
            top, left = tf.cast(down * room[0], tf.int32), tf.cast(right * room[1], tf.int32)
            sample, target = self._cut(sample, top, left), self._cut(target, top, left)
        if self.flip:
            sample, target = _turned(sample, turn < 0.5), _turned(target, turn < 0.5)
        return sample, target

    def central(self, sample: tf.Tensor, target: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The pair as it is held out."""
        if self.crop is None:
            return sample, target
        room = tf.shape(sample)[-3:-1] - self.crop
        return self._cut(sample, room[0] // 2, room[1] // 2), self._cut(target, room[0] // 2, room[1] // 2)

    def _cut(self, sample: tf.Tensor, top: tf.Tensor, left: tf.Tensor) -> tf.Tensor:
        if self.crop is None:
            return sample
        height, width = self.crop
        part = sample[..., top : top + height, left : left + width, :]
        return tf.ensure_shape(part, self.shape_of(sample.shape))


def _turned(sample: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    turned = tf.cond(turn, lambda: tf.reverse(sample, [sample.shape.rank - 2]), lambda: sample)
    return tf.ensure_shape(turned, sample.shape)
