"""The extractor `"digits"`: a small classifier of 28 x 28 digits, whose weights come with kgan."""

import hashlib
from importlib import resources

import keras
import numpy as np

from kgan.metrics.extractors import pixels
from kgan.metrics.extractors.base import Extractor, ExtractorError
from kgan.metrics.extractors.prepared_network import PreparedNetwork

__all__ = ["FEATURES", "SIDE", "load", "network"]

SIDE = 28
FEATURES = "features"


def network() -> keras.Model:
    """Images `(n, 28, 28, 1)` in [-1, 1] to `{"features": (n, 64), "logits": (n, 10)}`, with fresh weights."""
    single = {"dtype": "float32"}  # whatever the global policy, because what was measured under another is compared
    images = keras.Input((SIDE, SIDE, 1), **single)
    x = images
    for filters in (16, 32, 64):
        x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False, **single)(x)  # 14, 7, 4 pixels
        x = keras.layers.BatchNormalization(**single)(x)
        x = keras.layers.ReLU(**single)(x)
    x = keras.layers.Flatten(**single)(x)  # (n, 1024)
    x = keras.layers.Dropout(0.3, **single)(x)
    features = keras.layers.Dense(64, activation="relu", name=FEATURES, **single)(x)
    logits = keras.layers.Dense(10, **single)(keras.layers.Dropout(0.3, **single)(features))
    return keras.Model(images, {"features": features, "logits": logits}, name="digits")


def load() -> Extractor:
    """The extractor, for grey images of any size; `embedded/README.md` says how its weights came to be."""
    source = resources.files("kgan.metrics").joinpath("embedded/digits_classifier.npz")
    model = network()
    with source.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        model.set_weights([archive[f"{number:02d}"].astype(np.float32) for number in range(len(archive))])
    model.trainable = False

    def prepare(images):
        if images.shape.rank != 4 or images.shape[-1] != 1:
            raise ExtractorError(
                f"Expected grey images of shape (n, height, width, 1) for the extractor 'digits'. "
                f"Received: shape {tuple(images.shape)}. Take 'efficientnet-lite0' or 'inception' for other images."
            )
        return images if images.shape[1:3] == (SIDE, SIDE) else pixels.resized(images, SIDE)

    return Extractor(
        "digits", PreparedNetwork(model, prepare), fingerprint=hashlib.sha256(source.read_bytes()).hexdigest()
    )
