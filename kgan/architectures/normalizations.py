"""The normalisations that image-to-image networks are built with, by name."""

import keras
import tensorflow as tf

from kgan import layers as kgan_layers
from kgan._support import lookup

__all__ = ["NORMALIZATIONS", "check_normalization", "normalized"]

NORMALIZATIONS = ("batch", "instance")


def check_normalization(normalization: str | None) -> None:
    """Refuses a name that is none.

    Raises:
        ValueError: if `normalization` is not "batch", "instance" or None.
    """
    if normalization is not None and normalization not in NORMALIZATIONS:
        raise ValueError(
            f"Expected normalization as 'batch', 'instance' or None. "
            f"Received: normalization={normalization!r}.{lookup.nearest(str(normalization), NORMALIZATIONS)}"
        )


def normalized(x: tf.Tensor, normalization: str | None, name: str) -> "keras.KerasTensor":
    """Puts the normalisation behind a convolution; `None` leaves `x` as it is.

    Batch normalisation has the momentum and, but for a rounding that TensorFlow's kernel asks for, the epsilon of
    pix2pix's authors. Instance normalisation has a shift and no scale: the authors' has neither, but a bias in the
    convolution before, which it takes out again; so parameters are as many, and these do something.
    """
    if normalization == "batch":
        return kgan_layers.BatchNormalization(momentum=0.9, epsilon=1.001e-5, name=name)(x)
    if normalization == "instance":
        return kgan_layers.InstanceNormalization(scale=False, name=name)(x)
    return x
