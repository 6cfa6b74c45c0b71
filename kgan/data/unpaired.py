"""`kgan.data.load_unpaired`: the door to two collections, of which no sample of one has a partner in the other."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from kgan.data import fingerprint, loading, missing, two_places, unpaired_batches
from kgan.data import order as orders
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, Sizes
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.pairs import crop_size
from kgan.data.sources import pair_layout
from kgan.data.splits import DataError, Splits, extract

__all__ = ["load_unpaired"]

_SIDES = ("a", "b")
_FEWEST = 2  # samples of a side, of which a discriminator could learn more than one by heart
_SOURCES = "two places (horses/ zebras/), a folder of two sub-folders (a/ and b/, trainA/ and trainB/), or two arrays"


def load_unpaired(
    source: Any,
    batch_size: int = 1,
    *,
    image_size: "int | str | tuple[int, int] | None" = None,
    crop: bool = True,
    random_crop: "int | str | tuple[int, int] | None" = None,
    flip: bool = False,
    channels: "int | str | None" = None,
    background: str = "white",
    depth: "str | int" = "auto",
    levels: "Sequence[float] | None" = None,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
) -> Splits:
    """Loads two collections, a and b, as training and validation pipelines of batches `(a, b)`.

    An epoch goes through the larger collection once, and through the other as often as it takes, in another order each
    time. What is drawn depends on nothing but the seed, the epoch and the place in it, so that a resumed run sees what
    an uninterrupted one does. As CycleGAN has it: `image_size=286, random_crop=256, flip=True`.

    Args:
        source: One of
            two places, each as `kgan.data.load` takes it, as a tuple or as one text with ` + ` between them; classes
            are left aside;
            a folder with two sub-folders, the first in alphabetical order being a, or with `trainA`, `trainB` and, if
            you like, `testA` and `testB` or `valA` and `valB`, which are held out;
            a tuple of two arrays, `(n, ...)` and `(m, ...)`.
        batch_size: Samples of each collection in a batch.
        image_size: Pixels of a square, `(height, width)`, or a text of `width x height`, `"64x96"`, to bring both
            collections to; `None` keeps theirs.
        crop: Whether resizing scales until the size is covered and cuts about the centre, or stretches.
        random_crop: Pixels of a square, or `(height, width)`, of the part that is cut out after resizing, at a random
            place; about the centre for held-out samples.
        flip: Whether samples are flipped from left to right, half of the time; never held-out ones.
        channels: Of pictures, as `kgan.data.load` takes it; `None` is what both collections need: 3 where either is in
            colour.
        background: Colour that transparent pictures are laid over where their alpha is not kept.
        depth: As `kgan.data.load` takes it: `"auto"`, `"8"` or `"full"`.
        levels: Values of black and white in pictures of more than 8 bits; `None` finds them for each collection.
        validation_split: Share of each collection held out, or 0 for none, where the folder does not say which.
        seed: Of the choice of held-out samples, the orders, crops and flips.
        strict: Whether a picture that cannot be read is an error, found before training; otherwise another takes its
            place, and it is listed in `Splits.skipped`.

    Returns:
        `Splits`, which unpacks into `(train, validation)`, batches `(a, b)` each. `input_shape` is that of a sample of
        a, `sample_shape` of b, `count` that of the larger collection, `counts` both, and `held_out` as many held-out
        samples as both have.

    Raises:
        DataError: if there are no two collections, one is missing, empty or has a single sample, sizes differ between
            them or, without `image_size`, within one, or an argument is out of its range.
        ValueError: if `image_size` or `random_crop` is no size.

    Examples:
        >>> import numpy as np
        >>> horses, zebras = np.zeros((40, 64, 64, 3), np.uint8), np.zeros((30, 64, 64, 3), np.uint8)
        >>> splits = load_unpaired((horses, zebras), batch_size=2, random_crop=56, flip=True)
        >>> print(splits)
        36 of a and 27 of b, 56 x 56 pixels, colour, 3 of each held out
        >>> a, b = next(iter(splits.train))
        >>> a.shape, b.shape
        (TensorShape([2, 56, 56, 3]), TensorShape([2, 56, 56, 3]))
    """
    if not isinstance(flip, bool):
        raise DataError(f"Expected flip to be True or False. Received: flip={flip!r}.")
    size = crop_size(random_crop, image_size)
    places = _places(source)
    common = {"image_size": image_size, "crop": crop, "seed": seed, "strict": strict, "batch_size": batch_size}
    pictures = {"channels": channels, "background": background, "depth": depth, "levels": levels}
    sides = [_side(place, validation_split, common, pictures) for place in places]
    shapes = [side.shape for side in sides]
    if channels is None and {shape[-1] for shape in shapes} == {1, 3} and all(place.is_files for place in places):
        sides = [_side(place, validation_split, common, {**pictures, "channels": 3}) for place in places]
        shapes = [side.shape for side in sides]
    _check_shapes(places, shapes, size)
    augmentations = None
    if size is not None or flip:
        augmentations = [PairAugmentation(size, flip, (seed + number) % 2**31) for number in range(2)]
        for augmentation, shape in zip(augmentations, shapes, strict=True):
            augmentation.check(shape, shape)
        shapes = [augmentations[0].shape_of(shape) for shape in shapes]
    return _splits(places, sides, shapes, batch_size, augmentations)


class _Place(NamedTuple):
    """Where one collection lies.

    Attributes:
        side: `"a"` or `"b"`.
        name: For a reader.
        train: What `kgan.data.load` takes.
        held_out: The same of what is held out; `None` where `train` says it or nothing does.
    """

    side: str
    name: str
    train: Any
    held_out: Any = None

    @property
    def is_files(self) -> bool:
        """Whether it is a folder, or an archive, of pictures."""
        if not isinstance(self.train, str | os.PathLike) or not missing.is_path(os.fspath(self.train)):
            return False
        path = Path(self.train)
        return path.is_dir() or path.suffix.lower() == ".zip"


class _Side(NamedTuple):
    """One collection, loaded.

    Attributes:
        train: Batches of samples alone, with an order of kgan's.
        held_out: Batches in a fixed order; `None` for none.
        splits: As they were loaded.
        held_out_splits: The same of what lies apart; `None` where nothing does.
    """

    train: tf.data.Dataset
    held_out: tf.data.Dataset | None
    splits: Splits
    held_out_splits: Splits | None

    @property
    def shape(self) -> tuple:
        """Of a sample."""
        return tuple(self.splits.sample_shape)

    @property
    def held_out_count(self) -> int:
        """How many samples are held out."""
        if self.held_out_splits is not None:
            return self.held_out_splits.count or 0
        return 0 if self.held_out is None else self.splits.found.held_out or _counted(self.held_out)


def _places(source: Any) -> list[_Place]:
    """Where the two collections lie.

    Raises:
        DataError: if there are not two.
    """
    if isinstance(source, str):
        texts = two_places.parts(source)
        source = texts[0] if len(texts) == 1 else tuple(texts)
    if isinstance(source, str | os.PathLike):
        return _of_folder(Path(source))
    if not isinstance(source, tuple | list) or len(source) != 2:
        kind = f"{len(source)} of them" if isinstance(source, tuple | list) else f"a {type(source).__name__}"
        raise DataError(f"Expected two collections: {_SOURCES}. Received: {kind}.")
    found = []
    for side, one in zip(_SIDES, source, strict=True):
        named = isinstance(one, str | os.PathLike)
        found.append(_Place(side, Path(one).name or str(one) if named else side, one))
    if found[0].name == found[1].name:
        found = [place._replace(name=place.side) for place in found]
    return found


def _of_folder(folder: Path) -> list[_Place]:
    if not folder.is_dir():
        known = not missing.is_path(str(folder))
        what = "which is one collection" if known or folder.exists() else "which does not exist"
        raise DataError(f"Expected two collections: {_SOURCES}. Received: {str(folder)!r}, {what}.")
    parts = pair_layout.parts(folder)
    if len(parts["train"]) != 2:
        raise DataError(
            f"Expected two collections: {_SOURCES}. Received: {folder}, which has pictures and no two sub-folders."
        )
    apart = next((parts[part] for part in pair_layout.HELD_OUT if part in parts), (None, None))
    return [
        _Place(side, name, train, held_out)
        for side, name, train, held_out in zip(
            _SIDES, pair_layout.side_names(*parts["train"]), parts["train"], apart, strict=True
        )
    ]


def _side(place: _Place, validation_split: float, common: Mapping[str, Any], pictures: Mapping[str, Any]) -> _Side:
    """One collection, without the labels that it may have.

    Raises:
        DataError: if it cannot be loaded, or has too few samples; the message says which it is.
    """
    options = {**common, **({**pictures, "labels": "none"} if place.is_files else {})}
    if not place.is_files:
        loading.refuse_for_others(pictures, loading.load)
    share = 0.0 if place.held_out is not None else validation_split
    try:
        splits = loading.load(place.train, validation_split=share, **options)
        apart = None
        if place.held_out is not None and validation_split:
            apart = loading.load(place.held_out, validation_split=0.0, **{**options, "batch_size": 1})
    except DataError as error:
        if type(error) is not DataError:  # one that says how many there are
            raise
        raise DataError(f"{error} This is about {place.side}, {place.name}.") from error
    if splits.count is not None and splits.count < _FEWEST:
        raise DataError(
            f"Expected at least {_FEWEST} samples of each collection to train on. Received: {splits.count} of "
            f"{place.side}, {place.name}. Add some, or hold out fewer."
        )
    validation = unpaired_batches.reread(_alone(apart.train)) if apart is not None else splits.validation
    return _Side(_alone(splits.train), None if validation is None else _alone(validation), splits, apart)


def _alone(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Batches of samples without labels, with the order that they had."""
    if not isinstance(batches.element_spec, tuple | list | dict):
        return batches
    alone = batches.map(lambda *batch: extract(batch[0] if len(batch) == 1 else batch)[0])
    alone.kgan_sides = (batches,)
    return orders.attach(alone, orders.of(batches))


def _counted(batches: tf.data.Dataset) -> int:
    return int(sum(len(batch) for batch in batches.as_numpy_iterator()))


def _check_shapes(places: Sequence[_Place], shapes: Sequence[tuple], size: Any) -> None:
    if len(shapes[0]) != len(shapes[1]) or (shapes[0][:-1] != shapes[1][:-1] and size is None):
        sizes = " and ".join(
            f"{shape} of {place.side}, {place.name}" for place, shape in zip(places, shapes, strict=True)
        )
        raise DataError(
            f"Expected samples of one height and width in both collections. Received: {sizes}. Pass image_size=64, say."
        )


def _splits(
    places: Sequence[_Place],
    sides: Sequence[_Side],
    shapes: Sequence[tuple],
    batch_size: int,
    augmentations: "Sequence[PairAugmentation] | None",
) -> Splits:
    counts = [side.splits.count or 0 for side in sides]
    held_out = [side.held_out for side in sides]
    kept = min(side.held_out_count for side in sides)
    validation = None
    if None not in held_out and kept:
        validation = unpaired_batches.held_out((held_out[0], held_out[1]), batch_size, kept, augmentations)
    known, apart = {}, []
    for place, side in zip(places, sides, strict=True):
        known[place.side] = side.splits.fingerprint
        if side.held_out_splits is not None:
            apart.append(f"{place.side}, held out")
            known[apart[-1]] = side.held_out_splits.fingerprint
    skipped: dict[str, str] = _Joined(
        *(one.skipped for side in sides for one in (side.splits, side.held_out_splits) if one is not None)
    )
    return Splits(
        train=unpaired_batches.training((sides[0].train, sides[1].train), batch_size, augmentations),
        validation=validation,
        sample_shape=shapes[1],
        count=max(counts),
        skipped=skipped,
        input_shape=shapes[0],
        held_out=kept if validation is not None else 0,
        sides=(places[0].name, places[1].name),
        found=_found(places, sides),
        fingerprint=_known(known, apart),
        counts=(counts[0], counts[1]),
    )


def _known(parts: Mapping[str, Fingerprint | None], apart: Sequence[str]) -> Fingerprint | None:
    known = {name: part for name, part in parts.items() if part is not None}
    return fingerprint.joined(known, apart) if len(known) == len(parts) else None


class _Joined(dict):
    """What is wrong with damaged files of several sources, which fills while the data is read."""

    def __init__(self, *sources: dict[str, str]):
        super().__init__()
        self._sources = sources
        self._take()

    def _take(self) -> None:
        for source in self._sources:
            self.update(source)

    def __len__(self) -> int:
        self._take()
        return super().__len__()

    def __iter__(self):
        self._take()
        return super().__iter__()

    def items(self):
        """Names and what is wrong, as they are now."""
        self._take()
        return super().items()


def _found(places: Sequence[_Place], sides: Sequence[_Side]) -> Found:
    every = [(side.splits.found, side.held_out_splits) for side in sides]
    parts = [one for found, apart in every for one in (found, *([] if apart is None else [apart.found]))]
    added: dict[str, Counter] = {name: Counter() for name in ("formats", "channels", "depth", "ignored", "converted")}
    for part in parts:
        for name, counter in added.items():
            counter.update(getattr(part, name))
    sizes = Counter(size for part in parts if part.sizes is not None for size in part.sizes)
    held_out = sum(side.held_out_count for side in sides)
    counted = [(side.splits.count or 0) + side.held_out_count for side in sides]
    notes = [f"a is {places[0].name}, {counted[0]:,}; b is {places[1].name}, {counted[1]:,}."]
    notes += [note for part in parts for note in part.notes]
    what = parts[0].what if len({part.what for part in parts}) == 1 else "samples"
    told = {name: dict(counter) for name, counter in added.items()}
    return Found(what, sum(counted), held_out, sizes=Sizes.of(sizes), notes=list(dict.fromkeys(notes)), **told)
