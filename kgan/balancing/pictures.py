"""Pictures of rare classes, drawn until each class has its share."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from kgan._support import limits
from kgan.balancing import own_pictures
from kgan.balancing.augmented import Augmented, check_share
from kgan.balancing.lacking import lacking
from kgan.balancing.outcomes import outcome
from kgan.balancing.picture_classifier import PictureClassifier
from kgan.data import values
from kgan.models.gan import GAN

__all__ = ["LABEL", "AugmentedPictures", "augment_pictures"]

LABEL = "label"  # in place of a column's name
_HELD = 4  # float32 copies of all pictures at once: as they are taught, made, drawn, and given back
_SAME = 0.9  # of the recall of pictures as they are, which mirrored ones must have to show the same


@dataclass(frozen=True)
class AugmentedPictures(Augmented):
    """Pictures whose rare classes are filled up, and what a convolutional classifier gains by them.

    Attributes:
        x: The pictures as they were given, then drawn ones, `(n, height, width, channels)`.
        y: Their classes, int64 `(n,)`.
        mirrored: The mean over classes of the share of mirrored held-out pictures that are recognised, by the
            classifier that learned from the pictures as they are. Where it is less than nine tenths of that of pictures
            as they are, a mirror changes what they show: shifted pictures are then made in place of mirrored ones.
    """

    what = "pictures"
    classifier = "A small convolutional network"
    rules = MappingProxyType({"flips": "mirrored ones", "shifts": "shifted ones"})

    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    mirrored: float

    def notes(self) -> list[str]:
        """Why mirrored pictures were tried, or why not."""
        so = "changes what they show, so they are shifted" if "shifts" in self.outcomes else "keeps what they show"
        return [
            f"{self.mirrored:.1%} of held-out pictures are recognised in a mirror, "
            f"{self.outcomes['none'].recall:.1%} without: it {so}."
        ]


def augment_pictures(
    x: np.ndarray, y: np.ndarray, model: GAN, held_out: Any, share: float = 1.0, seed: int = 0
) -> AugmentedPictures:
    """`kgan.augment` of pictures.

    Args:
        x: Pictures that the model learned from, `(n, height, width, channels)`, uint8 or float in its value range.
        y: Their classes `(n,)`, whole numbers from 0.
        model: A trained model whose generator takes classes.
        held_out: Pictures and their classes, of which neither the model nor the classifier learns.
        share: Each class is filled up to this share of the largest one's pictures, above 0 and at most 1.
        seed: Of drawn pictures, of mirrored or shifted ones, and of the classifier. 0 to 2**32 - 1.

    Raises:
        ValueError: if the generator takes no classes, pictures or classes have other shapes or types than the model
            takes, there are fewer than two classes in `x` or in `held_out`, or `share` is out of range, or is one that
            memory does not suffice for.
    """
    check_share(share)
    number = _classes_of(model)
    if not isinstance(held_out, tuple | list) or len(held_out) != 2:
        raise ValueError(
            f"Expected held_out as a pair (pictures, classes). Received: a {type(held_out).__name__}. Pass "
            f"(x_test, y_test)."
        )
    x, y = _checked(x, y, model, number, "x", "y")
    unseen, truth = held_out
    unseen, truth = _checked(unseen, truth, model, number, "held_out[0]", "held_out[1]")
    missing = lacking(y, share)
    _check_memory(len(y) + sum(missing.values()), x.shape[1:], share)
    filled = np.repeat(list(missing), list(missing.values()))
    drawn = _drawn(model, filled, seed, x)
    classes = np.concatenate([y, filled])
    kept, of_unseen = _floats(x, model), _floats(unseen, model)
    classifier, updates = PictureClassifier(kept, number, seed), PictureClassifier.updates_for(len(classes))
    classifier.teach(kept, y, updates)
    plain = classifier.guesses(of_unseen)
    outcomes = {"none": outcome("none", len(y), truth, plain, None, seed)}
    turned = classifier.guesses(own_pictures.mirrored(of_unseen))
    mirrored = outcome("none", len(y), truth, turned, None, seed).recall
    rule = "flips" if mirrored >= _SAME * outcomes["none"].recall else "shifts"
    ways = {
        "drawn": lambda: _floats(drawn, model),
        rule: lambda: own_pictures.made(kept, y, missing, rule == "flips", np.random.default_rng(seed)),
    }
    for way, made in ways.items():  # one at a time: each may be many times as large as what was given
        classifier.teach(np.concatenate([kept, made()]), classes, updates)
        outcomes[way] = outcome(way, len(classes), truth, classifier.guesses(of_unseen), plain, seed)
    names = model.class_names or range(number)
    added = {names[code]: count for code, count in missing.items() if count}
    return AugmentedPictures(LABEL, added, outcomes, np.concatenate([x, drawn]), classes, mirrored)


def _check_memory(count: int, shape: tuple[int, ...], share: float) -> None:
    """Refuses to fill up to more pictures than memory holds.

    Raises:
        ValueError: if they take too much.
    """
    asked = limits.array_bytes((_HELD * count, *shape))
    instead = "Pass share=0.1, say, or fewer pictures, to kgan.augment."
    limits.check_bytes("share", f"{share:g} of the largest class, {count:,} pictures in all", asked, instead)


def _classes_of(model: Any) -> int:
    """How many classes the generator takes."""
    number = getattr(model, "num_classes", None) if getattr(model, "generator_takes_labels", False) else None
    if number is None or len(model.sample_shape) != 3:
        raise ValueError(
            f"Expected a model of pictures whose generator takes classes, so that rare ones can be asked for. "
            f"Received: {type(model).__name__} {getattr(model, 'name', '')!r}. Train one with num_classes, or the "
            f"recipe digits on pictures in a folder for each class."
        )
    return int(number)


def _checked(x: Any, y: Any, model: GAN, number: int, called: str, labelled: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and classes as arrays."""
    x, y = np.asarray(x), np.asarray(y)
    fits = x.dtype.kind == "f" or (x.dtype == np.uint8 and model.value_range is not None)
    if x.ndim != 4 or x.shape[1:] != model.sample_shape or not fits:
        sort = "finite floats" if model.value_range is None else f"uint8 or float in {model.value_range}"
        raise ValueError(
            f"Expected {called} as pictures (n, {', '.join(map(str, model.sample_shape))}), {sort}. "
            f"Received: {x.dtype} of shape {x.shape}."
        )
    if y.shape != (len(x),) or y.dtype.kind not in "iu":
        raise ValueError(
            f"Expected {labelled} as whole numbers of shape ({len(x)},), a class for each picture. Received: "
            f"{y.dtype} of shape {y.shape}."
        )
    found = np.unique(y)
    if len(found) < 2 or found[0] < 0 or found[-1] >= number:
        raise ValueError(
            f"Expected {labelled} with two classes at least, of 0 to {number - 1}. Received: "
            f"{limits.shortened(found.tolist())}."
        )
    if x.dtype.kind == "f":
        values.check_values(x, model.value_range)
    return x, y.astype(np.int64)


def _drawn(model: GAN, classes: np.ndarray, seed: int, given: np.ndarray) -> np.ndarray:
    """A picture of each of these classes, of the type that those given have."""
    if not len(classes):
        return given[:0]
    drawn = model.generate(len(classes), seed, labels=classes)
    if not np.isfinite(drawn).all():
        raise ValueError(
            "Expected a generator of finite numbers. Received: one that draws others. Load an earlier checkpoint."
        )
    if given.dtype == np.uint8:
        return values.to_uint8(drawn, model.value_range or values.IMAGE_RANGE)
    return drawn.astype(given.dtype)


def _floats(pictures: np.ndarray, model: GAN) -> np.ndarray:
    """float32 in the model's value range; of -1 to 1 where it has none."""
    return np.asarray(values.to_float(pictures, model.value_range or values.IMAGE_RANGE))
