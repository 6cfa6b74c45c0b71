"""What an exported generator of styles takes besides: noise, how far w is drawn towards its mean, and what is added."""

import dataclasses
import functools
import json
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._game.style_parts import StyleParts
from kgan.kinds.known_classes import known
from kgan.models.kind import Exported, Tensor

__all__ = ["NOISE", "OFFSET", "TRUNCATION", "W", "call", "defaults", "example", "parts", "tensors"]

NOISE, TRUNCATION, OFFSET, W = "noise", "truncation_psi", "style_offset", "w"


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


# --- mapping and synthesis, each on its own ---


def parts(whole: Exported, found: StyleParts, classes: int | None) -> dict[str, Exported]:
    """The network from latents to w, which truncation has drawn towards its mean, and the one from w to images.

    Args:
        whole: What the generator takes and gives.
        found: Its parts.
        classes: How many the mapping takes; `None` for none, or for tags.
    """
    described = {"kgan_sample_shape": json.dumps([found.style_dim]), "kgan_value_range": "null"}
    mapping = dataclasses.replace(
        whole,
        output=Tensor(W, (found.style_dim,)),
        call=functools.partial(_mapped, classes=classes),
        optional=(Tensor(TRUNCATION, ()),),
        defaults=lambda generator: {TRUNCATION: np.ones(1, np.float32)},
        value_range=None,
        metadata={**whole.metadata, **described, "kgan_part": json.dumps("mapping")},
        of_weights=None,
    )
    drawn = {"kgan_latent_distribution": W, "kgan_latent_arguments": "{}", "kgan_latent_input": json.dumps(W)}
    unlabelled = {"kgan_num_classes": "null", "kgan_num_tags": "null", "kgan_class_names": "null"}
    sizes = {"kgan_latent_dim": str(found.style_dim), "kgan_part": json.dumps("synthesis")}
    synthesis = dataclasses.replace(
        whole,
        inputs=(Tensor(W, (found.style_dim,)),),
        call=_synthesised,
        example=lambda batch: {W: example(found, batch)[OFFSET], NOISE: example(found, batch)[NOISE]},
        optional=(Tensor(NOISE, (found.noise_size,)),),
        defaults=lambda generator: {NOISE: defaults(generator)[NOISE]},
        metadata={**whole.metadata, **drawn, **unlabelled, **sizes},
        of_weights=None,
        draw=None,
    )
    return {"mapping": mapping, "synthesis": synthesis}


def _mapped(generator: keras.Model, *inputs: tf.Tensor, classes: int | None) -> tf.Tensor:
    """w of latents, and labels perhaps, drawn towards its mean where the last input says how far."""
    own = StyleParts.of(generator)
    count = len(generator.inputs)
    w = own.mapping([inputs[0], known(inputs[1], classes)] if count > 1 else inputs[0], training=False)
    return w if len(inputs) == count else own.styles.truncated(w, inputs[count][:, None])[:, 0]


def _synthesised(generator: keras.Model, w: tf.Tensor, noise: tf.Tensor | None = None) -> tf.Tensor:
    return StyleParts.of(generator).images_of(w, noise)
