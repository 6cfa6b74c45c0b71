"""Pairs of picture files of any formats, decoded while they are read."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from kgan.data import calls, fingerprint, pair_batches, resizing
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, Sizes, about_damaged
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.sources import arrays, pair_layout, places
from kgan.data.sources.reading import PictureReader, brought
from kgan.data.sources.survey import Survey, Target, Wish
from kgan.data.splits import DataError, Splits

__all__ = ["PairPictures", "load"]


class PairPictures:
    """Decodes pairs by their number.

    Args:
        folder: What the pairs' paths are relative to.
        pairs: Where the pictures are.
        wishes: How pictures of side a and of side b are asked for. Without a size they keep theirs, which must then
            agree unless a part is cut out of each.
        augmentation: What is done with the pairs afterwards.
        strict: Whether a damaged file is an error. Otherwise its pair is skipped, and the file noted in `skipped`.

    Attributes:
        targets: What pictures of each side are made to be.
        size: Of a picture before it is cropped: `(None, None)` where pictures of any size are.

    Raises:
        DataError: if pictures of a pair differ in size, pairs do and nothing says what to do about it, pictures side by
            side are of odd width or of halves with unlikely proportions, none can be read, or, with `strict`, one
            cannot.
    """

    def __init__(
        self,
        folder: Path,
        pairs: list[pair_layout.Pair],
        wishes: tuple[Wish, Wish],
        augmentation: PairAugmentation,
        strict: bool,
    ):
        self.folder = folder
        self.pairs = pairs
        self._target = wishes[0].size
        self._augmentation = augmentation
        self._reader = PictureReader(places.Folder(folder), strict)
        self._first: tuple[str, resizing.Size] | None = None
        self._surveys = self._surveyed()
        self.targets: tuple[Target, Target] = tuple(
            self._reader.target(survey, wish) for survey, wish in zip(self._surveys, wishes, strict=True)
        )
        self.size = self._target or ((None, None) if augmentation.crop else self._first[1])
        for number in range(len(pairs)) if strict else ():
            self._read(number)

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the pictures are known again, of which those of pairs with these numbers are held out."""
        kept = {int(number) for number in held_out}
        files = [
            (path, side, number in kept)
            for number, pair in enumerate(self.pairs)
            for side, path in enumerate(pair)
            if path is not None
        ]
        names, place = [path for path, _, _ in files], self._reader.place
        of_a_pair = len(names) // len(self.pairs)
        return fingerprint.of_files(
            [place.size(name) for name in names],
            names,
            None if of_a_pair == 1 else [side for _, side, _ in files],
            [row for row, (_, _, held) in enumerate(files) if held],
            files_of_a_sample=of_a_pair,
            read=self._reader.first_bytes,
        )

    @property
    def skipped(self) -> dict[str, str]:
        """What is wrong with each damaged file, by its name."""
        return self._reader.skipped

    def _surveyed(self) -> tuple[Survey, Survey]:
        """Looks at all headers, side by side, and at how the sizes go together."""
        if self.pairs[0].b is None:
            survey, looks = self._reader.survey([pair.a for pair in self.pairs])
            surveys, both = (survey, survey), (looks, looks)
        else:
            found = [self._reader.survey([pair[side] for pair in self.pairs]) for side in (0, 1)]
            surveys, both = tuple(survey for survey, _ in found), [looks for _, looks in found]
        for pair in self.pairs:
            sizes = [
                looks[name].size for looks, name in zip(both, (pair.a, pair.b or pair.a), strict=True) if name in looks
            ]
            if len(sizes) == 2:
                self._check_pair(pair, *([self._half(pair, sizes[0])] * 2 if pair.b is None else sizes))
        if self._first is None:
            raise self._only_damaged(str(self.skipped))
        return surveys

    def _half(self, pair: pair_layout.Pair, size: resizing.Size) -> resizing.Size:
        """The size of each half of a picture."""
        height, width = size
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
        return height, width // 2

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
        """The two sides of the pair with this number, `(height, width, channels)`, uint8 or float32 in [-1, 1].

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
        sides = self._halves(pair) if pair.b is None else self._two(pair)
        if sides is None:
            return None
        self._check_pair(pair, sides[0].shape[:2], sides[1].shape[:2])
        return tuple(brought(side, target) for side, target in zip(sides, self.targets, strict=True))

    def _two(self, pair: pair_layout.Pair) -> "list[np.ndarray] | None":
        sides = [self._reader.read(name, target) for name, target in zip(pair, self.targets, strict=True)]
        return None if any(side is None for side in sides) else sides

    def _halves(self, pair: pair_layout.Pair) -> "list[np.ndarray] | None":
        """The left and the right half of a picture."""
        whole = self._reader.read(pair.a, self.targets[0])
        again = whole if self.targets[1] == self.targets[0] else self._reader.read(pair.a, self.targets[1])
        if whole is None or again is None:
            return None
        _, width = self._half(pair, whole.shape[:2])
        return [whole[:, :width], again[:, width:]]

    def found(self, held_out: int, names: tuple[str, str], swapped: bool) -> Found:
        """What was found.

        Args:
            held_out: How many pairs are held out.
            names: What the inputs and the targets are called.
            swapped: Whether b is the input.
        """
        order = (1, 0) if swapped else (0, 1)
        together = self._surveys[0] is self._surveys[1]
        sizes, formats, told = Counter(), Counter(), {"channels": {}, "depth": {}, "converted": {}}
        notes = [f"Inputs are {names[0]}; targets {names[1]}."]
        for side, word in zip(order, ("inputs", "targets"), strict=True):
            seen = self._surveys[side].found(self.targets[side])
            for kind, counted in told.items():
                counted |= {f"{word}: {what}": count for what, count in seen[kind].items()}
            notes += [f"{word.capitalize()}: {note}" for note in seen["notes"]]
            if side == order[0] or not together:
                sizes += self._surveys[side].sizes
                formats += self._surveys[side].formats
        return Found(
            "pairs",
            len(self.pairs),
            held_out,
            formats=dict(formats),
            sizes=Sizes.of(sizes),
            notes=[*about_damaged(self.skipped, "files"), *dict.fromkeys(notes)],
            **told,
        )


def _measured(path: str, size: resizing.Size) -> str:
    return f"{path} of {size[0]}x{size[1]}"


def load(
    folder: Path,
    *,
    batch_size: int,
    wishes: tuple[Wish, Wish],
    swapped: bool,
    augmentation: PairAugmentation,
    validation_split: float,
    seed: int,
    strict: bool,
) -> Splits:
    """Splits a folder of pairs; see `kgan.data.load_pairs`.

    Args:
        folder: The folder.
        batch_size: Pairs in a batch.
        wishes: How inputs and targets are asked for.
        swapped: Whether b is the input.
        augmentation: Of each pair.
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
    pictures = PairPictures(folder, layout.train + (layout.held_out or []), wishes[order], augmentation, strict)
    targets = pictures.targets[order]
    shapes = [(*pictures.size, target.channels) for target in targets]
    dtypes = [tf.as_dtype(target.dtype) for target in targets]
    augmentation.check(*shapes)

    def reader(part: np.ndarray) -> pair_batches.Reader:
        decode = calls.from_threads(lambda number: pictures.decode(number, part)[order])

        def read(number):
            sides = tf.numpy_function(decode, [number], dtypes)
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
        found=pictures.found(len(validation), layout.sides[order], swapped),
        fingerprint=pictures.fingerprint(validation),
    )
