"""A small layer to wrap, and the norm that spectral normalization divides by."""

import numpy as np
from keras import layers as keras_layers


def wrapped(kind):
    """A layer with an input that fits it."""
    if kind == "dense":
        return keras_layers.Dense(4), np.random.RandomState(0).randn(5, 6).astype(np.float32)
    return keras_layers.Conv2D(4, 3, strides=2), np.random.RandomState(0).randn(2, 7, 7, 3).astype(np.float32)


def largest_singular_value(kernel):
    return np.linalg.svd(np.asarray(kernel, np.float64).reshape(-1, kernel.shape[-1]), compute_uv=False)[0]
