"""What a discriminator compares while it is looked at: samples, or pairs that samples are a part of."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from kgan._game.batch import DISCRIMINATOR, Batch

__all__ = ["Compared", "compared"]


class Compared(NamedTuple):
    """Both sides, before they are packed.

    Attributes:
        samples: What is generated, float32.
        real: What the discriminator sees of the reals: themselves, or with their codes.
        generated: What it sees of the samples: themselves, or with their latents.
    """

    samples: tf.Tensor
    real: tf.Tensor
    generated: tf.Tensor


def compared(gan: Any, batch: Batch, training: bool) -> Compared:
    """What the generator makes of a batch, and what the discriminator is shown of both."""
    made = gan.generator(batch.generator_inputs, training=training)
    if not isinstance(made, Mapping):
        made = tf.cast(made, tf.float32)
        return Compared(made, batch.real, made)
    generated = tf.cast(made[gan.compares[DISCRIMINATOR]], tf.float32)
    if DISCRIMINATOR not in gan.reals:
        return Compared(generated, batch.real, generated)
    samples = tf.cast(made[gan.samples_output], tf.float32)
    return Compared(samples, tf.cast(made[gan.reals[DISCRIMINATOR]], tf.float32), generated)
