"""What `fit`, `evaluate` and their like are given: arrays of any kind told from sources of batches, lists refused."""

import os
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data.splits import extract

__all__ = ["as_array", "is_array", "unpacked"]


def is_array(value: Any) -> bool:
    """Whether it is an array: of NumPy, TensorFlow, PyTorch, JAX, pandas or another package that NumPy can read."""
    return tf.is_tensor(value) or (hasattr(value, "__array__") and hasattr(value, "shape"))


def as_array(value: Any) -> np.ndarray:
    """An array of any kind, or a list of numbers, as NumPy's."""
    if hasattr(value, "detach"):  # PyTorch's, perhaps with a gradient or on a GPU
        value = value.detach().cpu()
    return np.asarray(value)


def unpacked(x: Any, y: Any = None) -> tuple[Any, Any]:
    """What is given as two arguments, where it came as one: `(x, y)`, `(x,)`, or a dictionary as in TFDS.

    Args:
        x: An array, a tuple of arrays, a dictionary of arrays with an `"image"`, or a source of batches.
        y: What belongs to each row of an array.

    Returns:
        `(x, y)`: two arrays as they came, or a source and what was given beside it.

    Raises:
        ValueError: if it is a list of samples, a path, a ragged or sparse tensor, or `y` is a list of arrays.
    """
    if isinstance(x, dict):
        x = extract(x)
    if isinstance(x, tuple) and 1 <= len(x) <= 2 and is_array(x[0]):
        if len(x) == 2 and y is not None and x[1] is not None:
            raise ValueError("Expected what belongs to the samples once. Received: a tuple (x, y) and an argument y.")
        x, y = x[0], y if len(x) == 1 or x[1] is None else x[1]
    if isinstance(x, list | tuple):
        raise ValueError(_of_list(x))
    if isinstance(x, str | os.PathLike):
        raise ValueError(
            f"Expected an array or a source of batches. Received: the path {os.fspath(x)!r}. "
            f"Pass kgan.data.load({os.fspath(x)!r}, batch_size=32), which reads it."
        )
    for one in (x, y):
        if isinstance(one, tf.RaggedTensor | tf.SparseTensor):
            raise ValueError(
                f"Expected an array, all of whose rows have one shape. Received: a {type(one).__name__}. Pass "
                f"x.to_tensor() or tf.sparse.to_dense(x), or bring the samples to one size first."
            )
    if isinstance(y, list | tuple) and y and is_array(y[0]) and len(np.shape(y[0])):
        raise ValueError(_of_list(y))
    return x, y


def _of_list(values: "list | tuple") -> str:
    """The error of a list or tuple in place of an array, with what makes an array of it."""
    kind = "tuple" if isinstance(values, tuple) else "list"
    if not values:
        return f"Expected an array. Received: an empty {kind}. Pass samples to train on."
    first = values[0]
    if isinstance(first, list) and len(values) == 2 and kind == "tuple":
        return _of_list(first)  # (images, labels)
    if isinstance(first, tuple) and len(values) == 2 and kind == "tuple":
        return (
            "Expected an array, or a pair (samples, labels) of arrays. Received: a pair of pairs, as "
            "keras.datasets.mnist.load_data() gives. Pass its first pair: fit(train_images, train_labels)."
        )
    if isinstance(first, str | os.PathLike):
        what, instead = "paths", "kgan.data.load(folder, batch_size=32), which reads them"
    elif is_array(first):
        what, instead = "arrays", "numpy.stack(images)"
        if len({np.shape(one) for one in values}) > 1:
            what, instead = "arrays of different shapes", "numpy.stack(images) once all have one size"
    elif hasattr(first, "__array_interface__"):  # a picture of Pillow's
        what, instead = "pictures", "numpy.stack([numpy.asarray(image) for image in images])"
    else:
        what, instead = f"{type(first).__name__} objects", "numpy.array(x)"
    return f"Expected an array. Received: a {kind} of {len(values)} {what}. Pass {instead}."
