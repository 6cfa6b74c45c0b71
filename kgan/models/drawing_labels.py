"""The labels that samples are drawn with."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgan.models import label_names

__all__ = ["classes", "tags"]


def classes(n: int, labels: Any, num_classes: int, class_names: Sequence[str] | None = None) -> np.ndarray:
    """One class for each of `n` samples, int32.

    Args:
        n: How many samples.
        labels: One class, or `n` of them, each by its number or its name; `None` goes through the classes in order.
        num_classes: How many classes there are.
        class_names: Of the classes, in order; `None` where they have none.

    Raises:
        ValueError: if `labels` has another shape or type, a class is out of range, or no class has such a name.
    """
    if labels is None:
        return (np.arange(n) % num_classes).astype(np.int32)
    labels = np.asarray(label_names.numbered(labels, class_names))
    if labels.ndim > 1 or labels.dtype.kind not in "iu" or (labels.ndim == 1 and len(labels) != n):
        raise ValueError(
            f"Expected labels to be one class or {n} of them, as integers{' or names' if class_names else ''}. "
            f"Received: shape {labels.shape}, type {labels.dtype}."
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"Expected labels between 0 and {num_classes - 1}. Received: values from {labels.min()} to {labels.max()}."
        )
    return np.broadcast_to(labels, (n,)).astype(np.int32)


def tags(n: int, labels: Any, num_tags: int, tag_names: Sequence[str] | None = None) -> np.ndarray:
    """Tags of 0 and 1 for each of `n` samples, float32 `(n, num_tags)`.

    Args:
        n: How many samples.
        labels: One row of tags, or `n` of them; `None` goes through the tags, each alone, in order. By name: one tag,
            a list of the tags that all samples have, or `n` such lists.
        num_tags: How many tags there are.
        tag_names: Of the tags, in order; `None` where they have none.

    Raises:
        ValueError: if `labels` has another shape, a value is neither 0 nor 1, or no tag has such a name.
    """
    if labels is None:
        return np.eye(num_tags, dtype=np.float32)[np.arange(n) % num_tags]
    labels = np.asarray(_rows_of_names(labels, n, num_tags, tag_names))
    if labels.shape not in ((num_tags,), (n, num_tags)) or not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"Expected labels as tags of 0 and 1, {num_tags} of them or {n} rows of them. "
            f"Received: shape {labels.shape}, {labels.ravel()[:4]} ..."
        )
    return np.broadcast_to(labels, (n, num_tags)).astype(np.float32)


def _rows_of_names(labels: Any, n: int, num_tags: int, tag_names: Sequence[str] | None) -> Any:
    """Rows of 0 and 1 in the place of names; labels that hold none as they are."""
    if isinstance(labels, str):
        return _row([labels], num_tags, tag_names)
    if not isinstance(labels, list | tuple):
        return labels
    if any(isinstance(label, str) for label in labels):
        return _row(labels, num_tags, tag_names)
    if not any(isinstance(label, list | tuple) and any(isinstance(tag, str) for tag in label) for label in labels):
        return labels
    if len(labels) != n:
        raise ValueError(f"Expected names of tags as one list, or {n} lists of them. Received: {len(labels)} lists.")
    return [_row(label, num_tags, tag_names) for label in labels]


def _row(names: Sequence[str], num_tags: int, tag_names: Sequence[str] | None) -> np.ndarray:
    row = np.zeros(num_tags, np.float32)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"Expected tags by name alone. Received: {name!r} among names.")
        row[label_names.numbered(name, tag_names)] = 1.0
    return row
