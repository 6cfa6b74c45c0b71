"""What loading gives back, and the error it raises."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from kgan._support import limits
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, size_of
from kgan.spectrograms import Spectrogram

if TYPE_CHECKING:  # which raise what is defined here
    from kgan.data.captions import Captions
    from kgan.data.molecules.vocabulary import SmilesVocabulary
    from kgan.data.tables.columns import Table
    from kgan.data.whole_pairs import WholePairs

__all__ = ["DataError", "Splits", "TooFewSamplesError", "extract", "paired"]


class DataError(ValueError):
    """The data could not be loaded; the message says what was expected, what came and what to do."""


class TooFewSamplesError(DataError):
    """There are fewer samples than a batch has.

    Args:
        batch_size: Samples in a batch, as asked for.
        count: Samples that there are to train on.
        what: What is counted.
    """

    def __init__(self, batch_size: int, count: int, what: str = "training samples"):
        super().__init__(
            f"Expected batch_size from 1 to the number of {what}, {count}. Received: batch_size={batch_size}."
        )
        self.count = count


@dataclass(frozen=True)
class Splits:
    """Training and validation data; unpacks into the two: `train, validation = kgan.data.load(...)`.

    Attributes:
        train: Endless only in epochs: batches of `samples`, or of `(samples, labels)`, in an order drawn anew each
            epoch, without the short last batch. Images are uint8 or float32 in [-1, 1]; labels are int32 `(batch,)`.
            Of paired data: batches of `(input, target)`, and of two collections `(a, b)`.
        validation: The held-out batches in a fixed order, or `None`.
        sample_shape: Shape of one sample; of paired data, of one target.
        count: Training samples, `None` where the source cannot say before it is read.
        class_names: Name of each label, `None` for data without classes.
        tag_names: Name of each tag, where a sample may have several of them: labels are then float32 `(batch, tags)`
            of 0 and 1. `None` for other data.
        skipped: Path of each damaged file, or number of each faulty record (`"record 17"`), met so far, and what was
            wrong with it. It fills while the data is read; another sample takes the place of one that cannot be read.
        input_shape: Shape of one input of paired data; `None` for other data.
        held_out: Held-out pairs of paired data; `None` for other data, or where the source cannot say.
        sides: Of paired data, what inputs and targets are called where they come from, as `("a", "b")`.
        found: What was found when the data was loaded: formats, sizes, classes, what was ignored and converted.
        fingerprint: By what the data are known again; `None` where the source has none.
        counts: Of two collections without pairs, how many training samples each has; `None` for other data.
        table: Of rows of a table, its columns; `None` for other data.
        captions: Of pictures with texts, what these are to a model; `None` for other data.
        whole: Of parts of pictures, the held-out pictures whole; `None` for other data.
        spectrogram: Of pairs of spectrograms and waves, what made the former of the latter; `None` for other data.
        vocabulary: Of molecules, the tokens that they are written in; `None` for other data.
    """

    train: tf.data.Dataset
    validation: tf.data.Dataset | None
    sample_shape: tuple[int, ...]
    count: int | None = None
    class_names: tuple[str, ...] | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    input_shape: tuple[int, ...] | None = None
    held_out: int | None = None
    sides: tuple[str, str] | None = None
    found: Found = field(default_factory=Found)
    fingerprint: Fingerprint | None = None
    tag_names: tuple[str, ...] | None = None
    counts: tuple[int, int] | None = None
    table: "Table | None" = None
    captions: "Captions | None" = None
    whole: "WholePairs | None" = None
    spectrogram: Spectrogram | None = None
    vocabulary: "SmilesVocabulary | None" = None

    def __iter__(self) -> Iterator[tf.data.Dataset | None]:
        return iter((self.train, self.validation))

    def first(self, count: int, argument: str = "count") -> np.ndarray:
        """The first samples of `train` as they come, fewer where there are fewer; of paired data, the targets.

        Args:
            count: How many, at least 1.
            argument: What `count` is called in errors, where another argument says it.

        Raises:
            ValueError: if `count` is less than 1, or more than memory should hold.
        """
        if count < 1:
            raise ValueError(f"Expected {argument} >= 1. Received: {argument}={count}.")
        held = 2 * limits.array_bytes((count, *self.sample_shape))  # each, and all of them joined
        limits.check_bytes(argument, count, held, "Ask for fewer.")
        wanted = 0 if self.input_shape is None else 1
        samples = self.train.map(lambda *batch: extract(batch[0] if len(batch) == 1 else batch)[wanted]).unbatch()
        return np.stack(list(samples.take(count).as_numpy_iterator()))

    @property
    def num_classes(self) -> int | None:
        """How many classes the labels have, `None` for data without classes."""
        return None if self.class_names is None else len(self.class_names)

    @property
    def num_tags(self) -> int | None:
        """How many tags a sample may have, `None` for data without tags."""
        return None if self.tag_names is None else len(self.tag_names)

    def __str__(self) -> str:
        size, count = size_of(self.sample_shape), _number(self.count)
        if self.table is not None:
            return f"{count} training rows of {len(self.table.columns)} columns, {self.held_out or 'none'} held out"
        if self.vocabulary is not None:
            most = f"{self.sample_shape[0]} tokens at most"
            return f"{count} training molecules of {most}, {self.held_out or 'none'} held out"
        if self.counts is not None and self.sides is not None:
            each = " and ".join(f"{one:,} of {side}" for one, side in zip(self.counts, self.sides, strict=True))
            return f"{each}, {size}, {self.held_out or 'none'} of each held out"
        if self.input_shape is not None:
            sides = "" if self.sides is None else f" ({' -> '.join(self.sides)})"
            held_out = "none" if self.validation is None else _number(self.held_out)
            return f"{count} pairs of {size_of(self.input_shape)} -> {size}{sides}, {held_out} held out"
        if self.captions is not None:
            texts = (
                "vectors of an encoder" if self.captions.words is None else f"captions of {self.captions.dim:,} words"
            )
            return f"{count} training pictures of {size}, {texts}, {len(self.captions.held_out) or 'none'} held out"
        classes = "no labels" if self.class_names is None else f"{len(self.class_names)} classes"
        classes = classes if self.tag_names is None else f"{len(self.tag_names)} tags"
        return f"{count} training samples of {size}, {classes}"


def _number(count: int | None) -> str:
    return "an unknown number of" if count is None else f"{count:,}"


def extract(element: Any) -> tuple:
    """`(samples, labels or None)` from what a pipeline yields: a tensor, a pair, or a dictionary as in TFDS."""
    if isinstance(element, dict):
        if "image" not in element:
            raise DataError(f"Expected elements with an 'image'. Received: the keys {', '.join(sorted(element))}.")
        return element["image"], element.get("label")
    if isinstance(element, tuple | list):
        while len(element) > 1 and element[-1] is None:  # Keras fills up with labels and weights that are not there
            element = element[:-1]
        if not 1 <= len(element) <= 2:
            raise DataError(f"Expected elements of samples or (samples, labels). Received: {len(element)} entries.")
        return element[0], element[1] if len(element) > 1 else None
    return element, None


def paired(samples: Any, labels: Any) -> Any:
    """`samples` alone, or the pair when there are labels."""
    return samples if labels is None else (samples, labels)
