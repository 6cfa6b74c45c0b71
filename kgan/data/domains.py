"""`kgan.data.load_domains`: the door to two domains, a source with classes and a target whose classes are not told."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kgan.data import two_sides, unpaired_batches
from kgan.data.splits import DataError, Splits
from kgan.data.two_sides import Place, Side

__all__ = ["load_domains"]

_SOURCES = (
    'a source with classes and a target, as two places ("digits + photos/", one sub-folder for each class), '
    "or arrays ((images, labels), target_images)"
)


def load_domains(
    source: Any,
    batch_size: int = 64,
    *,
    image_size: "int | str | tuple[int, int] | None" = None,
    crop: bool = True,
    channels: "int | str | None" = None,
    background: str = "white",
    depth: "str | int" = "auto",
    levels: "Sequence[float] | None" = None,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
) -> Splits:
    """Loads two domains for `kgan.DomainAdaptation`: a source with classes, and a target without.

    Training never sees a label of the target: where it has some, they are kept with held-out samples alone, to measure
    with. An epoch goes through the larger domain once, and through the other as often as it takes, in another order
    each time. What is drawn depends on nothing but the seed and the epoch.

    Args:
        source: Both domains, the source first, each as `kgan.data.load` takes it:
            as a tuple, `("digits", "photos/")` or `((images, labels), target_images)`;
            as one text with ` + ` between them.
            Labels of the target, in sub-folders or as `(target_images, labels)`, are of the source's classes, or of
            some of them.
        batch_size: Samples of each domain in a batch.
        image_size: Pixels of a square, `(height, width)`, or a text of `width x height`, `"64x96"`, to bring both
            domains to; `None` keeps theirs.
        crop: Whether resizing scales until the size is covered and cuts about the centre, or stretches.
        channels: Of pictures in files, as `kgan.data.load` takes it; `None` is what both domains need: where one is in
            colour, grey of the other is repeated three times.
        background: Colour that transparent pictures are laid over where their alpha is not kept.
        depth: As `kgan.data.load` takes it: `"auto"`, `"8"` or `"full"`.
        levels: Values of black and white in pictures of more than 8 bits; `None` finds them for each domain.
        validation_split: Share of each domain held out, or 0 for none.
        seed: Of the choice of held-out samples and of the orders.
        strict: Whether a picture that cannot be read is an error, found before training; otherwise another takes its
            place, and it is listed in `Splits.skipped`.

    Returns:
        `Splits`: `train` has batches `((source, labels), target)`; `validation` the same of held-out samples, with
        `(target, labels)` in the place of `target` where the target has labels. `class_names` are the source's,
        `counts` the training samples of each domain.

    Raises:
        DataError: if there are no two domains, one is missing, empty or has a single sample, the source has no classes
            or a single one, the target has classes that the source has not, or sizes differ.
        ValueError: if `image_size` is no size.

    Examples:
        >>> digits, others = np.zeros((40, 8, 8, 1), np.uint8), np.zeros((20, 8, 8, 3), np.uint8)
        >>> splits = kgan.data.load_domains(((digits, np.arange(40) % 10), others), batch_size=4)
        >>> print(splits)
        36 of source and 18 of target, 8 x 8 pixels, colour, 2 of each held out
        >>> (images, labels), target = next(iter(splits.train))
        >>> images.shape, labels.shape, target.shape
        (TensorShape([4, 8, 8, 3]), TensorShape([4]), TensorShape([4, 8, 8, 3]))
    """
    places = two_sides.find_places(source, _SOURCES, ("source", "target"))
    common = {"image_size": image_size, "crop": crop, "seed": seed, "strict": strict, "batch_size": batch_size}
    pictures = {"channels": channels, "background": background, "depth": depth, "levels": levels}
    files, sides = any(place.is_files for place in places), []
    for place in places:
        asked = pictures if place.is_files or not files else {}  # which arrays refuse
        sides.append(two_sides.load_side(place, validation_split, common, asked, labelled=True))
    class_names = _source_classes(places[0], sides[0])
    numbers = _numbers(places[1], sides[1], class_names)
    shapes = [side.shape for side in sides]
    widest = max(shape[-1] for shape in shapes)
    _check_shapes(places, shapes)
    trained, held_out = [], []
    for number, side in enumerate(sides):
        colour = _coloured if side.shape[-1] < widest else _as_it_is
        labelled = number == 0
        trained.append(two_sides.changed(side.train, _change(colour, None, labelled)))
        kept_labels = labelled or numbers is not None
        change = _change(colour, None if labelled else numbers, kept_labels)
        held_out.append(None if side.held_out is None else two_sides.changed(side.held_out, change))
    kept = min(side.held_out_count for side in sides)
    validation = None
    if None not in held_out and kept:
        validation = unpaired_batches.held_out((held_out[0], held_out[1]), batch_size, kept)
    shapes = [(*shape[:-1], widest) for shape in shapes]
    train = unpaired_batches.training((trained[0], trained[1]), batch_size)
    return two_sides.joined(places, sides, shapes, train, validation, kept, class_names)


def _source_classes(place: Place, side: Side) -> tuple[str, ...]:
    """The classes that are to be told apart.

    Raises:
        DataError: if there are none, or one.
    """
    names = side.splits.class_names
    if names is None or len(names) < 2:
        received = "no labels" if names is None else f"the class {names[0]!r} alone"
        raise DataError(
            f"Expected a source with two classes or more, which come first. Received: {place.name}, with {received}. "
            f"Put its pictures into a sub-folder for each class, pass arrays (images, labels), or name the labelled "
            f"domain first."
        )
    _check_apart(place, side, names)
    return names


def _numbers(place: Place, side: Side, class_names: tuple[str, ...]) -> "list[int] | None":
    """The source's number of each class of the target; `None` where the target has no labels.

    Raises:
        DataError: if it has other classes.
    """
    names = side.splits.class_names
    if names is None:
        return None
    others = [name for name in names if name not in class_names]
    if others:
        listed = ", ".join(others[:10]) + (", ..." if len(others) > 10 else "")
        raise DataError(
            f"Expected classes of the source in the target, {', '.join(class_names[:10])}"
            f"{', ...' if len(class_names) > 10 else ''}. Received: {place.name}, which also has {listed}. Rename "
            f"its sub-folders as the source's, take others away, or put its pictures into one folder without classes."
        )
    _check_apart(place, side, names)
    return [class_names.index(name) for name in names]


def _check_apart(place: Place, side: Side, names: tuple[str, ...]) -> None:
    """Refuses held-out samples that lie apart and have other classes."""
    apart = side.held_out_splits
    if apart is not None and apart.class_names != names:
        raise DataError(
            f"Expected held-out samples of {place.name} with the classes {', '.join(names)}. Received: "
            f"{', '.join(apart.class_names or ('none',))}. Bring both to the same sub-folders."
        )


def _check_shapes(places: Sequence[Place], shapes: Sequence[tuple]) -> None:
    """Refuses samples that one network cannot take; grey beside colour is brought to colour."""
    channels = {shape[-1] for shape in shapes}
    alike = len(shapes[0]) == len(shapes[1]) and shapes[0][:-1] == shapes[1][:-1]
    if alike and (len(channels) == 1 or (len(shapes[0]) == 3 and channels == {1, 3})):
        return
    sizes = " and ".join(f"{shape} of {place.name}" for place, shape in zip(places, shapes, strict=True))
    raise DataError(
        f"Expected samples of one shape in both domains, or grey beside colour. Received: {sizes}. Pass "
        f"image_size={shapes[0][0] if len(shapes[0]) == 3 else 32}, say, and channels=3 where they differ."
    )


def _change(colour: Any, numbers: "list[int] | None", labelled: bool) -> Any:
    """From samples and labels to a batch: with colours, and the source's numbers of classes, or without labels."""
    table = None if numbers is None else tf.constant(numbers, tf.int32)

    def change(samples, labels):
        samples = colour(samples)
        if not labelled:
            return samples
        return samples, tf.cast(labels, tf.int32) if table is None else tf.gather(table, labels)

    return change


def _coloured(samples: tf.Tensor) -> tf.Tensor:
    return tf.repeat(samples, 3, axis=-1)


def _as_it_is(samples: tf.Tensor) -> tf.Tensor:
    return samples
