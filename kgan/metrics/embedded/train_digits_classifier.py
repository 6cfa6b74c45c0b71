"""Trains the classifier whose features the extractor "digits" gives: python train_digits_classifier.py

Writes digits_classifier.npz beside itself, from the 5,000 embedded digits alone. It first says how well the network
does on a tenth held out, then trains on all of them.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kgan._support import files
from kgan.data.sources import digits as data
from kgan.metrics.extractors import digits

EPOCHS = 60
BATCH = 50


def trained(images: np.ndarray, labels: np.ndarray) -> keras.Model:
    """A network trained on digits that are shifted, turned and scaled a little at each look."""
    keras.utils.set_random_seed(0)
    model = digits.network()
    logits = keras.Model(model.inputs, model.output["logits"])
    distort = keras.Sequential(
        [
            keras.layers.RandomRotation(0.03, fill_mode="constant", fill_value=-1.0, seed=1),
            keras.layers.RandomTranslation(0.08, 0.08, fill_mode="constant", fill_value=-1.0, seed=2),
            keras.layers.RandomZoom(0.1, fill_mode="constant", fill_value=-1.0, seed=3),
        ]
    )
    pipeline = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(images), seed=0).batch(BATCH)
    pipeline = pipeline.map(lambda x, y: (distort(x, training=True), y), num_parallel_calls=2, deterministic=True)
    steps = EPOCHS * len(images) // BATCH
    logits.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    logits.fit(pipeline.prefetch(2), epochs=EPOCHS, shuffle=False, verbose=0)
    return model


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose class it says."""
    return float((model.predict(images, verbose=0)["logits"].argmax(axis=1) == labels).mean())


def main() -> None:
    """Trains, tells, writes."""
    images, labels = data.read()
    images = images.astype(np.float32) / 127.5 - 1.0
    held_out = np.arange(len(images)) % 10 == 0
    model = trained(images[~held_out], labels[~held_out])
    print(f"held-out accuracy {accuracy(model, images[held_out], labels[held_out]):.4f}")  # noqa: T201
    model = trained(images, labels)
    print(f"accuracy on all it was trained on {accuracy(model, images, labels):.4f}")  # noqa: T201
    target = Path(__file__).parent / "digits_classifier.npz"
    with files.replacing(target) as partial:
        weights = {f"{number:02d}": weight.astype(np.float16) for number, weight in enumerate(model.get_weights())}
        np.savez_compressed(partial, **weights)
    print(f"{target.name}: {target.stat().st_size:,} bytes, {model.count_params():,} parameters in float16")  # noqa: T201


if __name__ == "__main__":
    main()
