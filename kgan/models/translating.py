"""Translating inputs with a trained generator."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from kgan._support import limits
from kgan.data import values
from kgan.data.pair_checks import check_inputs

__all__ = ["Translating"]

_BATCH = 16


class Translating:
    """`translate` of a `kgan.Translation`; mixed in before `kgan.AdversarialModel`."""

    def translate(self, inputs: np.ndarray, *, averaged: bool = True) -> np.ndarray:
        """The outputs for some inputs, in inference mode.

        Args:
            inputs: `(n, ...)`, images as uint8 or as floats in the value range.
            averaged: Whether the averaged generator makes them, where there is one; `False` takes the one in training.

        Returns:
            float32 `(n, ...)` in the value range.

        Raises:
            ValueError: if the inputs do not fit the generator or the value range, or 16 GiB would not hold all at once.
        """
        inputs = np.asarray(inputs)
        check_inputs(inputs, self._contract)
        given = inputs.shape[1:] if inputs.ndim - 1 == len(self.sample_shape) else [1] * len(self.sample_shape)
        sizes = [size or own for size, own in zip(self.sample_shape, given, strict=True)]
        held = len(inputs) * limits.array_bytes([2, *sizes])  # the batches, and all of them joined
        limits.check_bytes("inputs", len(inputs), held, "Translate them in several calls.")
        return np.concatenate(list(self.translate_in_batches(inputs, averaged=averaged)))

    def translate_in_batches(self, inputs: np.ndarray, *, averaged: bool = True) -> Iterator[np.ndarray]:
        """The same, a batch of at most 16 at a time."""
        translate = self._translator(averaged)
        for start in range(0, len(inputs), _BATCH):
            yield translate(tf.constant(self._as_float(inputs[start : start + _BATCH]))).numpy()

    def _translator(self, averaged: bool):
        generator = self.inference_generator if averaged else self.generator
        if averaged not in self._translating or self._translating[averaged][0] is not generator:
            traced = tf.function(
                lambda inputs: tf.cast(generator(inputs, training=False), tf.float32), reduce_retracing=True
            )
            self._translating[averaged] = (generator, traced)
        return self._translating[averaged][1]

    def _as_float(self, samples: np.ndarray) -> np.ndarray:
        return values.to_float(tf.convert_to_tensor(samples), self.value_range).numpy()
