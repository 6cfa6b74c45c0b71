"""What the two players and their objectives see of one batch."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf


class Round(NamedTuple):
    """One batch as the players see it.

    Attributes:
        generator_inputs: What the generator is called with.
        real: What a generated sample is held against, `(batch, ...)` float32.
        conditions: Further inputs of the discriminator, the same for reals and generated.
        latents: The z in `generator_inputs`, where there is one.
        labels: The labels of the batch, where it has any that a player uses.
    """

    generator_inputs: Any
    real: tf.Tensor
    conditions: tuple[tf.Tensor, ...] = ()
    latents: tf.Tensor | None = None
    labels: tf.Tensor | None = None


class Judgement(NamedTuple):
    """What an objective reads.

    Attributes:
        game: The batch.
        generated: The generator's samples for it, `(batch, ...)` float32.
        generated_outputs: The discriminator's outputs on them by name, float32; `"logits"` among them.
        real_outputs: The same on the reals; `None` in the generator's turn unless the objective `sees_reals`.
        generate: Calls the generator once more, on inputs like `game.generator_inputs`; its weights' gradient is kept.
    """

    game: Round
    generated: tf.Tensor
    generated_outputs: dict[str, tf.Tensor]
    real_outputs: dict[str, tf.Tensor] | None
    generate: Callable[[Any], tf.Tensor]
