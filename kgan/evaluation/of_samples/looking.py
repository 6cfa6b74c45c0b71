"""Looking at reals and samples through an extractor."""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from kgan import data
from kgan.data import values
from kgan.data.splits import extract
from kgan.diagnostics import memorisation
from kgan.metrics.comparison import Seen
from kgan.metrics.extractors import Extractor, presentable
from kgan.models.gan import GAN

__all__ = ["FEWEST", "MOST", "Closest", "Training", "draw_pictured", "seen_in_samples", "seen_in_training"]

MOST = 5_000  # training reals
FEWEST = 10  # reals or samples: neighbourhoods reach out to the 5th
_PICTURED = 10  # samples whose neighbours are drawn, at least,
_MOST_PICTURED = 20  # and at most, where there are many classes
_NEAREST = 5
_REALS = 64  # reals to draw
_BATCH = 100


def draw_pictured(gan: GAN, seed: int) -> tuple["np.ndarray | None", "np.ndarray | None"]:
    """Samples to look closely at, uint8, and the class or tag of each; no samples where they are not finite.

    At least ten, and one of each of the first twenty classes or tags.
    """
    kinds = (gan.num_classes or gan.num_tags) if gan.generator_takes_labels else None
    count = _PICTURED if kinds is None else min(max(kinds, _PICTURED), _MOST_PICTURED)
    drawn = gan.generate(count, seed)  # through all classes or tags, in order
    classes = None if kinds is None else np.arange(count) % kinds
    return (values.to_uint8(drawn, gan.value_range) if np.isfinite(drawn).all() else None), classes


class Closest:
    """The training reals nearest to some samples, kept while they pass by.

    Args:
        features: Of the samples, `(n, d)`.
    """

    def __init__(self, features: np.ndarray):
        self._features = features
        self._distances = np.full((len(features), 0), np.inf)
        self._reals: np.ndarray | None = None

    def update(self, features: np.ndarray, reals: np.ndarray) -> None:
        """Takes in features `(m, d)` of reals `(m, height, width, channels)`."""
        rows, distances = memorisation.nearest(self._features, features, _NEAREST)
        candidates = reals[rows]  # (n, k, height, width, channels)
        if self._reals is not None:
            candidates = np.concatenate([self._reals, candidates], axis=1)
            distances = np.concatenate([self._distances, distances], axis=1)
        order = np.argsort(distances, axis=1, kind="stable")[:, :_NEAREST]
        self._distances = np.take_along_axis(distances, order, axis=1)
        self._reals = np.take_along_axis(candidates, order[..., None, None, None], axis=1)

    def found(self) -> tuple[np.ndarray, np.ndarray]:
        """The reals and their distances."""
        return self._reals, self._distances


def _batches(splits: data.Splits, limit: int) -> Iterator[tuple[np.ndarray, "np.ndarray | None"]]:
    """Training reals as they first come."""
    for element in splits.train.unbatch().take(limit).batch(_BATCH).as_numpy_iterator():
        yield extract(element)


class Training(NamedTuple):
    """What is seen in training reals.

    Attributes:
        seen: For metrics.
        features: In the order of the reals' hashes: which is none, and the same whatever order they come in.
        labels: In that order; `None` without.
        first: The first of them to come, as uint8.
    """

    seen: Seen
    features: np.ndarray
    labels: "np.ndarray | None"
    first: np.ndarray


def seen_in_training(
    gan: GAN, splits: data.Splits, extractor: Extractor, needs: Any, limit: int, closest: "Closest | None"
) -> Training:
    """Training reals through the extractor, each once; on the way, those closest to some samples are kept."""
    # Not by a `Reference`: it reads twice, and training reals come in another order each time.
    seen, labels, first, hashes = Seen(needs), [], np.zeros((0, *gan.sample_shape), np.uint8), []
    for real, batch_labels in _batches(splits, limit):
        shown = presentable(real, gan.value_range)
        found = extractor(shown)
        seen.update(found)
        labels.append(batch_labels)
        pixels = values.to_uint8(shown)
        hashes += [hashlib.sha256(one.tobytes()).digest() for one in pixels]
        first = np.concatenate([first, pixels[: _REALS - len(first)]])
        if closest is not None:
            closest.update(found.features, pixels)
    order = sorted(range(seen.count), key=hashes.__getitem__)
    return Training(seen, seen.features[order], None if labels[0] is None else np.concatenate(labels)[order], first)


def seen_in_samples(gan: GAN, extractor: Extractor, needs: Any, count: int, seed: int, labels: Any) -> Seen | None:
    """What is seen in samples; `None` where one is not finite."""
    seen = Seen(needs)
    for batch in gan.generate_in_batches(count, seed, labels):
        if not np.isfinite(batch).all():
            return None
        seen.update(extractor(presentable(batch, gan.value_range)))
    return seen
