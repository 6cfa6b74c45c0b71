"""`kgan.data.load_unpaired`: the door to two collections, of which no sample of one has a partner in the other."""

from collections.abc import Sequence
from typing import Any

from kgan.data import two_sides, unpaired_batches
from kgan.data.pair_augmentation import PairAugmentation
from kgan.data.pairs import crop_size
from kgan.data.splits import DataError, Splits
from kgan.data.two_sides import Place

__all__ = ["load_unpaired"]


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
    places = two_sides.find_places(source)
    common = {"image_size": image_size, "crop": crop, "seed": seed, "strict": strict, "batch_size": batch_size}
    pictures = {"channels": channels, "background": background, "depth": depth, "levels": levels}
    sides = [two_sides.load_side(place, validation_split, common, pictures) for place in places]
    shapes = [side.shape for side in sides]
    if channels is None and {shape[-1] for shape in shapes} == {1, 3} and all(place.is_files for place in places):
        sides = [two_sides.load_side(place, validation_split, common, {**pictures, "channels": 3}) for place in places]
        shapes = [side.shape for side in sides]
    _check_shapes(places, shapes, size)
    augmentations = None
    if size is not None or flip:
        augmentations = [PairAugmentation(size, flip, (seed + number) % 2**31) for number in range(2)]
        for augmentation, shape in zip(augmentations, shapes, strict=True):
            augmentation.check(shape, shape)
        shapes = [augmentations[0].shape_of(shape) for shape in shapes]
    held_out = [side.held_out for side in sides]
    kept = min(side.held_out_count for side in sides)
    validation = None
    if None not in held_out and kept:
        validation = unpaired_batches.held_out((held_out[0], held_out[1]), batch_size, kept, augmentations)
    train = unpaired_batches.training((sides[0].train, sides[1].train), batch_size, augmentations)
    return two_sides.joined(places, sides, shapes, train, validation, kept)


def _check_shapes(places: Sequence[Place], shapes: Sequence[tuple], size: Any) -> None:
    if len(shapes[0]) != len(shapes[1]) or (shapes[0][:-1] != shapes[1][:-1] and size is None):
        sizes = " and ".join(
            f"{shape} of {place.side}, {place.name}" for place, shape in zip(places, shapes, strict=True)
        )
        raise DataError(
            f"Expected samples of one height and width in both collections. Received: {sizes}. Pass image_size=64, say."
        )
