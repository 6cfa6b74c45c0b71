"""Pairs of picture files of any formats, decoded while they are read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

from kgan.data import calls, found, pair_batches, resizing
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.sources import arrays, pair_layout, picture_file
from kgan.data.splits import DataError, Splits

__all__ = ["PairPictures", "load"]

_PROBED = 64  # pairs looked at before training, evenly spread, to learn the size and the channels


class _DamagedError(Exception):
    """A picture cannot be read, and it has been noted."""


class PairPictures:
    """Decodes pairs by their number.

    Args:
        folder: What the pairs' paths are relative to.
        pairs: Where the pictures are.
        image_size: `(height, width)` to bring each picture to; `None` keeps theirs, which must then agree unless a
            part is cut out of each.
        crop: Whether resizing cuts (`True`) or stretches.
        augmentation: What is done with the pairs afterwards.
        channels: Of side a and of side b: 1, 3 or 4; `None` is 1 when every picture of the side that is looked at (of
            64 pairs, evenly spread) is grey, else 3. Both halves of one picture have its channels.
        strict: Whether a damaged file is an error. Otherwise its pair is skipped, and the file noted in `skipped`.

    Raises:
        DataError: if pictures of a pair differ in size, pairs do and nothing says what to do about it, pictures side by
            side are of odd width or of halves with unlikely proportions, none can be read, or, with `strict`, one
            cannot.
    """

    def __init__(
        self,
        folder: Path,
        pairs: list[pair_layout.Pair],
        image_size: resizing.Size | None,
        crop: bool,
        augmentation: PairAugmentation,
        channels: tuple[int | None, int | None],
        strict: bool,
    ):
        self.folder = folder
        self.pairs = pairs
        self.crop = crop
        self.strict = strict
        self.skipped: dict[str, str] = {}
        self._target = image_size
        self._augmentation = augmentation
        self._first: tuple[str, resizing.Size] | None = None
        found = self._probe()
        self.channels = tuple(asked or needed for asked, needed in zip(channels, found, strict=True))
        # Of a picture before it is cropped: any, where pictures of any size are.
        self.size = image_size or ((None, None) if augmentation.crop else self._first[1])
        for number in range(len(pairs)) if strict else ():
            self._read(number)

    def _probe(self) -> tuple[int, int]:
        """Looks at sizes, notes the first, and gives the channels that the pictures looked at need."""
        needed = [1, 1]
        for pair in self.pairs[:: max(1, len(self.pairs) // _PROBED)]:
            try:
                sides = self._opened(pair, lambda image, _: (resizing.upright_size(image), resizing.channels_of(image)))
            except _DamagedError:
                continue
            self._check_pair(pair, *(size for size, _ in sides))
            needed = [max(before, now) for before, (_, now) in zip(needed, sides, strict=True)]
        if self._first is None:
            raise self._only_damaged(str(self.skipped))
        return tuple(needed)

    def _opened(self, pair: pair_layout.Pair, use: Callable) -> list:
        """What `use` makes of the open picture of each side, given the picture and the side, 0 or 1.

        Raises:
            _DamagedError: if a picture cannot be read.
        """
        if pair.b is not None:
            return [self._used(path, lambda image, side=side: use(image, side)) for side, path in enumerate(pair)]

        def both(image):
            return [use(half, side) for side, half in enumerate(self._halves(pair, image))]

        return self._used(pair.a, both)

    def _used(self, path: str, use: Callable):
        try:
            with picture_file.opened(self.folder / path) as image:
                return use(image)
        except DataError:
            raise
        except picture_file.DAMAGE as error:
            self.skipped[path] = picture_file.reason_of(path, error, self.strict)
            raise _DamagedError from error

    def _halves(self, pair: pair_layout.Pair, image: Image.Image) -> tuple[Image.Image, Image.Image]:
        """The left and the right half of a picture, upright."""
        ImageOps.exif_transpose(image, in_place=True)
        width, height = image.size
        if width % 2:
            raise DataError(
                f"Expected pictures side by side, of even width. Received: {pair.a}, {width} pixels wide and {height} "
                f"high. Make both halves equally wide, or put the sides into two sub-folders, a/ and b/."
            )
        expected = self._target or (1, 1)
        if abs(width // 2 * expected[0] - height * expected[1]) > max(expected):
            proportions = "square" if expected[0] == expected[1] else f"in proportion to image_size={expected}"
            raise DataError(
                f"Expected pictures side by side with {proportions} halves. Received: {pair.a}, {width} pixels wide "
                f"and {height} high. Put the sides into two sub-folders, a/ and b/, or pass an image_size (height, "
                f"width) with the proportions of a half."
            )
        return image.crop((0, 0, width // 2, height)), image.crop((width // 2, 0, width, height))

    def _check_pair(self, pair: pair_layout.Pair, size: resizing.Size, other: resizing.Size) -> None:
        if size != other:
            raise DataError(
                f"Expected both pictures of a pair to have one size. Received: {_measured(pair.a, size)} and "
                f"{_measured(pair.b, other)} pixels. Resize one of them before, so that they lie on one another."
            )
        self._first = self._first or (pair.a, size)
        if self._target is None and self._augmentation.crop is None and size != self._first[1]:
            raise DataError(
                f"Expected pairs of one size, or image_size to bring them to. Received: {_measured(*self._first)} and "
                f"{_measured(pair.a, size)} pixels. Pass image_size=256, say."
            )
        if self._target is None:
            self._augmentation.check_room(pair.a, size)

    def decode(self, number: int, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The two sides of the pair with this number, uint8 `(height, width, channels)`.

        The place of a damaged pair is taken by another of the same part, chosen at random once and for all: batches
        stay full and every readable pair is as likely as before.

        Args:
            number: Which pair.
            part: The numbers to choose from in place of a damaged one.

        Raises:
            DataError: if sizes differ, no pair of the part can be read, or, with `strict`, a file is damaged.
        """
        for candidate in self._candidates(number, part):
            sides = self._read(candidate)
            if sides is not None:
                return sides
        raise self._only_damaged(f"{len(self.skipped)} files that cannot be read")

    def _only_damaged(self, found: str) -> DataError:
        return DataError(f"Expected readable pictures in {self.folder}. Received: only damaged pairs: {found}.")

    @staticmethod
    def _candidates(number: int, part: np.ndarray) -> Iterator[int]:
        yield number
        yield from np.random.RandomState(number).permutation(part)  # reached only when the first is damaged

    def _read(self, number: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Both sides of one pair, `None` when either is damaged."""
        pair = self.pairs[number]
        if not self.skipped.keys().isdisjoint(pair):
            return None

        def pixels(image, side):
            size = resizing.upright_size(image)
            return size, resizing.to_array(image, self.channels[side], self._target, self.crop)

        try:
            (size, a), (other, b) = self._opened(pair, pixels)
        except _DamagedError:
            return None
        self._check_pair(pair, size, other)
        return a, b


def _measured(path: str, size: resizing.Size) -> str:
    return f"{path} of {size[0]}x{size[1]}"


def load(
    folder: Path,
    *,
    batch_size: int,
    image_size: "int | tuple[int, int] | None",
    crop: bool,
    swapped: bool,
    augmentation: PairAugmentation,
    channels: tuple[int | None, int | None],
    validation_split: float,
    seed: int,
    strict: bool,
) -> Splits:
    """Splits a folder of pairs; see `kgan.data.load_pairs`.

    Args:
        folder: The folder.
        batch_size: Pairs in a batch.
        image_size: To bring pictures to.
        crop: Whether resizing cuts or stretches.
        swapped: Whether b is the input.
        augmentation: Of each pair.
        channels: Of inputs and of targets, `None` for what the pictures need.
        validation_split: Share of the pairs held out, where the folder does not say which.
        seed: Of the order and of the choice of held-out pairs.
        strict: Whether a damaged file is an error.
    """
    layout = pair_layout.find(folder)
    if layout.held_out is None:
        train, validation = arrays.split(len(layout.train), validation_split, seed)
    else:
        count = len(layout.train)
        train = np.arange(count)
        validation = np.arange(count, count + len(layout.held_out) if validation_split else count)
    pair_batches.check_batch_size(batch_size, len(train))
    order = slice(None, None, -1 if swapped else 1)  # from (a, b) to (input, target), and back
    pictures = PairPictures(
        folder,
        layout.train + (layout.held_out or []),
        resizing.parse_size(image_size),
        crop,
        augmentation,
        channels[order],
        strict,
    )
    shapes = [(*pictures.size, depth) for depth in pictures.channels[order]]
    augmentation.check(*shapes)

    def reader(part: np.ndarray) -> pair_batches.Reader:
        decode = calls.from_threads(lambda number: pictures.decode(number, part)[order])

        def read(number):
            sides = tf.numpy_function(decode, [number], (tf.uint8, tf.uint8))
            return tuple(tf.ensure_shape(side, shape) for side, shape in zip(sides, shapes, strict=True))

        return read

    return Splits(
        train=pair_batches.training(train, reader(train), augmentation, batch_size, seed),
        validation=pair_batches.held_out(validation, reader(validation), augmentation, batch_size),
        sample_shape=augmentation.shape_of(shapes[1]),
        count=len(train),
        skipped=pictures.skipped,
        input_shape=augmentation.shape_of(shapes[0]),
        held_out=len(validation),
        sides=layout.sides[order],
        found=found.of_pairs(*shapes, len(pictures.pairs), len(validation)),
    )
