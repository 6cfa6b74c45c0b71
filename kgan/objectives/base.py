"""What the players minimise besides the game itself, in a list: `compile(objectives=[...])`.

An objective reads a `Judgement`: the batch, the samples, and what the discriminator says of them by the names of its
outputs. A discriminator with more than one output is a Keras model that returns a dictionary, as
`keras.Model(inputs, {"logits": logits, "classes": classes})`.
"""

import keras
import tensorflow as tf

from kgan._game.batch import Judgement
from kgan._support.configurable import Configurable

__all__ = ["Objective", "latents_of"]


class Objective(Configurable):
    """A term that is added to the loss of one player or of both.

    Subclass it to bring one of your own and override one method or both; each returns a float32 scalar. The strength
    `weight` is a number or a `kgan.schedules.Schedule`, and the training step multiplies by it.

    Attributes:
        weight: Non-negative; a constructor's argument in every objective of kgan.
        sees_reals: Whether `generator_loss` reads `real_outputs`.
    """

    weight: float = 1.0
    sees_reals = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the discriminator's outputs, or of layers in it, that the objective reads besides `"logits"`."""
        return ()

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        """Called by `compile`, to refuse what the objective cannot work on.

        Args:
            model: The `kgan.AdversarialModel`.
            outputs: The shapes of the discriminator's outputs by name.
        """

    def generator_loss(self, judgement: Judgement) -> tf.Tensor:
        """What the generator minimises; `judgement.generated` carries the gradient."""

    def discriminator_loss(self, judgement: Judgement) -> tf.Tensor:
        """What the discriminator minimises."""

    @property
    def players(self) -> tuple[str, ...]:
        """Whose loss it enters: the methods that a subclass overrides."""
        return tuple(
            player
            for player in ("generator", "discriminator")
            if getattr(type(self), f"{player}_loss") is not getattr(Objective, f"{player}_loss")
        )


def latents_of(judgement: Judgement) -> tf.Tensor:
    """The latents of the batch."""
    if judgement.game.latents is None:
        raise ValueError("Expected a game with latents, Round(..., latents=z). Received: one without.")
    return judgement.game.latents
