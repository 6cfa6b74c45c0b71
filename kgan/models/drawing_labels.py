"""The labels that samples are drawn with."""

from typing import Any

import numpy as np

__all__ = ["classes", "tags"]


def classes(n: int, labels: Any, num_classes: int) -> np.ndarray:
    """One class for each of `n` samples, int32.

    Args:
        n: How many samples.
        labels: One class, or `n` of them; `None` goes through the classes in order.
        num_classes: How many classes there are.

    Raises:
        ValueError: if `labels` has another shape or type, or a class is out of range.
    """
    if labels is None:
        return (np.arange(n) % num_classes).astype(np.int32)
    labels = np.asarray(labels)
    if labels.ndim > 1 or labels.dtype.kind not in "iu" or (labels.ndim == 1 and len(labels) != n):
        raise ValueError(
            f"Expected labels to be one class or {n} of them, as integers. "
            f"Received: shape {labels.shape}, type {labels.dtype}."
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"Expected labels between 0 and {num_classes - 1}. Received: values from {labels.min()} to {labels.max()}."
        )
    return np.broadcast_to(labels, (n,)).astype(np.int32)


def tags(n: int, labels: Any, num_tags: int) -> np.ndarray:
    """Tags of 0 and 1 for each of `n` samples, float32 `(n, num_tags)`.

    Args:
        n: How many samples.
        labels: One row of tags, or `n` of them; `None` goes through the tags, each alone, in order.
        num_tags: How many tags there are.

    Raises:
        ValueError: if `labels` has another shape, or a value is neither 0 nor 1.
    """
    if labels is None:
        return np.eye(num_tags, dtype=np.float32)[np.arange(n) % num_tags]
    labels = np.asarray(labels)
    if labels.shape not in ((num_tags,), (n, num_tags)) or not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"Expected labels as tags of 0 and 1, {num_tags} of them or {n} rows of them. "
            f"Received: shape {labels.shape}, {labels.ravel()[:4]} ..."
        )
    return np.broadcast_to(labels, (n, num_tags)).astype(np.float32)
