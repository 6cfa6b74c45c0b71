"""What an exported generator of styles takes besides: noise, how far w is drawn towards its mean, and what is added."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._game.style_parts import StyleParts
from kgan.models.kind import Tensor

__all__ = ["NOISE", "OFFSET", "TRUNCATION", "call", "defaults", "example", "tensors"]

NOISE, TRUNCATION, OFFSET = "noise", "truncation_psi", "style_offset"


def tensors(parts: StyleParts) -> tuple[Tensor, ...]:
    """Noise `(batch or 1, numbers)`, truncation `(batch or 1,)`, an offset `(batch or 1, style_dim)`: all optional."""
    return Tensor(NOISE, (parts.noise_size,)), Tensor(TRUNCATION, ()), Tensor(OFFSET, (parts.style_dim,))


def defaults(generator: keras.Model) -> dict[str, np.ndarray]:
    """The generator's own noise, which all samples share, and w itself."""
    parts = StyleParts.of(generator)
    return {
        NOISE: parts.noise.fixed.numpy().astype(np.float32),
        TRUNCATION: np.ones(1, np.float32),
        OFFSET: np.zeros((1, parts.style_dim), np.float32),
    }


def call(
    generator: keras.Model, inputs: Any, noise: tf.Tensor, truncation_psi: tf.Tensor, style_offset: tf.Tensor
) -> tf.Tensor:
    """Images in inference mode.

    Args:
        generator: With the parts of `kgan.architectures.StyleParts`.
        inputs: Latents, or `[latents, labels]`.
        noise: `(batch or 1, numbers)`.
        truncation_psi: `(batch or 1,)`.
        style_offset: `(batch or 1, style_dim)`, added to w after truncation.
    """
    return StyleParts.of(generator).images(inputs, truncation_psi[:, None], noise, style_offset)


def example(parts: StyleParts, batch: int) -> dict[str, np.ndarray]:
    """Noise, truncation and offsets of a batch, to compare artefacts on."""
    random = np.random.RandomState(batch + 1)
    noise = random.standard_normal((batch, parts.noise_size)).astype(np.float32)
    psi = random.uniform(0.3, 1.2, batch).astype(np.float32)
    offset = random.standard_normal((batch, parts.style_dim)).astype(np.float32)
    return {NOISE: noise, TRUNCATION: psi, OFFSET: offset}
