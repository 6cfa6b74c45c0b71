"""Keras layers that are named after a PyTorch network's, and are filled from its state dict by these names."""

import os
from collections.abc import Collection, Mapping

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from kgan.metrics.extractors.base import ExtractorError

__all__ = ["convolution", "dense", "depthwise", "fill", "normalization"]

_NAMES = {
    "kernel": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def convolution(
    x: tf.Tensor, name: str, filters: int, kernel: "int | tuple[int, int]", strides: int = 1, padding: str = "same"
) -> tf.Tensor:
    """A convolution without bias; PyTorch's kernels `(out, in, h, w)` become `(h, w, in, out)`."""
    settings = {"use_bias": False, "kernel_initializer": "zeros", "dtype": "float32", "name": name}
    return layers.Conv2D(filters, kernel, strides, padding, **settings)(x)


def depthwise(x: tf.Tensor, name: str, kernel: int, strides: int = 1) -> tf.Tensor:
    """A convolution of each channel by itself; PyTorch's kernels `(channels, 1, h, w)` become `(h, w, channels, 1)`."""
    settings = {"use_bias": False, "depthwise_initializer": "zeros", "dtype": "float32", "name": name}
    return layers.DepthwiseConv2D(kernel, strides, "same", **settings)(x)


def normalization(x: tf.Tensor, name: str) -> tf.Tensor:
    """Batch normalization with the epsilon that TensorFlow's networks of that time were trained with."""
    return layers.BatchNormalization(epsilon=1e-3, dtype="float32", name=name)(x)


def dense(x: tf.Tensor, name: str, units: int, *, use_bias: bool = True) -> tf.Tensor:
    """A dense layer; PyTorch's kernels `(out, in)` become `(in, out)`."""
    return layers.Dense(units, use_bias=use_bias, kernel_initializer="zeros", dtype="float32", name=name)(x)


def fill(
    model: keras.Model, state: Mapping[str, np.ndarray], path: "str | os.PathLike", unused: Collection[str] = ()
) -> None:
    """Copies a state dict into the model's layers.

    Args:
        model: Of the layers above.
        state: The arrays by their names in PyTorch.
        path: Where they come from, for the error.
        unused: Names that the file may hold and the model has no place for.

    Raises:
        ExtractorError: if a name is missing or unknown, or a shape differs; the message has the first.
    """
    left = {key: value for key, value in state.items() if not key.endswith(".num_batches_tracked")}
    for layer in model.layers:
        for variable in layer.weights:
            key = f"{layer.name}.{_NAMES[variable.name]}"
            axes = _axes(layer, variable)
            wanted = tuple(variable.shape[axis] for axis in np.argsort(axes))
            if key not in left:
                raise _misfit(model, path, f"{key} of shape {wanted}", "no such name")
            if left[key].shape != wanted:
                raise _misfit(model, path, f"{key} of shape {wanted}", f"shape {left[key].shape}")
            variable.assign(left.pop(key).transpose(axes))
    for key in left:
        if key not in unused:
            raise _misfit(model, path, "no other names than its layers'", repr(key))


def _axes(layer, variable) -> tuple[int, ...]:
    """Where Keras's axes are in PyTorch's array."""
    if isinstance(layer, layers.DepthwiseConv2D):
        return (2, 3, 0, 1)
    return {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[len(variable.shape)]


def _misfit(model: keras.Model, path, expected: str, received: str) -> ExtractorError:
    return ExtractorError(
        f"Expected the weights of {model.name} in {path}: {expected}. Received: {received}. "
        f"Pass the file that was made for this network."
    )
