"""Two collections, a and b, and where they lie: what loading them shares, with classes or without."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from kgan.data import fingerprint, loading, missing, two_places, unpaired_batches
from kgan.data import order as orders
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, Sizes
from kgan.data.sources import pair_layout
from kgan.data.splits import DataError, Splits, extract, paired

__all__ = ["Place", "Side", "changed", "find_places", "joined", "load_side"]

_SIDES = ("a", "b")
_FEWEST = 2  # samples of a side, of which a discriminator could learn more than one by heart
_SOURCES = "two places (horses/ zebras/), a folder of two sub-folders (a/ and b/, trainA/ and trainB/), or two arrays"


class Place(NamedTuple):
    """Where one collection lies.

    Attributes:
        side: `"a"` or `"b"`, or what they are called.
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


class Side(NamedTuple):
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


def find_places(source: Any, sources: str = _SOURCES, names: tuple[str, str] = _SIDES) -> list[Place]:
    """Where the two collections lie.

    Args:
        source: Two places, a folder of both, or two arrays.
        sources: What may be passed, for errors.
        names: What the two are called.

    Raises:
        DataError: if there are not two.
    """
    if isinstance(source, str):
        texts = two_places.parts(source)
        source = texts[0] if len(texts) == 1 else tuple(texts)
    if isinstance(source, str | os.PathLike):
        return _of_folder(Path(source), sources, names)
    if not isinstance(source, tuple | list) or len(source) != 2:
        kind = f"{len(source)} of them" if isinstance(source, tuple | list) else f"a {type(source).__name__}"
        raise DataError(f"Expected two collections: {sources}. Received: {kind}.")
    found = []
    for side, one in zip(names, source, strict=True):
        named = isinstance(one, str | os.PathLike)
        found.append(Place(side, Path(one).name or str(one) if named else side, one))
    if found[0].name == found[1].name:
        found = [place._replace(name=place.side) for place in found]
    return found


def _of_folder(folder: Path, sources: str, names: tuple[str, str]) -> list[Place]:
    if not folder.is_dir():
        known = not missing.is_path(str(folder))
        what = "which is one collection" if known or folder.exists() else "which does not exist"
        raise DataError(f"Expected two collections: {sources}. Received: {str(folder)!r}, {what}.")
    parts = pair_layout.parts(folder)
    if len(parts["train"]) != 2:
        raise DataError(
            f"Expected two collections: {sources}. Received: {folder}, which has pictures and no two sub-folders."
        )
    apart = next((parts[part] for part in pair_layout.HELD_OUT if part in parts), (None, None))
    return [
        Place(side, name, train, held_out)
        for side, name, train, held_out in zip(
            names, pair_layout.side_names(*parts["train"]), parts["train"], apart, strict=True
        )
    ]


def load_side(
    place: Place,
    validation_split: float,
    common: Mapping[str, Any],
    pictures: Mapping[str, Any],
    labelled: bool = False,
) -> Side:
    """One collection, loaded.

    Args:
        place: Where it lies.
        validation_split: Share held out, where the place does not say which.
        common: Arguments of `kgan.data.load`.
        pictures: Those that pictures in files alone take.
        labelled: Whether labels are kept, where there are any.

    Raises:
        DataError: if it cannot be loaded, or has too few samples; the message says which it is.
    """
    options = {**common, **({**pictures, "labels": "auto" if labelled else "none"} if place.is_files else {})}
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
    form = _paired if labelled else _alone
    validation = unpaired_batches.reread(form(apart.train)) if apart is not None else splits.validation
    return Side(form(splits.train), None if validation is None else form(validation), splits, apart)


def _alone(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Batches of samples without labels, with the order that they had."""
    return changed(batches, lambda samples, _: samples)


def _paired(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Batches `(samples, labels)` where there are labels, else of samples."""
    return changed(batches, paired)


def changed(batches: tf.data.Dataset, change: Callable[[Any, Any], Any]) -> tf.data.Dataset:
    """Batches as a function of samples and labels, which are `None` where there are none, in the order that they had.

    Args:
        batches: Of samples, or `(samples, labels)`.
        change: Gives a batch.
    """
    made = batches.map(lambda *batch: change(*extract(batch[0] if len(batch) == 1 else batch)))
    made.kgan_sides = (batches,)
    return orders.attach(made, orders.of(batches))


def _counted(batches: tf.data.Dataset) -> int:
    return int(sum(len(batch) for batch in batches.as_numpy_iterator()))


def joined(
    places: Sequence[Place],
    sides: Sequence[Side],
    shapes: Sequence[tuple],
    train: tf.data.Dataset,
    validation: tf.data.Dataset | None,
    kept: int,
    class_names: "tuple[str, ...] | None" = None,
) -> Splits:
    """What loading both gives back.

    Args:
        places: Where they lie.
        sides: As they were loaded.
        shapes: Of a sample of each.
        train: Batches of both.
        validation: Held-out batches of both; `None` for none.
        kept: How many samples of each are held out.
        class_names: Names of labels that batches have; `None` for none.
    """
    counts = [side.splits.count or 0 for side in sides]
    known, apart = {}, []
    for place, side in zip(places, sides, strict=True):
        known[place.side] = side.splits.fingerprint
        if side.held_out_splits is not None:
            apart.append(f"{place.side}, held out")
            known[apart[-1]] = side.held_out_splits.fingerprint
    skipped: dict[str, str] = _Faults(
        *(one.skipped for side in sides for one in (side.splits, side.held_out_splits) if one is not None)
    )
    return Splits(
        train=train,
        validation=validation,
        sample_shape=shapes[1],
        count=max(counts),
        class_names=class_names,
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


class _Faults(dict):
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


def _found(places: Sequence[Place], sides: Sequence[Side]) -> Found:
    every = [(side.splits.found, side.held_out_splits) for side in sides]
    parts = [one for found, apart in every for one in (found, *([] if apart is None else [apart.found]))]
    added: dict[str, Counter] = {name: Counter() for name in ("formats", "channels", "depth", "ignored", "converted")}
    for part in parts:
        for name, counter in added.items():
            counter.update(getattr(part, name))
    sizes = Counter(size for part in parts if part.sizes is not None for size in part.sizes)
    held_out = sum(side.held_out_count for side in sides)
    counted = [(side.splits.count or 0) + side.held_out_count for side in sides]
    first, second = (f"{place.side} is {place.name}, {count:,}" for place, count in zip(places, counted, strict=True))
    notes = [f"{first}; {second}."]
    notes += [note for part in parts for note in part.notes]
    what = parts[0].what if len({part.what for part in parts}) == 1 else "samples"
    told = {name: dict(counter) for name, counter in added.items()}
    return Found(what, sum(counted), held_out, sizes=Sizes.of(sizes), notes=list(dict.fromkeys(notes)), **told)
