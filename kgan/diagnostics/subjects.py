"""Whom the diagnostics look at: the same reals and latents each time."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan._support import limits
from kgan.data.splits import extract

__all__ = ["Reals", "Subjects", "as_many_of_each", "gather", "some", "some_or_none"]

_BYTES = 2**29  # of samples as float32: 682 of 256 x 256 pixels in colour, 42 of 1,024 x 1,024
_FEWEST = 10  # a real's neighbourhood reaches out to the 5th


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

    def tensors(self) -> "tuple[tf.Tensor, tf.Tensor | None]":
        """Both as TensorFlow takes them."""
        return tf.constant(self.samples), None if self.labels is None else tf.constant(self.labels)

    def rows(self, rows: Any) -> "Reals":
        """Some of them, by a slice or by their numbers."""
        return Reals(self.samples[rows], None if self.labels is None else self.labels[rows])


class Subjects(NamedTuple):
    """The reals and latents that a model is looked at on.

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


def some(source: Any, count: int, seed: int, throughout: bool, least: int = _FEWEST) -> Reals:
    """Some of a pair of arrays, a dataset of batches or a Keras sequence; all where there are fewer.

    Args:
        source: The data.
        count: How many.
        seed: Of the choice.
        throughout: Whether a dataset is read to its end for a fair choice, as data in a fixed order, maybe sorted by
            class, needs it; else the first ones are taken, as they come.
        least: How few are too few.

    Raises:
        TypeError: if the source can be read only once.
        ValueError: if there are fewer samples than `least`.
    """
    random = np.random.RandomState(seed)
    if isinstance(source, tuple):
        samples, labels = source
        chosen = Reals(samples, labels).rows(np.sort(random.permutation(len(samples))[:count]))
    else:
        chosen = _chosen(_batches(source), count, random, throughout)
    if len(chosen.samples) < least:
        raise ValueError(f"Expected at least {least} samples to look at. Received: {len(chosen.samples)}.")
    return chosen


def as_many_of_each(source: Any) -> Any:
    """Two collections in arrays, each as many as the shorter has; all else as it is."""
    if not isinstance(source, tuple):
        return source
    least = min(map(len, source))
    return tuple(side[:least] for side in source)


def _batches(source):
    if isinstance(source, tf.data.Dataset):
        return source.as_numpy_iterator()
    if isinstance(source, keras.utils.PyDataset):
        return (source[number] for number in range(source.num_batches))
    raise TypeError(
        f"Expected data that can be looked at beforehand: arrays, a tf.data.Dataset or a keras.utils.PyDataset. "
        f"Received: {type(source).__name__}."
    )


def _chosen(batches, count: int, random: np.random.RandomState, throughout: bool) -> Reals:
    """The first `count`; throughout, a later one, the n-th, takes a random one's place with probability `count / n`."""
    samples: list = []
    labels: list = []
    found = 0
    for batch in batches:
        real, label = extract(batch)
        real, label = np.asarray(real), None if label is None else np.asarray(label)
        for row in range(len(real)):
            place = found if found < count else random.randint(found + 1)
            if place < count:
                samples[place : place + 1] = [real[row]]
                labels[place : place + 1] = [None if label is None else label[row]]
            found += 1
        if found >= count and not throughout:
            break
    if not samples:
        return Reals(np.zeros((0,)), None)
    return Reals(np.stack(samples), None if labels[0] is None else np.stack(labels))


def gather(
    gan: Any, train: Any, held_out: Any, count: int, seed: int, say: Callable[[str], None] = lambda line: None
) -> Subjects | None:
    """Subjects from the data of a fit; `None` where there are fewer than 10 training reals.

    Fewer than 10 held-out reals are passed over, as if there were none. Of large samples there are fewer, so that they
    take no more than 512 MiB as float32.

    Args:
        gan: A compiled `kgan.GAN`.
        train: What it is trained on.
        held_out: What it is validated on; `None` without.
        count: How many of each, at most.
        seed: Of the choice and of the latents.
        say: Called with a line where reals are too few.

    Raises:
        TypeError: if a source can be read only once.
    """
    count = min(count, max(_FEWEST, _BYTES // limits.array_bytes(gan.sample_shape)))
    reals = some_or_none(train, count, seed, False, _FEWEST, "training reals", say)
    if reals is None:
        return None
    others = None
    if held_out is not None:
        others = some_or_none(held_out, count, seed, True, _FEWEST, "held-out reals", say)
    latents = gan.latents.draw(len(reals.samples), gan.latent_dim, seed)
    return Subjects(reals, others, latents, gan.generator_takes_labels)


def some_or_none(
    source: Any, count: int, seed: int, throughout: bool, least: int, what: str, say: Callable[[str], None]
) -> Reals | None:
    """As `some`, but `None`, with a line that says so, where there are fewer than `least`.

    Raises:
        TypeError: if the source can be read only once.
    """
    found = some(source, count, seed, throughout, least=0)
    number = len(found.samples)
    if number >= least:
        return found
    instead = "it looks at training data alone" if throughout else "there are no verdicts"
    say(f"The monitor needs {least} {what}, and finds {number}: {instead}.")
    return None
