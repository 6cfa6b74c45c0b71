"""The labels of samples, as they are asked for: by number, by name, over and over."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .bundle_file import BundleError, short
from .label_text import number_of, parse_labels, title

__all__ = ["Labels", "OverAndOver"]

Rows = Callable[[int, int], np.ndarray]  # from a first and a last number to what the samples between have
MOST_COLUMNS = 16  # of classes with a column each


class OverAndOver:
    """Labels that any number of samples go through, again from the first one after the last.

    Args:
        labels: One for each, as an array or a list.
        names: What samples with each are called; `None` for what the labels are.
    """

    def __init__(self, labels: Any, names: Sequence[str] | None = None) -> None:
        self.labels, self.names = labels, names


class Labels:
    """What a generator takes in its input `labels`: classes, tags, or nothing.

    Args:
        num_classes: Number of classes; `None` for a generator that takes none.
        num_tags: Number of tags; `None` for a generator that takes none.
        names: Of the classes or tags, in order; `None` for none.
        vectors: Whether the tags are vectors of any numbers, which have no default.
    """

    def __init__(
        self,
        num_classes: int | None = None,
        num_tags: int | None = None,
        names: Sequence[str] | None = None,
        vectors: bool = False,
    ) -> None:
        self.num_classes, self.num_tags, self.names, self.vectors = num_classes, num_tags, names, vectors

    def rows(self, count: int, labels: Any) -> Rows | None:
        """The labels of so many samples, `labels` as `Sampler.sample` takes them, or over and over.

        Returns:
            A function from a first and a last number to the input of the samples between; `None` for a generator that
            takes no labels.

        Raises:
            BundleError: if they are not what the generator takes.
        """
        if self.num_classes is not None:
            return self._classes(self.num_classes, count, labels)
        if self.num_tags is not None:
            return self._tags(self.num_tags, count, labels)
        if labels is not None:
            raise BundleError("Expected no labels, because this generator takes none. Received: labels.")
        return None

    def _classes(self, num_classes: int, count: int, labels: Any) -> Rows:
        if labels is None:
            return lambda start, stop: np.arange(start, stop, dtype=np.int64) % num_classes
        again = isinstance(labels, OverAndOver)
        given = self._numbers(labels.labels if again else labels)
        try:
            numbers = np.asarray(given)
        except ValueError:  # of lists of different lengths
            numbers = np.asarray(None)
        whole = numbers.dtype.kind in "iuf" or all(type(one) is int for one in numbers.flat)  # beyond 64 bits as well
        if not whole:
            raise BundleError(f"Expected labels as whole numbers. Received: {short(given)}.")
        if numbers.ndim > 1 or (numbers.ndim == 1 and len(numbers) != count and not again):
            raise BundleError(f"Expected one label or {count} of them. Received: shape {numbers.shape}.")
        if not (numbers.min() >= 0 and numbers.max() < num_classes):  # before they are cast; NaN too
            raise BundleError(
                f"Expected labels between 0 and {num_classes - 1}. Received: {short(numbers.min())} to "
                f"{short(numbers.max())}."
            )
        classes = numbers.astype(np.int64)
        if not np.array_equal(classes, numbers):
            raise BundleError(f"Expected labels as whole numbers. Received: {numbers[classes != numbers].flat[0]}.")
        return _picked(np.atleast_1d(classes))

    def _tags(self, num_tags: int, count: int, labels: Any) -> Rows:
        if self.vectors:
            return _of_vectors(num_tags, count, labels)
        if labels is None:
            return lambda start, stop: _rows_of(np.arange(start, stop)[:, None] % num_tags, num_tags)
        again = isinstance(labels, OverAndOver)
        rows = labels.labels if again else self._named_rows(labels, num_tags)
        shapes = ((num_tags,), (count, num_tags))
        if (rows.shape not in shapes and not again) or not np.isin(rows, (0, 1)).all():
            raise BundleError(
                f"Expected tags of 0 and 1, {num_tags} of them or {count} rows. Received: shape {rows.shape}."
            )
        return _picked(np.atleast_2d(rows).astype(np.float32))

    def _numbers(self, labels: Any) -> Any:
        """Numbers in the place of names."""
        if isinstance(labels, str):
            return number_of(labels, self.names)
        if isinstance(labels, (list, tuple)) or getattr(getattr(labels, "dtype", None), "kind", "") in ("U", "O"):
            return [self._numbers(label) if isinstance(label, str) else label for label in labels]
        return labels

    def _named_rows(self, labels: Any, num_tags: int) -> np.ndarray:
        """Rows of 0 and 1 in the place of names of tags."""
        if isinstance(labels, str):
            labels = [labels]
        if isinstance(labels, (list, tuple)) and labels and all(isinstance(label, str) for label in labels):
            return np.isin(np.arange(num_tags), self._numbers(labels)).astype(int)
        if isinstance(labels, (list, tuple)) and any(
            isinstance(one, str) for label in labels for one in np.ravel(label)
        ):
            return np.stack([self._named_rows(label, num_tags) for label in labels])
        return np.asarray(labels)

    def asked_for(self, labels: Any, count: int) -> tuple[Any, int | None, list[str] | None]:
        """What text or numbers, over and over, ask for: 0,1,2 -> 0,1,2,0,1,2,...

        Args:
            labels: Text, or what `parse_labels` gives; `None` for all classes.
            count: Of the samples.

        Returns:
            Labels as `Sampler.sample` takes them, and for a grid the number of columns and what stands above each;
            `None` where it is to choose, or nothing stands there.
        """
        kinds = self.num_classes or self.num_tags
        if kinds is None or self.vectors:
            return labels, None, None
        if isinstance(labels, OverAndOver):  # rows already
            return labels, *self._columns(labels, len(labels.labels), count)
        if isinstance(labels, str):
            labels = parse_labels(labels, self.names, joined=self.num_tags is not None)
        chosen = labels if labels is None else self._over_and_over(labels)
        return chosen, *self._columns(chosen, kinds if labels is None else len(labels), count)

    def _columns(self, chosen: Any, cycle: int, count: int) -> tuple[int | None, list[str] | None]:
        """Of a grid: how many, and what stands above each."""
        if not 1 < cycle <= min(MOST_COLUMNS, count):
            return None, None
        columns = cycle * max(1, round(math.sqrt(count) / cycle))  # few classes have several, or rows would not end
        titles = self.titles(chosen, columns, title)
        return columns, [titles(column) for column in range(columns)]

    def _over_and_over(self, labels: Any) -> OverAndOver:
        if self.num_tags is None:
            if any(isinstance(label, tuple) for label in labels):
                raise BundleError("Expected one class for each sample, 0,1,2. Received: several joined by +.")
            return OverAndOver(labels)
        for label in labels:
            if np.min(label) < 0 or np.max(label) >= self.num_tags:
                raise BundleError(f"Expected tags between 0 and {self.num_tags - 1}. Received: {label}.")
        return OverAndOver(_rows_of([np.atleast_1d(label) for label in labels], self.num_tags))

    def titles(self, labels: Any, count: int, spelled: Callable[[int, Any], str] | None = None) -> Callable[[int], str]:
        """What samples are called: a function from a sample's number to its class, or to `hat+beard` for several tags.

        Args:
            labels: As `Sampler.sample` takes them, or over and over.
            count: Of the samples.
            spelled: From a number and `names` to what it is called; `None` for the name, or the number without one.
        """
        if isinstance(labels, OverAndOver) and labels.names is not None:
            called = labels.names
            return lambda number: called[number % len(called)]
        rows = self.rows(count, labels)
        spelled = spelled or (lambda number, names: str(number) if names is None else names[number])
        if rows is None:
            return lambda number: ""
        if self.num_classes is not None:
            return lambda number: spelled(int(rows(number, number + 1)[0]), self.names)
        if self.vectors:
            return lambda number: ""
        return lambda number: "+".join(
            spelled(int(tag), self.names) for tag in np.flatnonzero(rows(number, number + 1)[0])
        )


def _of_vectors(dim: int, count: int, labels: Any) -> Rows:
    """Vectors of an encoder, one for all samples, one for each, or over and over."""
    again = isinstance(labels, OverAndOver)
    rows = np.asarray(labels.labels if again else [] if labels is None else labels)
    fits = rows.dtype.kind == "f" and rows.shape[-1:] == (dim,) and rows.ndim <= 2
    if not fits or not (again or rows.shape in ((dim,), (count, dim))) or not np.isfinite(rows).all():
        raise BundleError(
            f"Expected labels as vectors of {dim} finite numbers that the encoder makes of texts, one or {count}. "
            f"Received: {'none' if labels is None else f'shape {rows.shape}'}."
        )
    return _picked(np.atleast_2d(rows).astype(np.float32))


def _rows_of(tags: Any, num_tags: int) -> np.ndarray:
    """Rows of 0 and 1 for those tags of each."""
    rows = np.zeros((len(tags), num_tags), np.float32)
    for row, numbers in zip(rows, tags, strict=True):
        row[np.asarray(numbers)] = 1
    return rows


def _picked(values: np.ndarray) -> Rows:
    """A function from a first and a last number to the values of the samples between, which go through all of them."""
    return lambda start, stop: values[np.arange(start, stop) % len(values)]
