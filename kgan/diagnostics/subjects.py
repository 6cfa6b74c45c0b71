"""Whom the diagnostics look at: the same reals and latents each time."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan.data.splits import extract


class Reals(NamedTuple):
    """Some real samples.

    Attributes:
        samples: `(n, ...)`.
        labels: `(n, ...)`, `None` for data without.
    """

    samples: np.ndarray
    labels: np.ndarray | None

    @property
    def classes(self) -> np.ndarray | None:
        """Labels where each sample has one class, `(n,)`."""
        return self.labels if self.labels is not None and self.labels.ndim == 1 else None

    def rows(self, rows) -> "Reals":
        """Some of them, by a slice or by their numbers."""
        return Reals(self.samples[rows], None if self.labels is None else self.labels[rows])


class Subjects(NamedTuple):
    """The reals and latents that a game is looked at on.

    Attributes:
        train: Reals that the discriminator learns from.
        held_out: Reals that it does not, `None` without.
        latents: `(n, latent_dim)` float32, as many as there are training reals, whose labels the samples take.
        conditional: Whether the generator takes labels.
    """

    train: Reals
    held_out: Reals | None
    latents: np.ndarray
    conditional: bool

    @property
    def classes(self) -> np.ndarray | None:
        """Classes of the generated samples, `None` where the generator takes none."""
        return self.train.classes if self.conditional else None


def first(source, count: int) -> Reals:
    """The first of a pair of arrays, a dataset of batches or a Keras sequence, as they come; fewer if there are fewer.

    Raises:
        TypeError: The source can be read only once.
        ValueError: It is empty.
    """
    if isinstance(source, tuple):
        samples, labels = source
        return Reals(samples[:count], None if labels is None else labels[:count])
    if isinstance(source, tf.data.Dataset):
        batches = source.as_numpy_iterator()
    elif isinstance(source, keras.utils.PyDataset):
        batches = (source[number] for number in range(source.num_batches))
    else:
        raise TypeError(
            f"Expected data that can be looked at beforehand: arrays, a tf.data.Dataset or a keras.utils.PyDataset. "
            f"Received: {type(source).__name__}."
        )
    samples, labels, found = [], [], 0
    for batch in batches:
        real, label = extract(batch)
        samples.append(np.asarray(real))
        labels.append(None if label is None else np.asarray(label))
        found += len(samples[-1])
        if found >= count:
            break
    if not found:
        raise ValueError("Expected data with at least one batch. Received: none.")
    joined = None if labels[0] is None else np.concatenate(labels)[:count]
    return Reals(np.concatenate(samples)[:count], joined)


def gather(gan, train, held_out, count: int, seed: int) -> Subjects:
    """Subjects from the data of a fit."""
    reals = first(train, count)
    others = None if held_out is None else first(held_out, count)
    latents = gan.latents.draw(len(reals.samples), gan.latent_dim, seed)
    return Subjects(reals, others, latents, gan.generator_takes_labels)
