"""Translating samples from one collection to the other, and measuring what comes of it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._support import limits, lookup
from kgan.data import unpaired_checks, values
from kgan.data.pairs import DIRECTIONS
from kgan.metrics import FeatureMetric
from kgan.metrics.pairs import PairMetric

__all__ = ["TranslatingCollections"]

_BATCH = 16
_AT_A_TIME = 32  # rows of arrays


class TranslatingCollections:
    """`translate` of a model of two collections, and its metrics; mixed in before `kgan.AdversarialModel`.

    Attributes:
        directions: Which ways there are: `"a2b"`, and `"b2a"` where there is a translator back.
        texts: What files with pictures of translations say of themselves, by PNG's keywords; `None` for nothing.
    """

    directions: tuple[str, ...] = DIRECTIONS
    texts: "Mapping[str, str] | None" = None

    def networks_of(self, generator: keras.Model) -> "tuple[keras.Model, ...]":
        """The translators that a generator is made of, in the order of `directions`; a subclass overrides it."""
        return (generator,)

    def shown(self, made: np.ndarray) -> np.ndarray:
        """Translations `(n, ...)` in the value range as they are shown: as they are, unless a subclass marks them."""
        return made

    def _set_contract(self, a: tuple, b: tuple) -> None:
        self._contract = unpaired_checks.Collections(a, b, self.value_range)
        self._translating: dict[tuple[bool, str], Any] = {}

    def translator(self, direction: str = "a2b", *, averaged: bool = True) -> keras.Model:
        """The network of one direction.

        Args:
            direction: One of `directions`.
            averaged: Whether it is of the averaged generator, where there is one.

        Raises:
            ValueError: if there is no such direction.
        """
        generator = self.inference_generator if averaged else self.generator
        networks = dict(zip(self.directions, self.networks_of(generator), strict=True))
        return lookup.find("direction", direction, networks)

    def translate(self, inputs: np.ndarray, direction: str = "a2b", *, averaged: bool = True) -> np.ndarray:
        """What samples of one collection become in the other, in inference mode.

        Args:
            inputs: `(n, ...)`, images as uint8 or as floats in the value range.
            direction: `"a2b"`, from a to b, or `"b2a"`, where there is a translator back.
            averaged: Whether the averaged translators make them, where there are any; `False` takes those in training.

        Returns:
            float32 `(n, ...)` in the value range.

        Raises:
            ValueError: if there is no such direction, the inputs do not fit the translator or the value range, or 16
                GiB would not hold all at once.
        """
        inputs = np.asarray(inputs)
        self.translator(direction)
        unpaired_checks.check_samples(direction[0], inputs, self._contract)
        shape = self.sample_shape if direction == DIRECTIONS[0] else self.input_shape_of_sample
        sizes = [size or own for size, own in zip(shape, inputs.shape[1:], strict=True)]
        held = len(inputs) * limits.array_bytes([2, *sizes])  # the batches, and all of them joined
        limits.check_bytes("inputs", len(inputs), held, "Translate them in several calls.")
        return self.shown(self.translated(inputs, direction, averaged=averaged))

    def translated(self, inputs: np.ndarray, direction: str = "a2b", *, averaged: bool = True) -> np.ndarray:
        """What `translate` returns before it is `shown`, for figures; inputs are not looked at."""
        return np.concatenate(list(self._in_batches(inputs, direction, averaged)))

    def _in_batches(self, inputs: np.ndarray, direction: str, averaged: bool) -> Iterator[np.ndarray]:
        translate = self._traced(direction, averaged)
        for start in range(0, len(inputs), _BATCH):
            yield translate(tf.constant(self._as_float(inputs[start : start + _BATCH]))).numpy()

    def _traced(self, direction: str, averaged: bool):
        network, key = self.translator(direction, averaged=averaged), (averaged, direction)
        if key not in self._translating or self._translating[key][0] is not network:
            traced = tf.function(
                lambda inputs: tf.cast(network(inputs, training=False), tf.float32), reduce_retracing=True
            )
            self._translating[key] = (network, traced)
        return self._translating[key][1]

    def _as_float(self, samples: np.ndarray) -> np.ndarray:
        return values.to_float(tf.convert_to_tensor(samples), self.value_range).numpy()

    def _split(self, a: Any, b: Any, share: float) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """The last rows of both arrays kept for validation.

        Raises:
            ValueError: if `share` is not in [0, 1), or leaves one side without samples.
        """
        if not 0.0 <= share < 1.0:
            raise ValueError(f"Expected validation_split in [0, 1). Received: validation_split={share}.")
        sides = self._checked_arrays(a, b)
        left = [math.floor(len(one) * (1.0 - share)) for one in sides]
        if any(count in (0, len(one)) for count, one in zip(left, sides, strict=True)):
            raise ValueError(
                f"Expected samples of both collections on both sides of validation_split={share}. Received: "
                f"{len(sides[0])} of a and {len(sides[1])} of b. Pass more samples, or another validation_split."
            )
        train = [one[:count] for one, count in zip(sides, left, strict=True)]
        held_out = [one[count:] for one, count in zip(sides, left, strict=True)]
        return train[0], train[1], (held_out[0], held_out[1])

    # --- figures ---

    def check_metrics(self, metrics: "list[FeatureMetric]") -> "list[FeatureMetric]":
        """The metrics once for each direction, `a2b_frechet_distance` and `b2a_frechet_distance`.

        Raises:
            ValueError: if one compares outputs with their truths.
        """
        found = []
        for metric in metrics:
            if isinstance(metric, PairMetric):
                raise ValueError(
                    f"Expected metrics of samples, as 'frechet_distance'. Received: {metric.name!r}, which compares "
                    f"outputs with their truths, of which there are none."
                )
            if _direction_of(metric) is not None:
                found.append(metric)
                continue
            config = metric.get_config()
            found += [type(metric).from_config({**config, "name": f"{way}_{metric.name}"}) for way in self.directions]
        return found

    def measured(self, source: Any, labels: Any, steps: int | None, averaged: bool) -> dict[str, float]:
        """The figures of `compile(metrics=[...])`: what comes of one side beside the reals of the other.

        Values outside of the value range are clipped, as pictures of them are; NaN where one is not finite.
        """
        for metric in self.sample_metrics:
            metric.reset_state()
        ways = [way for way in self.directions if any(_direction_of(metric) == way for metric in self.sample_metrics)]
        finite = dict.fromkeys(ways, True)
        for a, b in _batches_of(source, labels, steps):
            for way in ways:
                given, real = (a, b) if way == DIRECTIONS[0] else (b, a)
                made = np.concatenate(list(self._in_batches(given, way, averaged)))
                finite[way] &= bool(np.isfinite(made).all())
                made = np.nan_to_num(made) if self.value_range is None else np.clip(made, *self.value_range)
                for metric in self.sample_metrics:
                    if _direction_of(metric) == way and finite[way]:
                        metric.update_state(self._as_float(real), made)
        return {
            metric.name: float(metric.result()) if finite[_direction_of(metric)] else math.nan
            for metric in self.sample_metrics
        }


def _direction_of(metric: FeatureMetric) -> str | None:
    return next((way for way in DIRECTIONS if metric.name.startswith(f"{way}_")), None)


def _batches_of(source: Any, b: Any, steps: int | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of both sides, from two arrays of one length, a dataset or a Keras sequence."""
    if b is not None:
        for start in range(0, len(source), _AT_A_TIME):
            yield np.asarray(source[start : start + _AT_A_TIME]), np.asarray(b[start : start + _AT_A_TIME])
        return
    if isinstance(source, keras.utils.PyDataset):
        yield from (tuple(map(np.asarray, source[number][:2])) for number in range(steps or source.num_batches))
        return
    dataset = source if steps is None else source.take(steps)
    yield from (element[:2] for element in dataset.as_numpy_iterator())
