"""What can be read off a classifier of two domains at one moment of its training."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan.data import values
from kgan.diagnostics import separability
from kgan.diagnostics.cycle_signs import ratio

__all__ = ["DomainObserver", "DomainSigns", "DomainSubjects", "some_of_domains"]

_BATCH = 64  # samples that are looked at at once


class DomainSubjects(NamedTuple):
    """Some samples of both domains.

    Attributes:
        source: `(n, ...)`.
        labels: Of the source, `(n,)`.
        target: `(n, ...)`.
        target_labels: `(n,)`; `None` where the target has none.
    """

    source: np.ndarray
    labels: np.ndarray
    target: np.ndarray
    target_labels: np.ndarray | None


@dataclass(frozen=True)
class DomainSigns:
    """Figures of one moment, of the networks that exports have, in inference mode, on held-out samples where there are
    any.

    Attributes:
        source_accuracy: Share of samples of the source whose class is told right.
        target_accuracy: The same of the target; NaN where it has no labels.
        target_confidence: Mean of the greatest probability, over samples of the target.
        classes_told: How many classes are told of the target: e to the power of the entropy of their shares, in nats.
        separation: Probability that features of the source get a higher logit than those of the target: 0.5 where the
            discriminator cannot tell the domains, 1 where it tells them all.
        logit_spread: Standard deviation of all logits.
        discriminator_change: How far the discriminator's weights moved since the last look, over their norm; NaN at the
            first.
        generator_change: The same of features and classifier.
    """

    source_accuracy: float
    target_accuracy: float
    target_confidence: float
    classes_told: float
    separation: float
    logit_spread: float
    discriminator_change: float
    generator_change: float


def some_of_domains(source: Any, count: int, seed: int, throughout: bool) -> DomainSubjects:
    """Some samples of batches `((source, labels), target)`; all where there are fewer.

    Args:
        source: A `tf.data.Dataset` or a `keras.utils.PyDataset`.
        count: How many of each domain.
        seed: Of the choice.
        throughout: Whether the data is read to its end for a fair choice, as data in a fixed order, maybe sorted by
            class, needs it; else the first ones are taken.

    Raises:
        TypeError: if the data can be read only once.
        ValueError: if there are no samples.
    """
    random, kept = np.random.RandomState(seed), list[tuple]()
    for found, row in enumerate(_rows(source)):
        place = found if found < count else random.randint(found + 1)
        if place < count:
            kept[place : place + 1] = [row]
        if found + 1 >= count and not throughout:
            break
    if not kept:
        raise ValueError("Expected samples of both domains to look at. Received: none.")
    first, labels, target, told = zip(*kept, strict=True)
    target_labels = None if told[0] is None else np.stack(told)
    return DomainSubjects(np.stack(first), np.stack(labels), np.stack(target), target_labels)


def _rows(source: Any) -> Iterator[tuple]:
    """`(source, label, target, target's label or None)`, one after another."""
    if isinstance(source, tf.data.Dataset):
        batches = source.as_numpy_iterator()
    elif isinstance(source, keras.utils.PyDataset):
        batches = (source[number] for number in range(source.num_batches))
    else:
        raise TypeError(
            f"Expected data that can be looked at beforehand: a tf.data.Dataset or a keras.utils.PyDataset. Received: "
            f"{type(source).__name__}."
        )
    for (samples, labels), target in batches:
        others, told = target if isinstance(target, tuple | list) else (target, [None] * len(target))
        yield from zip(samples, labels, others, told, strict=True)


class DomainObserver:
    """Reads the signs of a model, always on the same samples.

    Args:
        model: A compiled `kgan.DomainAdaptation`.
        shown: Samples of both domains.
    """

    def __init__(self, model: Any, shown: DomainSubjects):
        self.model = model
        self.shown = shown
        self._earlier: dict[str, np.ndarray] = {}
        self._look = tf.function(self._looked, reduce_retracing=True)

    def observe(self) -> DomainSigns:
        """The signs now."""
        of_source, real = self._seen(self.shown.source, True)
        of_target, generated = self._seen(self.shown.target, False)
        shares = of_target.argmax(axis=1)
        shares = np.bincount(shares, minlength=of_target.shape[1]) / len(shares)
        truths = self.shown.target_labels
        return DomainSigns(
            source_accuracy=_accuracy(of_source, self.shown.labels),
            target_accuracy=math.nan if truths is None else _accuracy(of_target, truths),
            target_confidence=float(of_target.max(axis=1).mean()),
            classes_told=float(np.exp(-np.sum(shares[shares > 0] * np.log(shares[shares > 0])))),
            separation=separability.auc(real, generated),
            logit_spread=float(np.concatenate([real, generated]).std()),
            discriminator_change=self._change("discriminator", self.model._discriminator_variables),
            generator_change=self._change("generator", self.model.generator.trainable_variables),
        )

    def _seen(self, samples: np.ndarray, is_source: bool) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities of classes `(n, classes)`, and logits of the discriminator `(n,)`."""
        starts = range(0, len(samples), _BATCH)
        parts = [self._look(tf.constant(samples[start : start + _BATCH]), is_source) for start in starts]
        told, logits = (np.concatenate([one.numpy() for one in column]) for column in zip(*parts, strict=True))
        return told, logits

    def _looked(self, samples: tf.Tensor, is_source: bool) -> tuple[tf.Tensor, tf.Tensor]:
        generator = self.model.inference_generator
        inputs = values.to_float(samples, self.model.value_range)
        features = seen = generator.features(inputs, training=False)
        if is_source and generator.source_features is not None:
            seen = generator.source_features(inputs, training=False)  # which the discriminator is shown
        logits = self.model.discriminator(seen, training=False)
        told = tf.nn.softmax(tf.cast(generator.classifier(features, training=False), tf.float32))
        return told, tf.cast(logits[:, 0], tf.float32)

    def _change(self, player: str, weights: list) -> float:
        now, earlier = np.concatenate([weight.numpy().ravel() for weight in weights]), self._earlier.get(player)
        self._earlier[player] = now
        if earlier is None or self.model.frozen_player == player:
            return math.nan
        return ratio(float(np.linalg.norm(now - earlier)), float(np.linalg.norm(earlier)))


def _accuracy(told: np.ndarray, truths: np.ndarray) -> float:
    return float((told.argmax(axis=1) == truths).mean()) if np.isfinite(told).all() else math.nan
