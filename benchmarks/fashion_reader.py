"""A classifier of Fashion-MNIST's ten kinds, which says what translations are read as."""

from pathlib import Path

import keras
import numpy as np

__all__ = ["fashion_reader"]

EPOCHS, BATCH = 3, 64


def fashion_reader(images: np.ndarray, labels: np.ndarray, path: Path) -> keras.Model:
    """From uint8 images `(n, 28, 28, 1)` to ten logits; from `path` where it is there, else trained and kept there."""
    if path.is_file():
        return keras.models.load_model(path)
    keras.utils.set_random_seed(0)
    x = shown = keras.Input((28, 28, 1))
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0)(x)
    for filters in (16, 32):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dense(64, activation="relu")(keras.layers.Flatten()(x))
    model = keras.Model(shown, keras.layers.Dense(10)(keras.layers.Dropout(0.3)(x)))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    model.save(path)
    return model
